"""Entry fields: the questions of assisted entry that other forms do not have. Each has a limit, told in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import ClassVar, Final
from urllib.parse import urlsplit

from intakebot.domain.phones import phone_key
from intakebot.web.acts.fields import Field, Moment, Option, Situation, Text, read_time
from intakebot.web.forms import Form

_MAIL: Final = re.compile(r"[^@\s<>]{1,64}@[^@\s<>]{1,190}\.[^@\s<>]{2,60}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limited(Text):
    """Words, of which there may be `most` letters."""

    most: int = 200

    def read(self, form: Form, situation: Situation) -> str:
        """The words, "" for none."""
        return self.within(Text.read(self, form, situation))

    def within(self, text: str) -> str:
        """The text. Raises `Mistakes` where it is too long."""
        if len(text) > self.most:
            raise self.wrong(f"Shorten this to {self.most:,} letters; it has {len(text):,}")
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class AsTyped(Limited):
    """Words that are kept as they were typed, with every space."""

    def read(self, form: Form, situation: Situation) -> str:
        """The words, "" where nothing but space was typed."""
        text = next((value for key, value in form.fields if key == self.name), "")
        if not text.strip():
            if self.missing:
                raise self.wrong(self.missing)
            return ""
        return self.within(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone(Limited):
    """A phone number, as they gave it."""

    most: int = 40

    def read(self, form: Form, situation: Situation) -> str:
        """The number, "" for none."""
        number = Limited.read(self, form, situation)
        if number and not phone_key(number):
            raise self.wrong("Enter a phone number, like 07700 900123 or +44 1632 960001")
        return number


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail(Limited):
    """A mail address."""

    most: int = 254

    def read(self, form: Form, situation: Situation) -> str:
        """The address, "" for none."""
        address = Limited.read(self, form, situation)
        if address and not _MAIL.fullmatch(address):
            raise self.wrong("Enter an email address, like name@example.com")
        return address


@dataclass(frozen=True, slots=True, kw_only=True)
class Link(Limited):
    """The address of a page."""

    most: int = 500

    def read(self, form: Form, situation: Situation) -> str:
        """The address, "" for none."""
        link = Limited.read(self, form, situation)
        try:
            parts = urlsplit(link)
        except ValueError:
            parts = urlsplit("")
        if link and not (parts.scheme in ("http", "https") and parts.netloc):
            raise self.wrong("Enter the whole link, beginning with https://")
        return link


@dataclass(frozen=True, slots=True, kw_only=True)
class PastMoment(Moment):
    """A date and a time of day in London that is not in the future."""

    def read(self, form: Form, situation: Situation) -> datetime:
        """The moment, in UTC."""
        moment = Moment.read(self, form, situation)
        if moment > situation.now:
            raise self.wrong("That is in the future; enter when it was")
        return moment


@dataclass(frozen=True, slots=True, kw_only=True)
class MaybeMoment(Field[datetime | None]):
    """A moment that may be left out altogether."""

    sort: ClassVar[str] = "moment"

    @property
    def _asked(self) -> PastMoment:
        return PastMoment(name=self.name, label=self.label, missing="Enter the date too")

    @property
    def focus(self) -> str:
        """The first of the inputs."""
        return self._asked.focus

    def initial(self, situation: Situation) -> tuple[tuple[str, str], ...]:
        """Empty inputs."""
        return self._asked.initial(situation)

    def read(self, form: Form, situation: Situation) -> datetime | None:
        """The moment in UTC, or None."""
        if not any(form.text(f"{self.name}-{part}") for part in ("day", "month", "year", "time")):
            return None
        return self._asked.read(form, situation)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaybeTime(Field[time | None]):
    """A time of day in London that may be left out."""

    sort: ClassVar[str] = "time"

    def read(self, form: Form, situation: Situation) -> time | None:
        """The time, or None."""
        written = form.text(self.name)
        if not written:
            return None
        try:
            return read_time(written)
        except ValueError as error:
            raise self.wrong(str(error)) from None


def options(*pairs: tuple[str, str]) -> Sequence[Option[str]]:
    """Options that mean what they send."""
    return tuple(Option(value, text, value) for value, text in pairs)
