"""Plug-ins: entry points become channels and classifiers by the name settings give them.

Our own adapters are registered the same way and have no other privilege. A name is loaded only when it is
asked for, so an unused or broken plug-in costs and breaks nothing; two packages that claim one name are an error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from intakebot.channels.base import Channel
from intakebot.classifiers.base import Classifier
from intakebot.config.settings import Settings
from intakebot.errors import IntakebotError, PluginError

CHANNELS = "intakebot.channels"
CLASSIFIERS = "intakebot.classifiers"


@dataclass(frozen=True, slots=True)
class Installed:
    """An adapter that some package offers. `problem` is why it does not load, "" if it does."""

    group: str
    name: str
    distribution: str
    problem: str


def channel(name: str, settings: Settings, now: Callable[[], datetime]) -> Channel:
    """The channel with this name, told how to tell the time. Raises `PluginError`."""
    made = _built(CHANNELS, name, lambda adapter: adapter.from_settings(name, settings, now))
    if not isinstance(made, Channel):
        raise PluginError(f"{name} is not a channel: it must have name, run, normalise and send")
    return made


def classifier(name: str, settings: Settings) -> Classifier:
    """The classifier with this name, shown the settings if it has `from_settings`. Raises `PluginError`."""
    made = _built(CLASSIFIERS, name, lambda a: a.from_settings(settings) if hasattr(a, "from_settings") else a())
    if not isinstance(made, Classifier):
        raise PluginError(f"{name} is not a classifier: it must have version and classify")
    return made


def find_classifier(name: str) -> None:
    """Look whether there is one classifier with this name, without loading it. Raises `PluginError`."""
    _find(CLASSIFIERS, name)


def installed() -> tuple[Installed, ...]:
    """Every adapter installed, and whether it loads."""
    return tuple(
        Installed(group, point.name, _distribution(point), _problem(group, point.name))
        for group in (CHANNELS, CLASSIFIERS)
        for point in sorted(entry_points(group=group), key=lambda p: p.name)
    )


def _problem(group: str, name: str) -> str:
    try:
        _load(group, name)
    except IntakebotError as error:
        return str(error)
    return ""


def _built(group: str, name: str, build: Callable[[Any], Any]) -> Any:
    adapter = _load(group, name)
    try:
        return build(adapter)
    except IntakebotError:
        raise
    except Exception as error:  # another package's code may fail in any way
        what = group.rpartition(".")[2].rstrip("s")
        (point,) = entry_points(group=group, name=name)
        raise PluginError(f"the {what} {name} from {_distribution(point)} cannot start: {error}") from error


def _load(group: str, name: str) -> Any:
    point = _find(group, name)
    try:
        return point.load()
    except Exception as error:
        what = group.rpartition(".")[2].rstrip("s")
        raise PluginError(f"the {what} {name} from {_distribution(point)} does not load: {error}") from error


def _find(group: str, name: str) -> EntryPoint:
    points = list(entry_points(group=group, name=name))
    what = group.rpartition(".")[2].rstrip("s")
    if not points:
        known = ", ".join(sorted(p.name for p in entry_points(group=group))) or "none"
        raise PluginError(f"there is no {what} named {name}; installed: {known}")
    if len(points) > 1:
        claimed = " and ".join(_distribution(p) for p in points)
        raise PluginError(f"the {what} name {name} is claimed by {claimed}; remove one of them")
    return points[0]


def _distribution(point: EntryPoint) -> str:
    return point.dist.name if point.dist else "an unknown package"
