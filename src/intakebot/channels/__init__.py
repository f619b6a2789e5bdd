"""Channels: the ways a message comes in and goes out. Independent of one another; they never see the store."""
