"""The pages: the public form and status, the staff queue and cases, health. Draws what lower floors decide."""
