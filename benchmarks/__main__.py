"""`make bench`: every measured promise in one run, as JSON with the ratios beside the figures asked for."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks import annual_report, classify, recount_clocks
from benchmarks.load import send
from benchmarks.running import TO, Running, service, sink
from benchmarks.seed import seeded

MAILS = 2000
BIG_STORE = 100_000
_ANSWERS = "SELECT count(*) FROM outbox WHERE purpose IN ('receipt', 'acknowledgement')"
_WORKED_OFF = "SELECT count(*) = 0 FROM inbox WHERE state = 'waiting'"
"""Read from a small index: a query that read the letters would take part of the machine that is measured."""
_PAGES = 30


def main() -> None:
    """Run everything; print one JSON document."""
    mails, big = (int(a) for a in sys.argv[1:3]) if len(sys.argv) > 2 else (MAILS, BIG_STORE)
    kept = Path(__file__).parent / "results"
    kept.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        result = _measure(Path(folder), kept, mails, big)
    print(json.dumps(result, indent=2))


def _measure(folder: Path, kept: Path, mails: int, big: int) -> dict[str, Any]:
    bare = _sink(mails)
    start = _start(folder / "start")
    durable = _durable(folder / "durable", mails)
    whole = _whole(folder / "whole", mails)
    full = folder / "full"
    shutil.copytree(seeded(kept, big), full)
    os.sync()  # what the copy left to be written must not be measured
    durable_full = _durable(full, mails)
    whole_full = _whole(full, mails, start_at=mails)
    page = _queue_page(full)
    return {
        "machine": {"python": platform.python_version(), "cores": 2},
        "mails": mails,
        "bare_sink_per_second": round(bare.rate),
        "mean_bytes": bare.mean_bytes,
        "durable_intake_per_second": round(durable),
        "durable_over_sink": _ratio(durable, bare.rate, 0.6),
        "end_to_end_per_second": {"measured": round(whole["rate"]), "asked": 200},
        "cases_in_full_store": big,
        "durable_full_over_empty": _ratio(durable_full, durable, 0.9),
        "end_to_end_full_over_empty": _ratio(whole_full["rate"], whole["rate"], 0.9),
        "end_to_end_full_per_second": round(whole_full["rate"]),
        "queue_page_ms": {"median": page[0], "p95": page[1], "asked": 50},
        "start_to_first_250_seconds": {"measured": round(start, 2), "asked": 4},
        "classify": classify.measure(),
        "annual_report": annual_report.measure(),
        "recount_of_clocks": recount_clocks.measure(),
        "memory_mb": {"measured": max(whole["memory"], whole_full["memory"]) // 1_000_000, "asked": 400},
    }


def _ratio(measured: float, yardstick: float, asked: float) -> dict[str, float]:
    return {"measured": round(measured / yardstick, 2), "asked": asked}


def _sink(mails: int) -> Any:
    with sink() as port:
        send("127.0.0.1", port, 200, 10_000_000, TO)
        return send("127.0.0.1", port, mails, 0, TO)


def _start(data: Path) -> float:
    running = Running(data, "smtp,intake,delivery,clocks,web")
    try:
        send("127.0.0.1", running.smtp_port, 1, 9_000_000, TO, connections=1)
        return time.perf_counter() - running.begun
    finally:
        running.stop()


def _durable(data: Path, mails: int) -> float:
    """Mails a second that get their 250, which says that they are on disk."""
    with service(data, "smtp") as running:
        before = running.count("SELECT count(*) FROM inbox")
        send("127.0.0.1", running.smtp_port, 200, 30_000_000, TO)
        sent = send("127.0.0.1", running.smtp_port, mails, 20_000_000, TO)
        kept = running.count("SELECT count(*) FROM inbox") - before
        if kept != mails + 200:
            raise RuntimeError(f"{kept} of {mails + 200} accepted mails are in the store")
        # What was only accepted must not be worked in the next measurement.
        return sent.rate


def _whole(data: Path, mails: int, start_at: int = 0) -> dict[str, Any]:
    """Mails a second from SMTP to the answer queued, every role running."""
    with service(data, "smtp,intake,delivery,clocks,web") as running:
        send("127.0.0.1", running.smtp_port, 100, 40_000_000 + start_at, TO)
        running.wait_until(_WORKED_OFF, 1)
        before = running.count(_ANSWERS)
        sent = send("127.0.0.1", running.smtp_port, mails, start_at, TO)
        running.wait_until(_WORKED_OFF, 1)
        seconds = time.monotonic() - sent.begun  # without the making of the mails
        answers = running.count(_ANSWERS) - before
        if answers != mails:
            raise RuntimeError(f"{answers} answers for {mails} mails")
        return {"rate": mails / seconds, "memory": running.memory()}


def _queue_page(data: Path) -> tuple[float, float]:
    """Median and 95th percentile of the queue page, milliseconds."""
    with service(data, "smtp,web") as running:
        return asyncio.run(_fetch(f"http://127.0.0.1:{running.http_port}"))


async def _fetch(base: str) -> tuple[float, float]:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(base, cookie_jar=jar) as client:
        page = await (await client.get("/staff/sign-in")).text()
        token = page.partition('name="csrf" value="')[2].partition('"')[0]
        form = {"email": "officer@example.org", "password": "bench password", "csrf": token}
        answer = await client.post("/staff/sign-in", data=form, headers={"Origin": base})
        if "/sign-in" in str(answer.url):
            raise RuntimeError("signing in failed")
        times = []
        for _ in range(_PAGES):
            begun = time.perf_counter()
            async with client.get("/staff") as response:
                await response.read()
                response.raise_for_status()
            times.append((time.perf_counter() - begun) * 1000)
    return round(statistics.median(times), 1), round(statistics.quantiles(times, n=20)[-1], 1)


if __name__ == "__main__":
    main()
