"""Letters out, by a real smarthost: what is sent, tried again, parked, and who is told. Time is injected."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.factories import message
from tests.road.conftest import Road
from tests.road.smarthost import Smarthost

from intakebot.channels.base import Channel
from intakebot.channels.email.channel import EmailChannel
from intakebot.config.doors import Smarthost as SmarthostSettings
from intakebot.delivery import Delivery
from intakebot.domain.case import EventType
from intakebot.domain.message import Address, NormalisedMessage, OutboundMessage, Purpose, RawMessage, Receipt
from intakebot.errors import DeliveryFailed, StoreUnavailable
from intakebot.store.outbound_json import to_json
from intakebot.store.outbox import OUTBOX_ATTEMPTS
from intakebot.store.queues import State
from intakebot.store.schema import outbox

SHIRLEY = "shirley.amadi@tenant.example"
OFFICER = "nuala.reid@example.org"


@pytest.fixture
def smarthost() -> Iterator[Smarthost]:
    server = Smarthost()
    try:
        yield server
    finally:
        server.off()


class OtherChannel:
    """A channel whose sending does what it is told."""

    name = "email"

    def __init__(self, send: Callable[[OutboundMessage], Receipt]) -> None:
        self._send = send

    async def run(self, accept: object) -> None:
        raise NotImplementedError

    def normalise(self, raw: RawMessage) -> NormalisedMessage:
        raise NotImplementedError

    async def send(self, message: OutboundMessage) -> Receipt:
        return self._send(message)


def deliver(road: Road, channel: Channel | None, *, host: str = "127.0.0.1", port: int = 0) -> None:
    """Send everything that is due at `road.now`."""

    async def run() -> None:
        settings = road.settings.model_copy(
            update={"smarthost": SmarthostSettings(host=host, port=port, security="none", timeout=10)}
        )
        email = EmailChannel.from_settings("email", settings, lambda: road.now)
        channels: dict[str, Channel] = {"email": channel or email}
        try:
            await Delivery(road.store, road.landlord, channels, lambda: road.now).run(until_empty=True)
        finally:
            await email.close()

    asyncio.run(run())


def rows(road: Road) -> list[tuple[str, str, int, datetime]]:
    """State, reason, attempts and next time of every letter, in order."""

    def read(work):  # type: ignore[no-untyped-def]
        found = work.connection.execute(outbox.select().order_by(outbox.c.id))
        return [(row.state, row.reason, row.attempts, row.run_at) for row in found]

    return road.store.read_now(read)


def later(road: Road) -> None:
    """Move time to when the next letter is due again."""
    road.now = max(road.now, min(run_at for state, _, _, run_at in rows(road) if state == State.WAITING))


def test_a_letter_leaves_by_the_smarthost_once(road: Road, smarthost: Smarthost) -> None:
    smarthost.on()
    reference = road.take(message()).reference
    deliver(road, None, port=smarthost.port)
    deliver(road, None, port=smarthost.port)
    (letter,) = smarthost.letters
    assert reference in letter["Subject"]
    assert [m.state for m in road.file(reference).messages if m.direction == "out"] == [State.DONE]


def test_while_the_smarthost_is_down_letters_wait_and_go_when_it_is_back_with_the_same_message_id(
    road: Road, smarthost: Smarthost
) -> None:
    reference = road.take(message()).reference
    (written,) = road.letters()
    waits = []
    for attempt in range(1, 4):
        deliver(road, None, port=smarthost.port)
        ((state, reason, attempts, due),) = rows(road)
        assert (state, attempts) == (State.WAITING, attempt)
        assert "cannot be reached" in reason
        waits.append(due - road.now)
        deliver(road, None, port=smarthost.port)
        assert rows(road)[0][2] == attempt, "it is not tried before it is due"
        later(road)
    assert timedelta(seconds=1) < waits[0] < waits[1] < waits[2]
    smarthost.on()
    deliver(road, None, port=smarthost.port)
    (letter,) = smarthost.letters
    assert letter["Message-ID"] == f"<{written.message_id}>"
    assert EventType.DELIVERY_PARKED not in [e.type for e in road.file(reference).events]


def test_a_name_that_does_not_resolve_is_a_fault_that_passes(road: Road) -> None:
    road.take(message())
    deliver(road, None, host="nowhere.invalid", port=25)
    ((state, reason, attempts, due),) = rows(road)
    assert (state, attempts) == (State.WAITING, 1)
    assert "smarthost.host" in reason
    assert due > road.now


@pytest.mark.parametrize("answer", ["451 4.3.0 later", "452 4.2.2 full"])
def test_a_temporary_answer_is_tried_again(road: Road, smarthost: Smarthost, answer: str) -> None:
    smarthost.answers[SHIRLEY] = answer
    smarthost.on()
    road.take(message())
    deliver(road, None, port=smarthost.port)
    assert rows(road)[0][0] == State.WAITING
    smarthost.answers.clear()
    later(road)
    deliver(road, None, port=smarthost.port)
    assert len(smarthost.letters_to(SHIRLEY)) == 1


def test_a_permanent_answer_parks_the_letter_notes_it_and_tells_the_officer_without_names(
    road: Road, smarthost: Smarthost
) -> None:
    smarthost.answers[SHIRLEY] = "550 5.1.1 no such Amadi here"
    smarthost.on()
    reference = road.take(message("I live at 14 Rowan Court ZZ3 4AB. The boiler is broken.")).reference
    deliver(road, None, port=smarthost.port)
    assert rows(road)[0][0] == State.PARKED
    (event,) = [e for e in road.file(reference).events if e.type is EventType.DELIVERY_PARKED]
    assert "550 5.1.1" in event.summary
    (notice,) = smarthost.letters
    assert notice["To"] == OFFICER
    assert reference in notice["Subject"]
    assert "Amadi" not in notice.as_string()
    assert SHIRLEY not in notice.as_string()
    assert "550 5.1.1" in rows(road)[0][1]


@pytest.mark.parametrize("purpose", [Purpose.ACKNOWLEDGEMENT, Purpose.RESPONSE, Purpose.RECEIPT])
def test_what_a_refused_letter_was_to_do_is_not_done(road: Road, smarthost: Smarthost, purpose: Purpose) -> None:
    smarthost.answers[SHIRLEY] = "550 5.1.1 no"
    smarthost.on()
    reference = road.take(message()).reference
    (acknowledgement,) = road.letters()
    sent = to_json(replace(acknowledgement, purpose=purpose))
    road.store.write_now(lambda work: work.connection.execute(outbox.update().values(message=sent)))
    deliver(road, None, port=smarthost.port)
    case = road.case(reference)
    assert case.needs_review is (purpose is not Purpose.RECEIPT)
    assert (case.acknowledged_at is None) is (purpose is Purpose.ACKNOWLEDGEMENT)
    events = [e.type for e in road.file(reference).events]
    assert (EventType.LETTER_FAILED in events) is (purpose is Purpose.RESPONSE)


def test_a_parked_letter_goes_when_a_person_sends_it_back(road: Road, smarthost: Smarthost) -> None:
    smarthost.answers[SHIRLEY] = "550 5.1.1 no"
    smarthost.on()
    road.take(message())
    deliver(road, None, port=smarthost.port)
    smarthost.answers.clear()
    road.store.write_now(lambda work: work.outbox.retry_parked(1, road.now))
    deliver(road, None, port=smarthost.port)
    assert len(smarthost.letters_to(SHIRLEY)) == 1


def test_a_notice_that_cannot_be_sent_makes_no_further_notice(road: Road, smarthost: Smarthost) -> None:
    smarthost.answers |= {SHIRLEY: "550 5.1.1 no", OFFICER: "550 5.1.1 no", "manager@example.org": "550 5.1.1 no"}
    smarthost.on()
    road.take(message("I live at 14 Rowan Court ZZ3 4AB. The boiler is broken."))
    deliver(road, None, port=smarthost.port)
    deliver(road, None, port=smarthost.port)
    assert [state for state, *_ in rows(road)] == [State.PARKED, State.PARKED]


def test_a_recipient_refused_among_others_is_noted_on_the_case(road: Road, smarthost: Smarthost) -> None:
    smarthost.answers["second@tenant.example"] = "550 5.1.1 no"
    smarthost.on()
    reference = road.take(message()).reference
    (letter,) = road.letters()
    two = replace(letter, message_id="two@larkmere.example", to=(*letter.to, Address("second@tenant.example")))
    road.store.write_now(lambda work: work.outbox.put(two, road.case(reference).id, road.now))
    deliver(road, None, port=smarthost.port)
    assert len(smarthost.letters) == 2
    (event,) = [e for e in road.file(reference).events if e.type is EventType.DELIVERY_PARKED]
    assert event.summary.startswith("1 of the addresses")
    assert "second@" not in event.summary


def test_an_unknown_fault_counts_as_temporary_and_tells_nothing(road: Road, caplog: pytest.LogCaptureFixture) -> None:
    def fail(letter: OutboundMessage) -> Receipt:
        raise RuntimeError(f"could not send to {letter.to[0].email}")

    road.take(message())
    deliver(road, OtherChannel(fail))
    ((state, reason, _, _),) = rows(road)
    assert (state, reason) == (State.WAITING, "Unexpected fault: RuntimeError.")
    assert SHIRLEY not in caplog.text


def test_a_letter_for_a_channel_that_is_not_here_waits(road: Road) -> None:
    road.take(replace(message(channel="telegram", message_id=""), sender=Address("telegram:77000123", "Shirley")))

    asyncio.run(Delivery(road.store, road.landlord, {}, lambda: road.now).run(until_empty=True))
    ((state, reason, _, _),) = rows(road)
    assert state == State.WAITING
    assert "telegram" in reason


def test_after_the_last_attempt_the_letter_is_parked_and_told(road: Road) -> None:
    def fail(letter: OutboundMessage) -> Receipt:
        if letter.purpose is Purpose.PARKED_NOTICE:
            return Receipt()
        raise DeliveryFailed("the mail server is closed", temporary=True)

    reference = road.take(message()).reference
    for _ in range(OUTBOX_ATTEMPTS):
        later(road)
        deliver(road, OtherChannel(fail))
    assert rows(road)[0][0] == State.PARKED
    assert EventType.DELIVERY_PARKED in [e.type for e in road.file(reference).events]
    assert road.letters(State.DONE)[-1].purpose is Purpose.PARKED_NOTICE


def test_a_smarthost_that_is_down_for_a_night_parks_nothing(road: Road) -> None:
    """RFC 5321 4.5.4.1: a sender goes on trying for days. The Code's first clock is five working days."""

    def fail(letter: OutboundMessage) -> Receipt:
        raise DeliveryFailed("the mail server cannot be reached", temporary=True)

    road.take(message())
    morning = road.now + timedelta(hours=12)
    while road.now < morning:
        deliver(road, OtherChannel(fail))
        assert rows(road)[0][0] == State.WAITING
        later(road)


def test_a_letter_sent_but_not_noted_is_sent_again_as_the_same_letter(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = []

    def send(letter: OutboundMessage) -> Receipt:
        sent.append(letter.message_id)
        return Receipt("taken")

    road.take(message())
    write = road.store.write

    async def failing(function):  # type: ignore[no-untyped-def]
        if sent:
            raise StoreUnavailable("gone")
        return await write(function)

    with monkeypatch.context() as patch:
        patch.setattr(road.store, "write", failing)
        deliver(road, OtherChannel(send))
    assert rows(road)[0][0] == State.WAITING
    deliver(road, OtherChannel(send))
    assert len(sent) == 1, "its lease has not run out"
    later(road)
    deliver(road, OtherChannel(send))
    assert len(sent) == 2
    assert len(set(sent)) == 1
    assert rows(road)[0][0] == State.DONE
