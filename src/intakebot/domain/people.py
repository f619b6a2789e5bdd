"""People: residents and their representatives, and the officers who deal with their cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from intakebot.domain.message import Address
from intakebot.domain.phones import phone_key


class Authority(StrEnum):
    """Whether a representative may act for the resident (accessibility.md 6; Code 3.6)."""

    PENDING = "pending"
    GIVEN = "given"
    LIMITED = "limited"
    EXPIRED = "expired"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


ACTING_AUTHORITY = frozenset({Authority.GIVEN, Authority.LIMITED})
"""With one of these somebody acts for the resident, as far as its topics and its last day allow."""
ENDED_AUTHORITY = frozenset({Authority.EXPIRED, Authority.REFUSED, Authority.WITHDRAWN})
"""With one of these somebody is no longer a party: they are told nothing of the case."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody a case is about, or somebody who writes for them. `id` is 0 until the store knows them.

    `email_failure` says, in words, why mail to this address comes back; "" while it works.
    """

    name: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    telegram: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    tenure: str = ""
    id: int = 0
    email_failure: str = ""

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Where they are reached, the way we write to them first: mail, then chat, then phone."""
        ways = (self.email, f"telegram:{self.telegram}", f"tel:{phone_key(self.phone)}")
        return tuple(Address(way, self.name) for way in ways if way and not way.endswith(":"))

    @property
    def written_to(self) -> tuple[Address, ...]:
        """Where a letter reaches them without anybody's help: by mail, else in their chat."""
        return tuple(address for address in self.addresses if address.channel != "tel")

    @property
    def keys(self) -> frozenset[str]:
        """Their addresses, for comparing."""
        return frozenset(address.key for address in self.addresses)

    @classmethod
    def at(cls, address: Address, home: str = "", phone: str = "") -> Person:
        """Somebody of whom only this address is known, and perhaps the home and the phone they name."""
        held = address.email.partition(":")[2]
        if address.channel == "telegram":
            return cls(name=address.name, telegram=held, address=home, phone=phone)
        if address.channel == "tel":
            return cls(name=address.name, phone=held, address=home)
        return cls(name=address.name, email=address.email, address=home, phone=phone)


class RepresentativeKind(StrEnum):
    """What a representative is to the resident. Interpreters and relay assistants are none (accessibility.md 1, 6)."""

    RELATIVE = "relative"
    FRIEND = "friend"
    ADVISER = "adviser"
    SUPPORT_WORKER = "support_worker"
    SOLICITOR = "solicitor"
    COUNCILLOR = "councillor"
    MP = "mp"
    ATTORNEY = "attorney"
    DEPUTY = "deputy"
    EXECUTOR = "executor"
    OTHER = "other"


class AuthorityBasis(StrEnum):
    """How authority was given, or where it comes from. ESTATE is an executor's, administrator's or next of kin's."""

    FORM = "form"
    PHONE = "phone"
    LETTER = "letter"
    ELECTED = "elected"
    COURT_OR_POWER = "court_or_power"
    ESTATE = "estate"
    BEST_INTERESTS = "best_interests"


@dataclass(frozen=True, slots=True)
class Representative:
    """A person who acts for the resident, or wishes to, and on what authority (Code 3.6).

    `relation` is in their own words. `number` counts the representatives of a case from 1. `topics` are the ids of
    the categories a limited authority covers. `given_on` and `expires_on`, its last day, are local dates; `evidence`
    says what shows it and `attachment` names the file. `letters` is whether letters of the case go to them while they
    act, `copy_to_resident` whether the resident then gets a copy. `chased_at` is when authority was asked for again.
    """

    person: Person
    relation: str = ""
    authority: Authority = Authority.PENDING
    kind: RepresentativeKind = RepresentativeKind.OTHER
    number: int = 1
    basis: AuthorityBasis | None = None
    given_on: date | None = None
    expires_on: date | None = None
    topics: tuple[str, ...] = ()
    evidence: str = field(default="", repr=False)
    attachment: str = field(default="", repr=False)
    letters: bool = True
    copy_to_resident: bool = False
    chased_at: datetime | None = None


def same_person(known: Sequence[Person], name: str) -> Person | None:
    """Who among the users of one address writes under this name; households share addresses, so the name counts."""
    wanted = " ".join(name.casefold().split())
    for person in known:
        if not wanted or not person.name or " ".join(person.name.casefold().split()) == wanted:
            return person
    return None


class StaffRole(StrEnum):
    """What a member of staff may do.

    Officers work cases. The complaints officer, managers and the senior lead (Code 4.1, 4.2, 9.4) also enter
    absences and approve what the Code wants approved; admins manage accounts. The Member Responsible for
    Complaints (9.5) sees the figures and no case.
    """

    OFFICER = "officer"
    COMPLAINTS_OFFICER = "complaints_officer"
    MANAGER = "manager"
    SENIOR_LEAD = "senior_lead"
    MRC = "mrc"
    ADMIN = "admin"


TAKES_CASES = frozenset({StaffRole.OFFICER, StaffRole.COMPLAINTS_OFFICER, StaffRole.MANAGER})
"""Roles that routing gives cases to."""

APPROVES = frozenset({StaffRole.COMPLAINTS_OFFICER, StaffRole.MANAGER, StaffRole.SENIOR_LEAD, StaffRole.ADMIN})
"""Roles that may approve a long extension, a sum of money or a restriction, and enter absences (Code 4.2)."""


@dataclass(frozen=True, slots=True)
class Absence:
    """Days an officer is away, first and last included (Europe/London dates)."""

    first: date
    last: date

    def covers(self, day: date) -> bool:
        """Whether the officer is away on `day`."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Officer:
    """A member of staff. `capacity` is how many open cases they can carry; `open_cases` how many they have."""

    id: int
    name: str = field(repr=False)
    email: str = field(repr=False)
    role: StaffRole = StaffRole.OFFICER
    team: str = ""
    patches: tuple[str, ...] = ()
    capacity: int = 30
    absences: tuple[Absence, ...] = ()
    active: bool = True
    open_cases: int = 0

    def is_away(self, day: date) -> bool:
        """Whether the officer is away on `day`."""
        return any(absence.covers(day) for absence in self.absences)
