"""JSON keys: where a JSON text gives a key of one object more than once, of which a reader takes one in silence."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

Place = tuple[int | str, ...]
"""Where a value stands: the keys that lead to it, and the positions in lists, from 0."""


class _Object(dict[str, Any]):
    """An object as read, and the keys it gave more than once."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.repeated = [key for key, times in Counter(key for key, _ in pairs).items() if times > 1]


def repeated_keys(data: bytes) -> tuple[Place, ...]:
    """Every place that is given more than once, in the order of the text, which must be JSON."""
    # Numbers are not looked at, and Python refuses to read very long ones.
    return tuple(_repeated(json.loads(data, object_pairs_hook=_Object, parse_int=len, parse_float=len), ()))


def _repeated(value: Any, place: Place) -> Iterator[Place]:
    if isinstance(value, _Object):
        yield from ((*place, key) for key in value.repeated)
        for key, inside in value.items():
            yield from _repeated(inside, (*place, key))
    elif isinstance(value, list):
        for position, inside in enumerate(value):
            yield from _repeated(inside, (*place, position))
