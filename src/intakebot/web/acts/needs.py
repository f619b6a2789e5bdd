"""Acts on needs: recorded, ended, how somebody may be reached, and formats that were made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from intakebot.casework import Act
from intakebot.domain import need_acts
from intakebot.domain.case import Case
from intakebot.domain.labels import Need
from intakebot.domain.needs import Contact, FormatTask, NeedsKnown, prefers
from intakebot.web import words
from intakebot.web.acts.act import ActForm, Group, always
from intakebot.web.acts.fields import Answers, Check, Choose, MaybeDay, Option, Situation, Start, Text, words_of
from intakebot.web.acts.people import WHO, people_of

_SIZES: Final = (16, 18, 20, 22, 24, 26, 28)
_NO_WISH: Final = "none"


def _in_force(situation: Situation) -> Sequence[Option[tuple[int, int]]]:
    return [
        Option(f"{n.person_id}.{n.number}", words.NEEDS[n.need], (n.person_id, n.number))
        for n in situation.case.records.needs
        if n.ended_on is None
    ]


def _sizes(_situation: Situation) -> Sequence[Option[int]]:
    return [Option("", "They gave no size", 0), *(Option(str(n), f"{n} point", n) for n in _SIZES)]


def _ways(_situation: Situation) -> Sequence[Option[Contact | None]]:
    return [Option(_NO_WISH, "They did not say", None), *(Option(w.value, t, w) for w, t in words.CONTACTS.items())]


def _waiting(situation: Situation) -> Sequence[Option[FormatTask]]:
    return [Option(str(task.number), words.FORMATS[task.kind], task) for task in situation.case.records.formats_waiting]


def _known(situation: Situation) -> NeedsKnown:
    """What is in force of the person the link chose, else of the resident."""
    asked, case = situation.asked.text("person"), situation.case
    chosen = next((o.meaning for o in people_of(situation) if o.value == asked), case.resident)
    return need_acts.known_of(case).of(chosen.id)


def _barred(way: Contact) -> Start:
    return lambda situation: "yes" if any(way in rule.barred for rule in _known(situation).rules) else ""


def _wish(situation: Situation) -> str:
    return prefers(_known(situation)) or _NO_WISH


def _times(situation: Situation) -> str:
    return "; ".join(rule.safe_times for rule in _known(situation).rules if rule.safe_times)


def _avoid(situation: Situation) -> str:
    return "\n".join(rule.avoid for rule in _known(situation).rules if rule.avoid)


_NEED: Final = Choose(
    name="need", label="What do they need?", missing="Choose what they need", options=words_of(words.NEEDS)
)
_SIZE: Final = Choose(name="print_pt", label="Size of large print", options=_sizes, list_box=True)
_LANGUAGE: Final = Text(
    name="language", label="Language of the interpreter", hint="And whether spoken, written or signed."
)
_HOW_KNOWN: Final = Text(
    name="words", label="In their words", hint="What they told you, and how.", missing="Say what they told you", rows=2
)
_LOOK_AGAIN: Final = MaybeDay(name="review", label="When is it reviewed?", hint="Leave it empty where it lasts.")
_WHICH: Final = Choose(name="need", label="Which need?", missing="Choose the need", options=_in_force)
_WHY: Final = Text(name="why", label="Why does it end?", missing="Say why it ends", rows=2)
_MISTAKEN: Final = Check(
    name="mistaken",
    label="It was never so",
    hint="Then it is not kept again because of how something is worded, only where somebody says it outright.",
)
_PREFERS: Final = Choose(
    name="prefers",
    label="How do they like to be reached?",
    missing="Choose how they like to be reached",
    options=_ways,
    start=_wish,
)
_TIMES: Final = Text(name="safe_times", label="Safe times", hint="For example weekdays from 9 to 12.", start=_times)
_AVOID: Final = Text(
    name="avoid", label="What is to be avoided?", hint="It stands at the top of every case.", start=_avoid, rows=3
)
_BARRED: Final = tuple(
    (way, Check(name=f"never_{way.value}", label=f"Never: {words.inside(text)}", start=_barred(way)))
    for way, text in words.CONTACTS.items()
)
_TASK: Final = Choose(name="task", label="Which one?", missing="Choose what was done", options=_waiting)
_NOTE: Final = Text(
    name="note",
    label="How was it done?",
    hint="For example: Braille, grade 2, posted on 3 March.",
    missing="Say how it was done, and when it reached them",
    rows=2,
)


def _record(a: Answers) -> Act:
    return lambda case, acting: need_acts.record_need(
        case,
        a[WHO],
        a[_NEED],
        a[_HOW_KNOWN],
        acting,
        print_pt=a[_SIZE] if a[_NEED] is Need.LARGE_PRINT else 0,
        language=a[_LANGUAGE] if a[_NEED] in (Need.INTERPRETER, Need.BSL) else "",
        review_on=a[_LOOK_AGAIN],
    )


def _end(a: Answers) -> Act:
    person_id, number = a[_WHICH]
    return lambda case, acting: need_acts.end_need(case, person_id, number, a[_WHY], a[_MISTAKEN], acting)


def _settle(a: Answers) -> Act:
    never = [way for way, field in _BARRED if a[field]]
    return lambda case, acting: need_acts.set_contact(
        case, a[WHO], a[_PREFERS], a[_TIMES], a[_AVOID], never, a[_HOW_KNOWN], a[_LOOK_AGAIN], acting
    )


def _some_in_force(case: Case) -> bool:
    return any(need.ended_on is None for need in case.records.needs)


_FIELDS: Final[tuple[Any, ...]] = (WHO, _PREFERS, _TIMES, _AVOID, *(f for _, f in _BARRED), _HOW_KNOWN, _LOOK_AGAIN)

NEEDS: Final = (
    ActForm(
        name="need",
        title="Record what somebody needs",
        group=Group.PEOPLE,
        clause="5.10",
        fields=(WHO, _NEED, _SIZE, _LANGUAGE, _HOW_KNOWN, _LOOK_AGAIN),
        do=_record,
        offered=always,
        intro="It is kept with the person: it holds for every case of theirs, and for every letter from now on.",
        done="The need is on the record.",
    ),
    ActForm(
        name="end_need",
        title="End a need",
        group=Group.PEOPLE,
        clause="5.10",
        fields=(_WHICH, _WHY, _MISTAKEN),
        do=_end,
        offered=_some_in_force,
        intro="It stays on the record as ended.",
        done="The need is ended.",
    ),
    ActForm(
        name="contact",
        title="Settle how somebody may be reached",
        group=Group.PEOPLE,
        clause="5.10",
        fields=_FIELDS,
        do=_settle,
        offered=always,
        intro="It takes the place of what they said, which stays on the record. No automatic message breaks it.",
        done="How they may be reached is settled.",
    ),
    ActForm(
        name="format_done",
        title="Record a format that was made",
        group=Group.PEOPLE,
        clause="5.10",
        fields=(_TASK, _NOTE),
        do=lambda a: lambda case, acting: need_acts.format_done(case, a[_TASK].number, a[_NOTE], acting),
        offered=lambda case: bool(case.records.formats_waiting),
        done="The format is done.",
    ),
)
