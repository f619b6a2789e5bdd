"""Every error intakebot raises on purpose, in one tree: what went wrong, and whether trying again can help.

    IntakebotError
    ├── BadInput               the caller gave us something wrong; the sentence says what to do   (exit status 2)
    │   └── BadSettings        every mistake in the settings, all named at once
    ├── Refused                the Code or the case's state does not allow this act; names the clause
    ├── StoreUnavailable       the store cannot take it now: full, gone or locked                 (temporary)
    ├── DeliveryFailed         a message could not be sent; carries `temporary`
    ├── Unreadable             a message cannot be read at all: park it with its original         (permanent)
    └── PluginError            an adapter is missing, broken, or its name is claimed twice

Anything that is not in this tree counts as temporary: it is retried with growing delay and then parked.
"""

from __future__ import annotations

from collections.abc import Sequence


class IntakebotError(Exception):
    """Base of all deliberate errors. `str(error)` is a sentence a person may read: no secrets, no message text."""

    temporary = True


class BadInput(IntakebotError):
    """Something given to us is wrong; the message says what and how to mend it."""

    temporary = False


class BadSettings(BadInput):
    """One or more settings are wrong. `problems` holds one sentence for each, naming the key."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        heading = "1 setting is wrong" if count == 1 else f"{count} settings are wrong"
        super().__init__(heading + ":\n" + "\n".join(f"  - {problem}" for problem in self.problems))


class Refused(IntakebotError):
    """An act the Code or the state of the case does not allow. `clause` names the provision, where there is one.

    A clause that begins with a number is one of the Code's; any other names its own law.
    """

    temporary = False

    def __init__(self, reason: str, clause: str = "") -> None:
        self.clause = clause
        cited = f"Code {clause}" if clause[:1].isdigit() else clause
        super().__init__(f"{reason} ({cited})" if clause else reason)


class StoreUnavailable(IntakebotError):
    """The store cannot do this now. Nothing was written; try again."""


class DeliveryFailed(IntakebotError):
    """A message was not delivered. `temporary` says whether trying again can help."""

    def __init__(self, reason: str, *, temporary: bool) -> None:
        self.temporary = temporary
        super().__init__(reason)


class Unreadable(IntakebotError):
    """A message that cannot be read. It is parked with its original for a person; never dropped."""

    temporary = False


class PluginError(IntakebotError):
    """An adapter cannot be loaded, or two packages claim one name."""

    temporary = False
