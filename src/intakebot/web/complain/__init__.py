"""The public form: one thing on a page, saved at every step, sent once."""
