"""Whatever anybody tries, in whatever order, no case comes about that the Code does not know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.factories import (
    NOW,
    SANA,
    TIME_RULES,
    a_case,
    acknowledged,
    answered,
    at_stage_2,
    classification,
)

from intakebot.domain import acts, case_hazards, circumstances, complaints, endings, hazard_life, redress, undelivered
from intakebot.domain.case import SYSTEM, Acting, Case, Change, EventType, Status, clocks_of
from intakebot.domain.hazards import HazardLevel
from intakebot.domain.labels import Flag, Kind
from intakebot.domain.records import (
    Choice,
    Determination,
    Finding,
    Ombudsman,
    Order,
    Records,
    RefusalReason,
    RemedyType,
)
from intakebot.domain.stages import FINDINGS, Outcome
from intakebot.domain.timescales import ClockName, limits_of
from intakebot.errors import Refused

Act = Callable[[Case, Acting], Change]
OFFICERS = {"Olive Ferreira": 7, "Sana Iqbal": 8, "Kit Marsh": 9, SYSTEM: None}
PLACES = st.integers(1, 3)
WORDS = st.sampled_from(["", "Because it is so"])
OUTCOMES = st.sampled_from(list(Outcome))


def answered_twice() -> Case:
    return answered(acknowledged(at_stage_2(), 15, SANA), 20, SANA)


class CaseLife(RuleBasedStateMachine):
    """One complaint and a few officers who try everything. What is refused changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.case = self.before = a_case()
        self.now = NOW
        self.by = "Olive Ferreira"

    @initialize(case=st.sampled_from([a_case, acknowledged, answered, at_stage_2, answered_twice]))
    def begin(self, case: Callable[[], Case]) -> None:
        self.case = self.before = case()
        self.now = NOW + timedelta(days=30)

    @property
    def acting(self) -> Acting:
        return Acting(self.by, OFFICERS[self.by], TIME_RULES, self.now)

    def do(self, act: Act) -> None:
        self.before = self.case
        try:
            change = act(self.case, self.acting)
        except Refused:
            return
        assert change.events or change.case == self.case, "nothing changes without an event"
        self.case = change.case

    @rule(hours=st.integers(1, 100), by=st.sampled_from(list(OFFICERS)))
    def time_passes(self, hours: int, by: str) -> None:
        self.now, self.by = self.now + timedelta(hours=hours), by

    @rule()
    def acknowledge(self) -> None:
        self.do(complaints.acknowledge)

    @rule()
    def acknowledgement_comes_back(self) -> None:
        self.do(lambda case, acting: undelivered.acknowledgement_failed(case, "status 5.1.1", acting))

    @rule(points=st.lists(st.sampled_from(["", "Boiler", "Lift"]), max_size=3), words=WORDS)
    def define(self, points: list[str], words: str) -> None:
        self.do(lambda case, acting: complaints.define(case, words, "", points, acting))

    @rule(finding=OUTCOMES)
    def answer_every_point(self, finding: Outcome) -> None:
        for point in self.case.current.points if self.case.current else ():
            self.do(lambda c, acting, text=point.text: complaints.answer_point(c, text, "Yes", finding, acting))  # type: ignore[misc]

    @rule(outcome=OUTCOMES)
    def respond(self, outcome: Outcome) -> None:
        self.do(lambda case, acting: complaints.respond(case, outcome, "Decided", "Reasons", acting))

    @rule(officer=st.sampled_from(["Olive Ferreira", "Sana Iqbal", "Kit Marsh"]))
    def do_everything_for_a_response(self, officer: str) -> None:
        self.by = officer
        self.do(lambda case, acting: complaints.define(case, "A cold home", "Heat", ["Boiler"], acting))
        self.do(complaints.acknowledge)
        self.do(lambda case, acting: complaints.answer_point(case, "Boiler", "Yes", Outcome.UPHELD, acting))
        self.do(lambda case, acting: complaints.respond(case, Outcome.UPHELD, "Decided", "Reasons", acting))

    @rule(days=st.integers(-1, 25), good=WORDS, who=WORDS)
    def extend(self, days: int, good: str, who: str) -> None:
        self.do(lambda c, a: complaints.extend(c, days, "Survey", a, good_reason=good, approved_by=who))

    @rule(days=st.integers(0, 9))
    def agree_updates(self, days: int) -> None:
        self.do(lambda c, a: complaints.agree_updates(c, days, (self.now + timedelta(days=days)).date(), a))

    @rule()
    def update(self) -> None:
        self.do(complaints.update)

    @rule(hours=st.sampled_from([-1, 0, 0, 200]))
    def escalate(self, hours: int) -> None:
        self.do(lambda case, acting: complaints.escalate(case, self.now - timedelta(hours=hours), acting))

    @rule(reason=st.sampled_from(list(RefusalReason)), words=WORDS)
    def refuse(self, reason: RefusalReason, words: str) -> None:
        self.do(lambda case, acting: endings.refuse(case, reason, "Evidence", words, acting, earlier_case="HC-1"))

    @rule()
    def direct(self) -> None:
        self.do(lambda case, acting: endings.accept_as_directed(case, "The Ombudsman", acting))

    @rule()
    def ask_to_withdraw(self) -> None:
        self.do(lambda case, acting: endings.ask_to_withdraw(case, "Leave it", acting))

    @rule()
    def withdraw(self) -> None:
        self.do(lambda case, acting: endings.withdraw(case, "By mail", acting))

    @rule()
    def learn(self) -> None:
        self.do(lambda case, acting: redress.learn(case, "", "", "", acting, nothing=True))

    @rule()
    def close(self) -> None:
        self.do(endings.close)

    @rule()
    def do_everything_that_was_promised_and_close(self) -> None:
        self.clear_every_hazard()
        records = self.case.records
        for number in range(1, 1 + len(records.actions)):
            self.carry_out(number, redress.action_done)
        for number in range(1, 1 + len(records.remedies)):
            self.carry_out(number, redress.declined)
        for theirs in records.ombudsman:
            for position in range(1, 1 + len(theirs.orders)):
                self.obey(theirs.number, position)
        self.learn()
        self.close()

    @rule()
    def close_as_no_complaint(self) -> None:
        self.do(lambda case, acting: acts.close(case, "Done", acting.name, acting.now))

    @rule(kind=st.sampled_from([Kind.COMPLAINT, Kind.SERVICE_REQUEST, Kind.ESCALATION]), danger=st.booleans())
    def correct(self, kind: Kind, danger: bool) -> None:
        flags = [Flag.EMERGENCY_HAZARD] if danger else []
        self.do(lambda c, a: acts.correct(c, kind, [], flags, [], "Read it", a.name, TIME_RULES, a.now))

    @rule(hours=st.integers(0, 99), flags=st.lists(st.sampled_from([Flag.EMERGENCY_HAZARD, Flag.SIGNIFICANT_HAZARD])))
    def message_comes(self, hours: int, flags: list[Flag]) -> None:
        at = max(NOW, self.now - timedelta(hours=hours))
        self.do(lambda c, a: acts.add_message(c, classification(flags=flags), at, TIME_RULES, a.now))

    @rule(conflicted=st.booleans())
    def declare(self, conflicted: bool) -> None:
        self.do(lambda case, acting: circumstances.declare_conflict(case, conflicted, "My cousin", acting))

    @rule(merge=st.booleans())
    def further_issue(self, merge: bool) -> None:
        self.do(lambda c, a: circumstances.add_issue(c, "The roof", merge, "Related", a, own_case="HC-1"))

    @rule(choice=st.sampled_from(list(Choice)))
    def choose(self, choice: Choice) -> None:
        self.do(circumstances.offer_choice)
        self.do(lambda case, acting: circumstances.choose(case, choice, acting.now, acting))

    @rule()
    def promise(self) -> None:
        self.do(lambda c, a: redress.open_action(c, "Paint", "Heatwell Ltd", a.now.date() + timedelta(days=9), a))

    @rule(remedy_type=st.sampled_from([RemedyType.APOLOGY, RemedyType.MONEY]))
    def offer(self, remedy_type: RemedyType) -> None:
        amount = Decimal(50) if remedy_type is RemedyType.MONEY else None
        self.do(lambda c, a: redress.offer(c, remedy_type, "It", "A cold month", a, amount=amount, approved_by="Lin"))

    @rule(
        number=PLACES, act=st.sampled_from([redress.accepted, redress.declined, redress.completed, redress.action_done])
    )
    def carry_out(self, number: int, act: Callable[[Case, int, Acting], Change]) -> None:
        self.do(lambda case, acting: act(case, number, acting))

    @rule(orders=st.integers(0, 2))
    def ombudsman_decides(self, orders: int) -> None:
        self.do(lambda c, a: redress.ombudsman_contacted(c, Ombudsman.HOS, "", a.now, a))
        found, number = [Finding("Repairs", Determination.SERVICE_FAILURE)], len(self.case.records.ombudsman)
        made = [Order("Apologise", self.now.date())] * orders
        self.do(lambda c, a: redress.ombudsman_determined(c, number, found, made, a.now, a))

    @rule(number=PLACES, position=PLACES)
    def obey(self, number: int, position: int) -> None:
        self.do(lambda case, acting: redress.order_done(case, number, position, acting))

    @rule(level=st.sampled_from(list(HazardLevel)), hours=st.integers(-2, 50))
    def raise_hazard(self, level: HazardLevel, hours: int) -> None:
        at = self.now - timedelta(hours=hours)
        self.do(lambda case, acting: case_hazards.raise_hazard(case, level, at, "", acting))

    @rule()
    def clear_every_hazard(self) -> None:
        for number in [hazard.number for hazard in self.case.records.hazards]:
            self.do(
                lambda c, a, number=number: case_hazards.change_hazard(  # type: ignore[misc]
                    c, number, lambda h: hazard_life.clear(h, "None", a.now), EventType.HAZARD_DECIDED, "Cleared.", a
                )
            )

    @invariant()
    def there_are_at_most_two_stages_and_the_second_follows_an_answer(self) -> None:
        stages = self.case.stages
        assert [stage.number for stage in stages] == [1, 2][: len(stages)]
        if len(stages) == 2:
            first, second = stages
            assert first.responded_at is not None
            assert first.responded_at <= second.received_at

    @invariant()
    def an_answer_is_whole_and_after_its_acknowledgement(self) -> None:
        for stage in self.case.stages:
            if stage.responded_at is None:
                assert stage.outcome not in FINDINGS
                continue
            assert stage.acknowledged_at is not None
            assert stage.received_at <= stage.acknowledged_at <= stage.responded_at
            assert stage.definition
            assert stage.points
            assert all(point.answer and point.finding in FINDINGS for point in stage.points)
            assert (stage.outcome in FINDINGS, stage.ended_at, stage.decided_by is None) == (True, None, False)

    @invariant()
    def the_two_stages_are_decided_by_two_people_without_a_conflict(self) -> None:
        deciders = [stage.decided_by for stage in self.case.stages if stage.decided_by is not None]
        assert len(set(deciders)) == len(deciders)

    @invariant()
    def extensions_keep_the_codes_most_days_or_have_a_good_reason(self) -> None:
        for stage in self.case.stages:
            days = 0
            for extension in stage.extensions:
                days += extension.working_days
                assert extension.reason
                approved = extension.good_reason and extension.approved_by
                assert days <= limits_of(stage.number).extend or approved

    @invariant()
    def no_two_clocks_have_one_name_and_an_ended_stage_has_none_running(self) -> None:
        clocks = clocks_of(self.case)
        assert len({clock.name for clock in clocks}) == len(clocks)
        current = self.case.current
        if current is None or not current.open:
            running = {clock.name for clock in clocks if clock.met_at is None}
            of_stage = {ClockName.ACKNOWLEDGEMENT, ClockName.RESPONSE, ClockName.EXTENSION, ClockName.BACKSTOP}
            assert not running & (of_stage | {ClockName.UPDATE})

    @invariant()
    def a_running_complaint_always_has_a_clock_for_its_answer(self) -> None:
        if self.case.current is not None and self.case.current.open:
            running = {clock.name for clock in clocks_of(self.case) if clock.met_at is None}
            assert running & {ClockName.RESPONSE, ClockName.EXTENSION, ClockName.BACKSTOP}

    @invariant()
    def the_status_is_what_the_stage_came_to_and_a_closed_case_owes_nothing(self) -> None:
        if self.case.status is not Status.CLOSED:
            assert self.case.status is complaints.status_of(self.case)
            return
        assert not [clock for clock in clocks_of(self.case) if clock.met_at is None]
        assert self.case.hazard is None
        assert all(action.done_at for action in self.case.records.actions)
        assert not any(remedy.waiting for remedy in self.case.records.remedies)
        assert self.case.current is None or not self.case.current.open

    @invariant()
    def nothing_written_down_is_lost_and_no_receipt_moves(self) -> None:
        assert self.case.received_at == NOW
        received: list[datetime] = [stage.received_at for stage in self.before.stages]
        if self.case.stages:
            assert [stage.received_at for stage in self.case.stages][: len(received)] == received
        else:
            assert all(stage.acknowledged_at is None and stage.open for stage in self.before.stages)
        if len(self.case.stages) == 2:
            assert self.case.stages[0] == self.before.stages[0], "the first stage's record stands"
        for part in fields(Records):
            old, new = getattr(self.before.records, part.name), getattr(self.case.records, part.name)
            assert [record.number for record in new][: len(old)] == [record.number for record in old]


CaseLife.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
test_no_case_comes_about_that_the_code_does_not_know = CaseLife.TestCase
