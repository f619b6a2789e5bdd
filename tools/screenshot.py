"""Take the README's pictures: start the service on made-up messages sent by SMTP, and photograph the staff pages.

Run it after `make test`, which brings the browser: `.venv/bin/python tools/screenshot.py`. It works in a folder of
its own, which it removes again, and writes `docs/pictures/queue.png` and `docs/pictures/case.png`.
"""

from __future__ import annotations

import json
import os
import shutil
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
COMMAND = ROOT / ".venv" / "bin" / "intakebot"
PICTURES = ROOT / "docs" / "pictures"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
TO = "complaints@larkmere.example"
PASSWORD = "made up for the pictures"
PATIENCE_SECONDS = 60.0
LARGEST_BYTES = 300_000
SHOWN = "Still waiting for my ramp"


@dataclass(frozen=True, slots=True)
class Mail:
    """A made-up message; `says` is its text."""

    name: str
    email: str
    subject: str
    says: str


MAILS = (
    Mail(
        "Shirley Amadi",
        "shirley.amadi@tenant.example",
        "Leaking ceiling AGAIN, rung four times",
        "I live at 14 Rowan Court, ZZ3 4AB. The kitchen ceiling is leaking again. I have rung you four times and nobody"
        " rang me back. You said a plumber would come on Tuesday and nobody came. I want it fixed properly this time.",
    ),
    Mail(
        "Dev Malik",
        "dev.malik@tenant.example",
        "Smell of gas in the hall",
        "There is a strong smell of gas in the hall at 3 Almond Close, ZZ1 1AA, and nobody has come. My baby is here.",
    ),
    Mail(
        "Kirsty Bell",
        "kirsty.bell@tenant.example",
        "Mould in the bedroom, third complaint",
        "The bedroom at 8 Larch Road, ZZ2 5CD is black with mould. My son is 3 and has asthma and he is coughing every"
        " night. I complained in spring and in summer and you did nothing. This is not good enough.",
    ),
    Mail(
        "Gail Price",
        "gail.price@advice.example",
        SHOWN,
        "I am an adviser and write on behalf of Mr Edwin Shaw of 21 Juniper Walk, ZZ1 3EF, who is a wheelchair user. He"
        " wants to complain: you agreed to fit a ramp last year and it has still not been done. Twice an appointment"
        " was missed and nobody rang him. He cannot read small letters, so please write to him in large print.",
    ),
    Mail(
        "Tomasz Nowak",
        "tomasz.nowak@tenant.example",
        "Service charge",
        "I am very unhappy with the service charge you sent. You charge me for a lift and my block has none. I have"
        " asked for the breakdown twice and had no answer. I want my money back.",
    ),
    Mail(
        "Ann Frost",
        "ann.frost@tenant.example",
        "Dripping tap",
        "Could you please send somebody to look at the bathroom tap at 5 Maple Street, ZZ2 1GH? It drips.",
    ),
    Mail(
        "Joan Okafor",
        "joan.okafor@tenant.example",
        "Noise every night",
        "I want to make a complaint about how you dealt with the noise from the flat above. I have kept the diary"
        " sheets you asked for since June. Your officer never came back to me and the shouting goes on every night.",
    ),
)


def main() -> int:
    """Take both pictures; 1 with a sentence where that cannot be done."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None or not COMMAND.exists():
        print("screenshot: it needs Chromium and .venv; `make test` brings both", file=sys.stderr)
        return 1
    PICTURES.mkdir(parents=True, exist_ok=True)
    with serving() as (smtp_port, base, environment), sync_playwright() as playwright:
        for mail in MAILS:
            send(mail, smtp_port)
        cases = wait_for_cases(environment, len(MAILS))
        # A stranger who quotes somebody's reference gets into no case: one message waits for a person.
        send(Mail("R. Jones", "r.jones@tenant.example", f"Re: {cases[0]}", "What is happening with this?"), smtp_port)
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        chromium = playwright.chromium.launch(executable_path=browser, args=arguments)
        context = chromium.new_context(viewport={"width": 1280, "height": 1000}, locale="en-GB")
        photograph(context.new_page(), base)
        chromium.close()
    return 0


def photograph(page: Page, base: str) -> None:
    """Sign in, then the queue, then one case."""
    page.goto(f"{base}/staff")
    page.fill('input[name="email"]', "officer@example.org")
    page.fill('input[name="password"]', PASSWORD)
    page.click('main button[type="submit"]')
    page.wait_for_selector("text=Queue")
    end = time.monotonic() + PATIENCE_SECONDS
    while page.locator('main a[href="/staff/parked"]').count() == 0:
        if time.monotonic() > end:
            raise TimeoutError("the parked message never showed")
        page.goto(f"{base}/staff")
    keep(page, "queue.png")
    page.get_by_role("row").filter(has_text=SHOWN).get_by_role("link").first.click()
    page.wait_for_selector("h1")
    keep(page, "case.png")


def keep(page: Page, name: str) -> None:
    """Write what the window shows."""
    picture = PICTURES / name
    page.screenshot(path=picture)
    size = picture.stat().st_size
    if size > LARGEST_BYTES:
        raise ValueError(f"{name} has {size} bytes; the README asks for at most {LARGEST_BYTES}")
    print(f"screenshot: {picture.relative_to(ROOT)}, {size // 1000} KB", file=sys.stderr)


@contextmanager
def serving() -> Iterator[tuple[int, str, dict[str, str]]]:
    """The made-up landlord's service in an empty folder: its SMTP port, its pages, and the environment it has."""
    folder = Path(tempfile.mkdtemp(prefix="intakebot-pictures-"))
    smtp_port, http_port = free_port(), free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("INTAKEBOT_")}
    environment = kept | {
        "INTAKEBOT_DATA": str(folder / "data"),
        "INTAKEBOT_DEMO_PASSWORD": PASSWORD,
        "INTAKEBOT_SMTP_PORT": str(smtp_port),
        "INTAKEBOT_HTTP_PORT": str(http_port),
    }
    service = subprocess.Popen([str(COMMAND), "serve"], cwd=folder, env=environment)
    try:
        wait_for_port(smtp_port)
        yield smtp_port, f"http://127.0.0.1:{http_port}", environment
    finally:
        service.terminate()
        service.wait(PATIENCE_SECONDS)
        shutil.rmtree(folder)


def send(mail: Mail, port: int) -> None:
    """Send one message by SMTP."""
    message = EmailMessage()
    message["From"] = f"{mail.name} <{mail.email}>"
    message["To"] = TO
    message["Date"] = format_datetime(datetime.now().astimezone())
    message["Message-ID"] = make_msgid(domain=mail.email.partition("@")[2])
    message["Subject"] = mail.subject
    message.set_content(f"Hello\n\n{mail.says}\n\n{mail.name}\n")
    with smtplib.SMTP("127.0.0.1", port, timeout=PATIENCE_SECONDS) as client:
        client.send_message(message)


def wait_for_cases(environment: dict[str, str], wanted: int) -> list[str]:
    """The references of the cases, once all are there."""
    folder = Path(environment["INTAKEBOT_DATA"]).parent
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        listed = subprocess.run(
            [str(COMMAND), "cases", "list", "--json"], cwd=folder, env=environment, capture_output=True, check=True
        )
        references = [str(case["reference"]) for case in json.loads(listed.stdout)]
        if len(references) >= wanted:
            return references
    raise TimeoutError(f"{wanted} cases were expected")


def wait_for_port(port: int) -> None:
    """Until something listens there."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("the service never listened")


def free_port() -> int:
    """A port nobody uses."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
