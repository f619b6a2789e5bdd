"""Questions of the form: what is asked on which page, in the order of the pages, and how an answer is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from intakebot.domain.labels import Need

Answers = Mapping[str, str]
"""Every answer by the name of its question, as it was typed; several choices of one question with a space between."""

LONGEST_LINE: Final = 200
LONGEST_NOTE: Final = 2_000
LONGEST_WORDS: Final = 50_000


def _always(_answers: Answers) -> bool:
    return True


def for_another(answers: Answers) -> bool:
    """Whether somebody writes for somebody else."""
    return answers.get("behalf") == "other"


def for_themselves(answers: Answers) -> bool:
    """Whether somebody writes about their own home; also where they did not say."""
    return not for_another(answers)


ABOUT: Final = "about"
"""The answer of ours that holds the signed link to the case a form adds to; "" for a new complaint."""
ASKS: Final = "asks"
"""The answer of ours that says what such a form asks for: "stage2" or ""."""


def adds_to_case(answers: Answers) -> bool:
    """Whether the form adds to a case instead of making a complaint."""
    return bool(answers.get(ABOUT))


def _new(answers: Answers) -> bool:
    return not adds_to_case(answers)


def _adds(answers: Answers) -> bool:
    return adds_to_case(answers) and answers.get(ASKS) != "stage2"


def _asks_for_stage_2(answers: Answers) -> bool:
    return adds_to_case(answers) and answers.get(ASKS) == "stage2"


def _new_for_another(answers: Answers) -> bool:
    return _new(answers) and for_another(answers)


@dataclass(frozen=True, slots=True)
class Option:
    """One of the answers to choose from."""

    value: str
    text: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `short` names it where answers are checked; `most` is the longest answer in characters.

    `autocomplete` is HTML's token for what browsers may fill in; "off" where it is about another person.
    """

    name: str
    label: str
    sort: Literal["line", "words", "one", "many"]
    short: str
    hint: str = ""
    options: tuple[Option, ...] = ()
    autocomplete: str = ""
    input_type: str = "text"
    most: int = LONGEST_LINE
    rows: int = 4
    asked: Callable[[Answers], bool] = _always

    def said(self, answer: str) -> str:
        """An answer in words for reading it back."""
        if not self.options:
            return answer.strip()
        texts = {option.value: option.text for option in self.options}
        return "\n".join(texts[value] for value in answer.split() if value in texts)


@dataclass(frozen=True, slots=True)
class Step:
    """A page of the form: its address under the private link, its heading, and what it asks."""

    id: str
    title: str
    questions: tuple[Question, ...]
    intro: str = ""
    asked: Callable[[Answers], bool] = _new

    def shown(self, answers: Answers) -> tuple[Question, ...]:
        """The questions asked of somebody with these answers."""
        return tuple(question for question in self.questions if question.asked(answers))


PREFERS: Final = (
    Option("email", "Email"),
    Option("phone", "Phone call"),
    Option("text", "Text message"),
    Option("relay_uk", "Relay UK", "We ring your number through Relay UK"),
    Option("post", "Post"),
)
RELATIONS: Final = (
    Option("family", "Relative, friend or neighbour"),
    Option("adviser", "Adviser, advocate or support worker"),
    Option("councillor", "Councillor"),
    Option("mp", "MP", "Member of Parliament"),
    Option("solicitor", "Solicitor"),
    Option("attorney", "Attorney", "You hold a power of attorney, or are their appointee"),
    Option("deputy", "Deputy", "A court appointed you"),
    Option("executor", "Executor or next of kin", "For somebody who has died"),
    Option("other", "Something else"),
)
NEEDS: Final = (
    Option(Need.LARGE_PRINT, "Large print"),
    Option(Need.BRAILLE, "Braille"),
    Option(Need.AUDIO, "Audio"),
    Option(Need.EASY_READ, "Easy Read"),
    Option(Need.BSL, "British Sign Language"),
    Option(Need.RELAY_UK, "Calls through Relay UK"),
    Option(Need.INTERPRETER, "An interpreter or a translation", "Tell us the language below"),
    Option(Need.WRITTEN_ONLY, "Only in writing", "Do not ring me"),
    Option(Need.PHONE_ONLY, "Only by phone", "Do not write to me"),
    Option(Need.OTHER, "Something else", "Tell us below"),
)
SIZES: Final = tuple(Option(str(points), f"{points} point") for points in (16, 18, 20, 24, 28))

_ADDRESS_HINT: Final = "With the postcode, if you know it. It helps us to find the home you write about"

STEPS: Final = (
    Step(
        "who",
        "Who are you complaining for?",
        (
            Question(
                "behalf",
                "Who are you complaining for?",
                "one",
                "Complaining for",
                options=(
                    Option("self", "Myself"),
                    Option("other", "Somebody else", "A relative, a friend, or somebody you help or represent"),
                ),
            ),
        ),
    ),
    Step(
        "you",
        "About you",
        (
            Question("name", "Your name", "line", "Your name", autocomplete="name"),
            Question(
                "relation",
                "Who are you to the person you write for?",
                "one",
                "You are their",
                options=RELATIONS,
                asked=for_another,
            ),
            Question(
                "address",
                "Your address",
                "words",
                "Your address",
                hint=_ADDRESS_HINT,
                autocomplete="street-address",
                most=LONGEST_NOTE,
                rows=3,
                asked=for_themselves,
            ),
        ),
        intro="You can leave any of this empty. We need your name or a way to reach you, which we ask for later.",
    ),
    Step(
        "resident",
        "About the person you write for",
        (
            Question("their_name", "Their name", "line", "Their name", autocomplete="off"),
            Question(
                "their_address",
                "Their address",
                "words",
                "Their address",
                hint=_ADDRESS_HINT,
                autocomplete="off",
                most=LONGEST_NOTE,
                rows=3,
            ),
        ),
        intro="We begin at once. Before we tell you anything about their home, we ask whether they agree.",
        asked=_new_for_another,
    ),
    Step(
        "contact",
        "How can we reach you?",
        (
            Question("prefers", "What suits you best?", "one", "Best way", options=PREFERS),
            Question("email", "Email address", "line", "Email", autocomplete="email", input_type="email", most=254),
            Question("phone", "Phone number", "line", "Phone", autocomplete="tel", input_type="tel", most=40),
            Question(
                "post_to",
                "Address for letters",
                "words",
                "Address for letters",
                hint="Only if you chose post",
                autocomplete="street-address",
                most=LONGEST_NOTE,
                rows=3,
                asked=for_another,
            ),
            Question(
                "times",
                "When can we reach you, and is there anything to avoid?",
                "words",
                "When, and what to avoid",
                hint="For example: after 4pm, or do not leave messages because somebody else hears them",
                most=LONGEST_NOTE,
                rows=3,
            ),
        ),
        intro="Fill in what you want us to use.",
    ),
    Step(
        "what",
        "What happened?",
        (
            Question(
                "what",
                "What happened?",
                "words",
                "What happened",
                hint="In your own words, and in any language. Say what went wrong, when, and how it affects you.",
                most=LONGEST_WORDS,
                rows=12,
            ),
        ),
    ),
    Step(
        "right",
        "What would put it right?",
        (
            Question(
                "right",
                "What would put it right?",
                "words",
                "What would put it right",
                hint="You can leave this empty. For example: a repair, an apology, an explanation, money",
                most=LONGEST_NOTE,
                rows=6,
            ),
        ),
    ),
    Step(
        "needs",
        "Do you need anything from us in another way?",
        (
            Question(
                "needs",
                "What do you need?",
                "many",
                "What you need",
                hint="Choose all that you need, or none",
                options=NEEDS,
            ),
            Question("print_pt", "For large print, what size?", "one", "Size of print", options=SIZES),
            Question(
                "needs_note",
                "What else should we know?",
                "words",
                "What else we should know",
                hint="For example: the language, the grade of Braille, or something we should do differently",
                most=LONGEST_NOTE,
                rows=3,
            ),
        ),
        intro="You can leave this empty. It costs nothing and does not slow your complaint down.",
    ),
    Step(
        "more",
        "What do you want to add?",
        (
            Question(
                "more",
                "What do you want to add?",
                "words",
                "What you add",
                hint="You can add photos and documents on the next page",
                most=LONGEST_WORDS,
                rows=10,
            ),
        ),
        asked=_adds,
    ),
    Step(
        "stage2",
        "Why are you not happy with our answer?",
        (
            Question(
                "why",
                "Why are you not happy with our answer?",
                "words",
                "Why you are not happy",
                hint="You can leave this empty. Somebody who had no part in the first answer looks at it again",
                most=LONGEST_WORDS,
                rows=10,
            ),
        ),
        asked=_asks_for_stage_2,
    ),
)
"""Every page that asks, in order. Files and the check come after them."""

QUESTIONS: Final = {question.name: question for step in STEPS for question in step.questions}
HONEYPOT: Final = "company_website"
"""A field that people do not see and programs fill in."""
