"""Formats: a letter in the form a person needs."""
