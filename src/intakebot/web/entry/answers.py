"""Entry answers: what staff typed, as the entry it makes, or its mistakes. Pure: `now` is an argument."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from intakebot.channels.assisted import EnteredFile, EnteredParty, Entry, transcript_of
from intakebot.domain.case import Case, Status, TimeRules
from intakebot.domain.labels import Kind
from intakebot.domain.people import Officer, Person
from intakebot.domain.representation import only_passes_words_on
from intakebot.domain.timescales import due_dates
from intakebot.domain.transcripts import Speaker, Transcript
from intakebot.domain.working_days import LONDON, Hours, local_date, opening
from intakebot.errors import BadInput
from intakebot.web.acts.fields import Situation, read_fields
from intakebot.web.entry.questions import FOR_ANOTHER, NEED_CHECKS, WORDS, EntryForm
from intakebot.web.forms import Form, Mistake, Mistakes
from intakebot.web.words import counted, short_day, when

Said = dict[str, Any]
"""The answers by the name of their field."""


def situation_of(officer: Officer, now: datetime) -> Situation:
    """What the questions are drawn and read in: the case that will begin, of which nothing is known yet."""
    nobody = Case("", Kind.COMPLAINT, Status.RECEIVED, "", "", now, now, Person())
    return Situation(nobody, officer, (), now)


def read_entry_form(
    asked: EntryForm,
    form: Form,
    files: Sequence[EnteredFile],
    officer: Officer,
    rules: TimeRules,
    hours: Hours,
    now: datetime,
) -> Entry:
    """The entry a form makes. Raises `Mistakes`.

    The receipt is the start of the call, however late it is typed in, or when a colleague heard it before that. A
    letter is received at the opening of the office on its day, because nobody noted the minute.
    """
    missing = _missing(asked, form, files)
    try:
        answers = read_fields(asked.fields, form, situation_of(officer, now))
    except Mistakes as error:
        raise Mistakes(_as_on_the_page(asked, (*error.mistakes, *missing))) from error
    if missing:
        raise Mistakes(missing)
    said: Said = dict(answers.given)
    _check_people(said)
    began, received = _moments(said, hours, now)
    _check_receipt(asked, received, rules, now)
    writer = EnteredParty(name=said["name"], email=said["email"], phone=said["phone"])
    for_another = said["acting"] == FOR_ANOTHER
    resident = EnteredParty(name=said["resident_name"]) if for_another else writer
    entry = Entry(
        channel=asked.channel,
        entered_by=officer.name,
        entered_at=now,
        received_at=received,
        text=said[WORDS],
        resident=resident.model_copy(update={"address": said["home"]}),
        representative=writer if for_another else None,
        relation=said["relation"] if for_another else "",
        began_at=began,
        ended_at=_end(began, said.get("ended"), now),
        first_heard_at=said.get("first_heard"),
        read_back=form.text("read_back") == "yes",
        needs=tuple(need for need, check in NEED_CHECKS if said[check.name]),
        files=tuple(files),
        **{name: said[name] for name in _AS_THEY_ARE if name in said},
    )
    transcript = transcript_of(entry)
    if entry.text and not transcript.spoken:
        raise Mistakes(
            [Mistake(WORDS, "Nobody says anything here: there are only signs such as GA. Type what was said")]
        )
    return entry


_AS_THEY_ARE = (
    *("mode", "text_number", "dropped", "interpreter_firm", "interpreter_id", "place", "dated", "handle", "link"),
    *("needs_note", "print_pt", "outcomes_sought", "prefers", "safe_contact"),
)


def _missing(asked: EntryForm, form: Form, files: Sequence[EnteredFile]) -> list[Mistake]:
    """What nothing can be taken without, so that it is said together with every other mistake."""
    found = []
    if not form.text(WORDS) and not files:
        nothing = "Type what was said" if asked.is_spoken else "Type what it says, or add the scanned letter"
        found.append(Mistake(WORDS, nothing))
    if not any(form.text(name) for name in ("name", "phone", "email", "home")):
        found.append(Mistake("name", "Enter their name, or a way to reach them"))
    return found


def _as_on_the_page(asked: EntryForm, mistakes: Sequence[Mistake]) -> list[Mistake]:
    """Mistakes in the order of the page."""
    names = [field.name for field in asked.fields]
    return sorted(mistakes, key=lambda m: next((i for i, n in enumerate(names) if m.field.split("-")[0] == n), 0))


def _check_people(said: Said) -> None:
    if said.get("text_number") and not said["phone"]:
        raise Mistakes([Mistake("phone", "Enter their TextNumber, or take its tick out")])
    if said["acting"] == FOR_ANOTHER and only_passes_words_on(said["relation"]):
        told = "They only pass words on. Give the name of the person they speak for, and choose “Themselves”"
        raise Mistakes([Mistake("acting", told)])
    if said["resident_name"] and said["acting"] != FOR_ANOTHER:
        told = "You gave a resident’s name: choose that they speak for somebody else, or take the name out"
        raise Mistakes([Mistake("acting", told)])


def _moments(said: Said, hours: Hours, now: datetime) -> tuple[datetime | None, datetime]:
    """When it began, and the receipt."""
    arrived: date | None = said.get("arrived")
    if arrived is not None:
        if arrived > local_date(now):
            raise Mistakes([Mistake("arrived-day", "That is in the future; enter the day it reached us")])
        return None, min(opening(arrived, hours), now)
    began: datetime = said["began"]
    return began, min(began, said.get("first_heard") or began)


def _end(began: datetime | None, ended: time | None, now: datetime) -> datetime | None:
    """The end of a call: the first time after its start that the clock showed that."""
    if began is None or ended is None:
        return None
    local = began.astimezone(LONDON)
    end = datetime.combine(local.date(), ended, LONDON)
    if end < local.replace(second=0, microsecond=0):
        end = datetime.combine(local.date() + timedelta(days=1), ended, LONDON)
    if end.astimezone(UTC) > now:
        raise Mistakes([Mistake("ended", "That is in the future; leave it empty while the call goes on")])
    return end.astimezone(UTC)


def _check_receipt(asked: EntryForm, received: datetime, rules: TimeRules, now: datetime) -> None:
    try:
        due_dates(received, None, 1, rules.calendar, rules.rules)
    except BadInput as error:
        first = asked.came[0].focus
        raise Mistakes([Mistake(first, f"Check the year: {error}")]) from error


@dataclass(frozen=True, slots=True)
class Warned:
    """What the check page warns of. `late` comes first and stands out."""

    late: str
    others: tuple[str, ...]


def warnings(entry: Entry, rules: TimeRules, now: datetime) -> Warned:
    """What staff should know before they send it: it is late, or something about the transcript is unclear."""
    late = ""
    if entry.days_late > 0:
        due = due_dates(entry.received_at, None, 1, rules.calendar, rules.rules).ack_due
        today = local_date(now)
        ago, must = counted(entry.days_late, "day"), "must be" if due >= today else "had to be"
        late = (
            f"This came {ago} ago, on {when(entry.received_at)}, and counts from then. "
            f"If it is a complaint, it {must} acknowledged by {short_day(due, today)}."
        )
    return Warned(late, tuple(_unclear(entry, transcript_of(entry))))


def _unclear(entry: Entry, transcript: Transcript) -> list[str]:
    found = []
    unsaid, spoken = len(transcript.by(Speaker.NOT_SAID)), len(transcript.spoken)
    if entry.channel == "relay" and unsaid:
        which = "Nothing says" if unsaid == spoken else f"In {counted(unsaid, 'turn')} of {spoken} nothing says"
        found.append(
            f"{which} who speaks. All of it is read as the resident’s words. To part them, go back and begin lines "
            "with R:, S: or A:"
        )
    if transcript.unknown:
        names = ", ".join(f"“{name}”" for name in transcript.unknown[:5])
        found.append(f"We do not know who {names} is. Write R:, S: or A: instead, if it is not somebody of the home.")
    if entry.channel == "relay" and not transcript.signed_off and not entry.dropped:
        found.append("Nobody signed off with SK. Was the call cut off? If so, go back and say so; ring them back.")
    return found
