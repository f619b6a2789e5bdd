"""Redacted names: whom a message names, because we know them or because of where the name stands.

A name is found in any case and with or without its accents. One that is an ordinary word too (Will, Grace) is found
where it is written as a name, or beside the other names of the same person.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache
from typing import Final

_WORDS_AND_NAMES = """
    advice an and april art august autumn baker ball banks barn bell best bill bishop black bloom bond book bright
    brook brown bush butler care carol carpenter carter case chance charity chase church clay close coal coast come
    community complaint complaints contact cook cooper council cross crystal daisy dale dawn day dean do drew drive
    duke earl east english enquiries fair faith family farmer faye field fisher flora flower ford forest fox frank
    friend gale gay gene gift ginger golden good gordon grace grant gray green grey grove guy hale hall hand hardy
    harmony hart he heart heath heather hello help her hill him his holly home hood hope hours house housing how
    hunt hunter i in info iris is it ivy jack jade jay jean jewel joy june just key kind king knight lane large law
    lee legal light lily little long love low mail major man manager mark marsh mason max may me mercy miles mill
    miller mobile moon moore morning moss mother mr mrs ms my nice nick no noble norm north nurse office on one or
    page painter park parker pat patience pearl penny per pike piper play plum pond poppy porter post potter power
    price pride prince rain ray read reading real red reed reeve rich ring rise river road rob robin rock root rose
    rosemary roy ruby rusty sage sales sally sandy savage sea self sent service services sharp she shepherd short
    sky smart smith snow so solicitors son south spring star steel stone storm strong sue summer support sweet
    taylor team tenant tenants terry the them they thorn to tom town trust turner van violet wade walker wall waller
    wanda ward waters way wells west wheeler white will win winter wise wolf wood woods work worth wren yard yes you
    young
"""
_ORDINARY: Final = frozenset(_WORDS_AND_NAMES.split())
_TITLES: Final = frozenset(
    ("mr", "mrs", "ms", "miss", "mx", "dr", "prof", "rev", "sir", "lady", "dame", "cllr", "councillor")
)
_BESIDE_NAMES: Final = frozenset(("on", "behalf", "of", "via", "and", "the"))
_WHERE_NAMES_STAND = """
    a about again all allocations am an and angry april are as asap at august back been british but bye call can
    citizens colleague colleagues complaints council councillor customer dear december department environmental
    everyone february for friday from ga good had has have health hello here hi housing how i if im in income is it
    its january july june just landlord leasehold lettings living madam manager march may me monday morning my no
    not november now october of officer ok okay on one please pls plz police q relay rents repairs same saturday
    september services sir sirs sk so social sorry still sunday team thank thanks that the there they this thursday
    to today tomorrow tuesday unhappy universal urgent very was we wednesday what when where who whom why with
    writing you your
"""
_NO_NAME: Final = frozenset(_WHERE_NAMES_STAND.split())
_KIN = (
    "son|daughter|wife|husband|partner|mum|mother|dad|father|brother|sister|nan|gran|granddad|uncle|aunt|cousin|baby|"
    "boy|girl|ex|boyfriend|girlfriend|neighbour|friend|social worker|support worker|carer|housing officer|doctor"
)
_SOMEBODY = (
    "man|woman|lady|bloke|guy|person|someone|somebody|officer|worker|plumber|engineer|contractor|operative|lad|tenant"
)
_WORD: Final = r"[^\W\d_][\w'’-]*"
_UPPER: Final = "A-Z\u00c0-\u00de"
_CAPITAL: Final = rf"(?:[{_UPPER}]\.? )?[{_UPPER}][\w'’-]*"
_TITLED: Final = re.compile(
    rf"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Rev|Cllr|Councillor)\b\.?\s(?P<it>{_CAPITAL}(?: {_CAPITAL}){{0,2}})"
)
_TITLED_PLAINLY: Final = re.compile(rf"\b(?:mr|mrs|cllr|MR|MRS|CLLR)\b\.? (?P<it>(?:[^\W\d_]\.? )?{_WORD})")
_CALLED: Final = re.compile(
    rf"\b(?i:my name is|my name['’]?s|i am called|i['’]?m called|(?:sur|full |first |last )?name ?:|signed ?:?) ?"
    rf"(?P<it>{_WORD}(?: {_WORD}){{0,2}})"
)
_INTRODUCED: Final = re.compile(
    rf"\b(?:(?:my|his|her|their|our|your)(?: (?:{_KIN})['’]?s?['’]?)?|(?:{_KIN})['’]?s['’]?)(?: (?:full|first|last))?"
    rf" names?(?:['’]?s| is| was| are) (?P<it>{_WORD}(?: {_WORD}){{0,2}})",
    re.IGNORECASE,
)
_OF_A_NAME_ITSELF = """
    added already also being changed correct crossed different down first given gone incorrect known left listed
    mentioned missing misspelled misspelt now off only put really registered removed spelled spelt taken that unknown up
    used which who wrong written wrongly
"""
_OF_A_NAME: Final = frozenset(_OF_A_NAME_ITSELF.split())
"""What is said of a name, where the name itself may stand."""
_SPEAKING: Final = re.compile(rf"\b(?:[Tt]his is|I am|I['’]m|[Ii]t['’]?s) (?P<it>{_CAPITAL}(?: {_CAPITAL}){{1,2}})")
_GREETED: Final = re.compile(
    rf"^(?:dear|hi|hello|hiya) (?P<it>{_WORD}(?: {_WORD})?)(?=[,!.\n-]|$)", re.IGNORECASE | re.MULTILINE
)
_CLOSING: Final = (
    r"(?:(?:kind|kindest|many|best|warm|with) )*(?:regards|thanks|thank you|thankyou|cheers|sincerely|faithfully|"
    r"yours(?: sincerely| faithfully| truly)?|from|wishes)"
)
_SIGNED_BELOW: Final = re.compile(
    rf"^[ \t]*{_CLOSING}[ \t,.!-]{{0,4}}\n\s{{0,6}}(?P<it>{_WORD}(?:[ ]{_WORD}){{0,3}})[ \t.]*$",
    re.IGNORECASE | re.MULTILINE,
)
_SIGNED: Final = re.compile(
    rf"(?:^|[.!?]\s)(?i:{_CLOSING})[ ,.-]{{1,3}}(?P<it>{_CAPITAL}(?: {_CAPITAL}){{0,2}})[ \t]*$", re.MULTILINE
)
_RELATED: Final = re.compile(
    rf"\b(?:(?:{_KIN})(?:,| is called| called|['’]s name is)?|(?:{_SOMEBODY}) (?:called|named)|"
    rf"sp(?:oke|oken|eak|eaking) (?:to|with)) (?P<it>{_CAPITAL}(?: {_CAPITAL})?)"
)
_PLACED: Final = (_TITLED, _TITLED_PLAINLY, _CALLED, _INTRODUCED, _SPEAKING, _GREETED, _SIGNED_BELOW, _SIGNED, _RELATED)


def hide_names(text: str, names: Sequence[str], emails: Sequence[str], mark: str) -> str:
    """The text with every name in it replaced by the mark; `names` and `emails` are those of people we know."""
    text = _hide_known(text, [_parts(n) for n in names] + [_parts_of_email(e) for e in emails], mark)
    for pattern in _PLACED:
        text = pattern.sub(lambda match: _hide_placed(match, mark), text)
    text = re.sub(rf"\b[B-HJ-Z]\.? {mark}", mark, text)  # an initial before the name; "I" and "A" are words
    return re.sub(rf"{mark}(?:[ ,]{{1,2}}{mark})+", mark, text)


def _parts(name: str) -> list[str]:
    """The names in a display name such as "Mrs Anne-Marie O’Brien (via the portal)"."""
    if "@" in name:
        return _parts_of_email(name)
    words = re.findall(r"[^\W\d_]+(?:['-][^\W\d_]+)*", _folded(re.sub(r"\([^)]*\)", " ", name)))
    return [word for word in words if len(word) > 1 and word not in _TITLES | _BESIDE_NAMES]


def _parts_of_email(email: str) -> list[str]:
    """What stands before the @ is often a name, where nothing else tells it."""
    words = re.split(r"[\W\d_]+", _folded(email.partition("@")[0].partition("+")[0]))
    return [word for word in words if len(word) > 3 and word not in _ORDINARY]


def _hide_known(text: str, persons: Sequence[Sequence[str]], mark: str) -> str:
    """Hide every name of these persons: whole wherever it stands, and each part of it where it is written as one."""
    whole = {_pattern(order) for parts in persons if len(parts) > 1 for order in (parts, parts[::-1])}
    single = {part for parts in persons for word in parts for part in (word, *word.split("-")) if len(part) > 1}
    found = list(_spans(text, whole, lambda _: True))
    found += _spans(text, {_pattern([part]) for part in single}, _is_written_as_name)
    kept, place = [], 0
    for begin, end in _joined(found):
        kept += [text[place:begin], mark]
        place = end
    return "".join([*kept, text[place:]])


def _pattern(parts: Sequence[str]) -> str:
    """These names one after the other, with or without their apostrophes, and an initial between them."""
    return r"[\s.,-]{1,3}(?:\w\.?\s)?".join(re.escape(part).replace("'", "['\\s]?") for part in parts)


def _spans(text: str, patterns: Collection[str], wanted: Callable[[str], bool]) -> Iterator[tuple[int, int]]:
    if not patterns:
        return
    longest_first = "|".join(sorted(patterns, key=lambda p: (-len(p), p)))
    for match in re.finditer(rf"(?<!\w)(?:{longest_first})(?:(?<=\w\w\w\w)s)?(?!\w)", _folded(text)):
        if wanted(text[match.start() : match.end()]):
            yield match.span()


def _is_written_as_name(written: str) -> bool:
    """Whether a part of a known name, standing alone, is that name: not "will", nor "jo" inside "banjo"."""
    plain = _folded(written)
    capital = written[0].isupper()
    if len(plain) < 3:
        return capital and plain not in _ORDINARY
    return plain not in _ORDINARY or (capital and not written.isupper())


def _joined(spans: Collection[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans that overlap made one."""
    joined: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if joined and begin < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def _hide_placed(match: re.Match[str], mark: str) -> str:
    """Hide what stands where a name stands, as far as it can be one: written small, at most two words of it."""
    words, count, small = match["it"].split(" "), 0, 0
    for word in words:
        plain = _folded(word).strip(".")
        small += not word[0].isupper() and plain not in _TITLES
        if plain in _NO_NAME or small > 2 or (count and not word[0].isupper() and plain in _ORDINARY):
            break
        count += 1
    if match.re is _INTRODUCED and _folded(words[0]) in _OF_A_NAME:
        return match[0]
    half = count < len(words) and match.re in (_GREETED, _SIGNED_BELOW)  # "thanks", and then a sentence
    if not count or half:
        return match[0]
    begin = match.start("it") - match.start()
    return match[0][:begin] + mark + match[0][begin + len(" ".join(words[:count])) :]


def _folded(text: str) -> str:
    """Small letters without accents, as many characters as there were."""
    return "".join(map(_fold, text))


@cache
def _fold(character: str) -> str:
    plain = "'" if character in "’ʼ‘" else unicodedata.normalize("NFD", character)[0].lower()
    return plain if len(plain) == 1 else character
