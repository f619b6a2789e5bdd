"""How fast messages are classified, on one core: many after another, and one by one; memory and loading, as JSON.

`python -m benchmarks.classify`. The messages are our development split, as long as they are; the light fallback is
measured the same way.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from typing import Any

ASKED = {
    "trained": {"per_second": 100, "single_ms": 30, "load_seconds": 2, "memory_mb": 400},
    "rules": {"per_second": 2000},
}
_ROUNDS = 3


def main() -> None:
    """Measure both, each in a process of its own."""
    print(json.dumps(measure(), indent=2))


def measure() -> dict[str, Any]:
    """Figures of the shipped model and of the light fallback, beside the ones asked for."""
    measured = {}
    for name, asked in ASKED.items():
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            measured[name] = pool.submit(_measure, name).result() | {"asked": asked}
    return measured


def _measure(name: str) -> dict[str, Any]:
    os.sched_setaffinity(0, {0})
    begun = time.perf_counter()
    from intakebot import plugins
    from intakebot.config.settings import Settings

    classifier = plugins.classifier(name, Settings())
    loaded = time.perf_counter() - begun
    from intakebot.classifiers.corpus import shipped

    messages = [(e.text, e.channel) for e in shipped("development")]
    classifier.classify(*messages[0])
    singles, rates = [], []
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        for message in messages:
            before = time.perf_counter()
            classifier.classify(*message)
            singles.append((time.perf_counter() - before) * 1000)
        rates.append(len(messages) / (time.perf_counter() - begun))
    words = [len(text.split()) for text, _ in messages]
    return {
        "load_seconds": round(loaded, 2),
        "per_second": round(max(rates)),
        "single_ms": {
            "median": round(statistics.median(singles), 2),
            "p95": round(statistics.quantiles(singles, n=20)[-1], 2),
        },
        "words": {"median": statistics.median(words), "longest": max(words)},
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


if __name__ == "__main__":
    main()
