"""Classifiers: what a message is about, with the evidence. No network and no store."""
