"""Sign-in by OAuth 2.0: tokens for us as an application, each kept until shortly before it expires.

Client credentials (RFC 6749, section 4.4): we show our own id and secret, nobody signs in by hand. Neither secret nor
token is ever in a log or in the text of an error, and nothing of what an endpoint writes but its codes.
"""

from __future__ import annotations

import asyncio
import json
import re
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from aiohttp import ClientConnectorDNSError, ClientError, ClientResponse, ClientSession, ClientSSLError, ClientTimeout

from intakebot.config.doors import OAuth

_T = TypeVar("_T")

_SECONDS = 20.0
_EARLY = 300.0
_UNSAID = 300.0
_LONGEST = 24 * 3600.0
_MOST_BYTES = 100_000
_TOKEN = re.compile(r"[\x21-\x7e]+")
_ERROR = re.compile(r"[a-z_]{1,40}")
_MICROSOFTS = re.compile(r"AADSTS\d{4,8}(?=\b)")

# Microsoft's numbers say more than the few errors of RFC 6749, but may change: each has its standard error beside it.
_ADVICE = {
    "AADSTS7000215": "the secret is wrong; set oauth.client_secret to the secret's value, not to its id",
    "AADSTS7000222": "the secret has expired; make a new one and set oauth.client_secret",
    "AADSTS700016": "the application is not known there; check oauth.client_id and the tenant in oauth.token_url",
    "AADSTS90002": "the tenant is not known there; check oauth.token_url",
    "invalid_client": "client id or secret is wrong, or the secret has expired; check them in [oauth]",
    "unauthorized_client": "the application may not do this; check oauth.client_id and the tenant in oauth.token_url",
    "invalid_scope": "check oauth.scope",
    "invalid_request": "check oauth.token_url and oauth.scope",
}


class SignInTrouble(Exception):
    """We cannot sign in. The text is a sentence without anything secret."""


class TokenRefused(SignInTrouble):
    """A mail server did not take a token."""


class Tokens:
    """Tokens of one application. `clock` gives seconds that never go back, `seconds` is how long an answer may take."""

    def __init__(self, oauth: OAuth, *, clock: Callable[[], float] = time.monotonic, seconds: float = _SECONDS) -> None:
        self._oauth = oauth
        self._clock = clock
        self._seconds = seconds
        self._lock = asyncio.Lock()
        self._held = ""
        self._good_until = 0.0

    async def use(self, attempt: Callable[[str], Awaitable[_T]]) -> _T:
        """Sign in with `attempt`, which raises `TokenRefused` where the server does not take the token.

        A token that was held is then forgotten, and a fresh one tried once. A fresh one that is refused is not held
        either: what an application may do stands in the token, so after a change there must be a new one. Raises
        `SignInTrouble`, and whatever `attempt` raises.
        """
        token, held = await self._token()
        if held:
            try:
                return await attempt(token)
            except TokenRefused:
                self._forget(token)
                token, _ = await self._token()
        try:
            return await attempt(token)
        except TokenRefused:
            self._forget(token)
            raise

    def _forget(self, token: str) -> None:
        if self._held == token:  # and not a newer one, which the other side has fetched meanwhile
            self._held = ""

    async def _token(self) -> tuple[str, bool]:
        """A token that has not expired, and whether it was held already."""
        async with self._lock:
            if self._held and self._clock() < self._good_until:
                return self._held, True
            asked = self._clock()
            status, body = await self._ask()
            told = _told(body)
            if status != 200:
                raise SignInTrouble(_refusal(status, told))
            token = told.get("access_token")
            is_bearer = str(told.get("token_type", "bearer")).lower() == "bearer"
            if not (is_bearer and isinstance(token, str) and _TOKEN.fullmatch(token)):
                raise SignInTrouble("what oauth.token_url answered is no token; check that it is the token endpoint")
            life = _lifetime(told.get("expires_in"))
            self._held, self._good_until = token, asked + life - min(_EARLY, life / 2)
            return token, False

    async def _ask(self) -> tuple[int, bytes]:
        """What the token endpoint answers. Redirects are not followed: they would take our secret elsewhere."""
        oauth = self._oauth
        form = {
            "grant_type": "client_credentials",
            "client_id": oauth.client_id,
            "client_secret": oauth.client_secret.get_secret_value(),
        } | ({"scope": oauth.scope} if oauth.scope else {})
        try:
            trusted = True if oauth.ca_file is None else ssl.create_default_context(cafile=oauth.ca_file)
        except OSError as error:
            raise SignInTrouble("oauth.ca_file cannot be read") from error
        limit = ClientTimeout(total=self._seconds)
        try:
            async with (
                ClientSession(timeout=limit) as session,
                session.post(oauth.token_url, data=form, allow_redirects=False, ssl=trusted) as answer,
            ):
                return answer.status, await _body(answer)
        except TimeoutError as error:
            raise SignInTrouble("oauth.token_url did not answer in time") from error
        except ClientConnectorDNSError as error:
            raise SignInTrouble("the name in oauth.token_url is not known") from error
        except ClientSSLError as error:
            raise SignInTrouble("no secure connection with oauth.token_url; check it and oauth.ca_file") from error
        except (ClientError, OSError, ValueError) as error:
            raise SignInTrouble("oauth.token_url cannot be reached, or the connection broke") from error


async def sign_in(tokens: Tokens | None, attempt: Callable[[str], Awaitable[_T]]) -> _T:
    """Sign in with `attempt`: with a token where there are `tokens`, else with "", which is by the password if any."""
    return await (attempt("") if tokens is None else tokens.use(attempt))


async def _body(answer: ClientResponse) -> bytes:
    """The answer, or as much of it as shows that it is none."""
    body = b""
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > _MOST_BYTES:
            break
    return body


def _told(body: bytes) -> Mapping[str, object]:
    """The answer as JSON; empty where it is anything else."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _lifetime(said: object) -> float:
    """Seconds that a token is good for. Some endpoints write the number as text, some none."""
    try:
        seconds = float(str(said))
    except ValueError:
        return _UNSAID
    return min(seconds, _LONGEST) if seconds > 0 else 0.0


def _refusal(status: int, told: Mapping[str, object]) -> str:
    """What an endpoint's refusal means, and what to do, with its codes for whoever looks them up."""
    error = str(told.get("error", ""))
    if status >= 500 or status == 429 or error in ("temporarily_unavailable", "server_error"):
        return f"oauth.token_url gives out no tokens now (status {status})"
    numbers = _MICROSOFTS.findall(str(told.get("error_description", "")))[:1]
    codes = [*numbers, *([error] if _ERROR.fullmatch(error) else [])]
    advice = next((_ADVICE[code] for code in codes if code in _ADVICE), "check the settings in [oauth]")
    return f"oauth.token_url refused us: {advice} ({', '.join([f'status {status}', *codes])})"
