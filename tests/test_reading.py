"""Readers in processes of their own: they may die, hang or fail, and only the message to blame suffers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import psutil
import pytest
from tests.factories import demo_settings, raw
from tests.plugging import plug_in

from intakebot.domain.labels import Kind
from intakebot.domain.message import RawMessage
from intakebot.errors import PluginError, Unreadable
from intakebot.reading import Reader, ReaderDied, Reading, ReadingRoom

T = TypeVar("T")
SOURCE = """
    import ctypes, os, time
    from intakebot.domain.labels import Classification, Tag

    class Bomb:
        version = "bomb"
        def classify(self, text, channel):
            if "kill" in text:
                os._exit(9)
            if "hang deaf" in text:
                ctypes.PyDLL(None).sleep(600)  # keeps the interpreter's lock: no signal gets through
            while "hang" in text:
                try:
                    time.sleep(0.01)
                except Exception:
                    pass
            if "deep" in text:
                self.classify(text, channel)
            if "fail" in text:
                raise ValueError(text)
            return Classification(Tag("complaint", 0.9), version=self.version)

    class Channel:
        def __init__(self, name, inner):
            self.name, self._inner = name, inner
        @classmethod
        def from_settings(cls, name, settings, now):
            from intakebot.channels.email.channel import EmailChannel
            return cls(name, EmailChannel.from_settings(name, settings, now))
        async def run(self, accept): ...
        async def send(self, message): ...
        def normalise(self, raw):
            while b"hang" in raw.content:
                try:
                    time.sleep(0.01)
                except Exception:
                    pass
            def down():
                down()
            if b"deep" in raw.content:
                down()
            return self._inner.normalise(raw)
"""


@pytest.fixture
def bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(monkeypatch, tmp_path / "p", "p-bomb", SOURCE, classifiers={"bomb": "Bomb"}, channels={"other": "Channel"})


def mail(words: str, channel: str = "email") -> RawMessage:
    content = f"From: a@tenant.example\nMessage-ID: <{words.replace(' ', '.')}@tenant.example>\n\n{words}\n".encode()
    message = raw(content)
    return RawMessage(channel, message.external_id, content, message.received_at, message.envelope)


def in_room(folder: Path, use: Callable[[ReadingRoom], Awaitable[T]], **changes: object) -> T:
    async def run() -> T:
        room = ReadingRoom(demo_settings(folder, **changes))
        try:
            async with asyncio.timeout(60):
                return await use(room)
        finally:
            room.close()

    return asyncio.run(run())


async def outcome(room: ReadingRoom, message: RawMessage) -> Reading | Exception:
    try:
        return await room.read(message)
    except (Unreadable, ReaderDied) as error:
        return error


@pytest.mark.usefixtures("bomb")
def test_a_message_that_kills_its_reader_fails_alone(tmp_path: Path) -> None:
    async def use(room: ReadingRoom) -> list[Reading | Exception]:
        words = ["one", "two", "kill", "three", "four"]
        found = await asyncio.gather(*(outcome(room, mail(w)) for w in words))
        return [*found, await outcome(room, mail("after"))]

    *found, after = in_room(tmp_path, use, classifier="bomb", readers="2")
    assert isinstance(found[2], ReaderDied)
    assert str(found[2]) == "The process that read this message died."
    assert [f.message.new_text.strip() for f in found if isinstance(f, Reading)] == ["one", "two", "three", "four"]
    assert isinstance(after, Reading)


@pytest.mark.usefixtures("bomb")
@pytest.mark.parametrize("words", ["hang", "hang in a channel"])
def test_a_message_that_takes_too_long_is_unreadable_even_where_the_fault_is_swallowed(
    tmp_path: Path, words: str
) -> None:
    async def use(room: ReadingRoom) -> tuple[Reading | Exception, Reading | Exception]:
        message = mail(words, "other" if "channel" in words else "email")
        return await outcome(room, message), await outcome(room, mail("after"))

    found, after = in_room(tmp_path, use, classifier="bomb", read_timeout="1")
    assert isinstance(found, Unreadable)
    assert "too long" in str(found)
    assert isinstance(after, Reading), "the reader is free again"


@pytest.mark.usefixtures("bomb")
def test_a_reader_that_hears_nothing_any_more_is_ended(tmp_path: Path) -> None:
    async def use(room: ReadingRoom) -> tuple[Reading | Exception, Reading | Exception]:
        return await outcome(room, mail("hang deaf")), await outcome(room, mail("after"))

    found, after = in_room(tmp_path, use, classifier="bomb", read_timeout="1")
    assert isinstance(found, ReaderDied)
    assert isinstance(after, Reading)


@pytest.mark.usefixtures("bomb")
def test_too_deep_a_message_is_unreadable(tmp_path: Path) -> None:
    found = in_room(tmp_path, lambda room: outcome(room, mail("deep", "other")), classifier="bomb")
    assert isinstance(found, Unreadable)
    assert str(found) == "It is nested too deeply to read."


@pytest.mark.usefixtures("bomb")
def test_a_classifier_that_fails_leaves_the_message_to_a_person_and_tells_nothing(tmp_path: Path) -> None:
    settings = demo_settings(tmp_path, classifier="bomb")
    found = Reader(settings).read(mail("fail with words")).classification
    assert (found.kind.label, found.needs_review) == (Kind.COMPLAINT, True)
    assert found.review_reason == "The classifier failed (ValueError)."


def test_a_reader_that_cannot_start_is_no_fault_of_the_message(tmp_path: Path) -> None:
    found = in_room(tmp_path, lambda room: outcome(room, mail("one")), classifier="nobody-has-this")
    assert isinstance(found, ReaderDied)
    with pytest.raises(PluginError):
        Reader(demo_settings(tmp_path, classifier="nobody-has-this"))


def test_the_subject_of_a_mail_is_classified_with_it(tmp_path: Path) -> None:
    reader = Reader(demo_settings(tmp_path))
    content = b"From: a@tenant.example\nSubject: Formal complaint about damp\n\nPlease see above.\n"
    assert "damp_mould" in [tag.label for tag in reader.read(raw(content)).classification.categories]


def test_copies_have_one_fingerprint_and_different_words_another(tmp_path: Path) -> None:
    reader = Reader(demo_settings(tmp_path))
    first, again, other = (
        b"From: a@tenant.example\nMessage-ID: <1@tenant.example>\nSubject: x\n\nboiler\n",
        b"Received: by y\nFrom: a@tenant.example\nMessage-ID: <1@tenant.example>\nSubject: x\n"
        b"Content-Transfer-Encoding: base64\n\nYm9pbGVyCg==\n",
        b"From: a@tenant.example\nMessage-ID: <1@tenant.example>\nSubject: x\n\nlift\n",
    )
    prints = [reader.read(raw(content)).fingerprint for content in (first, again, other)]
    assert prints[0] == prints[1] != prints[2]


def test_readers_go_home_when_the_room_closes(tmp_path: Path) -> None:
    async def use(room: ReadingRoom) -> list[psutil.Process]:
        await room.read(mail("one"))
        return [p for p in psutil.Process().children(recursive=True) if "spawn_main" in " ".join(p.cmdline())]

    readers = in_room(tmp_path, use)
    assert readers
    assert psutil.wait_procs(readers, timeout=20)[1] == []
