"""A real IMAP server for tests: Dovecot, with a configuration and mailboxes of its own."""

from __future__ import annotations

import grp
import imaplib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ARRIVED = datetime(2026, 3, 2, 8, 15, tzinfo=UTC)

_DOVECOT = shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin") or ""


def why_not() -> str:
    if not _DOVECOT:
        return "there is no dovecot on this machine (Debian: dovecot-imapd)"
    version = subprocess.run([_DOVECOT, "--version"], capture_output=True, text=True, check=True).stdout
    return "" if version.startswith("2.3") else "these tests write the configuration of Dovecot 2.3"


class Server:
    """A mail server of our own, which can be stopped and started again on the same port. Any user has a mailbox."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        # Where we are root, its workers run as another user, since Dovecot serves no mail as root.
        me = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        for name in ("run", "state", "mail"):
            (folder / name).mkdir()
            os.chown(folder / name, me.pw_uid, me.pw_gid)
        folder.chmod(0o755)
        about = {"user": me.pw_name, "group": grp.getgrgid(me.pw_gid).gr_name, "folder": folder, "port": self.port}
        (folder / "dovecot.conf").write_text(CONFIGURATION % about)

    def start(self) -> None:
        command = [_DOVECOT, "-F", "-c", str(self.folder / "dovecot.conf")]
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
        )
        assert self.process.stderr is not None
        while b"starting up" not in (line := self.process.stderr.readline()):
            assert line, "dovecot did not start"
        self._log = threading.Thread(target=self.process.stderr.read)
        self._log.start()

    def kill(self) -> None:
        """End it and all its workers at once, as a power cut does."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._log.join()
        assert self.process.stderr is not None
        self.process.stderr.close()


@dataclass
class Dovecot:
    """A mailbox of our own on the server, empty at first."""

    server: Server
    user: str

    @contextmanager
    def person(self, folder: str = "INBOX") -> Iterator[imaplib.IMAP4]:
        """Somebody else with the same mailbox open, as in Outlook."""
        client = imaplib.IMAP4("127.0.0.1", self.server.port)
        client.login(self.user, "secret")
        client.select(f'"{folder}"')
        yield client
        client.logout()

    def put(self, *contents: bytes, flags: str = "", arrived: datetime = ARRIVED) -> None:
        with self.person() as client:
            for content in contents:
                assert client.append("INBOX", flags, imaplib.Time2Internaldate(arrived), content)[0] == "OK"

    def flags(self, folder: str = "INBOX") -> list[set[str]]:
        """The flags of every message in a folder, oldest first."""
        with self.person(folder) as client:
            _, data = client.fetch("1:*", "(FLAGS)")
        found = [{flag.decode() for flag in imaplib.ParseFlags(line)} for line in data if isinstance(line, bytes)]
        return [flags - {"\\Recent"} for flags in found]


CONFIGURATION = """
base_dir = %(folder)s/run
state_dir = %(folder)s/state
log_path = /dev/stderr
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_failure_delay = 0
default_internal_user = %(user)s
default_internal_group = %(group)s
default_login_user = %(user)s
first_valid_uid = 1
mail_location = maildir:%(folder)s/mail/%%u
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=%(user)s gid=%(group)s home=%(folder)s/mail/%%u
}
service imap-login {
  chroot =
  inet_listener imap {
    port = %(port)d
  }
  inet_listener imaps {
    port = 0
  }
}
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service auth-worker {
  user = %(user)s
}
"""
