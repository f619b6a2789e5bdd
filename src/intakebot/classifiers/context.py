"""What a message really says: the signals left once context has taken back the ones it denies.

"No smell of gas now", "last winter the ceiling fell, it was fixed", "what if there was a fire": the words are
there, the danger is not. Each signal names in the lexicon which contexts may take it back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter

from intakebot.classifiers.phrases import Hit, Lexicon
from intakebot.classifiers.reading import Reading
from intakebot.domain.labels import Category, Tag

_BRIDGE_SPAN = 4
_NEAR = 8
_REST_OF_STORY = 25
"""Words after a signal in which "it was fixed" still speaks of it."""
_EVIDENCE = 4
_SOFT = frozenset(("negated", "fixed", "past", "imagined", "news", "small_patch", "boarded"))
"""Contexts that take back the danger but not the topic: mould that was treated is still what the message is about."""
_TOPICS = frozenset(Category)
_FIRST = attrgetter("first")


@dataclass(frozen=True, slots=True)
class Findings:
    """The signals of one message that stand, by name, in order of place."""

    reading: Reading
    named: Mapping[str, tuple[Hit, ...]]
    by_label: Mapping[str, tuple[Hit, ...]]

    def has(self, *names: str) -> bool:
        """Whether any of the signals was found."""
        return not self.named.keys().isdisjoint(names)

    def hits(self, *names: str) -> tuple[Hit, ...]:
        """All hits of the signals named."""
        if len(names) == 1:
            return self.named.get(names[0], ())
        return tuple(hit for name in names if name in self.named for hit in self.named[name])

    def near(self, these: Iterable[str], those: Iterable[str], within: int) -> tuple[Hit, Hit] | None:
        """The first pair of hits, one of each group, with at most `within` words between them."""
        others = self.hits(*those)
        if not others:
            return None
        for one in self.hits(*these):
            for other in others:
                if one.first - other.last <= within and other.first - one.last <= within:
                    return one, other
        return None

    def score(self, label: str) -> float:
        """How strongly the message speaks for `label`: rises with every signal, never reaches 1."""
        hits = self.by_label.get(label)
        if hits is None:
            return 0.0
        doubt = 1.0
        seen: dict[str, int] = {}
        for signal, _, _ in hits:
            times = seen[signal.name] = seen.get(signal.name, 0) + 1
            doubt *= 1.0 - signal.weights[label] / times**2
        return round(min(1.0 - doubt, 0.99), 3)

    def quotes(self, hits: Iterable[Hit]) -> tuple[str, ...]:
        """The words of the message behind `hits`, as they were written, without repeats."""
        said: list[str] = []
        for _, first, last in hits:
            words = self.reading.quote(first, last)
            if words not in said:
                said.append(words)
                if len(said) == _EVIDENCE:
                    break
        return tuple(said)

    def tag(self, label: str, score: float, hits: Iterable[Hit]) -> Tag:
        """A tag with the words behind it."""
        return Tag(label, min(max(score, 0.0), 0.99), self.quotes(hits))


def sift(lexicon: Lexicon, reading: Reading) -> Findings:
    """Find every signal in `reading` and keep those that context leaves standing."""
    return _Sieve(lexicon, reading).findings()


def _merged(hits: list[Hit]) -> list[Hit]:
    """Hits of one signal, in order, with those that overlap made one."""
    if len(hits) == 1:
        return hits
    merged: list[Hit] = []
    for hit in hits:
        if merged and merged[-1].last >= hit.first:
            merged[-1] = Hit(hit.signal, merged[-1].first, max(merged[-1].last, hit.last))
        else:
            merged.append(hit)
    return merged


class _Sieve:
    """Reads one message's context. Lives as long as one call of `sift`."""

    def __init__(self, lexicon: Lexicon, reading: Reading) -> None:
        self._reading = reading
        self._negators = lexicon.sets["negator"]
        self._bridge = lexicon.sets["bridge"]
        self._raw = self._unmasked(lexicon.find(reading))
        self._checks: dict[str, Callable[[Hit], bool]] = {
            "negated": self._negated,
            "fixed": self._fixed,
            "past": self._past,
            "imagined": self._imagined,
        }
        self._possible = {*self._raw, "negated"}

    def findings(self) -> Findings:
        named: dict[str, list[Hit]] = {}
        by_label: dict[str, list[Hit]] = defaultdict(list)
        for name, hits in self._raw.items():
            signal = hits[0].signal
            guards = [guard for guard in signal.unless if guard in self._possible]
            standing = named[name] = []
            for hit in _merged(hits):
                guard = next((guard for guard in guards if self._taken_back(guard, hit)), "") if guards else ""
                if not guard:
                    standing.append(hit)
                for label in signal.weights:
                    if not guard or (guard in _SOFT and label in _TOPICS):
                        by_label[label].append(hit)
        for labelled in by_label.values():
            labelled.sort(key=_FIRST)
        return Findings(
            self._reading,
            {name: tuple(hits) for name, hits in named.items() if hits},
            {label: tuple(hits) for label, hits in by_label.items()},
        )

    def _unmasked(self, hits: list[Hit]) -> dict[str, list[Hit]]:
        masked: set[int] = set()
        for hit in hits:
            if hit.signal.mask:
                masked.update(range(hit.first, hit.last + 1))
        named: dict[str, list[Hit]] = defaultdict(list)
        for hit in hits:
            if hit.signal.mask or (masked and not masked.isdisjoint(range(hit.first, hit.last + 1))):
                continue
            named[hit.signal.name].append(hit)
        return named

    def _taken_back(self, guard: str, hit: Hit) -> bool:
        check = self._checks.get(guard)
        if check is not None:
            return check(hit)
        sentence = self._reading.sentences[hit.first]
        if hit.last < self._reading.subject_words:  # a heading means what the letter goes on to say
            return guard in self._raw
        return any(
            self._reading.sentences[other.first] == sentence
            and other.first - hit.last <= _NEAR
            and hit.first - other.last <= _NEAR
            for other in self._raw.get(guard, ())
        )

    def _negated(self, hit: Hit) -> bool:
        """Whether "no", "not" stands before the hit with only words between that do not break the bond."""
        words, sentences = self._reading.words, self._reading.sentences
        for at in range(hit.first - 1, max(hit.first - 1 - _BRIDGE_SPAN, -1), -1):
            if sentences[at] != sentences[hit.first]:
                return False
            if words[at] in self._negators:
                return words[at + 1] not in ("only", "sure") and words[max(at - 1, 0)] != "if"
            if words[at] not in self._bridge:
                return False
        return False

    def _fixed(self, hit: Hit) -> bool:
        """Whether the text goes on to say it was put right, and does not say it came back."""
        sentences = self._reading.sentences
        for cure in self._raw.get("fixed", ()):
            following = cure.last >= hit.first and cure.first - hit.last <= _REST_OF_STORY
            if following and sentences[cure.first] - sentences[hit.last] <= 1 and not self._negated(cure):
                relapses = (s for s in self._raw.get("relapse", ()) if not cure.first <= s.first <= cure.last)
                return not any(hit.first <= s.first <= cure.last + _NEAR for s in relapses)
        return False

    def _past(self, hit: Hit) -> bool:
        return self._same_sentence("past", hit) and not self._same_sentence("still", hit)

    def _imagined(self, hit: Hit) -> bool:
        """Whether the same sentence, before the hit or just after, says it is only news or a supposition."""
        sentence = self._reading.sentences[hit.first]
        return any(
            self._reading.sentences[cue.first] == sentence and cue.first - hit.last <= _NEAR
            for cue in self._raw.get("imagined", ())
        )

    def _same_sentence(self, name: str, hit: Hit) -> bool:
        sentence = self._reading.sentences[hit.first]
        return any(
            self._reading.sentences[cue.first] == sentence
            and not (hit.first <= cue.first and cue.last <= hit.last)
            and abs(cue.first - hit.first) <= 2 * _NEAR
            for cue in self._raw.get(name, ())
        )
