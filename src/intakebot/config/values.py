"""Settings' values: what every section stands on, and the kinds of value that are checked as they are read."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr


def is_mail_address(value: str) -> bool:
    """Whether this looks like one bare mail address."""
    return re.fullmatch(r"[^@\s<>,;:\"()]+@[^@\s<>,;:\"()]+", value) is not None


def _mail_address(value: str) -> str:
    if not is_mail_address(value):
        raise ValueError("must be a mail address such as complaints@example.org")
    return value


MailAddress = Annotated[str, AfterValidator(_mail_address)]
Port = Annotated[int, Field(ge=0, le=65535)]


def is_this_machine(host: str) -> bool:
    """Whether a host is this very machine, so that what is said to it crosses no network."""
    return host.lower() in ("localhost", "127.0.0.1", "::1")


def _safe_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and is_this_machine(host))):
        raise ValueError("must be an address that begins with https://")
    return value


SafeUrl = Annotated[str, AfterValidator(_safe_url)]
"""An address to which secrets may be sent: https, or plain http to this very machine."""


class Section(BaseModel):
    """A part of the settings. It never changes, a name it does not know is an error, and errors hold no values."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def _bot_token(value: SecretStr) -> SecretStr:
    if value.get_secret_value() and not re.fullmatch(r"\d+:[\w-]+", value.get_secret_value(), re.ASCII):
        raise ValueError("must be a token as Telegram's BotFather gives it, such as 123456:ABC-DEF")
    return value


def _client_secret(value: SecretStr) -> SecretStr:
    if not (plain := value.get_secret_value().strip()):
        raise ValueError("must be set; keep it in the environment, as INTAKEBOT_OAUTH__CLIENT_SECRET")
    return SecretStr(plain)


def _webhook_secret(value: SecretStr) -> SecretStr:
    if value.get_secret_value() and not re.fullmatch(r"[\w-]{16,256}", value.get_secret_value(), re.ASCII):
        raise ValueError("must be 16 to 256 letters, digits, _ or -")
    return value


ClientSecret = Annotated[SecretStr, AfterValidator(_client_secret)]
BotToken = Annotated[SecretStr, AfterValidator(_bot_token)]
WebhookSecret = Annotated[SecretStr, AfterValidator(_webhook_secret)]
