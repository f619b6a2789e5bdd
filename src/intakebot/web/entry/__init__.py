"""Assisted entry: what reaches staff by phone, relay, letter, visit or social media, typed in by one of them."""
