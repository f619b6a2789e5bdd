"""The made-up landlord's people: accounts created at first start, so that a first try has somebody to sign in as."""

from __future__ import annotations

import secrets

from intakebot.config.settings import Settings
from intakebot.domain.people import Absence, Officer
from intakebot.passwords import hash_password
from intakebot.store.engine import Store, Work


def hire(settings: Settings, store: Store) -> str | None:
    """Create the demo landlord's accounts if there are none yet.

    Returns the password they sign in with, or None if there were accounts already: their password stands.
    """
    if not settings.demo or store.read_now(lambda work: work.officers.all()):
        return None
    password = settings.demo_password.get_secret_value() or secrets.token_urlsafe(9)
    hashed = hash_password(password)

    def add(work: Work) -> None:
        for person in settings.demo_officers:
            away = (Absence(person.away_from, person.away_to),) if person.away_from and person.away_to else ()
            officer = Officer(
                id=0,
                name=person.name,
                email=person.email,
                role=person.role,
                team=person.team,
                patches=person.patches,
                capacity=person.capacity,
                absences=away,
            )
            work.officers.add(officer, hashed)

    store.write_now(add)
    return password
