"""Circumstances: who is vulnerable or represented, what is demanded, and which formats or channels are needed."""

from __future__ import annotations

from intakebot.classifiers.context import Findings
from intakebot.classifiers.phrases import Hit, Signal
from intakebot.domain.labels import Flag, Kind, Need, Tag
from intakebot.domain.phones import RELAY_CHANNELS

_OLD_AGE = 65
_OLDEST = 115
_AGE_UNITS = frozenset(("year", "years", "yr", "yrs", "yearold", "yo", "old"))
_AGE_LEADS = frozenset(
    ("aged", "age", "im", "shes", "hes", "whos", "nearly", "almost", "turning", "mum", "dad", "nan", "mother")
)
_AGE_VERBS = frozenset(
    [
        ("i", "am"),
        *((who, "is") for who in ("mum", "dad", "nan", "mother", "father", "who", "she", "he", "wife", "husband")),
    ]
)
_NEED_LABELS = {need: f"need_{need}" for need in Need}
_OTHER_UNITS = frozenset(("percent", "pounds", "days", "weeks", "months", "hours", "minutes", "mins", "pence"))


def frail_people(found: Findings) -> tuple[Hit, ...]:
    """Hits that say a resident is old, ill, disabled, pregnant or a baby."""
    hits = found.hits("aged", "ill_or_disabled", "pregnant", "baby", "self_harm")
    place = old_age(found.reading.words)
    return (*hits, Hit(Signal("age_given"), *place)) if place else hits


def circumstance_flags(found: Findings, frail: tuple[Hit, ...], kind: Kind) -> list[Tag]:
    """Every flag that is not about danger, for a message of this kind."""
    at_stake = kind is not Kind.COMPLIMENT
    grievance = kind in (Kind.COMPLAINT, Kind.ESCALATION)
    tags = [_vulnerability(found, frail) if at_stake else None, _representative(found)]
    tags += [
        _plain(found, Flag.COMPENSATION_REQUEST),
        _old(found) if grievance else None,
        _plain(found, Flag.LEGAL_ACTION),
        _missed(found),
    ]
    return [tag for tag in tags if tag]


def needs(found: Findings, channel: str) -> list[Tag]:
    """The formats and ways of contact asked for or clearly needed; a Relay UK call always needs Relay UK."""
    tags = []
    for need in Need:
        label = _NEED_LABELS[need]
        if label in found.by_label:
            tags.append(found.tag(need, found.score(label), found.by_label[label]))
        elif need is Need.RELAY_UK and channel in RELAY_CHANNELS:
            tags.append(Tag(need, 0.99, (f"channel: {channel}",)))
    return tags


def old_age(words: list[str]) -> tuple[int, int] | None:
    """The place of an age of 65 or over ("82 year old", "aged 71", "mum is 78"), or None."""
    for at, word in enumerate(words):
        if ":" <= word < "\u0660" or not word[:2].isdecimal():  # most words begin with a letter
            continue
        digits = word.rstrip("abcdefghijklmnopqrstuvwxyz")
        if not digits.isdecimal() or len(digits) > 3 or not _OLD_AGE <= int(digits) <= _OLDEST:
            continue
        unit = word[len(digits) :] or "".join(words[at + 1 : at + 2])
        if unit in _AGE_UNITS and "ago" not in words[at + 1 : at + 3]:
            return at, min(at + 1, len(words) - 1)
        lead = words[max(at - 2, 0) : at]
        told = lead[-1:] and (lead[-1] in _AGE_LEADS or (len(lead) == 2 and (lead[0], lead[1]) in _AGE_VERBS))
        if told and unit not in _OTHER_UNITS:
            return at - 1, at
    return None


def _plain(found: Findings, flag: Flag) -> Tag | None:
    hits = found.by_label.get(flag, ())
    return found.tag(flag, found.score(flag), hits) if hits else None


def _vulnerability(found: Findings, frail: tuple[Hit, ...]) -> Tag | None:
    hits = (*frail, *found.hits("child_affected"))
    if not hits:
        return None
    score = 0.7 if not frail else min(0.85 + 0.03 * len(frail), 0.97)
    return found.tag(Flag.VULNERABILITY, score, hits)


def _representative(found: Findings) -> Tag | None:
    """Someone writes for another. A relative's home counts unless the writer lives there too."""
    written = found.hits("writes_for")
    if written:
        return found.tag(Flag.REPRESENTATIVE, found.score(Flag.REPRESENTATIVE), written)
    home = found.hits("kin_home")
    if home and not found.has("lives_together"):
        return found.tag(Flag.REPRESENTATIVE, 0.7, home)
    return None


def _old(found: Findings) -> Tag | None:
    """Long ago and not raised since: a writer who kept raising it is not late."""
    old = found.hits("long_ago")
    if old and (found.has("silent_since") or not found.has("kept_raising")):
        return found.tag(Flag.OVER_12_MONTHS, 0.8 if found.has("silent_since") else 0.65, old)
    return None


def _missed(found: Findings) -> Tag | None:
    named = found.hits("missed_named")
    if named:
        return found.tag(Flag.MISSED_APPOINTMENT, 0.9, named)
    pair = found.near(["no_show"], ["visit_agreed"], 20)
    return found.tag(Flag.MISSED_APPOINTMENT, 0.75, pair) if pair else None
