"""intakebot: complaints to social landlords, from the first angry email to a clocked, routed, answered case."""

__version__ = "0.1.0"
