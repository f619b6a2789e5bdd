"""Acts that put things right: what was promised, what was offered, the Ombudsman's part, and what was learned."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from intakebot.casework import Act
from intakebot.domain import redress
from intakebot.domain.case import Acting, Case, Change
from intakebot.domain.records import Finding, Order, Remedy
from intakebot.web import words
from intakebot.web.acts.act import ActForm, Group, complaint, signers
from intakebot.web.acts.fields import (
    Answers,
    Check,
    Choose,
    Day,
    MaybeDay,
    Moment,
    Money,
    Option,
    Rows,
    Situation,
    Text,
    words_of,
)

_WHAT: Final = Text(
    name="what",
    label="What will be done?",
    hint="As the resident will read it.",
    missing="Say what will be done",
    rows=2,
)
_OWNER: Final = Text(name="owner", label="Who does it?", missing="Say who does it")
_BY: Final = Day(name="due", label="By when?", missing="Enter by when")


def _open_actions(situation: Situation) -> Sequence[Option[int]]:
    waiting = [a for a in situation.case.records.actions if a.done_at is None]
    return [Option(str(a.number), f"{a.what} ({a.owner})", a.number) for a in waiting]


def _remedies(fit: Callable[[Remedy], bool]) -> Callable[[Situation], Sequence[Option[int]]]:
    def options(situation: Situation) -> Sequence[Option[int]]:
        waiting = [r for r in situation.case.records.remedies if r.waiting and fit(r)]
        return [Option(str(r.number), f"{words.REMEDIES[r.type]}: {r.what}", r.number) for r in waiting]

    return options


def _any_remedy(case: Case) -> bool:
    return any(remedy.waiting for remedy in case.records.remedies)


_ACTION: Final = Choose(name="action", label="What is done?", missing="Choose what is done", options=_open_actions)
_TYPE: Final = Choose(
    name="type", label="What sort of remedy?", missing="Choose what sort of remedy", options=words_of(words.REMEDIES)
)
_OFFER: Final = Text(
    name="what", label="What is offered?", hint="As the resident will read it.", missing="Say what is offered", rows=2
)
_IMPACT: Final = Text(
    name="impact",
    label="What did the failing mean for this resident?",
    hint="How long it lasted, how bad it was, and what it did to them (Code 7.2).",
    missing="Say what the failing meant for this resident",
    rows=3,
)
_PROMISED: Final = MaybeDay(name="due", label="By when is it promised?")
_AGREED: Final = Check(name="agreed", label="The resident agreed to that date")
_AMOUNT: Final = Money(name="amount", label="Sum, for money only", hint="In pounds, for example 150 or 42.50.")
_PAYER: Final = Choose(
    name="payer",
    label="Who pays?",
    options=words_of(words.PAYERS),
    missing="Choose who pays",
    start=lambda _s: "landlord",
)
_BASIS: Final = Choose(
    name="basis",
    label="On what basis?",
    options=lambda _s: [Option(value, text, value) for value, text in words.BASES.items()],
    list_box=True,
)
_APPROVED: Final = signers(
    "approved_by", "Who approved the sum?", hint="Needed for money.", nobody="Nobody: it is not money"
)
_ACCEPTED: Final = Choose(
    name="remedy",
    label="Which remedy?",
    missing="Choose the remedy",
    options=_remedies(lambda remedy: remedy.accepted_at is None),
)
_WAITING: Final = Choose(
    name="remedy", label="Which remedy?", missing="Choose the remedy", options=_remedies(lambda _r: True)
)


def _offer(a: Answers) -> Act:
    return lambda case, acting: redress.offer(
        case,
        a[_TYPE],
        a[_OFFER],
        a[_IMPACT],
        acting,
        due_on=a[_PROMISED],
        agreed=a[_AGREED],
        amount=a[_AMOUNT],
        payer=a[_PAYER],
        basis=a[_BASIS],
        approved_by=a[_APPROVED],
    )


_WHICH: Final = Choose(
    name="ombudsman",
    label="Which Ombudsman?",
    missing="Choose which Ombudsman",
    options=words_of(words.OMBUDSMEN),
    start=lambda s: s.case.ombudsman.value,
)
_THEIRS: Final = Text(name="their_reference", label="Their reference", hint="Leave it empty where they gave none.")
_CONTACT: Final = Moment(name="at", label="When did they get in touch?", missing="Enter when they got in touch")
_INVESTIGATED: Final = Check(name="investigated", label="They have opened an investigation")


def _their_cases(situation: Situation) -> Sequence[Option[int]]:
    return [
        Option(str(o.number), f"{words.OMBUDSMEN[o.ombudsman]} {o.their_reference}".strip(), o.number)
        for o in situation.case.records.ombudsman
        if o.determined_at is None
    ]


def _open_orders(case: Case) -> Iterable[Option[tuple[int, int]]]:
    for theirs in case.records.ombudsman:
        for position, order in enumerate(theirs.orders, 1):
            if order.done_at is None:
                yield Option(f"{theirs.number}.{position}", order.what, (theirs.number, position))


_THEIR_CASE: Final = Choose(
    name="case", label="Which of their cases?", missing="Choose which of their cases", options=_their_cases
)
_DECIDED: Final = Moment(name="at", label="When did their decision reach us?", missing="Enter when it reached us")
_ELEMENT: Final = Text(name="element", label="About what", missing="Say what the finding is about")
_FOUND: Final = Choose(
    name="found",
    label="What they found",
    missing="Choose what they found",
    options=words_of(words.DETERMINATIONS),
    list_box=True,
)
_FINDINGS: Final = Rows(
    name="findings",
    label="What they found",
    row="Finding",
    hint="One for each element of the complaint.",
    fields=(_ELEMENT, _FOUND),
)
_ORDERED: Final = Text(name="what", label="What is to be done", missing="Say what is to be done")
_ORDER_BY: Final = MaybeDay(name="due", label="By when")
_ONLY_ADVICE: Final = Check(name="recommendation", label="It is a recommendation, not an order")
_ORDERS: Final = Rows(
    name="orders",
    label="Orders and recommendations",
    row="Order",
    hint="Leave it empty where there are none.",
    fields=(_ORDERED, _ORDER_BY, _ONLY_ADVICE),
)
_FAILURE_ORDER: Final = Check(name="failure_order", label="They made a Complaint Handling Failure Order")
_ORDER: Final = Choose(
    name="order",
    label="Which order is carried out?",
    missing="Choose the order",
    options=lambda s: tuple(_open_orders(s.case)),
)
_LESSON: Final = Text(
    name="lesson",
    label="What was learned?",
    hint="Beyond this one case: what made it go wrong, and for whom else?",
    rows=4,
)
_CHANGED: Final = Text(name="change", label="What will be done differently?", rows=3)
_ABOUT: Final = Choose(
    name="category",
    label="What is it about?",
    options=lambda _s: [
        Option("", "No category", ""),
        *(Option(c.value, t, c.value) for c, t in words.CATEGORIES.items()),
    ],
    list_box=True,
)
_NOTHING: Final = Check(name="nothing", label="There was nothing to learn beyond this case")


def _determined(a: Answers) -> Act:
    def act(case: Case, acting: Acting) -> Change:
        findings = [Finding(row[_ELEMENT], row[_FOUND]) for row in a[_FINDINGS]]
        orders = [Order(row[_ORDERED], row[_ORDER_BY], row[_ONLY_ADVICE]) for row in a[_ORDERS]]
        number, failure = a[_THEIR_CASE], a[_FAILURE_ORDER]
        return redress.ombudsman_determined(case, number, findings, orders, a[_DECIDED], acting, failure_order=failure)

    return act


REDRESS: Final = (
    ActForm(
        name="open_action",
        title="Promise an action",
        group=Group.RIGHT,
        clause="6.6, 6.17",
        fields=(_WHAT, _OWNER, _BY),
        do=lambda a: lambda case, acting: redress.open_action(case, a[_WHAT], a[_OWNER], a[_BY], acting),
        offered=complaint,
        intro="What is promised outlives the response and is watched until it is done.",
        done="The action is on the record.",
        button="Promise it",
    ),
    ActForm(
        name="action_done",
        title="An action is done",
        group=Group.RIGHT,
        clause="6.6",
        fields=(_ACTION,),
        do=lambda a: lambda case, acting: redress.action_done(case, a[_ACTION], acting),
        offered=lambda case: any(action.done_at is None for action in case.records.actions),
        done="The action is done.",
    ),
    ActForm(
        name="offer",
        title="Offer a remedy",
        group=Group.RIGHT,
        clause="7.1, 7.2",
        fields=(_TYPE, _OFFER, _IMPACT, _PROMISED, _AGREED, _AMOUNT, _PAYER, _BASIS, _APPROVED),
        do=_offer,
        offered=complaint,
        intro="It goes into the response of this stage, if that is still to come.",
        done="The remedy is on the record.",
        button="Save the offer",
    ),
    ActForm(
        name="remedy_accepted",
        title="The resident accepts a remedy",
        group=Group.RIGHT,
        clause="7.3",
        fields=(_ACCEPTED,),
        do=lambda a: lambda case, acting: redress.accepted(case, a[_ACCEPTED], acting),
        offered=lambda case: any(r.waiting and r.accepted_at is None for r in case.records.remedies),
        done="The resident’s acceptance is on the record.",
    ),
    ActForm(
        name="remedy_declined",
        title="The resident declines a remedy",
        group=Group.RIGHT,
        clause="7.3",
        fields=(_WAITING,),
        do=lambda a: lambda case, acting: redress.declined(case, a[_WAITING], acting),
        offered=_any_remedy,
        done="The resident’s answer is on the record.",
    ),
    ActForm(
        name="remedy_completed",
        title="A remedy is carried out",
        group=Group.RIGHT,
        clause="7.3",
        fields=(_WAITING,),
        do=lambda a: lambda case, acting: redress.completed(case, a[_WAITING], acting),
        offered=_any_remedy,
        done="The remedy is carried out.",
    ),
    ActForm(
        name="ombudsman",
        title="The Ombudsman is in touch",
        group=Group.OMBUDSMAN,
        clause="3.7",
        fields=(_WHICH, _THEIRS, _CONTACT, _INVESTIGATED),
        do=lambda a: (
            lambda case, acting: redress.ombudsman_contacted(
                case, a[_WHICH], a[_THEIRS], a[_CONTACT], acting, investigated=a[_INVESTIGATED]
            )
        ),
        offered=complaint,
        done="The Ombudsman’s contact is on the record.",
    ),
    ActForm(
        name="determined",
        title="The Ombudsman has decided",
        group=Group.OMBUDSMAN,
        clause="8.1, 9.7",
        fields=(_THEIR_CASE, _DECIDED, _FINDINGS, _ORDERS, _FAILURE_ORDER),
        do=_determined,
        offered=lambda case: any(theirs.determined_at is None for theirs in case.records.ombudsman),
        done="The Ombudsman’s decision is on the record.",
    ),
    ActForm(
        name="order_done",
        title="An order of the Ombudsman is carried out",
        group=Group.OMBUDSMAN,
        clause="9.7",
        fields=(_ORDER,),
        do=lambda a: lambda case, acting: redress.order_done(case, *a[_ORDER], acting),
        offered=lambda case: any(True for _ in _open_orders(case)),
        done="The order is carried out.",
    ),
    ActForm(
        name="learn",
        title="Record what was learned",
        group=Group.OMBUDSMAN,
        clause="9.1",
        fields=(_LESSON, _CHANGED, _ABOUT, _NOTHING),
        do=lambda a: (
            lambda case, acting: redress.learn(case, a[_LESSON], a[_CHANGED], a[_ABOUT], acting, nothing=a[_NOTHING])
        ),
        offered=complaint,
        done="What was learned is on the record.",
    ),
)
