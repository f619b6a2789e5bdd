"""The first complaint: one made-up mail, sent through real SMTP, for trying a new set-up."""

from __future__ import annotations

import smtplib
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from intakebot.errors import StoreUnavailable

_TEXT = """Hello

I live at 14 Rowan Court, Riverside, ZZ3 4AB. The kitchen ceiling is leaking again and the plaster has come away.
I have rung you four times since January and nobody has rung me back. You said a plumber would come on Tuesday
and nobody came. I took a day off work for it.

I am deaf so please do not phone me, email is fine. My daughter is 4 and has asthma.

I want it fixed properly this time and I want to know why nobody turned up.

Shirley Amadi
07700 900142
"""


def send_first_complaint(host: str, port: int, to: str, now: datetime) -> None:
    """Send it. Raises StoreUnavailable if nobody listens there or it is not taken."""
    message = EmailMessage()
    message["From"] = "Shirley Amadi <shirley.amadi@tenant.example>"
    message["To"] = to
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain="tenant.example")
    message["Subject"] = "Leaking ceiling AGAIN, rung four times"
    message.set_content(_TEXT)
    try:
        with smtplib.SMTP(host, port, timeout=20) as client:
            client.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        raise StoreUnavailable(f"nobody took the mail on {host}:{port}; is `intakebot serve` running?") from error
