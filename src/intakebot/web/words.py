"""Words: the labels, dates and times of the domain, as staff read them. Dates and times are Europe/London."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from intakebot.domain.case import EventType, Status
from intakebot.domain.channels import Channel
from intakebot.domain.hazards import Exclusion, HazardLevel, HazardStatus
from intakebot.domain.labels import Category, Flag, Kind, Need
from intakebot.domain.message import Purpose
from intakebot.domain.needs import Contact, FormatKind
from intakebot.domain.people import Authority, AuthorityBasis, RepresentativeKind, StaffRole
from intakebot.domain.records import Choice, Determination, Ombudsman, Payer, RefusalReason, RemedyType
from intakebot.domain.retention import Hold
from intakebot.domain.stages import Outcome
from intakebot.domain.timescales import ClockName
from intakebot.domain.transcripts import Speaker
from intakebot.domain.working_days import LONDON, local_date

KINDS: Final = {
    Kind.COMPLAINT: "Complaint",
    Kind.ESCALATION: "Escalation request",
    Kind.SERVICE_REQUEST: "Service request",
    Kind.UPDATE: "Update",
    Kind.ENQUIRY: "Enquiry",
    Kind.COMPLIMENT: "Compliment",
    Kind.NOT_FOR_US: "Not for us",
}
CATEGORIES: Final = {
    Category.REPAIRS: "Repairs",
    Category.DAMP_MOULD: "Damp and mould",
    Category.BUILDING_SAFETY: "Building safety",
    Category.COMMUNAL_AREAS: "Communal areas",
    Category.ASB: "Anti-social behaviour",
    Category.TENANCY_MANAGEMENT: "Tenancy management",
    Category.ALLOCATIONS: "Housing allocations",
    Category.RENTS: "Rents",
    Category.LEASEHOLD: "Leasehold service",
    Category.ADAPTATIONS: "Adaptations",
    Category.STAFF_CONDUCT: "Staff conduct",
    Category.COMPLAINT_HANDLING: "Complaint handling",
    Category.OTHER: "Other",
}
FLAGS: Final = {
    Flag.EMERGENCY_HAZARD: "Emergency hazard",
    Flag.SIGNIFICANT_HAZARD: "Significant hazard",
    Flag.SAFEGUARDING: "Safeguarding",
    Flag.DOMESTIC_ABUSE: "Domestic abuse",
    Flag.HATE_INCIDENT: "Hate incident",
    Flag.VULNERABILITY: "Vulnerability",
    Flag.ACCESSIBILITY_NEED: "Accessibility need",
    Flag.REPRESENTATIVE: "Representative",
    Flag.COMPENSATION_REQUEST: "Asks for compensation",
    Flag.OVER_12_MONTHS: "Over 12 months ago",
    Flag.LEGAL_ACTION: "Legal action",
    Flag.MISSED_APPOINTMENT: "Missed appointment",
}
NEEDS: Final = {
    Need.LARGE_PRINT: "Large print",
    Need.BRAILLE: "Braille",
    Need.AUDIO: "Audio",
    Need.BSL: "British Sign Language",
    Need.RELAY_UK: "Calls through Relay UK",
    Need.EASY_READ: "Easy Read",
    Need.INTERPRETER: "Interpreter or translation",
    Need.WRITTEN_ONLY: "In writing only, no phone calls",
    Need.PHONE_ONLY: "By phone only",
    Need.OTHER: "Another need: see the message",
}
CONTACTS: Final = {
    Contact.EMAIL: "Email",
    Contact.PHONE: "Phone",
    Contact.TEXT: "Text message",
    Contact.RELAY_UK: "Relay UK",
    Contact.TELEGRAM: "Telegram",
    Contact.POST: "Post",
}
FORMATS: Final = {
    FormatKind.BRAILLE: "Braille",
    FormatKind.AUDIO: "Audio",
    FormatKind.EASY_READ: "Easy Read",
    FormatKind.BSL: "British Sign Language",
    FormatKind.INTERPRETER: "Interpreter or translation",
    FormatKind.PHONE_CALL: "Ring and say what the letter says",
    FormatKind.SAFE_CONTACT: "Reach them in a safe way",
    FormatKind.OTHER: "Another format they asked for",
}
STATUSES: Final = {
    Status.RECEIVED: "Received",
    Status.ACKNOWLEDGED: "Acknowledged",
    Status.RESPONDED: "Response issued",
    Status.REFUSED: "Not accepted",
    Status.WITHDRAWN: "Withdrawn",
    Status.CLOSED: "Closed",
}
CLOCKS: Final = {
    ClockName.ACKNOWLEDGEMENT: "Acknowledge",
    ClockName.RESPONSE: "Respond",
    ClockName.EXTENSION: "Respond, extended",
    ClockName.BACKSTOP: "Respond, counted from the last day to acknowledge",
    ClockName.HAZARD_EMERGENCY: "Look into the emergency hazard and make it safe",
    ClockName.HAZARD_INVESTIGATION: "Look into the significant hazard",
    ClockName.HAZARD_SUMMARY: "Send the written summary of the hazard",
    ClockName.HAZARD_SAFETY_WORK: "Make the home safe from the hazard",
    ClockName.HAZARD_FURTHER_WORK: "Begin further work on the hazard",
    ClockName.HAZARD_LATEST_START: "Start work on the hazard on the ground",
    ClockName.UPDATE: "Send an update",
    ClockName.ACTION: "Do what was promised",
    ClockName.REMEDY: "Carry out the remedy",
    ClockName.ORDER: "Carry out the Ombudsman’s order",
    ClockName.REVIEW: "Review what was agreed",
    ClockName.FORMAT: "Make a letter reach them",
    ClockName.AUTHORITY: "Renew the representative’s authority",
}
OUTCOMES: Final = {
    Outcome.UPHELD: "Upheld",
    Outcome.PARTIALLY_UPHELD: "Partly upheld",
    Outcome.NOT_UPHELD: "Not upheld",
    Outcome.WITHDRAWN: "Withdrawn",
    Outcome.REFUSED: "Not accepted",
}
CHOICES: Final = {
    Choice.COMPLAINT: "To make a complaint",
    Choice.SERVICE_REQUEST: "To have it dealt with as a request",
    Choice.NEITHER: "Neither",
}
OMBUDSMEN: Final = {
    Ombudsman.HOS: "Housing Ombudsman",
    Ombudsman.LGSCO: "Local Government and Social Care Ombudsman",
}
REFUSALS: Final = {
    RefusalReason.OVER_12_MONTHS: "It is over 12 months old",
    RefusalReason.PROCEEDINGS_FILED: "A claim about it was filed at court",
    RefusalReason.ALREADY_CONSIDERED: "It was considered before under our policy",
    RefusalReason.OTHER_POLICY_EXCLUSION: "Another exclusion of our policy",
}
REMEDIES: Final = {
    RemedyType.APOLOGY: "Apology",
    RemedyType.ACKNOWLEDGEMENT: "Acknowledging what went wrong",
    RemedyType.EXPLANATION: "Explanation",
    RemedyType.ACTION_ON_DELAY: "Action on a delay",
    RemedyType.CHANGED_DECISION: "Changed decision",
    RemedyType.CORRECTED_RECORD: "Corrected record",
    RemedyType.MONEY: "Money",
    RemedyType.CHANGED_POLICY: "Changed policy or practice",
}
PAYERS: Final = {Payer.LANDLORD: "Us", Payer.CONTRACTOR: "Our contractor"}
BASES: Final = {
    "": "Not money",
    "statutory": "The law gives a right to it",
    "policy": "Our compensation policy",
    "discretionary": "Our discretion",
}
DETERMINATIONS: Final = {
    Determination.SEVERE_MALADMINISTRATION: "Severe maladministration",
    Determination.MALADMINISTRATION: "Maladministration",
    Determination.SERVICE_FAILURE: "Service failure",
    Determination.PARTIAL_MALADMINISTRATION: "Partial maladministration",
    Determination.REASONABLE_REDRESS: "Reasonable redress",
    Determination.NO_MALADMINISTRATION: "No maladministration",
    Determination.OUTSIDE_JURISDICTION: "Outside jurisdiction",
    Determination.RESOLVED_WITH_INTERVENTION: "Resolved with intervention",
    Determination.WITHDRAWN: "Withdrawn",
}
HAZARD_LEVELS: Final = {HazardLevel.EMERGENCY: "Emergency hazard", HazardLevel.SIGNIFICANT: "Significant hazard"}
HAZARD_STATUSES: Final = {
    HazardStatus.POSSIBLE: "Not confirmed yet",
    HazardStatus.CONFIRMED: "Confirmed",
    HazardStatus.CLEARED: "Cleared",
}
EXCLUSIONS: Final = {
    Exclusion.NOT_OUR_DUTY: "It does not come from our land or building, or is not ours to repair",
    Exclusion.NOT_DISREPAIR: "It does not come from a defect, disrepair or lack of maintenance",
    Exclusion.OUTSIDE_CONTROL: "It is outside our control",
    Exclusion.TENANT_BREACH: "It is wholly or mainly the tenant’s breach of the tenancy",
    Exclusion.CLADDING: "The work is to cladding",
    Exclusion.OVERCROWDING: "It is overcrowding",
}
REPRESENTATIVE_KINDS: Final = {
    RepresentativeKind.RELATIVE: "Relative",
    RepresentativeKind.FRIEND: "Friend or neighbour",
    RepresentativeKind.ADVISER: "Adviser or advocate, such as Citizens Advice",
    RepresentativeKind.SUPPORT_WORKER: "Support worker, carer or nurse",
    RepresentativeKind.SOLICITOR: "Solicitor",
    RepresentativeKind.COUNCILLOR: "Councillor",
    RepresentativeKind.MP: "Member of Parliament",
    RepresentativeKind.ATTORNEY: "Attorney or appointee",
    RepresentativeKind.DEPUTY: "Deputy appointed by a court",
    RepresentativeKind.EXECUTOR: "Executor, administrator or next of kin",
    RepresentativeKind.OTHER: "Somebody else",
}
AUTHORITY_BASES: Final = {
    AuthorityBasis.FORM: "The resident signed a form",
    AuthorityBasis.PHONE: "The resident said so by telephone, after a check of who they are",
    AuthorityBasis.LETTER: "By letter or mail, from the resident or on a solicitor’s headed paper",
    AuthorityBasis.ELECTED: "They are an elected member who acts for a constituent",
    AuthorityBasis.COURT_OR_POWER: "A power of attorney or an order of a court",
    AuthorityBasis.ESTATE: "They act for the estate of somebody who has died",
    AuthorityBasis.BEST_INTERESTS: "The resident lacks capacity; it is in their best interests",
}
AUTHORITIES: Final = {
    Authority.PENDING: "Authority asked for, not yet given: tell them nothing the resident has not told them",
    Authority.GIVEN: "May act for the resident",
    Authority.LIMITED: "May act for the resident in some matters only",
    Authority.EXPIRED: "Authority has expired",
    Authority.REFUSED: "The resident has refused authority",
    Authority.WITHDRAWN: "Authority has been withdrawn",
}
PURPOSES: Final = {
    Purpose.RECEIPT: "Receipt",
    Purpose.ACKNOWLEDGEMENT: "Acknowledgement",
    Purpose.ADDED: "Note that a message was added",
    Purpose.REPLY: "Reply",
    Purpose.CHOICE: "Choice to complain",
    Purpose.AUTHORITY_REQUEST: "Request for authority",
    Purpose.CLARIFICATION: "Question",
    Purpose.EXTENSION: "Notice of more time",
    Purpose.UPDATE: "Update",
    Purpose.REFUSAL: "Refusal",
    Purpose.RESPONSE: "Response",
    Purpose.WITHDRAWAL_CHECK: "Question about withdrawing",
    Purpose.CLOSURE: "Closing letter",
    Purpose.SAVED_FORM: "Link to a form saved for later",
    Purpose.DUTY_NOTICE: "Notice to the duty officer",
    Purpose.ADDRESS_NOTICE: "Notice to staff: mail came back",
    Purpose.PARKED_NOTICE: "Notice to staff: parked",
    Purpose.CLOCK_NOTICE: "Notice to staff: due dates",
    Purpose.REGULAR_REPORT: "Report to the Member Responsible for Complaints",
}
HOLDS: Final = {
    Hold.OMBUDSMAN: "the Ombudsman is in touch and has not decided",
    Hold.PROCEEDINGS: "a claim was filed at court, and its end is not recorded",
}
CHANNELS: Final = {
    Channel.EMAIL: "email",
    Channel.WEB: "the form",
    Channel.TELEGRAM: "Telegram",
    Channel.RELAY_UK: "Relay UK",
    Channel.PHONE: "phone",
    Channel.IN_PERSON: "word of mouth",
    Channel.LETTER: "letter",
    Channel.SOCIAL_MEDIA: "social media",
    Channel.OTHER: "another way",
}
SPEAKERS: Final = {
    Speaker.RESIDENT: "Resident",
    Speaker.STAFF: "Staff",
    Speaker.ASSISTANT: "Relay assistant",
    Speaker.NOT_SAID: "Not said who",
}
_ENTERED: Final = {
    "relay": CHANNELS[Channel.RELAY_UK],
    "video_relay": "video relay",
    "visit": CHANNELS[Channel.IN_PERSON],
    "social": CHANNELS[Channel.SOCIAL_MEDIA],
}
DANGERS: Final = {3: "Emergency", 2: "Person at risk", 1: "Serious"}
ROLES: Final = {
    StaffRole.OFFICER: "Officer",
    StaffRole.COMPLAINTS_OFFICER: "Complaints officer",
    StaffRole.MANAGER: "Manager",
    StaffRole.SENIOR_LEAD: "Senior lead for complaints",
    StaffRole.MRC: "Member Responsible for Complaints",
    StaffRole.ADMIN: "Administrator",
}
LETTER_STATES: Final = {
    "waiting": "Waiting to be sent",
    "done": "Sent",
    "parked": "Could not be sent",
    "discarded": "Not sent",
}
AUTOMATIC: Final = {
    "auto_reply": "Automatic reply",
    "delivery_report": "Delivery report",
    "read_receipt": "Read receipt",
    "list": "Mailing list",
    "own_mail": "Our own mail come back",
    "generated": "Written by a machine",
}
_LANGUAGES: Final = {
    "ar": "Arabic",
    "bn": "Bengali",
    "cy": "Welsh",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fr": "French",
    "gu": "Gujarati",
    "it": "Italian",
    "lt": "Lithuanian",
    "pa": "Punjabi",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "so": "Somali",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "zh": "Chinese",
}
_EVENTS: Final = {
    EventType.KIND_DECIDED: "Kind decided",
    EventType.TAGS_CORRECTED: "Tags changed",
    EventType.CLOCK_BREACHED: "Not done in time",
    EventType.CLOCK_WARNED: "Due soon",
    EventType.OMBUDSMAN_CONTACTED: "The Ombudsman is in touch",
    EventType.OMBUDSMAN_DETERMINED: "The Ombudsman has decided",
    EventType.MERGED_OR_SPLIT: "Further issue",
    EventType.REFUSED: "Not accepted",
    EventType.DIRECTED: "Accepted as the Ombudsman directed",
}


def channel(name: str) -> str:
    """How something came, after "by": "phone", "Relay UK". One from outside goes by its own name."""
    return _ENTERED.get(name) or {str(known): said for known, said in CHANNELS.items()}.get(name, name)


def event_title(event: EventType) -> str:
    """An event's name: "Message added"."""
    return _EVENTS.get(event) or event.value.replace("_", " ").capitalize()


def language(code: str) -> str:
    """A language by its name; "" for English and where it is not known."""
    return "" if code in ("en", "und", "") else _LANGUAGES.get(code, f"the language “{code}”")


def short_day(day: date, today: date) -> str:
    """A date in a table; the year only where it is another one.

    >>> short_day(date(2026, 3, 9), date(2026, 3, 2)), short_day(date(2027, 1, 4), date(2026, 12, 29))
    ('Mon 9 March', 'Mon 4 January 2027')
    """
    year = f" {day.year}" if day.year != today.year else ""
    return f"{day:%a} {day.day} {day:%B}{year}"


def clock_time(moment: datetime) -> str:
    """A time of day in London: "9:05am", "midday"."""
    local = moment.astimezone(LONDON)
    if local.minute == 0 and local.hour in (0, 12):
        return "midday" if local.hour else "midnight"
    minutes = f":{local.minute:02d}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes}{'am' if local.hour < 12 else 'pm'}"


def when(moment: datetime) -> str:
    """A moment in London: "Mon 2 March 2026 at 9:05am"."""
    day = local_date(moment)
    return f"{day:%a} {day.day} {day:%B} {day.year} at {clock_time(moment)}"


def inside(label: str) -> str:
    """A label inside a sentence: begun small, unless there are names in it.

    >>> inside("Damp and mould"), inside("British Sign Language")
    ('damp and mould', 'British Sign Language')
    """
    named = any(word[0].isupper() for word in label.split()[1:])
    return label if named else f"{label[:1].lower()}{label[1:]}"


def size(octets: int) -> str:
    """How big a file is: "820 bytes", "14 KB", "2.3 MB"."""
    if octets < 1000:
        return f"{octets} bytes"
    return f"{round(octets / 1000)} KB" if octets < 1_000_000 else f"{octets / 1_000_000:.1f} MB"


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: "1 case", "3 cases"."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def file_kind(content_type: str, filename: str) -> str:
    """What sort of file it is, from its name or else its declared type: "PDF", "JPEG"."""
    ending = filename.rpartition(".")[2] if "." in filename else ""
    return (ending if 1 < len(ending) < 6 and ending.isalnum() else content_type.rpartition("/")[2][:20]).upper()
