"""The phrase lexicon: TOML data made into a matcher that finds every signal of a message in one pass.

A *signal* is something a message may say ("gas_smell"), with the phrases people say it in. In a phrase:
`smell+` also takes smells, smelled, smelling; `a|b` either word; `<kin>` any word of a set; `..` up to three
words between, `...` up to eight; `A & B` both, in any order, up to twelve words apart. A phrase never crosses
the end of a sentence.
"""

from __future__ import annotations

import itertools
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, NamedTuple

from intakebot.classifiers.reading import Reading, Speller
from intakebot.errors import BadInput

_GAPS = {"..": 3, "...": 8, "&": 12}
_VOWELS = "aeiou"


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing a message may say. `labels` gives what it speaks for and how strongly (0 to 1); `unless` names the
    contexts that take it back; a `mask` hides its words from every other signal ("gas bill"). `weights` are the
    labels again, to be looked up by."""

    name: str
    labels: tuple[tuple[str, float], ...] = ()
    unless: frozenset[str] = frozenset()
    mask: bool = False
    weights: Mapping[str, float] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", dict(self.labels))


class Hit(NamedTuple):
    """A signal found at the words `first` to `last` of a reading."""

    signal: Signal
    first: int
    last: int


_Step = tuple[frozenset[str], int]


class _Phrase(NamedTuple):
    """The steps to each side of the anchor word. `order` is its place among all phrases; `lacking` tells of the words
    of a sentence whether they lack all the words of its rarest step, where most phrases fail."""

    order: int
    signal: Signal
    before: tuple[_Step, ...]
    after: tuple[_Step, ...]
    lacking: Callable[[frozenset[str]], bool]


class _Anchored(NamedTuple):
    """The phrases of one anchor word: those of that word only, those that want a certain word right after it, those
    that want one right before it, and the rest."""

    alone: tuple[_Phrase, ...]
    following: dict[str, tuple[_Phrase, ...]]
    leading: dict[str, tuple[_Phrase, ...]]
    free: tuple[_Phrase, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Every signal and phrase, ready to match. Immutable once loaded; safe to share between threads."""

    speller: Speller
    sets: Mapping[str, frozenset[str]]
    signals: Mapping[str, Signal]
    foreign: tuple[tuple[str, str], ...]
    _anchored: Mapping[str, _Anchored]

    def find(self, reading: Reading) -> list[Hit]:
        """Every signal of the reading, in order of place."""
        found: list[tuple[int, int, int, int, Signal]] = []
        anchored = self._anchored.get
        for begin, end in reading.bounds:
            words = ["", *reading.words[begin:end], ""]  # the empty word stands before the first and after the last
            present = frozenset(words)
            for at, anchor in enumerate(map(anchored, words)):
                if anchor is None:
                    continue
                place = begin + at - 1
                alone, following, leading, phrases = anchor
                if alone:
                    found += [(place, -place, place, phrase.order, phrase.signal) for phrase in alone]
                if words[at + 1] in following:
                    phrases += following[words[at + 1]]
                if words[at - 1] in leading:
                    phrases += leading[words[at - 1]]
                for order, signal, before, after, lacking in phrases:
                    if lacking(present):
                        continue
                    last = _walk_on(words, at, after)
                    first = _walk_back(words, at, before)
                    if first and last:
                        found.append((place + first - at, at - last - place, place, order, signal))
        found.sort()
        return [Hit(signal, first, -last) for first, last, _, _, signal in found]


def _walk_on(words: list[str], at: int, steps: tuple[_Step, ...]) -> int:
    """The place of the last step, going on from `at`; 0 where a step is not found."""
    for wanted, gap in steps:
        for word in words[at + 1 : at + gap + 2]:
            at += 1
            if word in wanted:
                break
        else:
            return 0
    return at


def _walk_back(words: list[str], at: int, steps: tuple[_Step, ...]) -> int:
    for wanted, gap in steps:
        for word in reversed(words[max(at - gap - 1, 0) : at]):
            at -= 1
            if word in wanted:
                break
        else:
            return 0
    return at


def load() -> Lexicon:
    """Read the TOML files of the package's lexicon folder. Raises BadInput if one of them is wrong."""
    sources: dict[str, dict[str, Any]] = {}
    for entry in sorted(resources.files("intakebot.classifiers").joinpath("lexicon").iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".toml"):
            try:
                sources[entry.name] = tomllib.loads(entry.read_text(encoding="utf-8"))
            except tomllib.TOMLDecodeError as error:
                raise BadInput(f"The lexicon file {entry.name} is not valid TOML: {error}") from error
    return build(sources)


def build(sources: Mapping[str, Mapping[str, Any]]) -> Lexicon:
    """Make a lexicon of parsed TOML, by file name. Raises BadInput where a file says something impossible."""
    spellings: dict[str, str] = {}
    fillers: list[str] = []
    sets: dict[str, frozenset[str]] = {}
    foreign: list[tuple[str, str]] = []
    for content in sources.values():
        for right, wrongs in content.get("spelling", {}).items():
            spellings.update(dict.fromkeys(wrongs.split(), right))
        fillers += content.get("fillers", "").split()
        for label, phrases in content.get("foreign", {}).items():
            foreign += [(label, phrase.strip()) for phrase in phrases.splitlines() if phrase.strip()]
    speller = Speller(spellings, fillers)
    for content in sources.values():
        for name, words in content.get("sets", {}).items():
            sets[name] = frozenset(form for word in words.split() for form in _forms(word, {}, speller))
    signals: dict[str, Signal] = {}
    anchored: dict[str, list[_Phrase]] = defaultdict(list)
    numbers = itertools.count()
    for filename, content in sources.items():
        for entry in content.get("signal", ()):
            signal = _signal(entry, filename)
            if signal.name in signals:
                raise BadInput(f"The lexicon names the signal {signal.name} twice")
            signals[signal.name] = signal
            for line in entry["phrases"].splitlines():
                spoken = line.split("#", 1)[0].strip()
                if spoken:
                    for anchors, phrase in _compile(signal, spoken, sets, speller, numbers):
                        for anchor in anchors:
                            anchored[anchor].append(phrase)
    vocabulary = {
        word
        for phrases in anchored.values()
        for phrase in phrases
        for wanted, _ in phrase.before + phrase.after
        for word in wanted
    }
    speller.learn(vocabulary | set(anchored))
    return Lexicon(
        speller, sets, signals, tuple(foreign), {word: _by_neighbour(found) for word, found in anchored.items()}
    )


def _by_neighbour(phrases: list[_Phrase]) -> _Anchored:
    alone = tuple(phrase for phrase in phrases if not phrase.before and not phrase.after)
    following: dict[str, tuple[_Phrase, ...]] = {}
    leading: dict[str, tuple[_Phrase, ...]] = {}
    free: list[_Phrase] = []
    for phrase in phrases:
        if not phrase.before and not phrase.after:
            continue
        for steps, beside in ((phrase.after, following), (phrase.before, leading)):
            if steps and steps[0][1] == 0:
                for word in steps[0][0]:
                    beside[word] = (*beside.get(word, ()), phrase)
                break
        else:
            free.append(phrase)
    return _Anchored(alone, following, leading, tuple(free))


def _signal(entry: Mapping[str, Any], filename: str) -> Signal:
    try:
        return Signal(
            entry["name"],
            tuple(entry.get("labels", {}).items()),
            frozenset(entry.get("unless", ())),
            entry.get("mask", False),
        )
    except KeyError as error:
        raise BadInput(f"A signal in the lexicon file {filename} has no {error.args[0]}") from error


def _compile(
    signal: Signal, spoken: str, sets: Mapping[str, frozenset[str]], speller: Speller, numbers: Iterator[int]
) -> Iterable[tuple[frozenset[str], _Phrase]]:
    """The phrase, once for each order its two halves may come in, with the words that it is looked up by."""
    halves = [half.strip() for half in spoken.split(" & ")]
    orders = [spoken] if len(halves) == 1 else [" & ".join(halves), " & ".join(reversed(halves))]
    for order in orders:
        steps: list[_Step] = []
        gap = 0
        for part in order.split():
            if part in _GAPS:
                gap = _GAPS[part]
            else:
                wanted = frozenset(form for choice in part.split("|") for form in _forms(choice, sets, speller))
                if wanted:  # a filler in a phrase is left out, as it is left out of messages
                    steps.append((wanted, gap))
                    gap = 0
        if not steps:
            raise BadInput(f"The phrase {spoken!r} of the signal {signal.name} holds no word that is read")
        anchor = min(range(len(steps)), key=lambda i: _commonness(steps[i][0]))
        before = tuple((steps[i][0], steps[i + 1][1]) for i in range(anchor - 1, -1, -1))
        after = tuple(steps[anchor + 1 :])
        rarest = min((wanted for wanted, _ in before + after), key=_commonness, default=steps[anchor][0])
        yield steps[anchor][0], _Phrase(next(numbers), signal, before, after, rarest.isdisjoint)


def _commonness(words: frozenset[str]) -> float:
    """Rough measure of how often a step would be met: many short words are met more than one long word."""
    return sum(4.0 ** -min(len(word), 6) for word in words)


def _forms(choice: str, sets: Mapping[str, frozenset[str]], speller: Speller) -> frozenset[str]:
    if choice.startswith("<"):
        try:
            return sets[choice.strip("<>")]
        except KeyError:
            raise BadInput(f"The lexicon has no set of words named {choice}") from None
    if choice.endswith("+"):
        return frozenset(_inflected(speller.plain(choice[:-1])))
    plain = speller.plain(choice)
    return frozenset({plain} if plain else ())


def _inflected(word: str) -> set[str]:
    """The word with the common endings; forms that do not exist do no harm."""
    forms = {word, word + "s", word + "ed", word + "ing", word + "es"}
    if word.endswith("e"):
        forms |= {word + "d", word[:-1] + "ing"}
    if word.endswith("y") and word[-2] not in _VOWELS:
        forms |= {word[:-1] + "ies", word[:-1] + "ied"}
    if len(word) > 2 and word[-1] not in _VOWELS + "wxy" and word[-2] in _VOWELS and word[-3] not in _VOWELS:
        forms |= {word + word[-1] + "ed", word + word[-1] + "ing"}
    return forms
