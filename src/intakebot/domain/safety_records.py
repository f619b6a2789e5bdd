"""Safety records: how somebody must not be reached, each override of that, and a death. Kept with the person."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class RuleOverride:
    """An officer's decision to break a safety rule on one local date, and why. No automatic letter uses it."""

    on: date
    by: str
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SafetyRule:
    """How somebody must not be reached, for their safety: domestic abuse, coercion (accessibility.md 6).

    `through` is the person, by `id`, through whom not; 0 for none. `at` are address keys as `Person.keys` gives
    them; `home` is whether letters to their home are unsafe. `reference` is the case it was made in; it holds for
    every case of theirs until `ended_on`, a local date.
    """

    number: int
    person_id: int
    reference: str
    reason: str = field(repr=False)
    set_by: str
    set_on: date
    through: int = 0
    at: tuple[str, ...] = field(default=(), repr=False)
    home: bool = False
    ended_on: date | None = None
    ended_why: str = field(default="", repr=False)
    overrides: tuple[RuleOverride, ...] = ()

    def holds(self, today: date, *, by_officer: bool) -> bool:
        """Whether it must be kept on this local date. An override of that day frees an officer's letters only."""
        overridden = by_officer and any(o.on == today for o in self.overrides)
        return self.ended_on is None and not overridden


@dataclass(frozen=True, slots=True)
class Death:
    """Somebody has died: we were told on `told_on`, a local date, in the words of `note`. No letter goes to them.

    One told by mistake is taken back on `withdrawn_on`.
    """

    number: int
    person_id: int
    reference: str
    told_on: date
    note: str = field(repr=False)
    died_on: date | None = None
    withdrawn_on: date | None = None
    withdrawn_why: str = field(default="", repr=False)
