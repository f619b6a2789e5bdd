"""Standing: what the case page says of the complaint's stages, promises, hazards, and what else is on the record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from intakebot.domain.case import Case, Status
from intakebot.domain.hazards import HAZARD_TYPES, Hazard, HazardLevel, HazardStatus
from intakebot.domain.incidents import Incident, incidents_during
from intakebot.domain.letters import pounds
from intakebot.domain.people import APPROVES, Officer
from intakebot.domain.records import Disability, OmbudsmanCase, Remedy
from intakebot.domain.retention import closed_at, holds, retention_due
from intakebot.domain.stages import Extension, Stage
from intakebot.domain.wording import long_day
from intakebot.domain.working_days import local_date
from intakebot.store.views import CaseFile
from intakebot.web import words
from intakebot.web.acts.advice import ELSEWHERE, steps
from intakebot.web.words import counted, short_day, when

Line = tuple[str, str]


@dataclass(frozen=True, slots=True)
class PointShown:
    """A point: its number, what it is, our answer and what we found; both "" while it is not answered."""

    number: int
    text: str
    answer: str
    finding: str


@dataclass(frozen=True, slots=True)
class StageShown:
    """A stage: what is recorded of it, line by line, and its points."""

    number: int
    running: bool
    lines: tuple[Line, ...]
    points: tuple[PointShown, ...]


@dataclass(frozen=True, slots=True)
class Promise:
    """Something promised. `press` is "overdue", "today" or ""; `links` are what can be recorded of it."""

    what: str
    due: str
    press: str
    standing: str
    done: bool
    links: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class HazardShown:
    """A hazard: what is recorded of it, and what is still to be."""

    title: str
    status: str
    lines: tuple[Line, ...]
    links: tuple[Line, ...]
    open: bool


def stages_shown(case: Case, names: Mapping[int, str], now: datetime) -> tuple[StageShown, ...]:
    """Every stage, the current one first. `names` are the officers' by id."""
    return tuple(
        StageShown(stage.number, stage.open, tuple(_stage_lines(stage, names, now)), _points(stage))
        for stage in reversed(case.stages)
    )


def _points(stage: Stage) -> tuple[PointShown, ...]:
    return tuple(
        PointShown(number, point.text, point.answer, words.OUTCOMES[point.finding] if point.finding else "")
        for number, point in enumerate(stage.points, 1)
    )


def _stage_lines(stage: Stage, names: Mapping[int, str], now: datetime) -> Iterator[Line]:
    today = local_date(now)
    yield "Received", when(stage.received_at)
    yield "Acknowledged", when(stage.acknowledged_at) if stage.acknowledged_at else "Not yet"
    for extension in stage.extensions:
        yield "Extended", _extension(extension, today)
    if stage.extended_to and stage.valid_extension != stage.extended_to:
        yield "Careful", "Not every extension keeps the Code’s rules, so reports do not count it (Code 6.4)."
    if stage.update_days is not None:
        following = f", the next by {short_day(stage.next_update_on, today)}" if stage.next_update_on else ""
        yield "Updates agreed", f"Every {counted(stage.update_days, 'day')}{following}"
    yield "Complaint", stage.definition or "Not written yet"
    for key, text in (
        ("They want", stage.outcomes_sought),
        ("We answer for", stage.responsible_for),
        ("We do not answer for", stage.not_responsible_for),
    ):
        if text:
            yield key, text
    if stage.outcome is not None:
        ended = stage.responded_at or stage.ended_at
        by = f" by {names[stage.decided_by]}" if stage.decided_by in names and stage.decided_by is not None else ""
        yield "Outcome", f"{words.OUTCOMES[stage.outcome]}{by}{', ' + when(ended) if ended else ''}"
    for key, text in (("Decision", stage.decision), ("Reasons", stage.reasons), ("Helped", stage.contributors)):
        if text:
            yield key, text


def _extension(extension: Extension, today: date) -> str:
    more = f" {extension.good_reason}" if extension.good_reason else ""
    by = f" Approved by {extension.approved_by}." if extension.approved_by else ""
    days = counted(extension.working_days, "working day")
    return f"By {days}, to {short_day(extension.until, today)}. {extension.reason}{more}{by}"


def promises_shown(case: Case, now: datetime) -> tuple[Promise, ...]:
    """Every promise, those still to be kept first, by when they are due."""
    found = sorted(_promises(case, local_date(now)), key=lambda pair: (pair[1].done, pair[0] or date.max))
    return tuple(promise for _, promise in found)


def _promises(case: Case, today: date) -> Iterator[tuple[date | None, Promise]]:
    links: tuple[Line, ...]
    for action in case.records.actions:
        links = (("Record that it is done", f"do/action_done?action={action.number}"),)
        done = action.done_at is not None
        standing = f"Done {short_day(local_date(action.done_at), today)}" if action.done_at else ""
        yield action.due_on, _promise(f"{action.what} ({action.owner})", action.due_on, today, standing, done, links)
    for remedy in case.records.remedies:
        links = tuple(_remedy_links(remedy)) if remedy.waiting else ()
        sum_of = f", {pounds(remedy.amount)}" if remedy.amount is not None else ""
        what = f"{words.REMEDIES[remedy.type]}{sum_of}: {remedy.what}"
        yield remedy.due_on, _promise(what, remedy.due_on, today, _remedy(remedy, today), not remedy.waiting, links)
    for theirs in case.records.ombudsman:
        for position, order in enumerate(theirs.orders, 1):
            sort = "Ombudsman’s recommendation" if order.recommendation else "Ombudsman’s order"
            links = (("Record that it is carried out", f"do/order_done?order={theirs.number}.{position}"),)
            standing = f"Carried out {short_day(local_date(order.done_at), today)}" if order.done_at else ""
            done = order.done_at is not None
            yield order.due_on, _promise(f"{sort}: {order.what}", order.due_on, today, standing, done, links)
    for held in case.records.restrictions:
        if held.ended_on is None:
            links = (("Review it", f"do/review_restriction?restriction={held.person_id}.{held.number}"),)
            yield (
                held.review_on,
                _promise(f"Review the restriction: {held.what}", held.review_on, today, "", False, links),
            )
    for agreed in case.records.adjustments:
        if agreed.review_on and agreed.ended_on is None:
            what = f"Review the adjustment: {agreed.need}"
            links = (("Review it", f"do/review_adjustment?adjustment={agreed.person_id}.{agreed.number}"),)
            yield agreed.review_on, _promise(what, agreed.review_on, today, "", False, links)


def _promise(
    what: str, due_on: date | None, today: date, standing: str, done: bool, links: tuple[Line, ...]
) -> Promise:
    press = ""
    if due_on is not None and not done:
        press = "overdue" if due_on < today else "today" if due_on == today else ""
    due = f"by {short_day(due_on, today)}" if due_on else "no date"
    said = {"overdue": "Overdue", "today": "Due today"}.get(press, "")
    return Promise(what, due, press, ". ".join(part for part in (said, standing) if part), done, () if done else links)


def _remedy(remedy: Remedy, today: date) -> str:
    if remedy.completed_at:
        return f"Carried out {short_day(local_date(remedy.completed_at), today)}"
    if remedy.declined_at:
        return f"Declined {short_day(local_date(remedy.declined_at), today)}"
    return f"Accepted {short_day(local_date(remedy.accepted_at), today)}" if remedy.accepted_at else "Offered"


def _remedy_links(remedy: Remedy) -> Iterator[Line]:
    if remedy.accepted_at is None:
        yield "They accept", f"do/remedy_accepted?remedy={remedy.number}"
    yield "They decline", f"do/remedy_declined?remedy={remedy.number}"
    yield "It is carried out", f"do/remedy_completed?remedy={remedy.number}"


def hazards_shown(case: Case, now: datetime) -> tuple[HazardShown, ...]:
    """Every hazard, those still open first."""
    today = local_date(now)
    found = [
        HazardShown(
            f"{words.HAZARD_LEVELS[h.level]}{', ' + HAZARD_TYPES[h.type].lower() if h.type else ''}",
            words.HAZARD_STATUSES[h.status] if h.open or h.status is HazardStatus.CLEARED else "Dealt with",
            tuple(_hazard_lines(h, today)),
            tuple(_hazard_links(h)),
            h.open,
        )
        for h in case.records.hazards
    ]
    return tuple(sorted(found, key=lambda shown: not shown.open))


def _hazard_lines(hazard: Hazard, today: date) -> Iterator[Line]:
    yield "We knew", when(hazard.aware_at)
    if hazard.outside:
        yield "Outside the law", hazard.outside
    due = when(hazard.due_at) if hazard.level is HazardLevel.EMERGENCY else _by(hazard.due_on, today)
    yield "Investigated", when(hazard.investigated_at) if hazard.investigated_at else f"Not yet: due {due}"
    safe_by = due if hazard.level is HazardLevel.EMERGENCY else _by(hazard.safety_work_due, today)
    if hazard.safety_work_needed:
        yield "Made safe", when(hazard.made_safe_at) if hazard.made_safe_at else f"Not yet: due {safe_by}"
    for key, at, due_on in (
        ("Written summary", hazard.summary_sent_at, hazard.summary_due),
        ("Further work", hazard.further_work_begun_at, hazard.further_work_due),
        (
            "Work on the ground",
            hazard.physically_started_at,
            hazard.latest_start if hazard.cannot_start_reason else None,
        ),
    ):
        if at or due_on:
            yield key, when(at) if at else f"Not yet: due {_by(due_on, today)}"
    if hazard.cannot_start_reason:
        yield "Cannot begin yet", hazard.cannot_start_reason
    if hazard.accommodation_offered_at:
        yield "Somewhere else to stay", f"Offered {when(hazard.accommodation_offered_at)}"
    elif hazard.accommodation_due_at:
        yield "Somewhere else to stay", f"Offer it by {safe_by}, unless the home is safe by then"
    if hazard.exclusion:
        yield "Left out", words.EXCLUSIONS[hazard.exclusion]
    if hazard.reason:
        yield "Decision", hazard.reason


def _by(day: date | None, today: date) -> str:
    return short_day(day, today) if day else "after the investigation"


def _hazard_links(hazard: Hazard) -> Iterator[Line]:
    if not hazard.open:
        return
    if hazard.status is HazardStatus.POSSIBLE:
        yield "Confirm it", f"do/hazard_confirm?hazard={hazard.number}"
    for text, act, _ in steps(hazard):
        yield text, f"do/{act}?hazard={hazard.number}"
    if hazard.accommodation_due_at:
        text, act = ELSEWHERE
        yield text, f"do/{act}?hazard={hazard.number}"


def also_on_record(case: Case, now: datetime) -> tuple[Line, ...]:
    """What else is recorded, each in a line."""
    return tuple(_also(case, local_date(now)))


def _also(case: Case, today: date) -> Iterator[Line]:
    records = case.records
    for refusal in records.refusals:
        directed = " The Ombudsman directed that it be accepted." if refusal.directed_at else ""
        said = f"{words.REFUSALS[refusal.reason]}. {refusal.evidence} {refusal.consideration} {refusal.officer}."
        yield "Not accepted", f"{said}{directed}"
    for theirs in records.ombudsman:
        yield "Ombudsman", _ombudsman(theirs, today)
    for withdrawal in records.withdrawals:
        yield "Withdrawal", f"{withdrawal.said} {withdrawal.how or 'Not confirmed yet, so it does not count.'}"
    for asked in records.clarifications:
        answered = (
            f"answered {short_day(local_date(asked.answered_at), today)}" if asked.answered_at else "not answered"
        )
        yield "We asked", f"{asked.question} ({answered})"
    for offered in records.choices:
        yield "Choice to complain", words.CHOICES[offered.choice] if offered.choice else "Offered, not answered"
    for issue in records.issues:
        yield "Further issue", f"{issue.what} {'Taken in' if issue.merged else 'Now ' + issue.own_case}: {issue.reason}"
    for conflict in records.conflicts:
        note = f"a conflict of interest: {conflict.note}" if conflict.conflicted else "no conflict of interest"
        yield "Declared", f"{conflict.officer}: {note}"
    for meeting in records.meetings:
        yield "Meeting or call", f"{when(meeting.held_at)}, {meeting.attendees}. {meeting.note}"
    for learned in records.learning:
        yield "Learned", "Nothing beyond this case" if learned.nothing else f"{learned.lesson} {learned.change}".strip()
    if case.issue_on or case.aware_on:
        arose, knew = (short_day(day, today) if day else "not known" for day in (case.issue_on, case.aware_on))
        yield "When it arose", f"{arose}; the resident knew: {knew}"
    if case.contractor:
        yield "Contractor", case.contractor
    if case.affects == "group":
        yield "Whom it affects", "A group of residents"


def kept(file: CaseFile, years: int) -> tuple[Line, ...]:
    """From which day a closed case may be deleted, kept for so many years, or what holds it; none for an open one."""
    due = retention_due(file.case, closed_at(file.events), years)
    held = "; ".join(words.HOLDS[hold] for hold in holds(file.case))
    if due is not None:
        after = f"{counted(years, 'year')} after it was closed"
        said = f"It may be deleted from {long_day(due)}, {after}. Nothing is deleted by itself."
    elif file.case.status is Status.CLOSED and held:
        said = f"It must be kept for now: {held}."
    else:
        return ()
    return (("How long it is kept", said),)


def _ombudsman(theirs: OmbudsmanCase, today: date) -> str:
    reference = f" {theirs.their_reference}" if theirs.their_reference else ""
    said = (
        f"{words.OMBUDSMEN[theirs.ombudsman]}{reference}, in touch {short_day(local_date(theirs.contacted_at), today)}."
    )
    found = "; ".join(f"{f.element}: {words.DETERMINATIONS[f.determination].lower()}" for f in theirs.findings)
    failure = " A Complaint Handling Failure Order was made." if theirs.failure_order else ""
    return f"{said} {found}{'.' if found else ''}{failure}".strip()


def incidents_shown(case: Case, incidents: Sequence[Incident], now: datetime) -> tuple[str, ...]:
    """The incidents that touch this case, each in a sentence or two (Code 8.5)."""
    today = local_date(now)
    return tuple(_incident(incident, today) for incident in incidents_during(case, incidents, today))


def _incident(incident: Incident, today: date) -> str:
    began = short_day(incident.since, today)
    lasted = f"From {began} to {short_day(incident.until, today)}" if incident.until else f"Since {began}"
    told = (
        f"Residents were told: {incident.told_residents}" if incident.told_residents else "Residents are not told yet."
    )
    return f"{lasted}: {incident.what} {told} The clocks go on (Code 8.5)."


def disabilities_for(case: Case, officer: Officer) -> Sequence[Disability]:
    """What people told us of disabilities, for those who may read it: the case's officer, and those who approve."""
    may = officer.id == case.officer_id or officer.role in APPROVES
    return case.records.disabilities if may else ()
