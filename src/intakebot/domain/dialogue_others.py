"""Hearing others: for whom somebody writes in a chat, which formats they need, and what is not safe. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from intakebot.domain.labels import Need
from intakebot.domain.people import RepresentativeKind
from intakebot.domain.representation import kind_of


class Whose(StrEnum):
    """Whose home a complaint in a chat is about, as far as they said."""

    UNSAID = ""
    OWN = "own"
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class NeedsHeard:
    """Formats that somebody in a chat needs, and what to avoid, in their words; `print_pt` in points."""

    needs: tuple[Need, ...] = ()
    print_pt: int = 0
    words: str = field(default="", repr=False)
    avoid: str = field(default="", repr=False)

    @property
    def nothing(self) -> bool:
        """Whether nothing of the sort was said."""
        return not (self.needs or self.avoid)


NO_NEEDS: Final = NeedsHeard()

_KIN = (
    r"(?:mum|mother|dad|father|nan|gran|grandmother|grandfather|grandad|parents|daughter|son|sister|brother|wife|"
    r"husband|partner|aunt|auntie|uncle|niece|nephew|cousin|friend|neighbour|client|tenant|constituent)"
)
_FOR_OTHERS = re.compile(
    rf"\bon behalf of (?:my |a |an |our )?[\w'-]+(?: [A-Z][\w'-]+)?|"
    rf"\b(?:writ(?:e|ing)|complain(?:ing)?|messag(?:e|ing)|ask(?:ing)?|get in touch|report(?:ing)?(?: this)?) for "
    rf"(?:my|a|an|our) (?:\w+ )?{_KIN}\b|"
    rf"\b(?:i am|i'm) (?:her|his|their) (?:\w+ )?(?:{_KIN}|support worker|carer|social worker|solicitor|advocate|"
    r"adviser|attorney|deputy|executor)\b|"
    rf"\bmy {_KIN}'s (?:\w+ )?(?:flat|home|house|place|boiler|heating|kitchen|bathroom|bedroom|ceiling|toilet|roof|"
    r"window|door|tenancy|landlord)\b",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"\bi live (?:at|in|on)\b|\bmy (?:own )?(?:flat|home|house|bungalow|boiler|heating|kitchen|bathroom|bedroom|"
    r"ceiling|toilet|roof|windows?|front door|radiators?|sink|shower|bath|rent)\b",
    re.IGNORECASE,
)
_SAYS_OTHERS = re.compile(
    rf"\b(?:some(?:body|one) else|an?other person|on behalf)\b|"
    rf"\b(?:(?:for|about|it is|it's|its|no,?) (?:my|a|our|her|his) (?:\w+ )?{_KIN})\b|^my {_KIN}\b",
    re.IGNORECASE,
)
_SAYS_OWN = re.compile(
    r"^(?:yes\b.{0,30}|(?:it is |it's |its |for |about )?(?:my own(?: home| flat| house| place)?|mine|my home|my flat|"
    r"my house|me|myself|for me|where i live))[.! ]*$",
    re.IGNORECASE,
)
_NAMED = re.compile(rf"^(?:(?:it is|it's|her name is|his name is|their name is|she is|he is) )?(?:my {_KIN},? )?", re.I)

_FORMATS = (
    (Need.LARGE_PRINT, r"(?:large|big|bigger|larger) (?:print|letters|writing|text|font)"),
    (Need.BRAILLE, r"braille"),
    (Need.AUDIO, r"audio|on (?:a )?cd\b|recorded? letters?"),
    (Need.EASY_READ, r"easy[- ]read"),
    (Need.BSL, r"bsl|sign language"),
    (Need.INTERPRETER, r"interpreter|translat\w+|(?:do not|don't|can't|cannot) (?:speak|understand) (?:much )?english"),
    (
        Need.WRITTEN_ONLY,
        r"only (?:write|in writing|by text|text)|in writing only|(?:can't|cannot) (?:hear|use|talk on|speak on) "
        r"(?:on )?(?:the |a )?(?:phone|telephone)?|i am deaf|i'm deaf|"
        r"(?:do not|don't|never) (?:ring|call|phone)\b(?!(?: me)? (?:before|after|between|at|on|in|when|while))",
    ),
    (
        Need.PHONE_ONLY,
        r"only (?:ring|phone|call)|by phone only|(?:can't|cannot) (?:read|see to read)|i am blind|i'm blind",
    ),
)
_POINTS = re.compile(r"\b([1-9][0-9])\s?(?:pt|point|points)\b", re.IGNORECASE)
_REACH = r"(?:ring|call|phone|write|text|email|e-mail|mail|contact|visit|come|message|knock|post)"
_UNSAFE = re.compile(
    rf"\b(?:not|isn't|never|un)\s?safe\b.{{0,40}}\b{_REACH}|"
    r"\b(?:he|she|they|husband|wife|partner|ex|boyfriend|girlfriend|father|dad|mother|mum|son|brother|landlady)\b"
    r"(?: \w+){0,2} (?:listens?|listening|reads|reading|checks|checking|opens|opening|looks at|goes through|sees|"
    r"watches)(?: in| to| on)?(?: all)? (?:my|our) (?:phone|calls?|post|letters?|emails?|mail|messages|texts|chats?)\b|"
    r"\b(?:must|should|can) ?n[o']t (?:know|find out|hear|see)\b",
    re.IGNORECASE,
)
_TIME = (
    r"(?:before|after|between|at (?:night|weekends|home|work)|on (?:mon|tues|wednes|thurs|fri|satur|sun)days?|"
    r"in the (?:mornings?|afternoons?|evenings?)|when|while)"
)
_AVOID = re.compile(
    rf"\b(?:do not|don't|never) (?:ever )?{_REACH}\b|\b{_REACH}(?: me| us)? (?:only )?{_TIME}|"
    rf"\b(?:not|only) {_TIME}\b|\b{_TIME} (?:[\w:]+ ){{1,3}}only\b",
    re.IGNORECASE,
)


def whose_stated(words: str) -> tuple[Whose, str]:
    """Whose home it is where they say so by themselves, and in which words they write for somebody else.

    >>> whose_stated("My mum's boiler is broken"), whose_stated("The lift is stuck")
    ((<Whose.OTHERS: 'others'>, "My mum's boiler"), (<Whose.UNSAID: ''>, ''))
    """
    told = _flat(words)
    if match := _FOR_OTHERS.search(told):
        return Whose.OTHERS, match[0]
    return (Whose.OWN if _OWN.search(told) else Whose.UNSAID), ""


def whose_answered(words: str) -> tuple[Whose, str]:
    """Whose home it is by an answer to the question, as `whose_stated`."""
    told = " ".join(_flat(words).split())
    if _SAYS_OTHERS.search(told):
        return Whose.OTHERS, told if relation_given(told) else ""
    return (Whose.OWN, "") if _SAYS_OWN.match(told) else whose_stated(words)


def relation_given(words: str) -> str:
    """What they say they are to the resident, or "" where it reads like something else.

    >>> relation_given("I am her daughter"), relation_given("and it is cold")
    ('I am her daughter', '')
    """
    told = " ".join(words.split())
    known = kind_of(told) is not RepresentativeKind.OTHER
    return told if known and len(told.split()) <= 12 else ""


def without_the_kin(words: str) -> str:
    """An answer to "What is their name?" without "It is my mum,"."""
    return _NAMED.sub("", " ".join(_flat(words).split()))


def needs_stated(words: str) -> NeedsHeard:
    """What they say by themselves of how it is not safe to reach them; formats a classifier reads, and staff check."""
    told = _flat(words)
    return NeedsHeard(avoid=words.strip()) if _UNSAFE.search(told) else NeedsHeard()


def needs_answered(words: str) -> NeedsHeard:
    """Formats, safe times and what to avoid in an answer to the question for them; nothing where there is none.

    >>> needs_answered("large print please, 20 point").print_pt, needs_answered("the damp is worse").nothing
    (20, True)
    """
    told = _flat(words)
    needs = tuple(need for need, pattern in _FORMATS if re.search(rf"\b(?:{pattern})", told, re.IGNORECASE))
    points = _POINTS.search(told)
    size = int(points[1]) if points and Need.LARGE_PRINT in needs else 0
    only_written = Need.WRITTEN_ONLY in needs  # then "do not ring" is a format, and no warning that a person must read
    avoid = words.strip() if _UNSAFE.search(told) or (_AVOID.search(told) and not only_written) else ""
    return NeedsHeard(needs, size, words.strip() if needs else "", avoid)


def _flat(words: str) -> str:
    return unicodedata.normalize("NFKC", words).replace("’", "'")
