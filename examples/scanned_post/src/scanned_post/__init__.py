"""Scanned post: a channel for intakebot in a package of its own. Letters in from a scanner, letters out to print."""
