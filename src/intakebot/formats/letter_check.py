"""Letter check: every template tried with made-up facts: its faults, its missing parts, and how hard it is to read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from intakebot.config.settings import Landlord
from intakebot.domain.letter_kinds import LETTER_KINDS, LetterKind, letter_kind, missing_parts
from intakebot.domain.letter_parts import Missing
from intakebot.domain.letters import LetterFacts
from intakebot.errors import BadInput
from intakebot.formats.letters import LETTERS, Letter, LetterBook
from intakebot.formats.reading_age import reading_age
from intakebot.formats.samples import samples


@dataclass(frozen=True, slots=True)
class CheckedLetter:
    """What came of trying a template. `problem` is a sentence, "" where it can be written.

    `examples` are the letters as they read with each set of made-up facts; `missing` are the parts that one of
    them lacks. `reading_age` is that of the example that is hardest to read, in years; 0 where there is none.
    """

    kind: LetterKind
    problem: str
    examples: tuple[Letter, ...] = ()
    missing: tuple[Missing, ...] = ()
    reading_age: float = 0.0

    def lacks(self, part: str) -> bool:
        """Whether a part of this name is missing."""
        return any(missing.part == part for missing in self.missing)

    @property
    def faults(self) -> tuple[str, ...]:
        """Everything that keeps the letter from being used, each a sentence that names its file."""
        if self.problem:
            return (self.problem,)
        return tuple(f"letter {self.kind.name}.txt: {missing}" for missing in self.missing)


def open_letters(folder: Path | None, landlord: Landlord, sender_name: str) -> LetterBook:
    """The landlord's letters, every one tried. Raises BadInput naming each template that is wrong, where and why."""
    book = LetterBook(folder, landlord, sender_name)
    wrong = misplaced(folder) if folder else []
    wrong += [fault for letter in check_letters(book) for fault in letter.faults]
    if wrong:
        raise BadInput("\n".join(dict.fromkeys(wrong)))
    return book


def check_letters(book: LetterBook) -> tuple[CheckedLetter, ...]:
    """Try every letter."""
    return tuple(check_letter(book, kind.name) for kind in LETTER_KINDS)


def check_letter(book: LetterBook, name: str) -> CheckedLetter:
    """Try one letter with each set of made-up facts. Raises BadInput for a letter there is not."""
    kind = letter_kind(name)
    examples: list[Letter] = []
    missing: dict[str, Missing] = {}
    ages = []
    for facts in samples(name):
        try:
            letter = book.write(name, **facts)
        except BadInput as error:
            return CheckedLetter(kind, str(error))
        case = facts.get("case")
        about = case if isinstance(case, LetterFacts) else None
        for lacking in missing_parts(name, about, letter.subject, letter.text, book.common):
            missing.setdefault(lacking.part, lacking)
        fixed = [detail for contact in book.common.ombudsmen.values() for detail in contact.details[1:]]
        ages.append(reading_age(letter.text, fixed))
        examples.append(letter)
    return CheckedLetter(kind, "", tuple(examples), tuple(missing.values()), max(ages))


def misplaced(folder: Path) -> list[str]:
    """What is wrong with the folder itself: it is not there, or holds files that are no letter's."""
    if not folder.is_dir():
        return [f"there is no folder {folder}; `letters` names the folder of your own letters"]
    names = sorted(file.stem for file in folder.glob("*.txt") if not file.name.startswith("_"))
    return [
        f"letter {name}.txt: there is no such letter, only {', '.join(LETTERS)}" for name in set(names) - {*LETTERS}
    ]
