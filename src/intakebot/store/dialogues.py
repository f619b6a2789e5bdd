"""Dialogues in the store: where each chat stands, the replies it is owed, and how far a bot's updates were taken."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from intakebot.domain.case import Status
from intakebot.domain.dialogue import CaseSeen, Dialogue, Question, Reply, Standing
from intakebot.domain.dialogue_others import Whose
from intakebot.domain.people import ENDED_AUTHORITY, Person
from intakebot.domain.safety import Caution, caution_at
from intakebot.domain.working_days import local_date
from intakebot.store import schema
from intakebot.store.door_schema import dialogues
from intakebot.store.engine import Store, Work
from intakebot.store.instance import Instance
from intakebot.store.people import People
from intakebot.store.representatives import Representatives

_CASES = 10
_PLACES = 100
_LETTERS = 50
_NUMBER = re.compile(r"\d+")


class Dialogues:
    """The dialogues of one channel, in one transaction."""

    def __init__(self, connection: Connection, channel: str) -> None:
        self._connection = connection
        self._channel = channel
        self._people = People(connection)

    def find(self, chat: str) -> Dialogue:
        """Where a chat stands; a new dialogue where nothing is known."""
        row = self._row(chat)
        return dialogue_from(row.state) if row else Dialogue()

    def stands(self, chat: str, now: datetime) -> Standing:
        """Where a chat stands now."""
        people, rows = self._people.at(chat), self._cases(chat)
        ids = {person.id for person in people}
        caution, today = self._caution(chat, people, rows, now), local_date(now)
        mine = tuple(_case_seen(row) for row in rows if self._is_party(row, ids, today))
        return Standing(self.find(chat), mine, caution)

    def caution(self, chat: str, now: datetime) -> Caution:
        """How much may be said in a chat by itself."""
        return self._caution(chat, self._people.at(chat), self._cases(chat), now)

    def _cases(self, chat: str) -> Sequence[Any]:
        """The cases that messages of this chat are on, the newest first."""
        rows, messages = schema.cases, schema.messages
        mine = select(messages.c.case_id).where(messages.c.sender_key == chat, messages.c.case_id.is_not(None))
        query = select(rows).where(rows.c.id.in_(mine)).order_by(rows.c.id.desc()).limit(_CASES)
        return self._connection.execute(query).all()

    def _caution(self, chat: str, people: Sequence[Person], rows: Sequence[Any], now: datetime) -> Caution:
        """Rules of the residents they wrote about count too: one may be about who writes for them."""
        ids = sorted({*(person.id for person in people), *(row.resident_id for row in rows)})
        if not ids:
            return Caution.NONE
        rules, deaths = self._people.safety_of(ids)
        return caution_at(chat, people, rules, deaths, self._people.needs(ids), local_date(now))

    def _is_party(self, row: Any, people: Collection[int], today: date) -> bool:
        """Whether one of these people is on the case still; who acts for nobody any more hears nothing of it."""
        if row.resident_id in people:
            return True
        held = Representatives(self._connection).of_case(row.id) if row.representative_id is not None else ()
        return any(
            one.person_id in people
            and one.value.authority not in ENDED_AUTHORITY
            and not (one.value.expires_on and one.value.expires_on < today)
            for one in held
        )

    def written_about(self, chat: str, number: int) -> str:
        """The reference of the case about which the letter went whose receipt has this number; "" for none."""
        sent, rows = schema.outbox, schema.cases
        query = (
            select(rows.c.reference, sent.c.receipt)
            .join(rows, rows.c.id == sent.c.case_id)
            .where(sent.c.recipient_key == chat, sent.c.receipt.contains(str(number)))
            .order_by(sent.c.created_at.desc())
        )
        found = self._connection.execute(query.limit(_LETTERS))
        return next((row.reference for row in found if str(number) in _NUMBER.findall(row.receipt)), "")

    def keep(self, chat: str, before: int, dialogue: Dialogue, replies: Sequence[Reply], now: datetime) -> bool:
        """Keep a dialogue with the replies it owes; False, and nothing kept, if its turn is not `before` any more."""
        row = self._row(chat)
        if (dialogue_from(row.state).turn if row else 0) != before:
            return False
        first = dialogue.turn * _PLACES
        owed = [*(row.owed if row else ()), *([first + i, asdict(reply)] for i, reply in enumerate(replies))]
        values = {"state": asdict(dialogue), "owed": owed, "owes": len(owed), "changed_at": now}
        self._put(chat, values, there=row is not None)
        return True

    def owed(self, chat: str) -> tuple[tuple[int, Reply], ...]:
        """The replies not yet sent, in order, each with its number."""
        row = self._row(chat)
        return tuple((number, _reply(values)) for number, values in row.owed) if row else ()

    def paid(self, chat: str, number: int) -> None:
        """Every reply up to this number was sent, or never can be."""
        row = self._row(chat)
        if row is not None:
            left = [one for one in row.owed if one[0] > number]
            self._put(chat, {"owed": left, "owes": len(left)}, there=True)

    def owing(self, before: datetime) -> tuple[str, ...]:
        """Chats that are owed replies since before then."""
        mine = (dialogues.c.channel == self._channel, dialogues.c.owes > 0, dialogues.c.changed_at < before)
        return tuple(self._connection.execute(select(dialogues.c.address_key).where(*mine)).scalars())

    def _row(self, chat: str) -> Any:
        mine = (dialogues.c.channel == self._channel, dialogues.c.address_key == chat)
        return self._connection.execute(select(dialogues).where(*mine)).first()

    def _put(self, chat: str, values: dict[str, Any], *, there: bool) -> None:
        if there:
            mine = (dialogues.c.channel == self._channel, dialogues.c.address_key == chat)
            self._connection.execute(update(dialogues).where(*mine).values(**values))
        else:
            keyed = {"channel": self._channel, "address_key": chat, **values}
            self._connection.execute(insert(dialogues).values(**keyed))


class KeptDialogues:
    """What a chat channel asks to be kept (`channels/telegram/ports.py`), kept in the store."""

    def __init__(self, store: Store, channel: str) -> None:
        self._store = store
        self._channel = channel

    async def find(self, chat: str, now: datetime) -> Standing:
        """Where a chat stands now, with a new dialogue where nothing is known."""
        return await self._store.read(lambda work: self._of(work).stands(chat, now))

    async def written_about(self, chat: str, number: int) -> str:
        """The reference of the case about which we wrote the letter with this number into the chat; "" for none."""
        return await self._store.read(lambda work: self._of(work).written_about(chat, number))

    async def keep(self, chat: str, before: int, dialogue: Dialogue, replies: Sequence[Reply], now: datetime) -> bool:
        """Keep a dialogue and owe its replies, together. False, and nothing kept, if its turn is not `before` now."""

        def change(work: Work) -> bool:
            self._alone(work, chat)
            return self._of(work).keep(chat, before, dialogue, replies, now)

        return await self._store.write(change)

    async def owed(self, chat: str, now: datetime) -> tuple[tuple[int, Reply], ...]:
        """The replies not yet sent, in order, each with its number; none, ever, where nothing may be said now."""
        found = await self._store.read(lambda work: self._of(work).owed(chat))
        if found and await self._store.read(lambda work: self._of(work).caution(chat, now)) is Caution.SILENT:
            await self.paid(chat, found[-1][0])
            return ()
        return found

    async def paid(self, chat: str, number: int) -> None:
        """Every reply up to this number was sent, or never can be."""

        def change(work: Work) -> None:
            self._alone(work, chat)
            self._of(work).paid(chat, number)

        await self._store.write(change)

    async def owing(self, before: datetime) -> tuple[str, ...]:
        """Chats that are still owed replies decided before then."""
        return await self._store.read(lambda work: self._of(work).owing(before))

    def _of(self, work: Work) -> Dialogues:
        return Dialogues(work.connection, self._channel)

    def _alone(self, work: Work, chat: str) -> None:
        work.one_at_a_time(f"dialogue {self._channel} {chat}")


class KeptOffsets:
    """How far a bot's updates were taken, and which process asks for them, among the values of the installation."""

    def __init__(self, store: Store, channel: str) -> None:
        self._store = store
        self._channel = channel

    async def hold(self, bot: str, holder: str, now: datetime, until: datetime) -> bool:
        """Whether `holder` may ask for updates until then. Nobody else may meanwhile; asking again renews it."""
        key = self._key("asked by", bot)

        def take(work: Work) -> bool:
            work.one_at_a_time(key)
            whose, _, limit = work.instance.value(key).partition(" ")
            if whose not in ("", holder) and datetime.fromisoformat(limit) > now:
                return False
            work.instance.keep(key, f"{holder} {until.isoformat()}")
            return True

        return await self._store.write(take)

    async def let_go(self, bot: str, holder: str) -> None:
        """Let the next one ask at once."""
        key = self._key("asked by", bot)

        def give(work: Work) -> None:
            work.one_at_a_time(key)
            if work.instance.value(key).partition(" ")[0] == holder:
                work.instance.keep(key, "")

        await self._store.write(give)

    async def offset(self, bot: str) -> int:
        """The number of the first update not yet taken, 0 where none was."""
        return await self._store.read(lambda work: int(work.instance.value(self._key("offset", bot)) or 0))

    async def keep_offset(self, bot: str, offset: int) -> None:
        """Note that every update before this one is durable. It never goes back."""
        key = self._key("offset", bot)

        def move(work: Work) -> None:
            work.one_at_a_time(key)
            if offset > int(work.instance.value(key) or 0):
                work.instance.keep(key, str(offset))

        await self._store.write(move)

    def _key(self, what: str, bot: str) -> str:
        return f"{self._channel} {what} {bot}"


def forget_who_asked(work: Work, channel: str, bot: str) -> None:
    """Let anybody ask for a bot's updates: only for a store with one service, when that service starts."""
    Instance(work.connection).keep(f"{channel} asked by {bot}", "")


def dialogue_from(state: dict[str, Any]) -> Dialogue:
    """A dialogue from what was kept of it."""
    asking = Question(state["asking"]) if state["asking"] else None
    let_be = tuple(Question(one) for one in state["let_be"])
    whose = Whose(state.get("whose", ""))
    return Dialogue(**{**state, "asking": asking, "let_be": let_be, "seen": tuple(state["seen"]), "whose": whose})


def _reply(values: dict[str, Any]) -> Reply:
    return Reply(**{**values, "buttons": tuple(values["buttons"])})


def _case_seen(row: Any) -> CaseSeen:
    due = {
        Status.RECEIVED: row.ack_due,
        Status.ACKNOWLEDGED: row.extended_to or row.response_due,
    }.get(Status(row.status))
    return CaseSeen(row.reference, row.status, row.open, local_date(row.received_at), due)
