"""Labels: the stable ids of what a message is about, and tags that carry score and evidence.

The ids stand in the database, the API, reports and evaluation files and never change meaning; the words
shown to people are configuration.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a message asks of the landlord: exactly one."""

    COMPLAINT = "complaint"
    ESCALATION = "escalation"
    SERVICE_REQUEST = "service_request"
    UPDATE = "update"
    ENQUIRY = "enquiry"
    COMPLIMENT = "compliment"
    NOT_FOR_US = "not_for_us"


class Category(StrEnum):
    """A topic an officer would have to deal with; any number, also none."""

    REPAIRS = "repairs"
    DAMP_MOULD = "damp_mould"
    BUILDING_SAFETY = "building_safety"
    COMMUNAL_AREAS = "communal_areas"
    ASB = "asb"
    TENANCY_MANAGEMENT = "tenancy_management"
    ALLOCATIONS = "allocations"
    RENTS = "rents"
    LEASEHOLD = "leasehold"
    ADAPTATIONS = "adaptations"
    STAFF_CONDUCT = "staff_conduct"
    COMPLAINT_HANDLING = "complaint_handling"
    OTHER = "other"


class Flag(StrEnum):
    """Something that changes how, or how fast, a message must be dealt with."""

    EMERGENCY_HAZARD = "emergency_hazard"
    SIGNIFICANT_HAZARD = "significant_hazard"
    SAFEGUARDING = "safeguarding"
    DOMESTIC_ABUSE = "domestic_abuse"
    HATE_INCIDENT = "hate_incident"
    VULNERABILITY = "vulnerability"
    ACCESSIBILITY_NEED = "accessibility_need"
    REPRESENTATIVE = "representative"
    COMPENSATION_REQUEST = "compensation_request"
    OVER_12_MONTHS = "over_12_months"
    LEGAL_ACTION = "legal_action"
    MISSED_APPOINTMENT = "missed_appointment"


DANGER_FLAGS = frozenset({Flag.EMERGENCY_HAZARD, Flag.SAFEGUARDING, Flag.DOMESTIC_ABUSE})
"""Flags that put a message before the duty officer at once."""
GUARDED_FLAGS = DANGER_FLAGS | {Flag.SIGNIFICANT_HAZARD, Flag.HATE_INCIDENT}
"""Flags that somebody's safety hangs on: taken off a case only by somebody who says why."""


class Need(StrEnum):
    """A format or way of contact a person needs (Equality Act 2010 s.20; Code 5.10)."""

    LARGE_PRINT = "large_print"
    BRAILLE = "braille"
    AUDIO = "audio"
    BSL = "bsl"
    RELAY_UK = "relay_uk"
    EASY_READ = "easy_read"
    INTERPRETER = "interpreter"
    WRITTEN_ONLY = "written_only"
    PHONE_ONLY = "phone_only"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Tag:
    """A label with its score (0 to 1) and the words of the message that are the evidence for it."""

    label: str
    score: float
    evidence: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0.0 <= self.score <= 1.0:
            raise ValueError("a score lies between 0 and 1")


@dataclass(frozen=True, slots=True)
class Classification:
    """What a classifier says of one message. `categories` are in order, the primary one first.

    `language` is an ISO 639-1 code, or "und" where the text is too short to tell. `needs_review` means that a
    person must look before the answer is relied on, and `review_reason` says why, in a sentence.
    """

    kind: Tag
    categories: tuple[Tag, ...] = ()
    flags: tuple[Tag, ...] = ()
    needs: tuple[Tag, ...] = ()
    language: str = "en"
    needs_review: bool = False
    review_reason: str = ""
    version: str = ""

    def has_flag(self, flag: Flag) -> bool:
        """Whether `flag` is set."""
        return any(tag.label == flag for tag in self.flags)
