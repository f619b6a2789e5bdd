"""What our own relay found out about the sender (RFC 8601), and nothing that anybody else claims.

Only an Authentication-Results field whose authserv-id is the configured one is read, and of those the topmost,
because a sender can write such fields too. The results are shown to staff; they never decide whether mail is read.
"""

from __future__ import annotations

import re

from intakebot.channels.email.headers import Headers
from intakebot.domain.message import Authentication

_COMMENT = re.compile(r"\([^()]{0,1000}\)")
_RESULT = re.compile(r"\A\s*(spf|dkim|dmarc)\s*(?:/\s*\d+\s*)?=\s*([A-Za-z]{1,20})\b", re.IGNORECASE)


def relay_results(headers: Headers, authserv_id: str) -> Authentication:
    """The relay's SPF, DKIM and DMARC results in lower case, "" where it says nothing or no relay is configured."""
    if not authserv_id:
        return Authentication()
    for value in headers.every("authentication-results"):
        name, _, results = _COMMENT.sub(" ", value).partition(";")
        if name.split()[:1] == [authserv_id] or (name.split() and name.split()[0].lower() == authserv_id.lower()):
            return _parse(results)
    return Authentication()


def _parse(results: str) -> Authentication:
    found: dict[str, str] = {}
    for result in results.split(";"):
        match = _RESULT.match(result)
        if match:
            method, verdict = match[1].lower(), match[2].lower()
            # Several DKIM signatures: one that passes is a pass (RFC 6376 6.1).
            if method not in found or verdict == "pass":
                found[method] = verdict
    return Authentication(spf=found.get("spf", ""), dkim=found.get("dkim", ""), dmarc=found.get("dmarc", ""))
