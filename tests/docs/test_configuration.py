"""docs/configuration.md names every setting, with its variable and default, and no setting that does not exist."""

from __future__ import annotations

import json
import types
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Any, Union, get_args, get_origin

import pytest
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from tests.docs.documents import all_documents, document, rows

from intakebot.config.settings import Settings
from intakebot.errors import BadSettings
from intakebot.settings_file import ENV_PREFIX, demo_file, load


@dataclass(frozen=True, slots=True)
class Documented:
    """How a setting must stand in the document."""

    variable: str
    default: str


def settings_found() -> dict[str, Documented]:
    """Every setting the code has, by its key."""
    return {key: Documented(_variable(key), _default(field)) for key, field in _walk(Settings, ())}


def test_every_setting_is_documented_and_every_documented_setting_exists() -> None:
    found = settings_found()
    told = {cells[0].strip("`"): Documented(cells[1].strip("`"), cells[2]) for cells in _told()}
    assert len(found) > 80
    assert sorted(set(found) - set(told)) == [], "docs/configuration.md does not name these settings"
    assert sorted(set(told) - set(found)) == [], "docs/configuration.md names settings that do not exist"
    assert {key: told[key] for key in told if told[key] != found[key]} == {}, "variable or default is out of date"


def test_no_setting_is_documented_twice_or_without_a_meaning() -> None:
    counted = Counter(cells[0] for cells in _told())
    assert [key for key, times in counted.items() if times > 1] == []
    assert [cells[0] for cells in _told() if len(cells) != 4 or len(cells[3]) < 5] == []


def test_documented_variables_are_the_ones_that_are_read() -> None:
    settings = load(demo_file(), {"INTAKEBOT_WARNINGS__OFFICER_DAYS": "7", "INTAKEBOT_SMTP_PORT": "2525"})
    assert (settings.warnings.officer_days, settings.smtp_port) == (7, 2525)
    with pytest.raises(BadSettings, match="INTAKEBOT_NO_SUCH_KEY"):
        load(demo_file(), {"INTAKEBOT_NO_SUCH_KEY": "1"})


def test_settings_named_in_toml_of_any_document_are_taken(tmp_path: Path) -> None:
    looked_at = 0
    for one in all_documents():
        for number, block in enumerate(one.blocks("toml")):
            file = tmp_path / f"{one.path.stem}-{number}.toml"
            file.write_text(block)
            load(file, {})
            looked_at += 1
    assert looked_at > 0


def test_variables_named_in_any_document_exist() -> None:
    known = {_variable(key) for key, _ in _walk(Settings, ())} | {"INTAKEBOT_CONFIG"}
    known |= {"INTAKEBOT_TEST_DATABASE_URL", ENV_PREFIX}
    named = {
        (one.name, span.partition("=")[0])
        for one in all_documents()
        for span in one.spans()
        if span.startswith(ENV_PREFIX)
    }
    assert len(named) > 80
    assert sorted(pair for pair in named if pair[1] not in known) == []


def _told() -> list[list[str]]:
    return [cells for cells in rows(document("docs/configuration.md").text) if cells[1].startswith(f"`{ENV_PREFIX}")]


def _variable(key: str) -> str:
    """The variable of a key; a list of tables is one variable, written as JSON."""
    return ENV_PREFIX + key.partition("[]")[0].replace(".", "__").upper()


def _walk(model: type[BaseModel], above: tuple[str, ...]) -> Iterator[tuple[str, FieldInfo]]:
    """Every setting under a model with its key: ID stands for the landlord's own names, [] for a list of tables."""
    for name, field in model.model_fields.items():
        inner, step = _inner(field.annotation)
        if inner is None:
            yield ".".join((*above, name)), field
        else:
            yield from _walk(
                inner, (*above, name + step) if step == "[]" else (*above, name, *([step] if step else []))
            )


def _inner(annotation: Any) -> tuple[type[BaseModel] | None, str]:
    """The model a setting holds, and what stands between its key and theirs; None for a plain value."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, ""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return next((found for found in map(_inner, arguments) if found[0]), (None, ""))
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return _inner(arguments[1])[0], "ID"
    if origin is tuple:
        return _inner(arguments[0])[0], "[]"
    return None, ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be set"
    value = field.default
    match value:
        case None | "" | () | SecretStr() if not value:
            return "empty"
        case bool():
            return f"`{str(value).lower()}`"
        case time() | date():
            return f"`{value.isoformat()}`"
        case Path():
            return f'`"{value}"`'
        case str():
            return f'`"{value}"`'
        case tuple():
            return f"`{json.dumps(list(value))}`"
        case _:
            return f"`{value}`"
