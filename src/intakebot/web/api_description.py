"""The API described for programs (OpenAPI 3.1): built from the models that check what comes in."""

from __future__ import annotations

from typing import Any, Final

from pydantic.json_schema import models_json_schema

from intakebot import __version__
from intakebot.channels.api import SentMessage
from intakebot.store.queues import Outcome, State

_SCHEMAS: Final = "#/components/schemas/"
_JSON: Final = "application/json"
_TIME: Final = {"type": "string", "format": "date-time"}
_DATE: Final = {"type": "string", "format": "date"}
_PROBLEMS: Final = {
    400: "A header is missing or wrong.",
    401: "No token, or one that is unknown or revoked.",
    403: "The token is not for this.",
    404: "There is nothing with this name.",
    413: "The request is larger than the landlord's limit.",
    415: "The body is not application/json.",
    422: "A field is wrong, named in `errors`; or the key came before with another message.",
    429: "Too many requests; Retry-After says how many seconds to wait.",
    503: "Nothing was taken; send it again with the same key after Retry-After.",
}


def description(base_url: str) -> dict[str, Any]:
    """The document, for an API reached at `base_url`."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "intakebot",
            "version": __version__,
            "summary": "Hands messages of residents to a landlord's complaint intake, and reads cases.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": base_url}],
        "security": [{"token": []}],
        "paths": {
            "/api/v1/messages": {"post": _post_message()},
            "/api/v1/messages/{id}": {"get": _get_message()},
            "/api/v1/cases/{reference}": {"get": _get_case()},
            "/api/v1/openapi.json": {
                "get": {
                    "operationId": "describe",
                    "summary": "This document.",
                    "security": [],
                    "responses": {"200": _answer("This document.", {"type": "object"})},
                }
            },
        },
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "From `intakebot tokens add`."}
            },
            "schemas": _schemas(),
        },
    }


def _post_message() -> dict[str, Any]:
    key = {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "description": "Another for each message. The same key with the same message is answered as the first time.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    }
    return {
        "operationId": "takeMessage",
        "summary": "Hand a message in. A 202 says that it is durable. Scope: write.",
        "parameters": [key],
        "requestBody": {"required": True, "content": {_JSON: {"schema": {"$ref": f"{_SCHEMAS}SentMessage"}}}},
        "responses": {
            "202": _answer("It is durable.", {"$ref": f"{_SCHEMAS}Accepted"})
            | {"headers": {"Location": {"schema": {"type": "string"}}}},
            **_refusals(400, 401, 403, 413, 415, 422, 429, 503),
        },
    }


def _get_message() -> dict[str, Any]:
    number = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}
    return {
        "operationId": "tellOutcome",
        "summary": "What became of a message that this token handed in. Scope: write.",
        "parameters": [number],
        "responses": {
            "200": _answer("What became of it.", {"$ref": f"{_SCHEMAS}MessageOutcome"}),
            **_refusals(401, 403, 404, 429, 503),
        },
    }


def _get_case() -> dict[str, Any]:
    reference = {"name": "reference", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        "operationId": "showCase",
        "summary": "A case with its messages and events. Scope: read.",
        "parameters": [reference],
        "responses": {
            "200": _answer("The case.", {"$ref": f"{_SCHEMAS}Case"}),
            **_refusals(401, 403, 404, 429, 503),
        },
    }


def _answer(meaning: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": meaning, "content": {_JSON: {"schema": schema}}}


def _refusals(*statuses: int) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": f"{_SCHEMAS}Problem"}}}
    return {str(status): {"description": _PROBLEMS[status], "content": content} for status in statuses}


def _schemas() -> dict[str, Any]:
    _, made = models_json_schema([(SentMessage, "validation")], ref_template=f"{_SCHEMAS}{{model}}")
    number, text = {"type": "integer"}, {"type": "string"}
    return {
        **made["$defs"],
        "Accepted": _object({"id": number, "state": {"const": "accepted"}, "url": text}),
        "MessageOutcome": _object(
            {
                "id": number,
                "state": {"enum": [state.value for state in State]},
                "outcome": {"enum": [*(outcome.value for outcome in Outcome), None]},
                "reference": _or_null(text),
                "acknowledged": {"type": "boolean"},
                "reason": _or_null(text),
                "received_at": _TIME,
            }
        ),
        "Problem": _object(
            {
                "title": text,
                "status": number,
                "detail": text,
                "errors": {"type": "array", "items": _object({"pointer": text, "detail": text})},
            },
            required=("title", "status", "detail"),
        ),
        "Case": _case(),
    }


def _case() -> dict[str, Any]:
    """What may be relied on of a case; it holds more, and fields may be added."""
    text, tags = {"type": "string"}, {"type": "array", "items": {"type": "object"}}
    maybe, person = _or_null(text), _or_null({"type": "object"})
    fields: dict[str, Any] = dict.fromkeys(("reference", "kind", "status", "channel", "routing_reason"), text)
    fields |= dict.fromkeys(("outcome", "officer", "team", "language"), maybe) | {"stage": {"type": "integer"}}
    fields |= {name: _or_null(_DATE) for name in ("ack_due", "response_due", "extended_due")}
    fields |= dict.fromkeys(("opened_at", "received_at"), _TIME)
    fields |= {name: _or_null(_TIME) for name in ("acknowledged_at", "responded_at")}
    fields |= dict.fromkeys(("categories", "flags", "needs", "messages", "events"), tags)
    return _object(fields | {"hazard": person, "resident": {"type": "object"}, "representative": person})


def _object(properties: dict[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required or properties)}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}
