"""Load: mails sent over several SMTP connections at once, from a process of its own, each answer checked."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from benchmarks.make_mails import message

SEED = 7


def mails(count: int, start: int, to: str) -> list[tuple[str, bytes]]:
    """Sender and content of the workload's messages, as a client sends them."""
    made = []
    for number in range(start, start + count):
        _, raw = message(number, SEED, to)
        content = raw.encode().replace(b"\n", b"\r\n").replace(b"\r\n.", b"\r\n..")
        sender = raw.partition("Return-Path: <")[2].partition(">")[0]
        made.append((sender, content + b"\r\n.\r\n"))
    return made


@dataclass(frozen=True, slots=True)
class Sent:
    """When the first mail set out (`time.monotonic`), how long it took, and how many mails got their 250."""

    begun: float
    seconds: float
    accepted: int
    mean_bytes: int

    @property
    def rate(self) -> float:
        """Mails a second."""
        return self.accepted / self.seconds


def send(host: str, port: int, count: int, start: int, to: str, connections: int = 8) -> Sent:
    """Send part of the workload from another process. Raises RuntimeError if a mail is refused."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_send, host, port, count, start, to, connections).result()


def _send(host: str, port: int, count: int, start: int, to: str, connections: int) -> Sent:
    waiting = mails(count, start, to)
    size = sum(len(content) for _, content in waiting) // count
    begun = time.monotonic()
    asyncio.run(_all(host, port, waiting, to, connections))
    return Sent(begun, time.monotonic() - begun, count, size)


async def _all(host: str, port: int, waiting: Sequence[tuple[str, bytes]], to: str, connections: int) -> None:
    left = list(reversed(waiting))
    await asyncio.gather(*(_connection(host, port, left, to) for _ in range(connections)))


async def _connection(host: str, port: int, left: list[tuple[str, bytes]], to: str) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    await _expect(reader, b"220")
    await _say(reader, writer, b"EHLO bench.example\r\n", b"250")
    while left:
        sender, content = left.pop()
        await _say(reader, writer, f"MAIL FROM:<{sender}> SIZE={len(content)}\r\n".encode(), b"250")
        await _say(reader, writer, f"RCPT TO:<{to}>\r\n".encode(), b"250")
        await _say(reader, writer, b"DATA\r\n", b"354")
        await _say(reader, writer, content, b"250")
    await _say(reader, writer, b"QUIT\r\n", b"221")
    writer.close()


async def _say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: bytes, expected: bytes) -> None:
    writer.write(line)
    await writer.drain()
    await _expect(reader, expected)


async def _expect(reader: asyncio.StreamReader, expected: bytes) -> None:
    while True:
        line = await reader.readline()
        if not line.startswith(expected):
            raise RuntimeError(f"expected {expected.decode()}, got {line.decode().strip()}")
        if line[3:4] != b"-":
            return
