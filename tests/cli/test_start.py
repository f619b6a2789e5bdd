"""Starting the command line: no command waits for libraries that only reading messages needs."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("numpy", "onnxruntime", "scipy", "sklearn", "spacy", "tokenizers", "torch")


def test_the_command_line_starts_without_what_only_the_classifier_needs() -> None:
    """In a process of its own: this one has loaded them long ago."""
    program = f"import sys, intakebot.cli.app; print(*[name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.split() == []


def test_help_is_given_without_them_too() -> None:
    program = (
        "import sys\nfrom intakebot.cli.app import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit as end:\n    assert not end.code\n"
        f"print('loaded:', *[name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert "evaluate" in done.stdout
    assert done.stdout.splitlines()[-1] == "loaded:"
