"""Replies: the words the bot says in a chat. Plain, short, and never more than one question. Pure."""

from __future__ import annotations

from datetime import date

from intakebot.domain.wording import long_day

SKIP = "Skip"
OWN_HOME = "My own home"
SOMEBODY_ELSE = "Somebody else"
RELATIONS = ("Relative", "Friend or neighbour", "Support worker or carer", "Adviser or advocate")
NEEDS = ("No", "Large print", "An interpreter", "Only write, do not ring")


def welcome(landlord: str, emergency: str, elsewhere: str) -> str:
    """What the bot is, what to do, and what it is not for."""
    parts = (
        f"This is the complaints service of {landlord}. I am a computer program; people read what you write here.",
        "Just write what is wrong, in your own words, in as many messages as you like. You can send photos, voice "
        "messages and files too.",
        _privacy(elsewhere),
        f"This chat is not for emergencies. {emergency}".strip(),
        "You can also write: stop, start again, or where is my complaint.",
    )
    return "\n\n".join(parts)


def elsewhere(email: str, phone: str) -> str:
    """Where else to turn, as a sentence; "" where nothing is known."""
    ways = [way for way in (f"email {email}" if email else "", f"ring {phone}" if phone else "") if way]
    return f"If you would rather not use Telegram, {' or '.join(ways)}." if ways else ""


def first_thanks(landlord: str, elsewhere: str, *, privacy: bool) -> str:
    """The answer to somebody's first words, with what they should know of this chat where they were not told."""
    thanks = f"Thank you. {landlord} has your message, and a person will read it. Write more whenever you like."
    return f"{thanks}\n\n{_privacy(elsewhere)}" if privacy else thanks


def _privacy(elsewhere: str) -> str:
    told = (
        "Chats with me are not end-to-end encrypted: the company Telegram could read them. Please send no bank "
        "details or passwords here."
    )
    return f"{told} {elsewhere}".strip()


def emergency(advice: str) -> str:
    """What to do now."""
    return f"If anybody is in danger, do not wait for us. {advice}".strip()


def answer_thanks() -> str:
    """An answer was taken."""
    return "Thank you."


def few_words() -> str:
    """All that is said where a person must first read how somebody may be reached. It names nothing."""
    return "Thank you. A person will read this."


def skipped() -> str:
    """A question is let be."""
    return "That is fine."


def added(edited: bool, reference: str) -> str:
    """More has come for the same complaint."""
    what = "I have added your change. We keep what you wrote first as well." if edited else "I have added that."
    return f"{what} Your reference is {reference}." if reference else what


def ask_name() -> str:
    """Ask who they are."""
    return "What is your name?"


def ask_place() -> str:
    """Ask where it is, or how to reach them."""
    return "What is your address? Or tell us the best way to reach you, such as a phone number or an email address."


def ask_place_of_others() -> str:
    """Ask where the home is of whoever they write for, or how to reach whoever writes."""
    return "What is the address of their home? Or tell us the best way to reach you, such as a phone number."


def ask_whose() -> str:
    """Ask whether they write for somebody else (Code 1.3)."""
    return "Is this about your own home, or do you write for somebody else?"


def ask_whom() -> str:
    """Ask who the resident is."""
    return "What is the name of the person you write for?"


def ask_relation() -> str:
    """Ask what they are to the resident."""
    return "What are you to them? For example a relative, a friend, a support worker or an adviser."


def ask_needs() -> str:
    """Ask which formats they need, and how it is safe to reach them (Code 5.10)."""
    return (
        "Is there anything we should know when we write to you or ring you? For example large print, another language, "
        "times not to ring, or a way that is not safe. If not, say no."
    )


def will_be_careful() -> str:
    """They said what to avoid."""
    return "Thank you. A person reads that before anybody gets in touch."


def ask_outcome() -> str:
    """Ask what would put it right (Code 5.6)."""
    return "What would you like us to do to put it right?"


def all_asked(reference: str) -> str:
    """Nothing is missing any more."""
    known = f"Your reference is {reference}." if reference else "We will send your reference in this chat."
    return (
        f"That is all I need to ask. {known} To add anything, just write it here. "
        "To hear how it is going, write: where is my complaint."
    )


def stopped(complained: bool, reference: str) -> str:
    """No more questions."""
    if not complained:
        return "That is fine. I have kept nothing as a complaint. Write here whenever you want to tell us something."
    known = f" Your reference is {reference}." if reference else ""
    return (
        f"That is fine, I will ask nothing more. What you have written is kept, and a person will read it.{known} "
        "If you do not want to complain any more, please write that, and a person will check with you."
    )


def begun_again(reference: str) -> str:
    """What was written stays; the next words begin another complaint."""
    before = f" What you wrote before is kept under {reference}." if reference else " What you wrote before is kept."
    return f"Let us start again.{before} Please write what is wrong."


def whereabouts(reference: str, status: str, received_on: date, due: date | None) -> str:
    """Where a case is, what happens next, and by when (Code 6)."""
    until = f" by {long_day(due)}" if due else ""
    told = {
        "received": f"We have it. Next we write to you to say what we understand it to be{until}.",
        "acknowledged": f"We are looking into it. You will have our answer{until}.",
        "responded": "We have sent you our answer. If you are not happy with it, write that here.",
        "refused": "We have written to you why we cannot take it as a complaint. You can ask the Ombudsman to look.",
        "withdrawn": "You told us that you no longer want to complain. Write here if that has changed.",
        "closed": "It is closed. Write here if something is still wrong.",
    }
    return f"{reference}, which came on {long_day(received_on)}: {told.get(status, 'A person is dealing with it.')}"


def no_case_yet(written: bool) -> str:
    """Nothing to tell of yet."""
    if written:
        return "We have what you wrote. It has no reference yet: that takes a minute or two, so please ask again soon."
    return "I know of no complaint from this chat. Write what is wrong, and I will pass it on."


def nothing_to_skip() -> str:
    """There is no question open."""
    return "I have no question for you just now. Write here whenever you want to tell us something."


def unreadable() -> str:
    """Something came that nobody could read."""
    return "I cannot read that. Please write it in words, or send a photo, a voice message or a file."


def files_left_out(too_big: int, lost: int) -> str:
    """Files that did not reach us, and what to do; "" where all did."""
    told = []
    if too_big:
        told.append("That file is too big for me: I can take up to 10 MB. Please send a smaller one, or email it.")
    if lost:
        told.append("I could not fetch that file from Telegram. Please send it again.")
    return " ".join(told)


def not_in_groups(landlord: str) -> str:
    """A group is no place for a complaint."""
    return (
        f"Thank you for asking me in. A complaint is private, so I do not read groups, and I leave now. To tell "
        f"{landlord} what is wrong, please open a chat with me alone."
    )
