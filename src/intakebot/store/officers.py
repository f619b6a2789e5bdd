"""Officers in the store: accounts, absences, workload, and sign-in sessions."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from intakebot.domain.people import Absence, Officer, StaffRole
from intakebot.errors import BadInput
from intakebot.store import schema


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in member of staff. `csrf` must come back with every form."""

    officer: Officer
    csrf: str
    created_at: datetime
    seen_at: datetime


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class Officers:
    """Staff, absences, sign-in."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self, *, with_workload: bool = False) -> tuple[Officer, ...]:
        """Every member of staff with their absences, by name; with their open cases where asked for."""
        staff = self._connection.execute(select(schema.staff).order_by(schema.staff.c.name)).all()
        away: dict[int, list[Absence]] = {}
        for row in self._connection.execute(select(schema.absences).order_by(schema.absences.c.first)):
            away.setdefault(row.staff_id, []).append(Absence(row.first, row.last))
        load = self._open_cases() if with_workload else {}
        return tuple(_officer(row, tuple(away.get(row.id, ())), load.get(row.id, 0)) for row in staff)

    def _open_cases(self) -> dict[int, int]:
        rows = schema.cases
        counted = self._connection.execute(
            select(rows.c.officer_id, func.count()).where(schema.IS_OPEN).group_by(rows.c.officer_id)
        )
        return {officer_id: count for officer_id, count in counted if officer_id is not None}

    def get(self, officer_id: int) -> Officer | None:
        """One member of staff."""
        return next((o for o in self.all() if o.id == officer_id), None)

    def by_email(self, email: str) -> tuple[Officer, str] | None:
        """The account with this address, and its password hash."""
        rows = schema.staff
        row = self._connection.execute(select(rows).where(rows.c.email == email.strip().lower())).first()
        return (_officer(row, (), 0), row.password_hash) if row else None

    def add(self, officer: Officer, password_hash: str) -> int:
        """Make an account. Raises `BadInput` if the address has one."""
        if self.by_email(officer.email):
            raise BadInput(f"{officer.email} has an account already; `intakebot users list` shows them")
        officer_id: int = self._connection.execute(
            insert(schema.staff)
            .values(
                name=officer.name,
                email=officer.email.strip().lower(),
                role=officer.role.value,
                team=officer.team,
                patches=list(officer.patches),
                capacity=officer.capacity,
                password_hash=password_hash,
            )
            .returning(schema.staff.c.id)
        ).scalar_one()
        for absence in officer.absences:
            self.add_absence(officer_id, absence)
        return officer_id

    def set_password(self, officer_id: int, password_hash: str) -> None:
        """Change a password; every session of the account ends."""
        self._connection.execute(
            update(schema.staff).where(schema.staff.c.id == officer_id).values(password_hash=password_hash)
        )
        self.end_sessions(officer_id)

    def set_active(self, officer_id: int, active: bool) -> None:
        """Let an account sign in, or not; switching it off ends its sessions."""
        self._connection.execute(update(schema.staff).where(schema.staff.c.id == officer_id).values(active=active))
        if not active:
            self.end_sessions(officer_id)

    def add_absence(self, officer_id: int, absence: Absence) -> None:
        """Note when somebody is away. Raises `BadInput` if it ends before it begins."""
        if absence.last < absence.first:
            raise BadInput("The last day away must not be before the first")
        self._connection.execute(
            insert(schema.absences).values(staff_id=officer_id, first=absence.first, last=absence.last)
        )

    def remove_absence(self, officer_id: int, first: date, last: date) -> None:
        """Take an absence back."""
        rows = schema.absences
        self._connection.execute(
            delete(rows).where(rows.c.staff_id == officer_id, rows.c.first == first, rows.c.last == last)
        )

    def begin_session(self, token: str, officer_id: int, csrf: str, now: datetime) -> None:
        """Remember a sign-in. Only the token's hash is kept."""
        self._connection.execute(
            insert(schema.sessions).values(
                token_sha256=_sha256(token), staff_id=officer_id, csrf=csrf, created_at=now, seen_at=now
            )
        )

    def session(self, token: str, now: datetime, idle: timedelta, longest: timedelta) -> Session | None:
        """The session of a token, unless it is idle, too old, or its account is switched off."""
        rows = schema.sessions
        row = self._connection.execute(select(rows).where(rows.c.token_sha256 == _sha256(token))).first()
        if row is None or now - row.seen_at > idle or now - row.created_at > longest:
            return None
        staff = self._connection.execute(select(schema.staff).where(schema.staff.c.id == row.staff_id)).one()
        if not staff.active:
            return None
        return Session(_officer(staff, (), 0), row.csrf, row.created_at, row.seen_at)

    def touch_session(self, token: str, now: datetime) -> None:
        """The session is in use."""
        rows = schema.sessions
        self._connection.execute(update(rows).where(rows.c.token_sha256 == _sha256(token)).values(seen_at=now))

    def end_session(self, token: str) -> None:
        """Sign out."""
        self._connection.execute(delete(schema.sessions).where(schema.sessions.c.token_sha256 == _sha256(token)))

    def forget_sessions(self, begun_before: datetime) -> None:
        """Remove sessions too old to be used again."""
        self._connection.execute(delete(schema.sessions).where(schema.sessions.c.created_at < begun_before))

    def end_sessions(self, officer_id: int) -> None:
        """Sign an account out everywhere."""
        self._connection.execute(delete(schema.sessions).where(schema.sessions.c.staff_id == officer_id))

    def note_failure(self, email: str, now: datetime) -> None:
        """A sign-in failed; old failures are forgotten."""
        rows = schema.sign_in_failures
        self._connection.execute(delete(rows).where(rows.c.at < now - timedelta(days=1)))
        self._connection.execute(insert(rows).values(email_sha256=_sha256(email.strip().lower()), at=now))

    def failures_since(self, email: str, since: datetime) -> int:
        """How many sign-ins for this address failed since then."""
        rows = schema.sign_in_failures
        query = select(func.count()).where(rows.c.email_sha256 == _sha256(email.strip().lower()), rows.c.at >= since)
        return self._connection.execute(query).scalar_one()


def _officer(row: Any, absences: tuple[Absence, ...], open_cases: int) -> Officer:
    return Officer(
        id=row.id,
        name=row.name,
        email=row.email,
        role=StaffRole(row.role),
        team=row.team,
        patches=tuple(row.patches),
        capacity=row.capacity,
        absences=absences,
        active=row.active,
        open_cases=open_cases,
    )
