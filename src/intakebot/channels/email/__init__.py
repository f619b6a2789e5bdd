"""Email: the SMTP listener and the polled mailbox in, the smarthost out, and reading mail as it really is."""
