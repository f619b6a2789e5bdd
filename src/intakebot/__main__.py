"""`python -m intakebot`: the command line."""

from intakebot.cli.app import main

main()
