"""Acts of the answer: more time, updates, each point, the response, and the request for stage 2."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from intakebot.casework import Act, Casework
from intakebot.domain import complaints, undelivered
from intakebot.domain.case import Acting, Case, Change
from intakebot.domain.letters import long_date
from intakebot.domain.stages import FINDINGS
from intakebot.domain.timescales import after_window, limits_of
from intakebot.domain.working_days import local_date
from intakebot.web import words
from intakebot.web.acts.act import ActForm, Group, acknowledged, answer_owed, signers
from intakebot.web.acts.fields import (
    Answers,
    Choose,
    Day,
    Moment,
    Number,
    Option,
    Situation,
    Text,
    days_from_now,
    words_of,
)

_FINDINGS: Final = {finding: words.OUTCOMES[finding] for finding in FINDINGS}

_WORKING_DAYS: Final = Number(
    name="working_days", label="How many working days more?", missing="Enter how many working days more"
)
_REASON: Final = Text(
    name="reason",
    label="Why does it take longer?",
    hint="As the resident will read it.",
    missing="Give the reason, as the resident will read it",
    rows=4,
)
_GOOD_REASON: Final = Text(
    name="good_reason",
    label="Good reason for so long",
    hint="Only where all extensions of this stage come to more than the Code’s most days. For the record.",
    rows=3,
)
_APPROVED: Final = signers(
    "approved_by", "Who approved it?", hint="Needed together with the good reason.", nobody="Nobody: not needed"
)
_EVERY: Final = Number(
    name="days",
    label="How many days between updates?",
    hint="As agreed with the resident. Days, not working days.",
    missing="Enter how many days",
    start=lambda s: str(s.case.current.update_days or "") if s.case.current else "",
)
_NEXT: Final = Day(
    name="next",
    label="When is the next update due?",
    missing="Enter when the next update is due",
    start=days_from_now(7),
)
_NEWS: Final = Text(
    name="said",
    label="What has happened since?",
    hint="In plain words. It goes into the letter.",
    missing="Write what has happened",
    rows=6,
)


def _points(situation: Situation) -> Sequence[Option[int]]:
    stage = situation.case.current
    points = stage.points if stage else ()
    return [
        Option(str(n), point.text, n, f"Answered: {words.OUTCOMES[point.finding]}" if point.finding else "")
        for n, point in enumerate(points, 1)
    ]


def _asked_answer(situation: Situation) -> str:
    stage, asked = situation.case.current, situation.asked.text("point")
    held = {str(n): point.answer for n, point in enumerate(stage.points, 1)} if stage else {}
    return held.get(asked, "")


_POINT: Final = Choose(name="point", label="Which point?", missing="Choose the point", options=_points)
_ANSWER: Final = Text(
    name="answer",
    label="Our answer to it, with the reasons",
    hint="As the resident will read it. Name the policy, law or good practice it rests on.",
    missing="Answer the point, with the reasons",
    rows=7,
    start=_asked_answer,
)
_FINDING: Final = Choose(
    name="finding", label="What do we find?", missing="Choose what we find", options=words_of(_FINDINGS)
)


def _answer(answers: Answers) -> Act:
    def act(case: Case, acting: Acting) -> Change:
        points = complaints.running(case, "6.7").points
        number = answers[_POINT]
        text = points[number - 1].text if number <= len(points) else ""
        return complaints.answer_point(case, text, answers[_ANSWER], answers[_FINDING], acting)

    return act


_OUTCOME: Final = Choose(
    name="outcome", label="The outcome of this stage", missing="Choose the outcome", options=words_of(_FINDINGS)
)
_DECISION: Final = Text(
    name="decision",
    label="The decision",
    hint="What we decided on the whole complaint. It goes into the letter.",
    missing="Write the decision",
    rows=4,
)
_REASONS: Final = Text(
    name="reasons",
    label="The reasons for it",
    hint="The answers to the points go into the letter by themselves; write here what holds them together.",
    missing="Give the reasons",
    rows=6,
)
_CONTRIBUTORS: Final = Text(
    name="contributors", label="Who else helped to answer?", hint="Teams or contractors we asked. For the record."
)
_ASKED_AT: Final = Moment(
    name="received",
    label="When did they ask?",
    hint="When anybody working for us first had the request. The clocks of stage 2 run from then.",
    missing="Enter when they asked",
)
_UNHAPPY: Final = Text(
    name="reason", label="What do they say?", hint="They need not give a reason; leave it empty then.", rows=4
)


def _due(situation: Situation) -> str:
    stage = situation.case.current
    if stage is None:
        return ""
    limits, used = limits_of(stage.number), sum(e.working_days for e in stage.extensions)
    due = long_date(stage.extended_to or stage.due.response_due)
    left = max(limits.extend - used, 0)
    return (
        f"The answer is due by {due}. Days are counted from then. "
        f"{words.counted(left, 'working day')} can be taken without a good reason; for more, agree updates first. "
        "The resident must be told before the answer is due."
    )


def _before_it_goes(situation: Situation) -> str:
    stage = situation.case.current
    if stage is None:
        return ""
    records = situation.case.records
    waiting = sum(1 for action in records.actions if action.done_at is None)
    offered = sum(1 for remedy in records.remedies if remedy.stage == stage.number and remedy.declined_at is None)
    answered = sum(1 for point in stage.points if point.answer)
    return (
        f"The letter holds the answers to {answered} of {words.counted(len(stage.points), 'point')}, "
        f"{words.counted(offered, 'remedy', 'remedies')} and {words.counted(waiting, 'action')} still to do. "
        "Record remedies and actions before you answer. Do not wait until the work is done (Code 6.6)."
    )


def _window(situation: Situation) -> str:
    """A warning, and no more, where the request may have come later than the landlord's policy expects one."""
    answered, days = situation.case.responded_at, situation.escalation_days
    if answered is None or days is None or not after_window(answered, situation.now, days):
        return ""
    last = words.short_day(local_date(answered) + timedelta(days=days), local_date(situation.now))
    return (
        f"Stage 1 was answered more than {words.counted(days, 'day')} ago: our policy expects the request by {last}. "
        "A later one is never refused for that: consider what kept them (Code 2.5, 6.12)."
    )


def _escalate(casework: Casework, reference: str, answers: Answers) -> str:
    casework.escalate(reference, answers[_ASKED_AT], answers[_UNHAPPY])
    return ""


ANSWERING: Final = (
    ActForm(
        name="answer_point",
        title="Answer a point",
        group=Group.ANSWER,
        clause="6.7, 6.18",
        fields=(_POINT, _ANSWER, _FINDING),
        do=_answer,
        offered=lambda case: answer_owed(case) and bool(case.current and case.current.points),
        done="The answer to the point is saved.",
        button="Save the answer",
    ),
    ActForm(
        name="respond",
        title="Write the response",
        group=Group.ANSWER,
        clause="6.9, 6.19",
        letter="response_stage_1",
        letter_at_2="response_stage_2",
        fields=(_OUTCOME, _DECISION, _REASONS, _CONTRIBUTORS),
        do=lambda a: (
            lambda case, acting: complaints.respond(
                case, a[_OUTCOME], a[_DECISION], a[_REASONS], acting, contributors=a[_CONTRIBUTORS]
            )
        ),
        offered=acknowledged,
        about=_before_it_goes,
        done="The response is on its way.",
    ),
    ActForm(
        name="extend",
        title="Take more time for the response",
        group=Group.ANSWER,
        clause="6.4, 6.15",
        letter="extension",
        fields=(_WORKING_DAYS, _REASON, _GOOD_REASON, _APPROVED),
        do=lambda a: (
            lambda case, acting: complaints.extend(
                case,
                a[_WORKING_DAYS],
                a[_REASON],
                acting,
                good_reason=a[_GOOD_REASON],
                approved_by=a[_APPROVED],
            )
        ),
        offered=acknowledged,
        about=_due,
        done="The response is extended, and the resident is being told.",
    ),
    ActForm(
        name="extension_told",
        title="Tell them of the extension again",
        group=Group.ANSWER,
        clause="6.4, 6.15",
        letter="extension",
        fields=(),
        do=lambda _answers: undelivered.extension_told,
        offered=lambda case: bool(
            answer_owed(case)
            and case.current
            and case.current.extensions[-1:]
            and case.current.extensions[-1].undelivered
        ),
        done="The resident is being told of the extension again.",
    ),
    ActForm(
        name="agree_updates",
        title="Agree when the resident hears from us",
        group=Group.ANSWER,
        clause="5.9",
        fields=(_EVERY, _NEXT),
        do=lambda a: lambda case, acting: complaints.agree_updates(case, a[_EVERY], a[_NEXT], acting),
        offered=answer_owed,
        done="The agreed updates are on the record.",
    ),
    ActForm(
        name="update",
        title="Send an update",
        group=Group.ANSWER,
        clause="5.9",
        letter="update",
        said=_NEWS,
        fields=(_NEWS,),
        do=lambda _answers: complaints.update,
        offered=lambda case: answer_owed(case) and bool(case.current and case.current.update_days),
        done="The update is on its way.",
    ),
    ActForm(
        name="escalate",
        title="They ask for stage 2",
        group=Group.ANSWER,
        clause="6.10 to 6.13",
        fields=(_ASKED_AT, _UNHAPPY),
        method=_escalate,
        offered=lambda case: case.stage == 1 and case.responded_at is not None,
        about=_window,
        intro="Nobody needs to give a reason. Somebody other than who decided stage 1 decides stage 2.",
        done="Stage 2 has begun. Acknowledge the request.",
        button="Begin stage 2",
    ),
)
