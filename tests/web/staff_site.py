"""A staff site to test with: ways to put mail and people into it as they really come, and to use it as browsers do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aiohttp import ClientSession
from argon2 import PasswordHasher

from intakebot.config.settings import Settings
from intakebot.domain.labels import Classification, Flag, Kind, Tag
from intakebot.domain.message import (
    Address,
    Attachment,
    Authentication,
    Envelope,
    NormalisedMessage,
    RawMessage,
    Role,
    Segment,
)
from intakebot.domain.people import Officer, StaffRole
from intakebot.landlord import Landlord
from intakebot.reading import Reading
from intakebot.store.blobs import digest
from intakebot.store.engine import Store, Work
from intakebot.taking import Roster, Taken, take_in

PASSWORD = "correct horse battery staple"
HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

ADA = Address("ada@tenant.example", "Ada Tenant")
UNCHECKED = Authentication()
COMPLAINT = Classification(
    kind=Tag("complaint", 0.93, ("third time I have rung",)),
    categories=(Tag("repairs", 0.9, ("boiler",)),),
    version="rules-1",
)


@dataclass
class Clock:
    """The time the site believes it is."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def forward(self, by: timedelta) -> None:
        self.now += by


@dataclass
class SaidHealth:
    """Health as a test wants it."""

    wrong: tuple[str, ...] = ()
    alive: bool = True
    said: tuple[str, ...] = ()

    def warnings(self) -> tuple[str, ...]:
        return self.said

    async def problems(self) -> tuple[str, ...]:
        return self.wrong

    def workers_alive(self) -> bool:
        return self.alive


@dataclass
class Site:
    """The site under test, and ways to put things into it."""

    settings: Settings
    store: Store
    landlord: Landlord
    clock: Clock
    health: SaidHealth
    url: str = ""
    officers: dict[str, int] = field(default_factory=dict)
    received: int = 0

    def add_officer(self, name: str, email: str, role: StaffRole = StaffRole.OFFICER, team: str = "repairs") -> int:
        officer = Officer(0, name, email, role, team)
        hashed = HASHER.hash(PASSWORD)
        officer_id = self.store.write_now(lambda work: work.officers.add(officer, hashed))
        self.officers[email] = officer_id
        return officer_id

    async def receive(
        self,
        text: str = "The boiler has been off for two weeks. This is the third time I have rung.",
        *,
        subject: str = "No hot water",
        sender: Address | None = ADA,
        classification: Classification = COMPLAINT,
        segments: tuple[Segment, ...] = (),
        attachments: tuple[Attachment, ...] = (),
        authentication: Authentication = UNCHECKED,
        message_changes: Callable[[NormalisedMessage], NormalisedMessage] = lambda message: message,
    ) -> Taken:
        """Take a message in through the real intake transaction, and return what became of it."""
        self.received += 1
        raw = RawMessage("email", f"{self.received}@tenant.example", text.encode(), self.clock.now, Envelope("ada@x"))
        message = message_changes(
            NormalisedMessage(
                channel="email",
                external_id=raw.external_id,
                received_at=self.clock.now,
                sender=sender,
                subject=subject,
                segments=segments or (Segment(Role.NEW, text),),
                attachments=attachments,
                message_id=raw.external_id,
                authentication=authentication,
            )
        )
        (blob,) = await self.store.blobs.keep([raw.content])
        files = await self.store.blobs.keep([a.content for a in attachments])
        reading = Reading.of(message, classification, digest(raw.content + raw.external_id.encode()))

        def transaction(work: Work) -> Taken:
            inbox_id, _ = work.inbox.add(raw, blob, self.clock.now)
            (row,) = work.inbox.claim("test", self.clock.now, timedelta(minutes=2), 1, [inbox_id])
            return take_in(work, row, "test", reading, files, self.landlord, Roster(self.clock), self.clock.now)

        return await self.store.write(transaction)

    async def park(self, reason: str, content: bytes = b"\x00 no mail at all") -> int:
        """Leave an unreadable message parked; returns its inbox id."""
        self.received += 1
        raw = RawMessage("email", f"parked-{self.received}", content, self.clock.now, Envelope("x@tenant.example"))
        (blob,) = await self.store.blobs.keep([content])

        def transaction(work: Work) -> int:
            inbox_id, _ = work.inbox.add(raw, blob, self.clock.now)
            work.inbox.claim("test", self.clock.now, timedelta(minutes=2), 1, [inbox_id])
            work.inbox.park(inbox_id, "test", reason, self.clock.now)
            return inbox_id

        return await self.store.write(transaction)

    def fail_first_letter(self, reason: str) -> int:
        """Leave the first letter that waits parked; returns its id."""

        def transaction(work: Work) -> int:
            (row,) = work.outbox.claim("test", self.clock.now, timedelta(minutes=1), 1)
            work.outbox.park(row.id, "test", reason, self.clock.now)
            return row.id

        return self.store.write_now(transaction)


def flags(*chosen: Flag, kind: Kind = Kind.COMPLAINT, needs: tuple[str, ...] = (), **changed: object) -> Classification:
    """A classification with these flags."""
    return Classification(
        kind=Tag(kind.value, 0.9),
        categories=(Tag("repairs", 0.9),),
        flags=tuple(Tag(flag.value, 0.95, (f"words for {flag.value}",)) for flag in chosen),
        needs=tuple(Tag(need, 0.9) for need in needs),
        version="rules-1",
        **changed,  # type: ignore[arg-type]  # a test's own choice of further fields
    )


async def sign_in(client: ClientSession, email: str, password: str = PASSWORD, to: str = "/staff") -> int:
    """Sign in as a browser does; the status says whether it worked (303) or not (400)."""
    async with client.get("/staff/sign-in") as response:
        mark = field_of(await response.text(), "csrf")
    fields = {"csrf": mark, "email": email, "password": password, "next": to}
    async with client.post("/staff/sign-in", data=fields, allow_redirects=False) as response:
        return response.status


def field_of(page: str, name: str) -> str:
    """The value of the first hidden field of this name."""
    return page.partition(f'name="{name}" value="')[2].partition('"')[0]


async def mark_of(client: ClientSession) -> str:
    """The session's own mark for forms."""
    async with client.get("/staff/people") as response:
        return field_of(await response.text(), "csrf")


async def read(client: ClientSession, path: str, status: int = 200) -> str:
    """A page's HTML."""
    async with client.get(path, allow_redirects=False) as response:
        assert response.status == status, (path, response.status)
        return await response.text()


async def send(client: ClientSession, path: str, **fields: str | list[str]) -> tuple[int, str]:
    """Send a form with the session's mark; the status, and where it leads or else the page."""
    pairs = [("csrf", await mark_of(client))]
    for name, value in fields.items():
        pairs += [(name, v) for v in (value if isinstance(value, list) else [value])]
    async with client.post(path, data=pairs, allow_redirects=False) as response:
        return response.status, response.headers.get("Location") or await response.text()
