"""Several: a question to which more than one answer may be ticked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from intakebot.web.acts.fields import Answer, Field, Option, Situation
from intakebot.web.forms import Form


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseSeveral(Field[tuple[Answer, ...]]):
    """Any number of several, as boxes to tick."""

    sort: ClassVar[str] = "several"

    options: Callable[[Situation], Sequence[Option[Answer]]]

    def initial(self, situation: Situation) -> tuple[tuple[str, str], ...]:
        """What it begins with: values with commas between."""
        return tuple((self.name, value) for value in self.start(situation).split(",") if value)

    def read(self, form: Form, situation: Situation) -> tuple[Answer, ...]:
        """Everything ticked."""
        found = {option.value: option.meaning for option in self.options(situation)}
        chosen = form.all(self.name)
        if any(value not in found for value in chosen):
            raise self.wrong("Choose from the list")
        if self.missing and not chosen:
            raise self.wrong(self.missing)
        return tuple(found[value] for value in dict.fromkeys(chosen))
