"""Problems: what the API answers when something is wrong (RFC 9457), each naming the field where there is one."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Final

from aiohttp import web

from intakebot.errors import IntakebotError, StoreUnavailable

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

API: Final = "/api/"
_RETRY_SECONDS: Final = 30
_PLAIN: Final = {
    404: ("Not found", "There is nothing at this address; /api/v1/openapi.json lists what there is."),
    405: ("That cannot be done here", "This address takes other methods; /api/v1/openapi.json lists them."),
}


class Problem(IntakebotError):
    """A request that cannot be done. `errors` names each wrong field by a JSON pointer, with a sentence."""

    temporary = False

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        errors: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.title = title
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        super().__init__(detail)


def is_api(request: web.Request) -> bool:
    """Whether this is a request of other software, not of somebody's browser."""
    return request.path.startswith(API)


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every error of the API as a problem document; leave the pages to their own guard."""
    if not is_api(request):
        return await handler(request)
    try:
        return await handler(request)
    except Problem as problem:
        return _answer(problem)
    except web.HTTPException as error:
        title, detail = _PLAIN.get(error.status, ("That did not work", error.reason))
        allow = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
        return _answer(Problem(error.status, title, detail, headers=allow))
    except StoreUnavailable as error:
        log.warning("a request of the API could not be done: %s", error)
        detail = "The case store cannot be reached just now. Nothing was taken; send it again with the same key."
        return _answer(Problem(503, "Try again", detail, headers={"Retry-After": str(_RETRY_SECONDS)}))
    except Exception as error:
        mark = secrets.token_hex(4)
        log.error("API fault %s: %s", mark, type(error).__name__, exc_info=without_message(error))
        return _answer(Problem(500, "A fault of ours", f"The log of the service has it as {mark}."))


def _answer(problem: Problem) -> web.Response:
    document: dict[str, Any] = {"title": problem.title, "status": problem.status, "detail": str(problem)}
    if problem.errors:
        document["errors"] = list(problem.errors)
    text = json.dumps(document, ensure_ascii=True)
    return web.Response(
        text=text, status=problem.status, headers=problem.headers, content_type="application/problem+json"
    )


def without_message(error: Exception) -> tuple[type[Exception], Exception, TracebackType | None]:
    """Where it went wrong, without the words of the exception, which may hold message text."""
    return (Exception, Exception(type(error).__name__), error.__traceback__)
