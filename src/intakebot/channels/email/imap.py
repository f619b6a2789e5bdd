"""One connection to a mailbox by IMAP: what waits, its bytes, and marking it done. Everything here blocks.

How a message is marked done, which decides what counts as waiting:

* With `done_folder`, it is moved there; all that is still in the folder waits.
* Else it gets our own keyword, `$IntakebotDone`, and `\\Seen` for people to see. `\\Seen` alone is never trusted:
  a person opening a message in Outlook would hide it from us.
* Where the server keeps no keywords of ours (Exchange), it is moved to the folder `Intakebot done`, which is made.

Nothing is ever expunged but messages we have copied, each by its own number: a plain EXPUNGE would also
destroy what other people have marked as deleted.
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from imap_tools import BaseMailBox, ImapToolsError, MailBox, MailBoxUnencrypted
from imap_tools.utils import encode_folder

from intakebot.channels.email.oauth import TokenRefused
from intakebot.config.doors import Mailbox

KEYWORD = "$IntakebotDone"
DEFAULT_DONE_FOLDER = "Intakebot done"

_TIMEOUT = 30.0
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_ARRIVED = re.compile(rb'\bINTERNALDATE "([^"]+)"')
_EMPTY = re.compile(rb'\bBODY\[\] ""')
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONGEST_IDLE = 25 * 60.0


class MailboxTrouble(Exception):
    """The server answered, but not with a yes. The text is a sentence without anything secret."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A message in the mailbox. `arrived` is the server's INTERNALDATE, None where it makes no sense."""

    uid: str
    arrived: datetime | None
    content: bytes = field(repr=False)


class ImapSession:
    """A connection that is signed in and has the folder open. One thread at a time; only `interrupt` from others.

    Raises `MailboxTrouble` where the server says no, and OSError or imaplib's errors where the connection breaks.
    """

    def __init__(self, mailbox: Mailbox) -> None:
        self._settings = mailbox
        self._box: BaseMailBox | None = None
        self._capabilities: frozenset[str] = frozenset()
        self._done_folder = mailbox.done_folder
        self._news_since_search = False

    @property
    def can_idle(self) -> bool:
        """Whether the server tells of new mail by itself (RFC 2177)."""
        return "IDLE" in self._capabilities

    def connect(self, token: str = "", *, only_look: bool = False) -> None:
        """Connect, sign in with the token, or the password where there is none, and open the folder.

        With `only_look` nothing is changed there, and nothing can be. Raises `TokenRefused` too, after which it may
        be called again with another token.
        """
        self.close()
        box = self._connect()
        if token:
            self._present(box, token)
        else:
            self._log_in(box)
        # What a server can do often grows with the login.
        answer = self._ok(box.client.capability(), "the mail server did not say what it can do")
        self._capabilities = frozenset(b" ".join(answer).decode("ascii", "replace").upper().split())
        self._open_folder(box, by_token=bool(token), only_look=only_look)

    def waiting(self) -> list[str]:
        """The UIDs not marked done, oldest first."""
        client = self._client
        client.untagged_responses.clear()
        criteria = "UNDELETED" if self._done_folder else f"UNKEYWORD {KEYWORD}"
        if since := self._settings.since:
            criteria += f" SINCE {since.day}-{_MONTHS[since.month - 1]}-{since.year}"
        (found,) = self._ok(client.uid("SEARCH", criteria), "the mail server could not search the folder")
        self._news_since_search = "EXISTS" in client.untagged_responses
        return sorted((found or b"").decode("ascii").split(), key=int)

    def sizes(self, uids: Sequence[str]) -> dict[str, int]:
        """The sizes in bytes of messages that are still there."""
        answer = self._client.uid("FETCH", ",".join(uids), "(UID RFC822.SIZE)")
        found = {}
        for line in self._ok(answer, "the mail server could not tell the sizes of messages"):
            uid, size = _UID.search(line or b""), _SIZE.search(line or b"")
            if uid and size:
                found[uid[1].decode()] = int(size[1])
        return found

    def fetch(self, uids: Sequence[str]) -> list[Fetched]:
        """The messages that are still there, leaving them marked as they are."""
        answer = self._client.uid("FETCH", ",".join(uids), "(UID INTERNALDATE BODY.PEEK[])")
        data = self._ok(answer, "the mail server could not give out a message")
        found = []
        for item, after in zip(data, [*data[1:], None], strict=True):
            if isinstance(item, tuple) and b"BODY[]" in item[0]:
                # A server may name the UID before the text or behind it.
                about, content = item[0] + (after if isinstance(after, bytes) else b""), item[1]
            elif isinstance(item, bytes) and _EMPTY.search(item):
                about, content = item, b""
            else:
                continue
            if uid := _UID.search(about):
                found.append(Fetched(uid[1].decode(), _arrived(about), content))
        return found

    def mark_done(self, uids: Sequence[str]) -> None:
        """Mark messages so that they no longer wait."""
        client, those = self._client, ",".join(uids)
        if not self._done_folder:
            flags = f"(\\Seen {KEYWORD})"
            self._ok(client.uid("STORE", those, "+FLAGS.SILENT", flags), "the mail server could not set a flag")
            return
        folder, words = (
            encode_folder(self._done_folder).decode("ascii"),
            f"a message could not be moved to {self._done_folder}",
        )
        if "MOVE" in self._capabilities:
            self._ok(client.uid("MOVE", those, folder), words)
            return
        self._ok(client.uid("COPY", those, folder), words)
        self._ok(client.uid("STORE", those, "+FLAGS.SILENT", "(\\Deleted)"), words)
        if "UIDPLUS" in self._capabilities:
            self._ok(client.uid("EXPUNGE", those), words)

    def wait(self, seconds: float) -> None:
        """Wait for the server to tell of something new (IDLE), at most so long."""
        if self._news_since_search:
            return  # it was told already, while we searched, and will not be told again
        with self._opened.idle as idle:
            idle.poll(timeout=min(seconds, _LONGEST_IDLE))

    def interrupt(self) -> None:
        """Break the connection off, so that whatever waits on it in another thread ends now."""
        if self._box is not None:
            with suppress(OSError):
                self._box.client.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Log out if that can be done, and free the connection."""
        if self._box is not None:
            with suppress(OSError, imaplib.IMAP4.error, ImapToolsError):
                self._box.logout()
            with suppress(OSError):
                self._box.client.shutdown()
            self._box = None

    @property
    def _opened(self) -> BaseMailBox:
        if self._box is None:
            raise MailboxTrouble("the mailbox is not connected")
        return self._box

    @property
    def _client(self) -> imaplib.IMAP4:
        return self._opened.client

    def _connect(self) -> BaseMailBox:
        settings = self._settings
        try:
            context = None if settings.security == "none" else ssl.create_default_context(cafile=settings.ca_file)
        except OSError as error:
            raise MailboxTrouble("mailbox.ca_file cannot be read") from error
        if settings.security == "tls":
            self._box = MailBox(settings.host, settings.port, timeout=_TIMEOUT, ssl_context=context)
            return self._box
        self._box = box = MailBoxUnencrypted(settings.host, settings.port, timeout=_TIMEOUT)
        if settings.security == "starttls":  # not imap-tools' own class, which leaves the socket open if this fails
            try:
                box.client.starttls(context)
            except imaplib.IMAP4.error as error:
                raise MailboxTrouble("the mail server does not offer STARTTLS; check mailbox.security") from error
        return box

    def _log_in(self, box: BaseMailBox) -> None:
        user, password = self._settings.user, self._settings.password.get_secret_value()
        plain = user.isascii() and password.isascii()
        try:
            (box.login if plain else box.login_utf8)(user, password, initial_folder=None)
        except (imaplib.IMAP4.error, ImapToolsError) as error:
            raise MailboxTrouble("the mail server refused mailbox.user or mailbox.password") from error

    def _present(self, box: BaseMailBox, token: str) -> None:
        """Sign in by XOAUTH2. Not by imap-tools, which answers the server's reason with the token again."""
        if "AUTH=XOAUTH2" not in box.client.capabilities:
            raise MailboxTrouble("the mail server does not offer sign-in by OAuth (XOAUTH2); check mailbox.host")
        words = iter([f"user={self._settings.user}\1auth=Bearer {token}\1\1".encode()])
        try:
            # What it may ask after that is its reason for refusing us, which an empty line answers.
            box.client.authenticate("XOAUTH2", lambda _: next(words, b""))
        except imaplib.IMAP4.abort as error:  # which may be for the token
            raise TokenRefused(
                "the mail server hung up while we signed in; it may be busy, or refuse our token for mailbox.user"
            ) from error
        except (imaplib.IMAP4.error, ValueError) as error:
            raise TokenRefused(
                "the mail server refused our token for mailbox.user; see that the application may read that mailbox "
                "(role, consent, registration, permission: operations.md, Microsoft 365)"
            ) from error

    def _open_folder(self, box: BaseMailBox, *, by_token: bool, only_look: bool) -> None:
        try:
            box.folder.set(self._settings.folder, readonly=only_look)
            if only_look:
                return
            _, (flags,) = box.client.response("PERMANENTFLAGS")
            keeps_ours = flags is not None and (b"\\*" in flags or KEYWORD.encode().lower() in flags.lower())
            if not self._done_folder and not keeps_ours:
                self._done_folder = DEFAULT_DONE_FOLDER
            if self._done_folder and not box.folder.exists(self._done_folder):
                box.folder.create(self._done_folder)
                box.folder.subscribe(self._done_folder, value=True)
        except (ImapToolsError, imaplib.IMAP4.readonly) as error:
            words = f"mailbox.folder {self._settings.folder} or mailbox.done_folder cannot be opened for writing"
            raise MailboxTrouble(words) from error
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:  # Exchange: "User is authenticated but not connected."
            words = "the mail server let us in but to no mailbox; see that mailbox.user has one and that we may read it"
            raise (TokenRefused if by_token else MailboxTrouble)(words) from error

    @staticmethod
    def _ok(answer: tuple[str, list[Any]], trouble: str) -> list[Any]:
        if answer[0] != "OK":
            raise MailboxTrouble(trouble)
        return answer[1]


def _arrived(about: bytes) -> datetime | None:
    """INTERNALDATE, such as 17-Jul-1996 02:44:25 -0700, if it can be read."""
    if not (found := _ARRIVED.search(about)):
        return None
    try:
        moment = parsedate_to_datetime(found[1].decode("ascii").strip().replace("-", " ", 2))
    except (ValueError, UnicodeDecodeError):
        return None
    return moment if moment.tzinfo is not None else None
