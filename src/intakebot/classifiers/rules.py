"""The rules classifier: the answer that needs no model, and the safety net beside one.

It reads the message once, finds the signals of the lexicon, lets context take some back, and joins the rest by the
definitions of the labels. No network, no state between messages, linear in the length of the text.
"""

from __future__ import annotations

from intakebot.classifiers import circumstances, dangers, kinds, phrases, topics
from intakebot.classifiers.context import sift
from intakebot.classifiers.language import UNDETERMINED, LanguageFinder
from intakebot.classifiers.reading import fold, read
from intakebot.domain.labels import Category, Classification, Flag, Kind, Tag

_SHORT = 60
_FOREIGN_SCORE = 0.85
_TOPIC_SCORE = 0.55
_CHILD = "child"
_FOLLOWS = ((Flag.EMERGENCY_HAZARD, Category.BUILDING_SAFETY), (Category.DAMP_MOULD, Flag.SIGNIFICANT_HAZARD))


class RulesClassifier:
    """Classifies by phrases and rules. Safe to share between threads."""

    version = "rules-1"

    def __init__(self) -> None:
        self._lexicon = phrases.load()
        self._languages = LanguageFinder()

    def classify(self, text: str, channel: str = "email") -> Classification:
        """Classify one message; never raises, whatever the text. See `intakebot.classifiers.base`."""
        language = self._languages.identify(text)
        found = sift(self._lexicon, read(text, self._lexicon.speller))
        abroad = self._abroad(text) if language != "en" or len(text) < _SHORT else {}
        frail = circumstances.frail_people(found)
        danger = _with_foreign(dangers.danger_flags(found, frail), abroad, Flag)
        housing = bool(abroad) or any(found.score(category) >= _TOPIC_SCORE for category in Category)
        verdict = kinds.kind_of(found, danger=bool(danger), housing=housing, questions=text.count("?"))
        verdict = _foreign_kind(verdict, abroad)
        if verdict.kind is Kind.NOT_FOR_US:
            return self._result(verdict, [], [], [], language, _reason(verdict, language))
        flags = danger + circumstances.circumstance_flags(found, frail, verdict.kind)
        needs = circumstances.needs(found, channel)
        if needs:
            evidence = tuple(words for need in needs for words in need.evidence)
            flags.append(Tag(Flag.ACCESSIBILITY_NEED, max(need.score for need in needs), evidence))
        if found.has("adult_risk", "child_risk") and not found.has("home_part", "asb_named"):
            flags = [
                tag for tag in flags if tag.label != Flag.VULNERABILITY
            ]  # worry for another, whose service is not at stake
        categories = _with_foreign(topics.topics(found, verdict.kind, flags), abroad, Category)
        reason = _reason(verdict, language)
        return self._result(verdict, categories, flags, needs, language, reason)

    def _result(
        self,
        verdict: kinds.Verdict,
        categories: list[Tag],
        flags: list[Tag],
        needs: list[Tag],
        language: str,
        reason: str,
    ) -> Classification:
        return Classification(
            kind=verdict.tag,
            categories=tuple(categories),
            flags=tuple(flags),
            needs=tuple(needs),
            language=language,
            needs_review=bool(reason),
            review_reason=reason,
            version=self.version,
        )

    def _abroad(self, text: str) -> dict[str, tuple[str, ...]]:
        """What the lexicon of other languages finds: label to the phrases found."""
        folded = " " + " ".join(fold(word) for word in text.lower().split()) + " "
        found: dict[str, tuple[str, ...]] = {}
        for label, phrase in self._lexicon.foreign:
            if f" {phrase}" in folded:
                found[label] = (*found.get(label, ()), phrase)
        if Flag.DOMESTIC_ABUSE in found and _CHILD in found:
            found.setdefault(Flag.SAFEGUARDING, found[_CHILD])
        for label, follows in _FOLLOWS:
            if label in found:
                found.setdefault(follows, found[label])
        return found


def _with_foreign(
    tags: list[Tag], abroad: dict[str, tuple[str, ...]], labels: type[Flag] | type[Category]
) -> list[Tag]:
    """`tags`, and one for each label that only the other languages' lexicon found."""
    present = {tag.label for tag in tags}
    added = [
        Tag(label, _FOREIGN_SCORE, said)
        for label, said in abroad.items()
        if label in set(labels) and label not in present
    ]
    return tags + added


def _foreign_kind(verdict: kinds.Verdict, abroad: dict[str, tuple[str, ...]]) -> kinds.Verdict:
    if verdict.tag.evidence or not abroad:
        return verdict
    if Kind.COMPLAINT in abroad:
        return kinds.Verdict(Tag(Kind.COMPLAINT, 0.6, abroad[Kind.COMPLAINT]))
    return kinds.Verdict(Tag(Kind.SERVICE_REQUEST, 0.6, next(iter(abroad.values()))))


def _reason(verdict: kinds.Verdict, language: str) -> str:
    """Why a person must look, in a sentence; empty if nobody need."""
    if language == UNDETERMINED:
        return "There is nothing in it to read."
    if language != "en":
        return "It is not in English: the rules know only the most dangerous words of other languages."
    return verdict.doubt
