"""Figures: what reports count of a period, and how they print it. Pure, like the rest of the domain."""
