"""Acts of the beginning: the choice to complain, what the complaint is, who looks at it, and what it covers."""

from __future__ import annotations

from typing import Final

from intakebot.casework import Act, Casework
from intakebot.domain import circumstances, complaints
from intakebot.domain.case import Acting, Case, Change
from intakebot.domain.endings import needs_discretion
from intakebot.web import words
from intakebot.web.acts.act import ActForm, Group, always, answer_owed, complaint
from intakebot.web.acts.fields import (
    Answers,
    Choose,
    Lines,
    MaybeDay,
    Moment,
    Option,
    Situation,
    Text,
    words_of,
)

_CHOICE: Final = Choose(
    name="choice", label="What did they choose?", missing="Choose one", options=words_of(words.CHOICES)
)
_CHOSEN: Final = Moment(
    name="chosen",
    label="When did they choose?",
    hint="When they told anybody working for us. To complain starts the clocks then.",
    missing="Enter when they chose",
)
_RECEIVED: Final = Moment(
    name="received",
    label="When were we first told?",
    hint="When anybody working for us, or for a contractor of ours, first had it (Code 3.2). The clocks run from then.",
    missing="Enter when we were first told",
)
_WHY: Final = Text(
    name="why",
    label="What is the complaint about, and how did it come?",
    missing="Say what it is about, and how it came",
    rows=4,
)


_DEFINITION: Final = Text(
    name="definition",
    label="The complaint as we understand it",
    hint="As the resident will read it.",
    missing="Say what you understand the complaint to be",
    rows=5,
    start=lambda s: s.case.current.definition if s.case.current else "",
)
_SOUGHT: Final = Text(
    name="outcomes_sought",
    label="What the resident wants",
    hint="What would put it right for them, one thing on each line.",
    rows=3,
    start=lambda s: s.case.current.outcomes_sought if s.case.current else "",
)
_POINTS: Final = Lines(
    name="points",
    label="Points to answer",
    hint="Each thing they complain of, one on each line. The response must answer every one (Code 6.7).",
    missing="Write down at least one point",
    start=lambda s: "\n".join(point.text for point in s.case.current.points) if s.case.current else "",
)
_RESPONSIBLE: Final = Text(
    name="responsible_for",
    label="What we are responsible for",
    missing="Say which parts we are responsible for",
    rows=3,
    start=lambda s: s.case.current.responsible_for if s.case.current else "",
)
_NOT_RESPONSIBLE: Final = Text(
    name="not_responsible_for",
    label="What we are not responsible for",
    hint="Leave it empty where we answer for all of it.",
    rows=3,
    start=lambda s: s.case.current.not_responsible_for if s.case.current else "",
)
_QUESTION: Final = Text(name="question", label="What do you want to ask?", missing="Write what you want to ask", rows=4)


def _define(answers: Answers) -> Act:
    def act(case: Case, acting: Acting) -> Change:
        said = (answers[_DEFINITION], answers[_SOUGHT], answers[_POINTS])
        defined = complaints.define(case, *said, acting)
        responsible = (answers[_RESPONSIBLE], answers[_NOT_RESPONSIBLE])
        after = complaints.set_responsibilities(defined.case, *responsible, acting)
        return Change(after.case, (*defined.events, *after.events))

    return act


def _choose(casework: Casework, reference: str, answers: Answers) -> str:
    return casework.choose(reference, answers[_CHOICE], answers[_CHOSEN])


def _raise(casework: Casework, reference: str, answers: Answers) -> str:
    return casework.raise_complaint(reference, answers[_RECEIVED], answers[_WHY])


_WHOM: Final = Choose(
    name="affects",
    label="Whom does it affect?",
    missing="Choose one",
    options=lambda _s: (
        Option("individual", "One resident or household", False),
        Option("group", "A group of residents", True),
    ),
    start=lambda s: s.case.affects,
)
_OMBUDSMAN: Final = Choose(
    name="ombudsman",
    label="Which Ombudsman may it go to?",
    missing="Choose one",
    options=words_of(words.OMBUDSMEN),
    start=lambda s: s.case.ombudsman.value,
)
_AROSE: Final = MaybeDay(
    name="issue",
    label="When did the matter arise?",
    hint="Leave it empty where it is not known.",
    start=lambda s: s.case.issue_on.isoformat() if s.case.issue_on else "",
)
_KNEW: Final = MaybeDay(
    name="aware",
    label="When did the resident learn of it?",
    hint="Leave it empty where it is not known.",
    start=lambda s: s.case.aware_on.isoformat() if s.case.aware_on else "",
)
_CONTRACTOR: Final = Text(
    name="contractor",
    label="Which contractor is it about?",
    hint="What a contractor did for us is answered here, in these two stages (Code 5.4, 5.5). Empty for none.",
    start=lambda s: s.case.contractor,
)
_CONFLICTED: Final = Choose(
    name="conflicted",
    label="Have you a conflict of interest in this case?",
    missing="Choose yes or no",
    options=lambda _s: (Option("no", "No", False), Option("yes", "Yes: somebody else must deal with it", True)),
)
_CONFLICT: Final = Text(name="note", label="If yes, what is it?", rows=2)
_HELD: Final = Moment(name="held", label="When was it?", missing="Enter when it was")
_ATTENDEES: Final = Text(
    name="attendees",
    label="Who was there?",
    hint="Also who came with the resident to support them.",
    missing="Say who was there",
)
_SAID: Final = Text(name="note", label="What was said?", rows=5)
_ISSUE: Final = Text(name="what", label="What is the further issue?", missing="Say what the further issue is", rows=3)
_BECAUSE: Final = Text(name="why", label="Why is that right here?", missing="Give the reason", rows=2)


def _age_of_matter(situation: Situation) -> str:
    if not needs_discretion(situation.case):
        return ""
    return (
        "The matter is more than 12 months old. That alone refuses nothing: consider whether there is a good reason "
        "to look at it all the same (Code 2.3)."
    )


def _points_told(situation: Situation) -> str:
    stage = situation.case.current
    if stage is None or stage.acknowledged_at is None or not stage.points:
        return ""
    return "The complaint is acknowledged: points may be added, not taken away or reworded (Code 6.7)."


BEGINNING: Final = (
    ActForm(
        name="offer_choice",
        title="Offer the choice to complain",
        group=Group.BEGIN,
        clause="1.3",
        letter="choice",
        do=lambda _answers: circumstances.offer_choice,
        offered=lambda case: not case.stages,
        intro="The resident is unhappy. Ask whether they want to make a complaint.",
        done="The choice to complain was offered.",
    ),
    ActForm(
        name="choose",
        title="Record what they chose",
        group=Group.BEGIN,
        clause="1.3",
        fields=(_CHOICE, _CHOSEN),
        method=_choose,
        offered=lambda case: any(c.choice is None for c in case.records.choices),
        intro="To complain opens a complaint beside this case. This case stays open too (Code 1.5).",
        done="What they chose is on the record.",
    ),
    ActForm(
        name="raise_complaint",
        title="Raise a complaint beside this case",
        group=Group.BEGIN,
        clause="1.5",
        fields=(_RECEIVED, _WHY),
        method=_raise,
        offered=always,
        intro="The complaint is a case of its own, with its own clocks. This case goes on beside it.",
        done="This complaint was raised.",
        button="Raise the complaint",
    ),
    ActForm(
        name="define",
        title="Write the complaint definition",
        group=Group.BEGIN,
        clause="5.6, 5.7",
        fields=(_DEFINITION, _SOUGHT, _POINTS, _RESPONSIBLE, _NOT_RESPONSIBLE),
        do=_define,
        offered=answer_owed,
        about=_points_told,
        done="The complaint definition is saved.",
    ),
    ActForm(
        name="clarify",
        title="Ask the resident what is unclear",
        group=Group.BEGIN,
        clause="5.6",
        letter="clarification",
        fields=(_QUESTION,),
        do=lambda answers: lambda case, acting: complaints.ask_to_clarify(case, answers[_QUESTION], acting),
        offered=answer_owed,
        intro="The clocks go on while you wait for the answer.",
        done="The question is on its way. The clocks go on.",
    ),
    ActForm(
        name="clarified",
        title="They have answered our question",
        group=Group.BEGIN,
        clause="5.6",
        do=lambda _answers: complaints.clarified,
        offered=lambda case: any(c.answered_at is None for c in case.records.clarifications),
        about=lambda s: "\n".join(
            f"We asked: {c.question}" for c in s.case.records.clarifications if not c.answered_at
        ),
        done="The answer is on the record.",
        button="Record that they answered",
    ),
    ActForm(
        name="merge_issue",
        title="Take a further issue into this complaint",
        group=Group.BEGIN,
        clause="6.8",
        fields=(_ISSUE, _BECAUSE),
        do=lambda a: lambda case, acting: circumstances.add_issue(case, a[_ISSUE], True, a[_BECAUSE], acting),
        offered=lambda case: answer_owed(case) and case.stage == 1,
        intro="For what is related, while stage 1 is not answered. It becomes a point to answer.",
        done="The further issue is part of this complaint.",
    ),
    ActForm(
        name="split_issue",
        title="Give a further issue a case of its own",
        group=Group.BEGIN,
        clause="6.8",
        fields=(_ISSUE, _RECEIVED, _BECAUSE),
        method=lambda casework, reference, a: casework.split(reference, a[_ISSUE], a[_RECEIVED], a[_BECAUSE]),
        offered=complaint,
        intro="For what is not related, or came after stage 1 was answered. It gets its own clocks.",
        done="This complaint was opened for the further issue.",
    ),
    ActForm(
        name="facts",
        title="Whom it affects, when it arose, which Ombudsman and contractor",
        group=Group.BEGIN,
        clause="1.2, 2.3, 5.4",
        fields=(_WHOM, _OMBUDSMAN, _AROSE, _KNEW, _CONTRACTOR),
        do=lambda a: (
            lambda case, acting: circumstances.set_facts(
                case, a[_WHOM], a[_OMBUDSMAN], a[_AROSE], a[_KNEW], acting, contractor=a[_CONTRACTOR]
            )
        ),
        offered=always,
        about=_age_of_matter,
        done="The facts are saved.",
    ),
    ActForm(
        name="conflict",
        title="Declare whether you have a conflict of interest",
        group=Group.BEGIN,
        clause="5.8",
        fields=(_CONFLICTED, _CONFLICT),
        do=lambda a: lambda case, acting: circumstances.declare_conflict(case, a[_CONFLICTED], a[_CONFLICT], acting),
        offered=complaint,
        done="Your declaration is on the record.",
    ),
    ActForm(
        name="meeting",
        title="Record a meeting or call",
        group=Group.BEGIN,
        clause="3.6, 5.8",
        fields=(_HELD, _ATTENDEES, _SAID),
        do=lambda a: lambda case, acting: circumstances.meet(case, a[_HELD], a[_ATTENDEES], a[_SAID], acting),
        offered=always,
        done="The meeting or call is on the record.",
    ),
)
