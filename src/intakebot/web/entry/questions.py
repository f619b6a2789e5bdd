"""Questions: what assisted entry asks for each way of coming, and nothing that it does not need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from intakebot.channels.assisted import LONGEST_TEXT, MODES, NAMES, SPOKEN, Name
from intakebot.web.acts.fields import Check, Choose, Day, Field, MaybeDay, Option, Situation, days_from_now
from intakebot.web.entry.fields import (
    AsTyped,
    Limited,
    Link,
    Mail,
    MaybeMoment,
    MaybeTime,
    PastMoment,
    Phone,
    options,
)
from intakebot.web.words import NEEDS

TODAY: Final = days_from_now(0)
THEMSELVES, FOR_ANOTHER = "resident", "representative"

_BEGAN = PastMoment(name="began", label="When the call began", hint="This is when it was received.", start=TODAY)
_ENDED = MaybeTime(name="ended", label="When it ended (optional)", hint="Like 14:30 or 2:30pm")
_FIRST_HEARD = MaybeMoment(
    name="first_heard", label="If it was passed on to you: when a colleague first heard it (optional)"
)
_DROPPED = Check(name="dropped", label="The call was cut off")
MET = PastMoment(name="began", label="When it began", hint="This is when it was received.", start=TODAY)
_PLACE = Limited(name="place", label="Where (optional)", hint="Like the front desk, or the address you visited")
_ARRIVED = Day(name="arrived", label="When the letter reached us", hint="The clocks count from this day.", start=TODAY)
_DATED = MaybeDay(name="dated", label="The date written on it (optional)")
_SEEN = PastMoment(name="began", label="When we first saw it", hint="This is when it was received.", start=TODAY)
_HANDLE = Limited(name="handle", label="Name on the network (optional)", hint="Like @shirley", most=100)
_LINK = Link(name="link", label="Link to the post (optional)")


def _modes(_situation: Situation) -> Sequence[Option[str]]:
    return options(("", "Not known"), *((mode, words.capitalize()) for mode, words in MODES.items()))


_MODE = Choose(name="mode", label="How they used Relay UK", options=_modes)
_TEXT_NUMBER = Check(name="text_number", label="Their number is a TextNumber, dialled without 18002")
_FIRM = Limited(name="interpreter_firm", label="The interpreter’s firm (optional)", hint="Like the video relay service")
_INTERPRETER = Limited(name="interpreter_id", label="The interpreter’s number (optional)", most=60)

_NAME = Limited(name="name", label="Their name", hint="If they gave none, write: Not given")
_PHONE = Phone(name="phone", label="Their phone number (optional)")
_RANG_FROM = Phone(name="phone", label="The number they rang from (optional)")
_MAIL = Mail(name="email", label="Their email address (optional)")
_HOME = Limited(name="home", label="Address of the home (optional)", most=300)


def _whose(_situation: Situation) -> Sequence[Option[str]]:
    return options((THEMSELVES, "Themselves"), (FOR_ANOTHER, "Somebody else, who is the resident"))


_ACTING = Choose(
    name="acting",
    label="Who do they speak for?",
    hint="A relay assistant or interpreter only passes words on: choose for the person they speak for.",
    options=_whose,
    start=lambda _situation: THEMSELVES,
)
_RESIDENT = Limited(name="resident_name", label="The resident’s name, if they speak for somebody else")
_RELATION = Limited(name="relation", label="Who they are to the resident", hint="Like daughter, or Citizens Advice")

WORDS: Final = "words"
_SAID = "Begin a line with R: for the resident and S: for staff. Notes in your own words will do too."
_WORDS: Final = {
    "relay": (
        "The transcript",
        "Paste it, or type a line for each turn: R: for the resident, S: for staff, A: for the relay assistant. "
        "Leave GA, SK, Q and abbreviations as they were typed.",
    ),
    "phone": ("What was said", _SAID),
    "video_relay": ("What was said", f"{_SAID} A: is the interpreter."),
    "visit": ("What was said", _SAID),
    "letter": ("What the letter says", "Type it out, or leave this empty and add the scanned letter below."),
    "social": ("What they wrote", "Copy it as it stands."),
}


def _reach(_situation: Situation) -> Sequence[Option[str]]:
    ways = (
        ("email", "Email"),
        ("phone", "Phone"),
        ("text", "Text message"),
        ("relay_uk", "Relay UK"),
        ("post", "Post"),
    )
    return options(("", "They did not say"), *ways)


def _sizes(_situation: Situation) -> Sequence[Option[int]]:
    return (Option("", "They did not say", 0), *(Option(str(n), f"{n} point", n) for n in (16, 18, 20, 22, 24, 28)))


NEED_CHECKS: Final = tuple((need, Check(name=f"need_{need.value}", label=words)) for need, words in NEEDS.items())
PRINT_PT: Final = Choose(name="print_pt", label="Size of large print", options=_sizes, list_box=True)
FURTHER: Final[tuple[Field[Any], ...]] = (
    Choose(name="prefers", label="How they want to be reached", options=_reach, list_box=True),
    AsTyped(name="outcomes_sought", label="What would put it right, in their words", rows=3, most=5_000),
    Limited(name="needs_note", label="What else they need", rows=2, most=5_000),
    AsTyped(
        name="safe_contact",
        label="What to avoid",
        hint="Like: not by phone after four, or not at home",
        rows=2,
        most=5_000,
    ),
)


@dataclass(frozen=True, slots=True)
class EntryForm:
    """What is asked of one way of coming: how it came, who it was, the words, and what is rarely told."""

    channel: Name
    title: str
    choice: str
    came: tuple[Field[Any], ...]
    rare: tuple[Field[Any], ...] = ()

    @property
    def words(self) -> AsTyped:
        """The question for the words themselves."""
        label, hint = _WORDS[self.channel]
        return AsTyped(name=WORDS, label=label, hint=hint, rows=12, most=LONGEST_TEXT)

    @property
    def who(self) -> tuple[Field[Any], ...]:
        """The questions for who it was."""
        return (_NAME, _RANG_FROM if self.channel in ("relay", "phone") else _PHONE, _MAIL, _HOME)

    @property
    def for_another(self) -> tuple[Field[Any], ...]:
        """The questions for whom they speak."""
        return (_ACTING, _RESIDENT, _RELATION)

    @property
    def needs(self) -> tuple[Field[Any], ...]:
        """The questions for what they need."""
        return (*(check for _, check in NEED_CHECKS), PRINT_PT, *FURTHER)

    @property
    def fields(self) -> tuple[Field[Any], ...]:
        """Every question, in the order of the page."""
        return (*self.came, self.words, *self.who, *self.rare, *self.for_another, *self.needs)

    @property
    def is_spoken(self) -> bool:
        """Whether somebody spoke, and the words can be read back to them."""
        return self.channel in SPOKEN


_CALL = (_BEGAN,)
_OF_A_CALL = (_ENDED, _FIRST_HEARD, _DROPPED)
_EVERY = (
    EntryForm("relay", "Type in a Relay UK call", "Relay UK call", _CALL, (_MODE, _TEXT_NUMBER, *_OF_A_CALL)),
    EntryForm("phone", "Type in a phone call", "Phone call", _CALL, _OF_A_CALL),
    EntryForm(
        "video_relay",
        "Type in a video relay call",
        "Video relay call, with a sign language interpreter",
        _CALL,
        (_FIRM, _INTERPRETER, *_OF_A_CALL),
    ),
    EntryForm(
        "visit", "Type in a visit", "Visit: somebody told a member of staff in person", (MET, _PLACE), (_FIRST_HEARD,)
    ),
    EntryForm("letter", "Type in a letter", "Letter", (_ARRIVED, _DATED)),
    EntryForm("social", "Type in a social media post", "Social media", (_SEEN, _HANDLE, _LINK), (_FIRST_HEARD,)),
)
ENTRY_FORMS: Final[dict[str, EntryForm]] = {form.channel: form for form in _EVERY}
assert tuple(ENTRY_FORMS) == NAMES
