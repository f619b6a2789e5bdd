"""Replaying: a case of an older system lived through again, act by act in the order of its times.

Every act is the domain's own, done at the moment the line gives. So what the Code does not allow is refused here
as it would be on a page, with the same clause, and what comes out is a case like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import partial
from typing import TypeVar

from intakebot.domain import acts, circumstances, complaints, endings, redress
from intakebot.domain.case import Acting, Case, Change, EventType
from intakebot.domain.labels import Classification, Flag, Tag
from intakebot.domain.people import Officer, Person
from intakebot.domain.records import Finding, Order
from intakebot.domain.routing import Assignment, route
from intakebot.domain.stages import FINDINGS, Outcome
from intakebot.domain.working_days import LONDON, local_date
from intakebot.errors import BadInput, Refused
from intakebot.formats.case_lines import (
    ActionPart,
    CaseLine,
    ExtensionPart,
    LearningPart,
    OmbudsmanPart,
    RefusalPart,
    RemedyPart,
    StagePart,
    cited,
)
from intakebot.landlord import Landlord

T = TypeVar("T")
Act = Callable[[Case, Acting], Change]

_HELD = "The older system holds {}."
_HAZARDS = frozenset({Flag.EMERGENCY_HAZARD, Flag.SIGNIFICANT_HAZARD})


@dataclass(frozen=True, slots=True)
class Step:
    """One act at its moment; `field` says where in the line it stands.

    Older systems often keep days alone, as midnights. So of acts at one moment those of stage 1 are first, then
    those of stage 2, then those of neither; and of each, the one with the lowest `rank`.
    """

    at: datetime
    rank: int
    field: str
    act: Act
    stage: int | None = None

    @property
    def order(self) -> tuple[datetime, int, int]:
        """What steps are sorted by."""
        return self.at, self.stage or 3, self.rank


@dataclass(frozen=True, slots=True)
class Replaying:
    """How the cases of one import are lived through again. `officers` are everybody, by mail address; `by` is who
    brings them in, `now` when."""

    landlord: Landlord
    officers: Mapping[str, Officer]
    by: str
    now: datetime

    def unknown(self, line: CaseLine) -> tuple[str, ...]:
        """Ids in the line that are not this landlord's, a sentence each."""
        routing = self.landlord.routing
        addresses = [("officer", line.officer)]
        addresses += [(f"stages {number}, decided_by", s.decided_by) for number, s in enumerate(line.stages, 1)]
        found = [
            f"{field}: no account has this address; leave it out, or make one with `intakebot users add`"
            for field, address in addresses
            if address and address.lower() not in self.officers
        ]
        if line.team and routing.team(line.team) is None:
            found.append(f"team: is not one of {', '.join(team.id for team in routing.teams)}")
        if line.patch and line.patch not in [patch.id for patch in routing.patches]:
            found.append(f"patch: is not one of {', '.join(patch.id for patch in routing.patches) or 'any'}")
        return tuple(found)

    def replay(self, line: CaseLine, reference: str) -> Change:
        """The case as it stands today. Its resident has no id yet. Raises BadInput for what cannot have been so."""
        change = self._opened(line, reference)
        case, events = change.case, list(change.events)
        for step in sorted(self._steps(line), key=lambda step: step.order):
            try:
                self._check_time(step, line)
                change = step.act(case, self._acting(step.at))
            except (BadInput, Refused) as error:
                raise BadInput(f"{step.field}: {error}") from error
            case, events = change.case, [*events, *change.events]
        self._check_outcomes(line, case)
        said = "Brought in from an older system, with its history as that system gave it."
        return Change(replace(case, unread=0), (*events, self._acting(self.now).event(EventType.LOGGED, said)))

    def _acting(self, at: datetime, officer: Officer | None = None, name: str = "") -> Acting:
        name = name or (officer.name if officer else f"Imported by {self.by}")
        return Acting(name, officer.id if officer else None, self.landlord.time_rules, at)

    def _opened(self, line: CaseLine, reference: str) -> Change:
        found = Classification(
            kind=Tag(line.kind, 1.0),
            categories=tuple(Tag(label.value, 1.0) for label in line.categories),
            flags=tuple(Tag(label.value, 1.0) for label in line.flags),
            version="import",
        )
        resident = Person(
            line.resident.name, line.resident.email, line.resident.phone, "", line.resident.address, line.tenure.value
        )
        at = line.received_at
        # What was done about the hazard of a case that has ended stands in the older system: no clock begins now.
        flags = found.flags if _is_live(line) else tuple(tag for tag in found.flags if tag.label not in _HAZARDS)
        opened = acts.open_case(
            reference, line.channel.value, line.subject, at, resident, None, replace(found, flags=flags),
            self._assignment(line), self.landlord.time_rules, at,
        )  # fmt: skip
        case = replace(opened.case, tags=acts.case_tags(found))
        case = replace(case, ombudsman=self.landlord.ombudsman_of(case))
        name = self._acting(at).name
        return Change(case, tuple(replace(event, actor=name) for event in opened.events))

    def _assignment(self, line: CaseLine) -> Assignment:
        """Where it was, or belongs; who is to take one that is still open is decided when it is kept."""
        routed = route(line.categories, line.flags, None, "", self.landlord.routing, (), local_date(self.now))
        why = "As the older system had it." if line.team or line.officer else "By its category; nobody was named."
        return Assignment(line.team or routed.team, self.officers.get(line.officer.lower()), why, line.patch)

    def _check_time(self, step: Step, line: CaseLine) -> None:
        clause = cited(step.field.rpartition(" ")[2], step.stage or 1)
        if step.at < line.received_at:
            raise BadInput(f"lies before the case was received{clause}")
        if step.at > self.now:
            raise BadInput(f"lies in the future{clause}")

    def _check_outcomes(self, line: CaseLine, case: Case) -> None:
        for number, (given, stage) in enumerate(zip(line.stages, case.stages, strict=True), 1):
            if given.outcome is not stage.outcome:
                said = given.outcome.value.replace("_", " ") if given.outcome else "no outcome"
                lacks = _LACKS[given.outcome] if given.outcome else "its end is given"
                raise BadInput(f"stages {number}, outcome: says {said}, but {lacks}{cited('outcome', number)}")

    def _steps(self, line: CaseLine) -> Iterator[Step]:
        yield Step(line.received_at, 0, "received_at", partial(_set_dates, line=line), 1)
        for number, stage in enumerate(line.stages, 1):
            yield from self._of_stage(number, stage)
        yield from _of_refusals(line.refusals, self)
        for number, (place, action) in _numbered(line.actions, lambda a: (a.opened_at, a.stage or 3)):
            yield from _of_action(number, f"actions {place}", action)
        for number, (place, remedy) in _numbered(line.remedies, lambda r: (r.offered_at, r.stage or 3)):
            yield from _of_remedy(number, f"remedies {place}", remedy)
        for number, (place, theirs) in _numbered(line.ombudsman, lambda o: (o.contacted_at, 3)):
            yield from _of_ombudsman(number, f"ombudsman {place}", theirs)
        for learned in line.learning:
            yield self._of_learning(learned)
        if line.closed_at is not None:
            yield Step(line.closed_at, 9, "closed_at", _close)

    def _of_stage(self, number: int, stage: StagePart) -> Iterator[Step]:
        def step(at: datetime, rank: int, field: str, act: Act) -> Step:
            return Step(at, rank, f"stages {number}, {field}", _at_stage(number, act), number)

        definition = stage.definition or _HELD.format("the definition of this complaint")
        if number == 2:
            yield Step(stage.received_at, 1, "stages 2, received_at", _escalate, 2)
        if stage.acknowledged_at or stage.definition:
            define = partial(_define, definition=definition, outcomes_sought=stage.outcomes_sought)
            field = "acknowledged_at" if stage.acknowledged_at else "definition"
            yield step(stage.acknowledged_at or stage.received_at, 2, field, define)
        if stage.acknowledged_at:
            yield step(stage.acknowledged_at, 3, "acknowledged_at", complaints.acknowledge)
        for position, given in enumerate(stage.extensions, 1):
            yield step(given.told_at, 4, f"extensions {position}, told_at", partial(_extend, given=given))
        if stage.withdrawn_at:
            yield step(stage.withdrawn_at, 6, "withdrawn_at", _withdraw)
        if stage.responded_at:
            decider = self.officers.get(stage.decided_by.lower())
            yield step(stage.responded_at, 6, "responded_at", self._respond(stage, definition, decider))

    def _respond(self, stage: StagePart, definition: str, decider: Officer | None) -> Act:
        """Answer the one point of the definition with the decision, and the complaint with it."""

        def respond(case: Case, acting: Acting) -> Change:
            if stage.outcome not in FINDINGS:
                raise BadInput(f"a response needs an outcome that is a finding{cited('outcome', case.stage)}")
            acting = self._acting(acting.now, decider)
            decision = stage.decision or _HELD.format("the decision")
            reasons = stage.reasons or _HELD.format("the reasons")
            if case.acknowledged_at:  # else `respond` says what is missing
                case = complaints.answer_point(case, definition, decision, stage.outcome, acting).case
            return complaints.respond(case, stage.outcome, decision, reasons, acting)

        return respond

    def _of_learning(self, given: LearningPart) -> Step:
        def learn(case: Case, acting: Acting) -> Change:
            by = self._acting(acting.now, name=given.by)
            category = given.category.value if given.category else ""
            return redress.learn(case, given.lesson, given.change, category, by, nothing=given.nothing)

        return Step(given.recorded_at, 8, "learning, recorded_at", learn)

    def refused_by(self, given: RefusalPart) -> Act:
        """The refusal, by the officer the older system names (Code 2.1)."""

        def refuse(case: Case, acting: Acting) -> Change:
            by = self._acting(acting.now, name=given.officer)
            return endings.refuse(
                case, given.reason, given.evidence, given.consideration, by,
                claim_filed_on=given.claim_filed_on, earlier_case=given.earlier_case,
            )  # fmt: skip

        return refuse


_LACKS = {
    Outcome.REFUSED: "no refusal of this stage is given",
    Outcome.WITHDRAWN: "withdrawn_at is not given",
    Outcome.UPHELD: "responded_at is not given",
    Outcome.PARTIALLY_UPHELD: "responded_at is not given",
    Outcome.NOT_UPHELD: "responded_at is not given",
}
"""What an outcome that did not come about was missing."""


def _is_live(line: CaseLine) -> bool:
    """Whether anything is still to be answered on it."""
    return line.closed_at is None and (not line.stages or line.stages[-1].outcome is None)


def _numbered(parts: Iterable[T], order: Callable[[T], tuple[datetime, int]]) -> Iterable[tuple[int, tuple[int, T]]]:
    """Records with the number each will have, by the order they are made in, and their place in the line."""
    return enumerate(sorted(enumerate(parts, 1), key=lambda placed: order(placed[1])), 1)


def _at_stage(number: int | None, act: Act) -> Act:
    """The act, if the complaint is at this stage when it is done; at any where none is given."""

    def at_stage(case: Case, acting: Acting) -> Change:
        if number is not None and case.stage != number:
            before = "lies before stage 2 was asked for" if number == 2 else "lies after stage 2 was asked for"
            raise Refused(before, "6.10")
        return act(case, acting)

    return at_stage


def _set_dates(case: Case, acting: Acting, *, line: CaseLine) -> Change:
    if line.issue_on is None and line.aware_on is None:
        return Change(case, ())
    return circumstances.set_facts(case, False, case.ombudsman, line.issue_on, line.aware_on, acting)


def _define(case: Case, acting: Acting, *, definition: str, outcomes_sought: str) -> Change:
    sought = outcomes_sought or (case.current.outcomes_sought if case.current else "")
    return complaints.define(case, definition, sought, [definition], acting)


def _escalate(case: Case, acting: Acting) -> Change:
    return complaints.escalate(case, acting.now, acting)


def _extend(case: Case, acting: Acting, *, given: ExtensionPart) -> Change:
    return complaints.extend(
        case, given.working_days, given.reason, acting, good_reason=given.good_reason, approved_by=given.approved_by,
        ombudsman_details=given.ombudsman_details,
    )  # fmt: skip


def _withdraw(case: Case, acting: Acting) -> Change:
    asked = endings.ask_to_withdraw(case, _HELD.format("what the resident said"), acting)
    done = endings.withdraw(asked.case, _HELD.format("how the resident confirmed it"), acting)
    return Change(done.case, (*asked.events, *done.events))


def _close(case: Case, acting: Acting) -> Change:
    if case.stages:
        return endings.close(case, acting)
    return acts.close(case, "Closed in the older system.", acting.name, acting.now)


def _of_refusals(refusals: tuple[RefusalPart, ...], replaying: Replaying) -> Iterator[Step]:
    for position, given in enumerate(refusals, 1):
        field = f"refusals {position}"
        refuse = _at_stage(given.stage, replaying.refused_by(given))
        yield Step(given.refused_at, 5, f"{field}, refused_at", refuse, given.stage)
        if given.directed_at:
            yield Step(given.directed_at, 5, f"{field}, directed_at", _at_stage(given.stage, _directed), given.stage)
        if given.proceedings_ended_on:
            over = datetime.combine(given.proceedings_ended_on, time(0), LONDON)
            ended = partial(_at_court_no_more, ended_on=given.proceedings_ended_on)
            yield Step(max(over, given.refused_at), 6, f"{field}, proceedings_ended_on", ended)


def _at_court_no_more(case: Case, acting: Acting, *, ended_on: date) -> Change:
    return endings.proceedings_ended(case, ended_on, acting)


def _directed(case: Case, acting: Acting) -> Change:
    return endings.accept_as_directed(case, _HELD.format("the Ombudsman's direction"), acting)


def _of_action(number: int, field: str, given: ActionPart) -> Iterator[Step]:
    def opened(case: Case, acting: Acting) -> Change:
        return redress.open_action(case, given.what, given.owner, given.due_on, acting)

    def done(case: Case, acting: Acting) -> Change:
        return redress.action_done(case, number, acting)

    yield Step(given.opened_at, 7, f"{field}, opened_at", _at_stage(given.stage, opened), given.stage)
    if given.done_at:
        yield Step(given.done_at, 8, f"{field}, done_at", done, given.stage)


def _of_remedy(number: int, field: str, given: RemedyPart) -> Iterator[Step]:
    def offered(case: Case, acting: Acting) -> Change:
        return redress.offer(
            case, given.type, given.what, given.impact, acting, due_on=given.due_on, agreed=given.agreed,
            amount=given.amount, payer=given.payer, basis=given.basis, approved_by=given.approved_by,
        )  # fmt: skip

    yield Step(given.offered_at, 7, f"{field}, offered_at", _at_stage(given.stage, offered), given.stage)
    for at, rank, name, act in (
        (given.accepted_at, 7, "accepted_at", redress.accepted),
        (given.declined_at, 7, "declined_at", redress.declined),
        (given.completed_at, 8, "completed_at", redress.completed),
    ):
        if at:
            yield Step(at, rank, f"{field}, {name}", partial(_numbered_act, act=act, number=number), given.stage)


def _numbered_act(case: Case, acting: Acting, *, act: Callable[[Case, int, Acting], Change], number: int) -> Change:
    return act(case, number, acting)


def _of_ombudsman(number: int, field: str, given: OmbudsmanPart) -> Iterator[Step]:
    def contacted(case: Case, acting: Acting) -> Change:
        return redress.ombudsman_contacted(
            case, given.ombudsman, given.their_reference, given.contacted_at, acting, investigated=given.investigated
        )

    def determined(case: Case, acting: Acting) -> Change:
        findings = [Finding(found.element, found.determination) for found in given.findings]
        orders = [Order(order.what, order.due_on, order.recommendation) for order in given.orders]
        return redress.ombudsman_determined(
            case, number, findings, orders, acting.now, acting, failure_order=given.failure_order
        )

    yield Step(given.contacted_at, 7, f"{field}, contacted_at", contacted)
    if given.determined_at:
        yield Step(given.determined_at, 8, f"{field}, determined_at", determined)
    for position, order in enumerate(given.orders, 1):
        if order.done_at:
            act = partial(_order_done, number=number, position=position)
            yield Step(order.done_at, 9, f"{field}, orders {position}, done_at", act)


def _order_done(case: Case, acting: Acting, *, number: int, position: int) -> Change:
    return redress.order_done(case, number, position, acting)
