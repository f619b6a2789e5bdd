"""Answers to the form: what is wrong with them and how to mend it, which page comes next, and the form they make."""

from __future__ import annotations

import re
from collections.abc import Sequence

from intakebot.channels.webform.document import SentForm
from intakebot.config.values import is_mail_address
from intakebot.domain.labels import Need
from intakebot.domain.message import Attachment, Declared, Party
from intakebot.domain.wording import counted
from intakebot.web.complain.questions import ASKS, QUESTIONS, STEPS, Answers, Step, for_another
from intakebot.web.forms import Form, Mistake

LAST_STEPS = ("files", "check")
_FEWEST_DIGITS = 7
_NO_WAY_TO_REPLY = "Enter an email address or a phone number, or go back and enter your name or address"


def step_named(step_id: str) -> Step | None:
    """The page of this id; None for one that asks nothing, or for none."""
    return next((step for step in STEPS if step.id == step_id), None)


def after(step_id: str, answers: Answers) -> str:
    """The id of the page after one, for somebody with these answers."""
    ids = path(answers)
    return ids[ids.index(step_id) + 1] if step_id in ids[:-1] else ids[-1]


def before(step_id: str, answers: Answers) -> str:
    """The id of the page before one, "" for the first."""
    ids = path(answers)
    return ids[ids.index(step_id) - 1] if step_id in ids[1:] else ""


def path(answers: Answers) -> list[str]:
    """The ids of the pages somebody with these answers comes to, in order."""
    return [*(step.id for step in STEPS if step.asked(answers)), *LAST_STEPS]


def typed(step: Step, form: Form) -> dict[str, str]:
    """What a page sent, ready to be kept: every question of the page, also one that was left empty."""
    found = {}
    for question in step.questions:
        if question.sort == "many":
            found[question.name] = " ".join(o.value for o in question.options if o.value in form.all(question.name))
        elif form.has(question.name) or question.sort == "one":
            found[question.name] = form.text(question.name)
    return found


def mistakes_of(step: Step, answers: Answers) -> list[Mistake]:
    """What is wrong with the answers to one page."""
    found = []
    for question in step.shown(answers):
        answer = answers.get(question.name, "")
        if len(answer) > question.most:
            over = len(answer) - question.most
            found.append(
                Mistake(
                    question.name,
                    f"{question.short} is {counted(over, 'character')} too long. Keep it to {question.most:,}",
                )
            )
        elif question.options and set(answer.split()) - {option.value for option in question.options}:
            found.append(Mistake(question.name, f"{question.short}: choose one of the answers shown"))
    if found:
        return found
    if step.id == "contact":
        return _contact_mistakes(answers)
    if step.id == "what" and not answers.get("what", "").strip():
        return [Mistake("what", "Write what happened. A few words are enough to begin with")]
    if step.id == "more" and not answers.get("more", "").strip():
        return [Mistake("more", "Write what you want to add. If you only add files, say what they show")]
    return []


def _contact_mistakes(answers: Answers) -> list[Mistake]:
    email, phone, prefers = answers.get("email", ""), answers.get("phone", ""), answers.get("prefers", "")
    found = []
    if email and not is_mail_address(email):
        found.append(Mistake("email", "Enter the email address like this: name@example.org"))
    elif prefers == "email" and not email:
        found.append(Mistake("email", "Enter your email address, or choose another way to be reached"))
    if phone and len(re.sub(r"\D", "", phone)) < _FEWEST_DIGITS:
        found.append(Mistake("phone", "Enter the phone number in full, like this: 07700 900123"))
    elif prefers in ("phone", "text", "relay_uk") and not phone:
        found.append(Mistake("phone", "Enter your phone number, or choose another way to be reached"))
    if prefers == "post" and not _postal(answers):
        message = "Go back and enter your address, or choose another way to be reached"
        if for_another(answers):
            found.append(Mistake("post_to", "Enter an address for letters, or choose another way to be reached"))
        else:
            found.append(Mistake("prefers", message))
    if not found and not (email or phone or answers.get("name", "") or _postal(answers)):
        found.append(Mistake("email", _NO_WAY_TO_REPLY))
    return found


def _postal(answers: Answers) -> str:
    return answers.get("post_to" if for_another(answers) else "address", "")


def unfinished(answers: Answers) -> list[tuple[Step, Mistake]]:
    """Every mistake there is, with the page it is on: nothing is sent before there is none."""
    return [(step, mistake) for step in STEPS if step.asked(answers) for mistake in mistakes_of(step, answers)]


def form_of(answers: Answers, files: Sequence[Attachment], notes: Sequence[str] = ()) -> SentForm:
    """The form that answers without mistakes make."""
    me = Party(
        name=answers.get("name", ""),
        email=answers.get("email", ""),
        phone=answers.get("phone", ""),
        address=_postal(answers),
    )
    resident, representative, relation = me, None, ""
    if for_another(answers):
        resident = Party(name=answers.get("their_name", ""), address=answers.get("their_address", ""))
        representative, relation = me, QUESTIONS["relation"].said(answers.get("relation", ""))
    chosen = answers.get("needs", "").split()
    size = answers.get("print_pt", "")
    declared = Declared(
        resident=resident,
        representative=representative,
        relation=relation,
        needs=tuple(Need(one) for one in chosen),
        needs_note=answers.get("needs_note", ""),
        print_pt=int(size) if size and Need.LARGE_PRINT in chosen else 0,
        outcomes_sought=answers.get("right", ""),
        prefers=answers.get("prefers", ""),
        safe_contact=answers.get("times", ""),
    )
    return SentForm(declared, answers.get("what", ""), tuple(files), (), tuple(notes))


STAGE_2_WORDS = "I am not happy with your answer to my complaint. I ask you to take my complaint to stage 2."
"""How somebody asks for stage 2 who presses the button for it (Code 6.10: they need give no reason)."""


def addition_of(
    answers: Answers, files: Sequence[Attachment], writer: Party, for_whom: Party | None, about: str
) -> SentForm:
    """The form that adds to a case: by its writer, for somebody else where `for_whom` says, with our signed address."""
    declared = Declared(resident=for_whom or writer, representative=writer if for_whom else None)
    text = answers.get("more", "")
    if answers.get(ASKS) == "stage2":
        text = f"{STAGE_2_WORDS}\n\n{answers.get('why', '')}".rstrip()
    return SentForm(declared, text, tuple(files), (about,))
