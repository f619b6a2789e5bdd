"""Danger on the way: whether words just typed into the form tell of an emergency, said before they are even sent."""

from __future__ import annotations

import asyncio
import gc
from functools import cache

from intakebot.classifiers.rules import RulesClassifier
from intakebot.domain.labels import DANGER_FLAGS

_LONGEST = 6_000
"""Characters looked at from the beginning, and as many from the end: enough to know, and quick."""


@cache
def _rules() -> RulesClassifier:
    rules = RulesClassifier()
    gc.collect()
    gc.freeze()  # they stay for good: to look through them for garbage again and again slows everything else
    return rules


async def be_ready() -> None:
    """Load the rules before anybody waits for them."""
    await asyncio.to_thread(_rules)


async def tells_of_danger(words: str) -> bool:
    """Whether somebody may be in danger now. By the rules alone, which need no model and miss little."""
    return await asyncio.to_thread(_looks_dangerous, words)


def _looks_dangerous(words: str) -> bool:
    looked_at = words if len(words) <= 2 * _LONGEST else f"{words[:_LONGEST]}\n{words[-_LONGEST:]}"
    return any(tag.label in DANGER_FLAGS for tag in _rules().classify(looked_at, "web").flags)
