"""The API over real HTTP, on both databases: durable before 202, harmless repeats, clear refusals, nobody let in."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError, ClientSession
from aiohttp.test_utils import TestServer
from openapi_spec_validator import OpenAPIV31SpecValidator, validate
from tests.channels.api_messages import document, values
from tests.factories import NOW, demo_settings
from tests.web.staff_site import Clock, SaidHealth

from intakebot.channels.base import Accepted
from intakebot.config.settings import Settings
from intakebot.domain.message import RawMessage
from intakebot.errors import StoreUnavailable
from intakebot.intake import Intake
from intakebot.landlord import Landlord
from intakebot.reading import Reader
from intakebot.store.engine import Store, open_store
from intakebot.store.tokens import Scope
from intakebot.web.app import build
from intakebot.worker import Worker

MESSAGES = "/api/v1/messages"


@dataclass
class Door:
    """The API as other software meets it, and what is behind it."""

    settings: Settings
    store: Store
    landlord: Landlord
    clock: Clock
    client: ClientSession
    refuse: list[Exception] = field(default_factory=list)

    def token(self, *scopes: Scope, name: str = "switchboard") -> str:
        chosen = scopes or (Scope.WRITE,)
        return self.store.write_now(lambda work: work.tokens.add(name, chosen, self.clock()))

    async def accept(self, raw: RawMessage) -> Accepted:
        if self.refuse:
            raise self.refuse.pop()
        return await Intake(self.store, self.clock).accept(raw)

    async def post(
        self, body: bytes, token: str, key: str = "call-1", **headers: str
    ) -> tuple[int, dict[str, Any], Mapping[str, str]]:
        sent = {"Content-Type": "application/json", "Authorization": f"Bearer {token}", "Idempotency-Key": key}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        given = {name: value for name, value in sent.items() if value}
        async with self.client.post(MESSAGES, data=BytesIO(body), headers=given) as answer:
            return answer.status, await answer.json(content_type=None), answer.headers

    async def get(self, path: str, token: str = "") -> tuple[int, dict[str, Any], Mapping[str, str]]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self.client.get(path, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None), answer.headers

    def work(self) -> None:
        """Let a worker do what waits."""
        Worker(self.store, self.landlord, Reader(self.settings), self.clock, "test").work_off()

    def waiting(self) -> int:
        return self.store.read_now(lambda work: work.inbox.waiting())


@pytest.fixture
def changes() -> dict[str, str]:
    """Settings a test wants otherwise."""
    return {}


@pytest.fixture
async def door(database_url: str, tmp_path: Path, changes: dict[str, str]) -> AsyncIterator[Door]:
    settings = demo_settings(tmp_path / "data", database_url=database_url, **changes)
    store = open_store(settings)
    landlord = Landlord.from_settings(settings, store.signing_key())
    made = Door(settings, store, landlord, Clock(NOW), ClientSession())
    application = build(settings, store, landlord, made.clock, SaidHealth(), made.accept)
    async with TestServer(application) as server:
        await made.client.close()
        async with ClientSession(str(server.make_url(""))) as made.client:
            yield made
    store.close()


async def test_a_message_becomes_a_case_and_its_sender_learns_the_reference(door: Door) -> None:
    token, reader = door.token(), door.token(Scope.READ, name="board")
    photo = {"filename": "lift.png", "content_type": "image/png", "content": "iVBORw0KGgo="}
    body = document(received_at="2026-02-27T16:30:00+00:00", attachments=[photo], needs=["large_print"])
    status, answer, headers = await door.post(body, token)
    assert status == 202 and answer["state"] == "accepted"
    assert headers["Location"] == f"{MESSAGES}/{answer['id']}" and answer["url"].endswith(headers["Location"])
    assert (await door.get(headers["Location"], token))[1]["state"] == "waiting"
    door.work()
    status, outcome, _ = await door.get(headers["Location"], token)
    assert (status, outcome["state"], outcome["outcome"]) == (200, "done", "case_opened")
    status, case, _ = await door.get(f"/api/v1/cases/{outcome['reference'].lower().replace('-', '%20')}", reader)
    assert status == 200 and case["reference"] == outcome["reference"]
    assert case["channel"] == "phone" and case["received_at"] == "2026-02-27T16:30:00+00:00"
    (message,) = [one for one in case["messages"] if one["direction"] == "in"]
    assert message["text"].startswith("The lift is broken") and message["attachments"][0]["filename"] == "lift.png"


async def test_the_same_key_and_message_is_answered_as_the_first_time(door: Door) -> None:
    token = door.token()
    first = await door.post(document(), token)
    spaced = json.dumps(dict(reversed(values().items())), indent=2).encode()
    assert [(await door.post(body, token))[:2] for body in (document(), spaced)] == [first[:2], first[:2]]
    assert door.waiting() == 1


async def test_the_same_key_with_another_message_is_refused_and_the_first_stays(door: Door) -> None:
    token = door.token()
    await door.post(document(), token)
    status, problem, _ = await door.post(document(text="Something else."), token)
    assert status == 422 and "Idempotency-Key" in problem["detail"]
    assert door.waiting() == 1


async def test_keys_belong_to_their_token(door: Door) -> None:
    one, other = door.token(name="one"), door.token(name="other")
    first, second = (await door.post(document(), one))[1], (await door.post(document(), other))[1]
    assert first["id"] != second["id"]
    assert (await door.get(f"{MESSAGES}/{first['id']}", other))[0] == 404
    assert (await door.get(f"{MESSAGES}/{first['id']}", one))[0] == 200


async def test_twenty_at_once_with_one_key_are_one_message(door: Door) -> None:
    token = door.token()
    answers = await asyncio.gather(*(door.post(document(), token) for _ in range(20)))
    assert {(status, answer["id"]) for status, answer, _ in answers} == {(202, answers[0][1]["id"])}
    assert door.waiting() == 1


async def test_while_the_store_cannot_take_it_nothing_is_promised(door: Door) -> None:
    token = door.token()
    door.refuse.append(StoreUnavailable("the disk is full"))
    status, problem, headers = await door.post(document(), token)
    assert (status, int(headers["Retry-After"]) > 0) == (503, True) and "same key" in problem["detail"]
    assert (await door.post(document(), token))[0] == 202
    assert door.waiting() == 1


@pytest.mark.parametrize(
    ("changed", "pointer", "words"),
    [
        ({"text": None}, "", "text"),
        ({"text": "x" * 200_001}, "/text", "200000"),
        ({"resident": None}, "/resident", "required"),
        ({"resident": {}}, "/resident", "name, or a way to reach them"),
        ({"resident": {"email": "not an address"}}, "/resident/email", "mail address"),
        ({"resident": {"phone": "12"}}, "/resident/phone", "phone number"),
        ({"resident": {"name": "A", "ni_number": "QQ"}}, "/resident/ni_number", "no such field"),
        ({"needs": ["large_print", "moon"]}, "/needs/1", "braille"),
        ({"channel": "pigeon"}, "/channel", "phone"),
        ({"received_at": "2026-02-27T16:30:00"}, "/received_at", "timezone"),
        ({"received_at": "2026-03-02T09:00:01+00:00"}, "/received_at", "future"),
        ({"received_at": "0001-01-01T00:00:00+14:00"}, "/received_at", "time"),
        ({"print_pt": 40}, "/print_pt", "28"),
        ({"attachments": [{"filename": "a", "content": "!"}]}, "/attachments/0/content", "base64"),
        (
            {"attachments": [{"filename": "a", "content_type": "pdf", "content": ""}]},
            "/attachments/0/content_type",
            "/",
        ),
        ({"attachments": [{"filename": "", "content": ""}]}, "/attachments/0/filename", "1 character"),
    ],
)
async def test_what_is_wrong_is_named_by_its_field(
    door: Door, changed: dict[str, Any], pointer: str, words: str
) -> None:
    status, problem, headers = await door.post(document(**changed), door.token())
    assert status == 422 and headers["Content-Type"].startswith("application/problem+json")
    (error,) = problem["errors"]
    assert error["pointer"] == pointer and words in error["detail"]
    assert "not an address" not in json.dumps(problem), "what was sent is not told again"
    assert door.waiting() == 0


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"text": "\\ud800"}']
)
async def test_what_is_no_message_at_all_is_refused_in_words(door: Door, body: bytes) -> None:
    status, problem, _ = await door.post(body, door.token())
    assert status == 422 and problem["errors"] and door.waiting() == 0


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "é"])
async def test_a_message_needs_a_key_of_its_own(door: Door, key: str) -> None:
    status, problem, _ = await door.post(document(), door.token(), key)
    assert status == 400 and "Idempotency-Key" in problem["detail"] and door.waiting() == 0


async def test_only_json_is_taken(door: Door) -> None:
    assert (await door.post(document(), door.token(), Content_Type="text/plain"))[0] == 415


async def test_control_characters_and_paths_do_no_harm(door: Door) -> None:
    token = door.token()
    evil = {"filename": "../../etc/pass\x00wd\u202e", "content": base64.b64encode(b"\x00").decode()}
    resident = {"name": "Ama\x00\r\nBcc: x@tenant.example", "email": "ama@tenant.example"}
    body = document(
        text="The lift\x00 is broken again. <script>alert(1)</script>", resident=resident, attachments=[evil]
    )
    status, answer, _ = await door.post(body, token)
    assert status == 202
    door.work()
    outcome = (await door.get(f"{MESSAGES}/{answer['id']}", token))[1]
    assert outcome["outcome"] == "case_opened"
    file = door.store.read_now(lambda work: work.views.case_file(outcome["reference"]))
    assert file and "\n" not in file.case.resident.name
    assert [a.filename for a in file.messages[0].attachments] == ["pass wd"]


async def test_nobody_gets_in_without_a_token(door: Door) -> None:
    revoked = door.token(name="old")
    door.store.write_now(lambda work: work.tokens.revoke("old", door.clock()))
    for given in ("", "x", "ibt_" + "a" * 43, revoked, revoked + "\u00e9", "' OR 1=1 --" + "a" * 30):
        status, problem, headers = await door.post(document(), given)
        assert (status, headers["WWW-Authenticate"].split()[0]) == (401, "Bearer"), given
        assert problem["title"] == "No valid token"
    assert (await door.get("/api/v1/cases/LH-0000-0000-A"))[0] == 401
    assert (await door.post(document(), "", Authorization=f"Basic {revoked}"))[0] == 401
    assert door.waiting() == 0


async def test_a_token_does_only_what_it_is_for(door: Door) -> None:
    write, read, both = (
        door.token(*scopes, name=str(number))
        for number, scopes in enumerate([(Scope.WRITE,), (Scope.READ,), (Scope.READ, Scope.WRITE)])
    )
    status, _, headers = await door.post(document(), read)
    assert status == 403 and 'scope="write"' in headers["WWW-Authenticate"]
    assert (await door.get("/api/v1/cases/LH-0000-0000-A", write))[0] == 403
    assert (await door.get(f"{MESSAGES}/1", read))[0] == 403
    assert (await door.post(document(), both))[0] == 202
    assert (await door.get("/api/v1/cases/LH-0000-0000-A", both))[0] == 404
    assert (await door.get("/api/v1/cases/%00%F0%9F%92%A9", both))[0] == 404


@pytest.mark.parametrize("number", ["0", "999999", "9" * 30])
async def test_a_message_that_is_not_there_is_not_found(door: Door, number: str) -> None:
    assert (await door.get(f"{MESSAGES}/{number}", door.token()))[0] == 404


async def test_use_of_a_token_is_noted_once_a_minute(door: Door) -> None:
    token = door.token()
    seen = []
    for seconds in (0, 59, 61):
        door.clock.now = NOW + timedelta(seconds=seconds)
        await door.get(f"{MESSAGES}/1", token)
        (held,) = door.store.read_now(lambda work: work.tokens.all())
        seen.append(held.used_at)
    assert seen == [NOW, NOW, NOW + timedelta(seconds=61)]


@pytest.mark.parametrize("changes", [{"api__requests_per_minute": "3"}])
async def test_too_many_requests_wait_and_other_tokens_do_not(door: Door) -> None:
    busy, other = door.token(name="busy"), door.token(name="other")
    statuses = [(await door.post(document(), busy, f"k{n}"))[0] for n in range(4)]
    assert statuses == [202, 202, 202, 429]
    _, _, headers = await door.post(document(), busy, "k9")
    assert headers["Retry-After"] == "60"
    assert (await door.post(document(), other))[0] == 202
    door.clock.forward(timedelta(seconds=60))
    assert (await door.post(document(), busy, "k3"))[0] == 202


@pytest.mark.parametrize("changes", [{"api__max_size": "70000"}])
async def test_a_request_past_the_limit_is_refused_whether_it_says_its_size_or_not(door: Door) -> None:
    token, large = door.token(), document(text="x" * 80_000)
    assert (await door.post(large, token))[0] == 413

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(large), 10_000):
            yield large[start : start + 10_000]

    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k", "Content-Type": "application/json"}
    async with door.client.post(MESSAGES, data=pieces(), headers=headers) as answer:
        assert answer.status == 413
    assert door.waiting() == 0


async def test_attachments_past_ten_megabytes_together_are_refused_in_words(door: Door) -> None:
    half = {"filename": "a.bin", "content": base64.b64encode(b"x" * 5_100_000).decode()}
    token = door.token()
    status, problem, _ = await door.post(document(attachments=[half, half]), token)
    assert status == 422 and "10 MB" in problem["errors"][0]["detail"]
    assert (await door.post(document(attachments=[half]), token))[0] == 202


async def test_an_upload_cut_off_leaves_nothing(door: Door) -> None:
    token = door.token()

    async def cut() -> AsyncIterator[bytes]:
        yield document()[:20]
        raise ConnectionResetError

    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k", "Content-Type": "application/json"}
    with suppress(ClientError, OSError):
        async with door.client.post(MESSAGES, data=cut(), headers=headers):
            pass
    assert (await door.post(document(), token))[0] == 202
    assert door.waiting() == 1


@pytest.mark.parametrize("changes", [{"channels": '["email"]'}])
async def test_a_landlord_may_leave_the_door_shut(door: Door) -> None:
    assert (await door.post(document(), door.token()))[0] == 403


async def test_unknown_addresses_and_methods_are_problems_too(door: Door) -> None:
    status, problem, headers = await door.get("/api/v2/nothing")
    assert (status, problem["status"]) == (404, 404) and "problem+json" in headers["Content-Type"]
    async with door.client.delete(MESSAGES) as answer:
        assert answer.status == 405 and answer.headers["Allow"] == "POST"
        assert "problem+json" in answer.headers["Content-Type"]
    async with door.client.get("/no-such-page") as answer:
        assert answer.content_type == "text/html", "the pages keep their own guard"


async def test_a_fault_of_ours_says_nothing_of_the_message(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    token = door.token()
    door.refuse.append(RuntimeError("The lift is broken"))
    status, problem, _ = await door.post(document(), token)
    assert status == 500 and "lift" not in json.dumps(problem)
    assert problem["detail"].split()[-1].rstrip(".") in caplog.text and "lift" not in caplog.text


async def test_tokens_and_words_reach_no_log(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token = door.token()
    await door.post(document(), token)
    await door.post(document(resident={"email": "not an address"}), token, "other")
    await door.post(document(), token + "x")
    door.work()
    await door.get(f"{MESSAGES}/1", token)
    said = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("intakebot"))
    assert not any(secret in caplog.text for secret in (token, token[4:20])), "a token is in the log"
    assert not any(word in said for word in ("lift is broken", "ama@tenant", "Mensah", "not an address"))


async def test_the_description_is_valid_and_says_what_is_served(door: Door) -> None:
    status, described, _ = await door.get("/api/v1/openapi.json")
    assert status == 200
    validate(described, cls=OpenAPIV31SpecValidator)
    from intakebot.web.api import routes

    served = {(route.path.replace(r":\d+", ""), route.method.lower()) for route in routes()}
    assert {(path, method) for path, methods in described["paths"].items() for method in methods} == served
    schemas = described["components"]["schemas"]
    assert set(values(attachments=[], needs=[])) <= set(schemas["SentMessage"]["properties"])


async def test_answers_have_the_fields_the_description_promises(door: Door) -> None:
    token = door.token(Scope.READ, Scope.WRITE)
    schemas = (await door.get("/api/v1/openapi.json"))[1]["components"]["schemas"]
    accepted = (await door.post(document(), token))[1]
    door.work()
    outcome = (await door.get(f"{MESSAGES}/{accepted['id']}", token))[1]
    case = (await door.get(f"/api/v1/cases/{outcome['reference']}", token))[1]
    problem = (await door.get(f"{MESSAGES}/0", token))[1]
    told = {"Accepted": accepted, "MessageOutcome": outcome, "Case": case, "Problem": problem}
    missing = {name: set(schemas[name]["required"]) - set(answer) for name, answer in told.items()}
    assert missing == {"Accepted": set(), "MessageOutcome": set(), "Case": set(), "Problem": set()}
    assert set(accepted) == set(schemas["Accepted"]["required"])
    assert set(outcome) == set(schemas["MessageOutcome"]["required"])
