"""The command line: what an administrator, a script or another program asks of intakebot."""
