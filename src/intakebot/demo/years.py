"""The sample years: what two years of complaints look like, brought in as an older system's would be."""

from __future__ import annotations

from datetime import datetime
from importlib import resources

from intakebot.errors import BadInput
from intakebot.importing import Importing
from intakebot.landlord import Landlord
from intakebot.store.engine import Store

YEARS = ("2023-24", "2024-25")
HOMES_LCRA = 4215
"""How many homes of low cost rental accommodation the made-up landlord has, for its rates per 1,000."""


def load_years(store: Store, landlord: Landlord, now: datetime) -> int:
    """Load every sample year. Returns how many cases came in; raises BadInput where there is a case already."""
    if store.read_now(lambda work: work.imports.any_case()):
        raise BadInput("the database has cases already; the sample years go into one without (set INTAKEBOT_DATA)")
    importing, count = Importing(store, landlord, "the demo", now), 0
    for year in YEARS:
        with resources.as_file(resources.files("intakebot.demo") / "years" / f"{year}.jsonl") as file:
            count += importing.bring_in(file).cases
    return count
