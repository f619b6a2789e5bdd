"""Importing: what an older system held becomes cases, whole files at a time; what cannot have been so is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.case_lines import RECEIVED, case, request, second, stage, unanswered, written
from tests.factories import demo_settings
from tests.road.conftest import Road

import intakebot.importing
from intakebot.casework import Casework
from intakebot.deadlines import Deadlines
from intakebot.domain.case import Case, EventType, Status
from intakebot.domain.hazards import HazardLevel
from intakebot.domain.labels import Kind
from intakebot.domain.records import Determination, RefusalReason
from intakebot.domain.stages import Outcome
from intakebot.errors import BadInput, Refused
from intakebot.importing import Imported, Importing
from intakebot.landlord import Landlord
from intakebot.store.engine import open_store
from intakebot.store.schema import cases, people
from intakebot.store.staging import Staging


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "older.jsonl"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Road]:
    """A road on SQLite alone and without officers, for what is found before the store is asked."""
    settings = demo_settings(tmp_path / "data")
    store = open_store(settings)
    yield Road(settings, store, Landlord.from_settings(settings, store.signing_key()))
    store.close()


def bring_in(road: Road, file: Path, *lines: dict[str, Any] | str) -> Imported:
    if lines:
        written(file, *lines)
    return Importing(road.store, road.landlord, "Olive Ferreira", road.now).bring_in(file)


def all_cases(road: Road) -> list[Case]:
    references = road.store.read_now(
        lambda work: list(work.connection.execute(cases.select().order_by(cases.c.id)).all())
    )
    return [road.case(row.reference) for row in references]


def the_case(road: Road) -> Case:
    (found,) = all_cases(road)
    return found


def mistakes(road: Road, file: Path, *lines: dict[str, Any] | str) -> str:
    """What is said of a file that is wrong; nothing of it is in the store afterwards."""
    with pytest.raises(BadInput) as caught:
        bring_in(road, file, *lines)
    assert all_cases(road) == []
    assert road.store.read_now(lambda work: work.connection.execute(people.select()).all()) == []
    return str(caught.value)


def test_a_whole_history_comes_in_as_it_was(road: Road, file: Path) -> None:
    line = case(
        reference="OLD-117",
        patch="north",
        officer="officer@example.org",
        stages=[
            stage(
                extensions=[
                    {
                        "working_days": 5,
                        "reason": "A surveyor is booked.",
                        "told_at": "2025-06-10T09:00:00+01:00",
                        "ombudsman_details": True,
                    }
                ],
                responded_at="2025-06-20T15:00:00+01:00",
                decision="We uphold it.",
                reasons="Nobody came.",
                decided_by="ben.castle@example.org",
            ),
            second(received_at="2025-06-24T11:00:00+01:00", acknowledged_at="2025-06-26T09:00:00+01:00"),
        ],
        actions=[
            {
                "what": "Mend the boiler.",
                "owner": "Maintenance",
                "due_on": "2025-07-31",
                "opened_at": "2025-06-20T15:00:00+01:00",
                "done_at": "2025-07-20T12:00:00+01:00",
                "stage": 1,
            }
        ],
        remedies=[
            {
                "type": "money",
                "what": "Compensation.",
                "impact": "Five days without heating.",
                "amount": "120.50",
                "offered_at": "2025-06-20T15:00:00+01:00",
                "approved_by": "Mandeep Gill",
                "accepted_at": "2025-06-21T15:00:00+01:00",
                "completed_at": "2025-06-30T12:00:00+01:00",
            }
        ],
        ombudsman=[
            {
                "ombudsman": "HOS",
                "contacted_at": "2025-08-01T09:00:00+01:00",
                "their_reference": "202500001",
                "investigated": True,
                "determined_at": "2025-11-03T09:00:00+00:00",
                "findings": [{"element": "the repair", "determination": "service_failure"}],
                "orders": [{"what": "Apologise.", "due_on": "2025-12-01", "done_at": "2025-11-10T09:00:00+00:00"}],
            }
        ],
        learning=[{"recorded_at": "2025-07-02T09:00:00+01:00", "by": "Ama Boateng", "lesson": "Ring back."}],
        closed_at="2025-12-01T09:00:00+00:00",
    )
    assert bring_in(road, file, line) == Imported(1, 0, 0)
    held = the_case(road)
    assert (held.reference, held.kind, held.status, held.open) == ("OLD-117", Kind.COMPLAINT, Status.CLOSED, False)
    assert (held.resident.name, held.resident.tenure, held.patch) == ("Gwen Pryce", "lcra", "north")
    first, last = held.stages
    assert (first.outcome, last.outcome) == (Outcome.UPHELD, Outcome.NOT_UPHELD)
    assert first.due.response_due == date(2025, 6, 18)
    assert first.valid_extension == date(2025, 6, 25)
    (point,) = first.points
    assert (point.text, point.answer, point.finding) == (first.definition, "We uphold it.", Outcome.UPHELD)
    assert last.definition == "The older system holds the definition of this complaint."
    assert last.decision == "The older system holds the decision."
    officers = {o.id: o.email for o in road.store.read_now(lambda work: work.officers.all())}
    assert [officers.get(one.decided_by or 0) for one in held.stages] == ["ben.castle@example.org", None]
    (action,), (remedy,) = held.records.actions, held.records.remedies
    assert (action.stage, action.done_at) == (1, datetime(2025, 7, 20, 11, tzinfo=UTC))
    assert (remedy.amount, remedy.waiting) == (Decimal("120.50"), False)
    (theirs,) = held.records.ombudsman
    assert theirs.findings[0].determination is Determination.SERVICE_FAILURE
    assert theirs.orders[0].done_at is not None
    assert held.records.learning[0].by == "Ama Boateng"
    events = road.file("OLD-117").events
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert (events[-1].actor, events[-1].at) == ("Imported by Olive Ferreira", road.now)
    assert {event.actor for event in events} == {"Imported by Olive Ferreira", "Ben Castle", "Ama Boateng"}


@pytest.mark.parametrize(("told", "valid"), [({}, None), ({"ombudsman_details": True}, date(2025, 6, 25))])
def test_an_extension_counts_only_if_its_notice_gave_the_ombudsmans_details(
    road: Road, file: Path, told: dict[str, Any], valid: date | None
) -> None:
    given = {"working_days": 5, "reason": "A surveyor is booked.", "told_at": "2025-06-10T09:00:00+01:00"} | told
    bring_in(road, file, case(stages=[stage(extensions=[given], responded_at="2025-06-20T15:00:00+01:00")]))
    (held,) = the_case(road).stages
    assert (held.extended_to, held.valid_extension) == (date(2025, 6, 25), valid)


def test_nobody_is_written_to_and_nobody_is_told_of_what_is_long_past(road: Road, file: Path) -> None:
    done = bring_in(road, file, case(stages=[unanswered()]), request())
    assert done == Imported(2, 2, 1)
    road.store.write_now(lambda work: Deadlines(road.store, road.landlord, lambda: road.now).tell(work, road.now))
    later = road.now + timedelta(days=300)
    road.store.write_now(lambda work: Deadlines(road.store, road.landlord, lambda: later).tell(work, later))
    assert road.letters() == []
    held = all_cases(road)[0]
    assert (held.open, held.unread, held.acknowledged_at) == (True, 0, None)


def test_a_clock_that_still_runs_is_watched_from_now_on(road: Road, file: Path) -> None:
    received = "2026-02-23T09:00:00+00:00"  # to be acknowledged by today, Monday 2 March 2026
    bring_in(road, file, case(received_at=received, stages=[unanswered(received_at=received)]))
    watch = Deadlines(road.store, road.landlord, lambda: road.now)
    road.store.write_now(lambda work: watch.tell(work, road.now))
    assert road.letters() == []
    tomorrow = road.now + timedelta(days=1)
    road.store.write_now(lambda work: watch.tell(work, tomorrow))
    (notice,) = road.letters()
    assert "1 overdue" in notice.subject
    assert "Due soon" not in notice.text
    file_of = road.file(the_case(road).reference)
    assert [e.type for e in file_of.events if e.type in (EventType.CLOCK_WARNED, EventType.CLOCK_BREACHED)] == [
        EventType.CLOCK_BREACHED
    ]


def test_an_open_case_goes_to_its_officer_or_team_or_where_routing_says(road: Road, file: Path) -> None:
    open_stage = [unanswered()]
    bring_in(
        road,
        file,
        case(stages=open_stage, subject="a", officer="Tom.Hale@example.org"),
        case(stages=open_stage, subject="b", team="estates"),
        case(stages=open_stage, subject="c", categories=["leasehold"], patch="south"),
        case(subject="d", categories=["leasehold"]),
    )
    names = {o.id: o.name for o in road.store.read_now(lambda work: work.officers.all())}
    found = [(c.subject, c.team, names.get(c.officer_id or 0)) for c in all_cases(road)]
    assert found == [
        ("a", "maintenance", "Tom Hale"),
        ("b", "estates", None),
        ("c", "estates", "Grace Obi"),
        ("d", "estates", None),
    ]


def test_whoever_decided_stage_1_is_not_given_stage_2(road: Road, file: Path) -> None:
    line = case(
        officer="ben.castle@example.org",
        stages=[stage(decided_by="ben.castle@example.org"), {"received_at": "2025-06-16T11:00:00+01:00"}],
    )
    bring_in(road, file, line)
    held = the_case(road)
    names = {o.id: o.name for o in road.store.read_now(lambda work: work.officers.all())}
    assert held.stage == 2
    assert names[held.officer_id or 0] != "Ben Castle"


def test_one_officer_cannot_have_decided_both_stages(road: Road, file: Path) -> None:
    by = "ben.castle@example.org"
    said = mistakes(road, file, case(stages=[stage(decided_by=by), second(decided_by=by)]))
    assert "stages 2, responded_at: Whoever decided stage 1 must not decide stage 2" in said
    assert "(Code 6.13)" in said


def test_refused_directed_and_withdrawn_complaints(road: Road, file: Path) -> None:
    refusal = {
        "reason": "over_12_months",
        "evidence": "The letter is dated.",
        "consideration": "Asked about illness.",
        "officer": "Ama Boateng",
        "refused_at": "2025-06-05T09:00:00+01:00",
    }
    refused = unanswered(outcome="refused")
    withdrawn = stage(responded_at=None, withdrawn_at="2025-06-09T09:00:00+01:00", outcome="withdrawn")
    directed = {"directed_at": "2025-06-05T11:00:00+01:00"}
    bring_in(
        road,
        file,
        case(subject="a", issue_on="2024-01-05", stages=[refused], refusals=[refusal]),
        case(subject="b", stages=[withdrawn]),
        case(
            subject="c",
            issue_on="2024-01-05",
            stages=[stage(acknowledged_at="2025-06-06T09:00:00+01:00")],
            refusals=[refusal | directed],
        ),
    )
    one, two, three = all_cases(road)
    assert (one.status, one.outcome, one.issue_on) == (Status.REFUSED, "refused", date(2024, 1, 5))
    assert one.records.refusals[0].reason is RefusalReason.OVER_12_MONTHS
    assert one.records.refusals[0].officer == "Ama Boateng"
    assert (two.status, two.outcome, two.open) == (Status.WITHDRAWN, "withdrawn", False)
    assert (three.status, three.outcome) == (Status.RESPONDED, "upheld")
    assert three.records.refusals[0].directed_at is not None


def test_a_hazard_is_raised_only_on_what_is_still_open(road: Road, file: Path) -> None:
    flags = ["emergency_hazard", "vulnerability"]
    closed = "2025-06-03T10:00:00+01:00"
    bring_in(road, file, request(flags=flags, subject="a"), request(flags=flags, subject="b", closed_at=closed))
    still, ended = all_cases(road)
    assert still.hazard is not None
    assert still.hazard.level is HazardLevel.EMERGENCY
    assert (ended.hazard, ended.open, ended.status) == (None, False, Status.CLOSED)
    assert {tag.label for tag in ended.tags} == {"asb", *flags}


def test_one_person_with_several_cases_is_kept_once(road: Road, file: Path) -> None:
    somebody = {"name": "GWEN  PRYCE", "email": "Gwen.Pryce@tenant.example"}
    bring_in(
        road,
        file,
        case(subject="a"),
        case(subject="b", resident=somebody),
        case(subject="c", tenure="leaseholder"),
        case(subject="d", resident={"name": "Rhys Pryce", "email": "gwen.pryce@tenant.example"}),
    )
    ids = [c.resident.id for c in all_cases(road)]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3
    assert [c.resident.tenure for c in all_cases(road)] == ["lcra", "lcra", "leaseholder", "lcra"]


def test_a_case_brought_in_goes_on_as_any_other(road: Road, file: Path) -> None:
    bring_in(road, file, case(stages=[unanswered()]))
    officer = road.store.read_now(lambda work: work.officers.all())[0]
    reference = the_case(road).reference
    road.store.write_now(
        lambda work: Casework(work, road.landlord, officer, road.now).acknowledged_otherwise(reference, "By phone.")
    )
    assert the_case(road).acknowledged_at == road.now


def test_every_mistake_of_a_file_is_named_at_once(road: Road, file: Path) -> None:
    found = mistakes(
        road,
        file,
        case(subject="a right one"),
        "",
        "no JSON",
        case(tenure="castle", subject="x" * 201, resident={"name": ""}),
        case(subject="c", stages=[stage(acknowledged_at=None)]),
        case(subject="d", team="no-team", patch="no-patch", officer="nobody@example.org"),
        case(subject="a right one"),
        case(reference="OLD-1", subject="e"),
        case(reference="OLD-1", subject="f"),
    )
    heading, *sentences = found.splitlines()
    assert heading == f"{file}: 10 mistakes, and nothing was brought in"
    assert [sentence.split(": ")[0] for sentence in sentences] == [
        f"  line {n}" for n in (3, 4, 4, 4, 5, 6, 6, 6, 7, 9)
    ]
    assert "is the same case as line 1" in found
    assert "is the same case as line 8" in found
    assert "Gwen" not in found


def test_a_file_brought_in_again_is_refused(road: Road, file: Path) -> None:
    lines = [case(), case(reference="OLD-2", subject="b"), request()]
    assert bring_in(road, file, *lines).cases == 3
    with pytest.raises(BadInput) as again:
        bring_in(road, file)
    assert str(again.value).count("this case is here already; a file is brought in once") == 3
    with pytest.raises(BadInput, match="1 mistake"):
        bring_in(road, file, request(subject="new"), case(reference="OLD-2", subject="another"))
    assert len(all_cases(road)) == 3


def test_what_came_by_mail_is_no_hindrance(road: Road, file: Path) -> None:
    taken = road.take()
    assert bring_in(road, file, case()).cases == 1
    assert {c.reference for c in all_cases(road)} > {taken.reference}


def test_two_who_bring_the_same_file_in_at_once_bring_it_in_once(road: Road, file: Path) -> None:
    written(file, *(case(subject=f"number {n}") for n in range(20)))
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(bring_in, road, file) for _ in range(2)]
    failures = [one.exception() for one in both]
    assert sorted(type(failure) for failure in failures if failure) == [BadInput]
    assert len(all_cases(road)) == 20


def test_others_write_while_cases_are_made_ready(road: Road, file: Path) -> None:
    """By another connection, as another process would: what is long must not hold the database."""
    written(file, *(case(subject=f"number {n}") for n in range(5)))
    other, read = open_store(road.settings), []

    def writes(size: int) -> None:
        read.append(size)
        other.write_now(lambda work: work.instance.keep("read", str(len(read))))

    done = Importing(road.store, road.landlord, "Olive Ferreira", road.now).bring_in(file, writes)
    other.close()
    assert (done.cases, len(all_cases(road))) == (5, 5)
    assert sum(read) == file.stat().st_size
    assert road.store.read_now(lambda work: work.instance.value("read")) == "5"


def test_what_came_while_it_was_made_ready_is_found_before_it_is_kept(
    road: Road, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the last look at the store and before the transaction, the same file comes in some other way."""
    written(file, case(), case(reference="OLD-9", subject="b"))
    real, meanwhile = Importing._look, list[Imported]()

    def look(self: Importing, *given: Any) -> Any:
        found = real(self, *given)
        monkeypatch.setattr(Importing, "_look", real)
        meanwhile.append(bring_in(road, file))
        return found

    monkeypatch.setattr(Importing, "_look", look)
    with pytest.raises(BadInput) as again:
        bring_in(road, file)
    assert [one.cases for one in meanwhile] == [2]
    assert str(again.value).count("this case is here already") == 2
    assert len(all_cases(road)) == 2


def test_a_failure_in_the_middle_leaves_nothing(road: Road, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(file, case(subject="a"), case(subject="b"))
    real = Staging.copy_into

    def fails_after_some(self: Staging, *given: Any) -> None:
        real(self, *given)
        raise Refused("as if the disk were full")

    monkeypatch.setattr(Staging, "copy_into", fails_after_some)
    with pytest.raises(Refused):
        bring_in(road, file)
    assert all_cases(road) == []


def test_somebody_who_wrote_before_is_the_same_person(road: Road, file: Path) -> None:
    taken = road.take()
    known = road.case(taken.reference).resident
    theirs = {"name": "Shirley Amadi", "email": "Shirley.Amadi@tenant.example"}
    bring_in(road, file, case(subject="a", resident=theirs, tenure=""), case(subject="b", resident=theirs), case())
    ids = {c.subject: c.resident.id for c in all_cases(road)}
    assert ids["a"] == known.id
    assert len({ids["a"], ids["b"], ids["The boiler"]}) == 3


def test_it_is_said_when_keeping_them_takes_long(road: Road, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intakebot.importing, "MOST_UNNOTICED", 1)
    importing = Importing(road.store, road.landlord, "Olive Ferreira", road.now)
    said: list[str] = []
    importing.bring_in(written(file, case()), told=said.append)
    assert said == []
    importing.bring_in(written(file, case(subject="b"), case(subject="c")), told=said.append)
    assert len(said) == (road.store.engine.dialect.name == "sqlite")
    assert all("2 cases are ready" in one and "tells mail to come again" in one for one in said)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "holds no cases"),
        (b"\n \r\n\n", "holds no cases"),
        (b"\x00\x01\x02\n", "is not JSON"),
        (b"\xff\xfe{\x00}\x00\n", "is not JSON"),
        (b"[" * 5000, "is not JSON"),
        (b'{"subject": "' + b"x" * 1_000_001 + b'"}\n', "is longer than 1,000,000 bytes"),
    ],
)
def test_files_that_are_something_else(desk: Road, file: Path, content: bytes, said: str) -> None:
    file.write_bytes(content)
    assert said in mistakes(desk, file)


def test_a_line_that_is_too_long_hides_none_that_follow(desk: Road, file: Path) -> None:
    found = mistakes(desk, file, '{"subject": "' + "x" * 2_500_000 + '"}', "{}")
    assert "line 1: is longer" in found
    assert "line 2: received_at: is missing (Code 6.2)" in found


def test_windows_files_are_read_and_so_is_the_moment_in_any_zone(desk: Road, file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(case()).encode() + b"\r\n\r\n")
    assert bring_in(desk, file).cases == 1
    assert the_case(desk).received_at == datetime.fromisoformat(RECEIVED)
    same = case(received_at="2025-06-02T09:00:00Z", stages=[stage(received_at="2025-06-02T09:00:00Z")])
    with pytest.raises(BadInput, match="here already"):
        bring_in(desk, file, same)


def test_a_file_too_large_is_refused(desk: Road, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intakebot.importing, "LARGEST_FILE", 600)
    assert "split it" in mistakes(desk, file, case(), case(subject="b"))


@pytest.mark.parametrize("name", ["absent.jsonl", ".", "x" * 300])
def test_what_is_no_file(desk: Road, tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match=r"is not a file|cannot be read"):
        bring_in(desk, tmp_path / name)
