"""Hearing: what words in a chat are meant as: an order to the bot, a name, a place, a refusal, a cry for help. Pure."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from intakebot.domain.letters import greeting
from intakebot.domain.places import find_address, find_phone, find_postcode

_LONGEST_NAME_WORDS = 5
_LONGEST_PLACE = 200


class Order(StrEnum):
    """What somebody may tell the bot itself to do."""

    HELP = "help"
    STOP = "stop"
    AGAIN = "again"
    WHERE = "where"
    SKIP = "skip"


_ORDERS = {
    **dict.fromkeys(("start", "help", "how does this work", "what can you do"), Order.HELP),
    **dict.fromkeys(
        ("stop", "stop it", "stop please", "please stop", "stop asking", "no more questions", "quit", "cancel", "end"),
        Order.STOP,
    ),
    **dict.fromkeys(
        ("start again", "start over", "restart", "begin again", "new", "new complaint", "another complaint"),
        Order.AGAIN,
    ),
    **dict.fromkeys(("status", "where", "my complaint", "any news", "is there any news"), Order.WHERE),
    **dict.fromkeys(("skip", "skip this", "skip it", "skip this question", "pass"), Order.SKIP),
}
_WHERE = re.compile(
    r"(?:please )?(?:(?:can you )?tell me )?(?:where(?: i|')?s|where is|how is|what is happening (?:with|to|about)|"
    r"what(?:'s| is) the status of|what about) (?:my|the) (?:complaint|case)(?: up to| now| please)?"
)
_GREETINGS = frozenset(
    ("hi", "hello", "hello there", "hi there", "hey", "hiya", "good morning", "good afternoon", "good evening")
)
_DECLINES = frozenset(
    (
        "no", "none", "nope", "nothing", "no thanks", "no thank you", "not now", "i don't know", "don't know",
        "dont know", "i dont know", "not sure", "i'm not sure", "rather not", "i'd rather not", "rather not say",
        "i'd rather not say", "prefer not to say", "i prefer not to say", "no comment", "n/a", "anonymous",
    )
)  # fmt: skip
_MY_NAME = re.compile(
    r"\b(?i:my (?:full )?name is|my name's|name is|name:)\s+([A-Z][\w'’-]*\.?(?:[ ]+[A-Z][\w'’-]*){0,3})"
)
_IT_IS = re.compile(r"^(?:hi|hello)?[,. ]*(?:it's|it is|i'm|i am|this is|call me|my name is|name is|name:)\s+", re.I)
_NAME = re.compile(r"[^\W\d_][\w'’.-]*(?: [^\W\d_][\w'’.-]*)*")
_NOT_IN_NAMES = frozenset(
    (
        "a", "about", "again", "all", "am", "and", "any", "are", "at", "bathroom", "bedroom", "boiler", "broken",
        "can", "cold", "complaint", "cooker", "damp", "dead", "do", "does", "doesn't", "don't", "door", "electric",
        "fire", "flat", "floor", "for", "gas", "have", "heating", "help", "her", "him", "his", "hot", "house", "i",
        "in", "is", "it", "it's", "its", "kitchen", "leak", "leaking", "leaks", "lift", "mice", "mould", "my",
        "need", "neighbour", "neighbours", "never", "no", "nobody", "noise", "not", "now", "of", "off", "on", "one",
        "out", "please", "power", "radiator", "rats", "rent", "repair", "roof", "same", "smell", "smells", "still",
        "thank", "thanks", "that", "the", "there", "they", "this", "to", "toilet", "too", "urgent", "very", "want",
        "was", "water", "we", "wet", "what", "when", "where", "who", "why", "window", "with", "working", "yes", "you",
        "your", "ok", "okay",
    )
)  # fmt: skip
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[a-z]{2,}", re.IGNORECASE)
_WAY = re.compile(
    r"\b(?:road|street|lane|avenue|close|court|house|walk|gardens?|drive|way|place|crescent|terrace|grove|cottage|"
    r"farm|lodge|tower|mews|square|green)\b",
    re.IGNORECASE,
)
_DANGER = re.compile(
    r"\bsmell(?:s|ing|ed)?(?: \w+){0,2} gas\b|\bgas (?:leak|is leaking|smell|escape)|\bleak(?:ing|s)? gas\b|"
    r"\bcarbon monoxide\b|\bco (?:alarm|detector)\b|\bon fire\b|\ba fire\b|\bfire (?:in|has|is)\b|\bflames?\b|"
    r"\bburning smell\b|\bsmell(?:s|ing)? (?:of |like )?(?:burning|smoke)\b|\bsmoke (?:coming|from)\b|"
    r"\bspark(?:s|ing|ed)\b|\blive wires?\b|\bbare wires?\b|\belectric(?:al)? shock\b|\belectrocut|"
    r"\bgot a shock\b|\bfloods?\b|\bflood(?:ing|ed)\b|\bwater (?:is )?(?:pouring|gushing|coming through the "
    r"(?:ceiling|light|lights))\b|\bburst (?:pipe|main)\b|\bpipe(?:s)? (?:has |have )?burst\b|"
    r"\b(?:ceiling|roof|wall|floor|balcony)(?: \w+){0,2} (?:collaps|fallen|fell|come down|coming down|caved)|"
    r"\bcollaps(?:ed|ing)\b|\bcan'?t breathe\b|\bcannot breathe\b|\bnot breathing\b|\bunconscious\b|\bbleeding\b|"
    r"\bstabb|\bknife\b|\bgun\b|\battack(?:ed|ing)\b|\bhit(?:s|ting)? me\b|\bbeat(?:s|ing|en)? me\b|"
    r"\b(?:kill|hurt) (?:me|us|him|her|them|myself|himself|herself)\b|\bkilling me\b|\bsuicid|\bend my life\b|"
    r"\bbreaking in\b|\bbroken into\b|\bthreaten(?:s|ed|ing)? (?:me|us|to kill)\b|\bemergency\b|\b999\b",
    re.IGNORECASE,
)


def order_in(words: str) -> Order | None:
    """The order that these words are, as a whole, whatever their case and marks; None where they are none.

    >>> order_in("/stop@house_bot"), order_in("Stop the leak please"), order_in("Where's my complaint?")
    (<Order.STOP: 'stop'>, None, <Order.WHERE: 'where'>)
    """
    key = _key(words)
    return _ORDERS.get(key) or (Order.WHERE if _WHERE.fullmatch(key) else None)


def is_greeting(words: str) -> bool:
    """Whether somebody only says hello."""
    return _key(words) in _GREETINGS


def declines(words: str) -> bool:
    """Whether somebody would rather not answer."""
    return _key(words) in _DECLINES


def says_danger(words: str) -> bool:
    """Whether the words may speak of an emergency. It leans to yes: advice too often harms less than once too seldom.

    >>> says_danger("I can smell gas in the hall"), says_danger("The tap drips")
    (True, False)
    """
    return bool(_DANGER.search(_flat(words)))


def stated_name(words: str) -> str:
    """The name that somebody says is theirs, wherever it stands, or "".

    >>> stated_name("The lift is stuck. My name is Shirley Amadi and I cannot get out")
    'Shirley Amadi'
    """
    match = _MY_NAME.search(words)
    return name_given(match[1]) if match else ""


def name_given(words: str) -> str:
    """The name in an answer to "What is your name?", or "" where it reads like something else.

    >>> name_given("It's sam okafor"), name_given("boiler still broken")
    ('sam okafor', '')
    """
    bare = _IT_IS.sub("", " ".join(words.split())).strip(" .,!")
    parts = bare.split()
    if not 1 <= len(parts) <= _LONGEST_NAME_WORDS or not _NAME.fullmatch(bare) or greeting(bare) == "Hello":
        return ""
    if any(_flat(part).casefold() in _NOT_IN_NAMES for part in parts) or says_danger(bare):
        return ""
    return "" if order_in(bare) or is_greeting(bare) or declines(bare) else bare


def place_given(words: str) -> str:
    """The address, or the way to reach somebody, in an answer to the question for it, or "".

    >>> place_given("Rose Cottage, Church Lane"), place_given("and the damp is worse")
    ('Rose Cottage, Church Lane', '')
    """
    told = " ".join(words.split())
    if not told or len(told) > _LONGEST_PLACE:
        return ""
    short = len(told.split()) <= 12
    named = find_address(told) or find_postcode(told) or find_phone(told) or _EMAIL.search(told)
    return told if named or (short and (_WAY.search(told) or re.match(r"\d+[a-z]?,? \w", told, re.I))) else ""


def _key(words: str) -> str:
    plain = " ".join(_flat(words).casefold().split())
    plain = re.sub(r"^/(\w+)@\w+$", r"/\1", plain).replace("_", " ")
    return plain.lstrip("/").strip(" .,!?…")


def _flat(words: str) -> str:
    return unicodedata.normalize("NFKC", words).replace("’", "'")
