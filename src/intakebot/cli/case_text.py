"""Case text: everything about one case as a plain page for a person, in the words of the staff pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from intakebot.domain.case import SYSTEM, Case, Event, TagType
from intakebot.domain.people import Person
from intakebot.domain.ringing import came_from, number_of, numbers_of
from intakebot.domain.working_days import WorkingCalendar
from intakebot.store.views import CaseFile, StoredMessage
from intakebot.web import standing, words
from intakebot.web.due import ClockLine, of_clock

_WIDTH: Final = 24
_NOTHING: Final = "-"
# A stranger's words may hold codes that move a terminal's cursor or change its colours.
_CONTROLS: Final = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160)))


def case_text(file: CaseFile, names: Mapping[int, str], calendar: WorkingCalendar, now: datetime, years: int) -> str:
    """The page: who, what, stages, what is due, hazards, promises, records, messages, history; "-" for nothing.

    `names` are the officers' by id; `now` is aware; a closed case is kept for `years`. Times are Europe/London. What is
    kept with a person is not in it, as it is not in the JSON: disabilities, adjustments and restrictions are for the
    staff pages (Code 5.10).
    """
    case = replace(file.case, records=replace(file.case.records, disabilities=(), adjustments=(), restrictions=()))
    title = f"{case.reference}  {case.subject}".rstrip()
    clocks = sorted((of_clock(clock, now, calendar) for clock in file.clocks), key=lambda line: line.done)
    parts = [
        title,
        *_lines(_about(case)),
        *_section("Who", _lines(_who(file))),
        *_section("Due", (_clock(line) for line in clocks)),
        *_section("Stages", _stages(case, names, now)),
        *_section("Hazards", _hazards(case, now)),
        *_section("Promises", _promises(case, now)),
        *_section("Also on the record", _lines((*standing.also_on_record(case, now), *standing.kept(file, years)))),
        *_section("Messages", (line for message in file.messages for line in _message(message, numbers_of(case)))),
        *_section("History", (line for event in file.events for line in _event(event))),
    ]
    return "\n".join(parts).translate(_CONTROLS)


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield ""
    yield title
    found = list(lines)
    while found and not found[-1]:
        found.pop()
    yield from (f"  {line}".rstrip() for line in found or [_NOTHING])


def _lines(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """A name and what it says, its further lines under the first."""
    for key, value in pairs:
        first, *more = value.strip().splitlines() or [_NOTHING]
        yield f"{key:<{_WIDTH}}{first}"
        yield from (f"{'':<{_WIDTH}}{line}" for line in more)


def _named(names: Mapping[Any, str], label: str) -> str:
    """A label's name; the label itself where it is none of ours."""
    return names.get(label, label)


def _about(case: Case) -> Iterator[tuple[str, str]]:
    doubt = f" (to be confirmed: {case.review_reason})" if case.needs_review else ""
    yield "Kind", f"{words.KINDS[case.kind]}{doubt}"
    yield "Status", f"{words.STATUSES[case.status]}{f', stage {case.stage}' if case.stages else ''}"
    yield "Danger", words.DANGERS.get(case.danger, "")
    yield "Received", f"{words.when(case.received_at)} by {words.channel(case.channel)}"
    for key, names, tag_type in (
        ("Categories", words.CATEGORIES, TagType.CATEGORY),
        ("Flags", words.FLAGS, TagType.FLAG),
        ("Needs", words.NEEDS, TagType.NEED),
    ):
        yield key, ", ".join(_named(names, label) for label in case.labels(tag_type))
    yield "Language", words.language(case.language) or ("English" if case.language == "en" else "")
    yield "New messages", str(case.unread or "")


def _who(file: CaseFile) -> Iterator[tuple[str, str]]:
    case = file.case
    yield "Resident", _person(case, case.resident)
    for representative in case.representatives:
        relation = f" ({representative.relation})" if representative.relation else ""
        authority = words.AUTHORITIES[representative.authority]
        yield "Representative", f"{_person(case, representative.person)}{relation}\n{authority}"
    yield "Officer", file.officer
    yield "Team", case.team
    yield "Patch", case.patch
    yield "Why they have it", case.routing_reason


def _person(case: Case, person: Person) -> str:
    known = (person.name or "Name not known", person.tenure, person.email, number_of(case, person), person.telegram)
    back = f"Mail comes back: {person.email_failure}" if person.email_failure else ""
    return "\n".join(line for line in (", ".join(part for part in known if part), person.address, back) if line)


def _clock(line: ClockLine) -> str:
    return (
        f"{line.duty} by {line.due}. {line.standing} ({line.clause})" if line.clause else f"{line.duty} by {line.due}"
    )


def _stages(case: Case, names: Mapping[int, str], now: datetime) -> Iterator[str]:
    """Every stage, the first one first, with its points and what was found of each."""
    for stage in reversed(standing.stages_shown(case, names, now)):
        yield f"Stage {stage.number}{', an answer is owed' if stage.running else ''}"
        points = ((f"Point {p.number}", "\n".join(filter(None, (p.text, p.finding, p.answer)))) for p in stage.points)
        yield from (f"  {line}" for line in _lines((*stage.lines, *points)))


def _hazards(case: Case, now: datetime) -> Iterator[str]:
    for hazard in standing.hazards_shown(case, now):
        yield f"{hazard.title}: {hazard.status.lower()}"
        yield from (f"  {line}" for line in _lines(hazard.lines))


def _promises(case: Case, now: datetime) -> Iterator[str]:
    for promise in standing.promises_shown(case, now):
        yield f"{promise.what}, {promise.due}{f'. {promise.standing}' if promise.standing else ''}"


def _message(message: StoredMessage, numbers: Mapping[str, str]) -> Iterator[str]:
    channel = words.channel(message.channel)
    if message.direction == "in":
        sender = came_from(message.sender, message.channel, numbers)
        who = f"From {message.sender_name or sender or 'an unknown sender'}, by {channel}"
    else:
        state = _named(words.LETTER_STATES, message.state)
        purpose = _named(words.PURPOSES, message.purpose) or "Letter"
        who = f"{purpose} to {', '.join(message.recipients) or _NOTHING}, by {channel}. {state}"
    yield f"{words.when(message.received_at)}. {who}"
    if message.subject:
        yield f"  {message.subject}"
    yield ""
    yield from (f"    {line}" for line in message.text.strip().splitlines())
    for attachment in message.attachments:
        yield f"    [{attachment.filename or 'a file'}, {words.size(attachment.size)}]"
    yield ""


def _event(event: Event) -> Iterator[str]:
    actor = "the service" if event.actor == SYSTEM else event.actor
    yield f"{words.when(event.at)}, {actor}. {words.event_title(event.type)}"
    yield from (f"  {line}" for line in event.summary.splitlines())
