"""Sign-in by OAuth against a token endpoint and mail servers on real sockets: tokens kept, renewed, refused, hidden."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from tests.channels.email.xoauth import (
    SECRET,
    USER,
    ImapServer,
    Provider,
    imap_server,
    leaks,
    provider,
    refused,
    smtp_server,
)

from intakebot.channels.base import Accepted
from intakebot.channels.email.channel import EmailChannel
from intakebot.channels.email.mailbox import MailboxWatch, trouble
from intakebot.channels.email.oauth import SignInTrouble, TokenRefused, Tokens
from intakebot.channels.email.sending import Smarthost
from intakebot.config.doors import Mail, Mailbox
from intakebot.config.doors import Smarthost as SmarthostSettings
from intakebot.config.settings import Settings
from intakebot.domain.message import Address, OutboundMessage, Purpose, RawMessage
from intakebot.errors import DeliveryFailed

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HANGS = 60
MAIL = Mail(address=USER, name="Complaints team")
ONE = b"From: ama@tenant.example\r\nSubject: One\r\n\r\nThe wall is wet.\r\n"
TWO = ONE.replace(b"One", b"Two")
LETTER = OutboundMessage(
    channel="email",
    purpose=Purpose.ACKNOWLEDGEMENT,
    message_id="c.1a2b@landlord.example",
    to=(Address("ama@tenant.example", "Ama Mensah"),),
    subject="Your complaint HC-1234",
    text="Dear Ama,\nwe have it.\n",
    written_at=NOW,
)


@pytest.fixture
async def there() -> AsyncIterator[Provider]:
    async with provider() as state:
        yield state


@pytest.fixture(autouse=True)
def nothing_is_told(there: Provider, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever happens in any test here, no log holds the secret or a token."""
    caplog.set_level(logging.DEBUG)
    yield
    ours = "\n".join(
        f"{record.getMessage()} {record.exc_info}"
        for record in caplog.get_records("call")
        if not record.name.startswith("mail.log")  # the smarthost of the tests itself
    )
    assert leaks(ours, there) == []


async def shown(tokens: Tokens) -> str:
    """The token a server is shown that takes any."""

    async def take(token: str) -> str:
        return token

    return await tokens.use(take)


async def test_a_token_is_asked_for_as_an_application_and_kept(there: Provider) -> None:
    tokens = there.tokens()
    both = await asyncio.gather(shown(tokens), shown(tokens))
    assert both == [there.given[0], there.given[0]]
    assert there.asked == [
        {"grant_type": "client_credentials", "client_id": "our-id", "client_secret": SECRET, "scope": "mail"}
    ]


async def test_without_a_scope_none_is_asked_for(there: Provider) -> None:
    await shown(there.tokens(scope=""))
    assert "scope" not in there.asked[0]


@pytest.mark.parametrize(
    ("life", "kept"),
    [(3600, 3300), ("3599", 3299), (60, 30), (None, 150), ("soon", 150), (10**9, 86100), (0, 0), (-5, 0)],
)
async def test_a_token_is_kept_until_shortly_before_it_expires(there: Provider, life: Any, kept: float) -> None:
    there.life = life
    tokens = there.tokens()
    await shown(tokens)
    if kept:
        there.clock.seconds += kept - 0.5
        await shown(tokens)
    assert len(there.given) == 1
    there.clock.seconds += 1
    assert await shown(tokens) == there.given[1]


@pytest.mark.parametrize("life", ["NaN", "Infinity"])
async def test_a_number_that_is_none_does_no_harm(there: Provider, life: str) -> None:
    there.answer = web.Response(text=f'{{"access_token": "t", "expires_in": {life}}}', content_type="application/json")
    assert await shown(there.tokens()) == "t"


async def test_a_token_that_is_refused_is_not_kept_and_a_fresh_one_not_tried_twice(there: Provider) -> None:
    tokens, tried = there.tokens(), []

    async def refuse(token: str) -> None:
        tried.append(token)
        raise TokenRefused("no")

    await shown(tokens)
    for _ in range(2):
        with pytest.raises(TokenRefused):
            await tokens.use(refuse)
    assert tried == there.given
    assert len(there.given) == 3


async def test_whoever_is_refused_last_does_not_throw_away_the_fresh_token_of_the_other_side(there: Provider) -> None:
    tokens, first_is_in, tried = there.tokens(), asyncio.Event(), []
    await shown(tokens)

    async def first(token: str) -> None:
        if token == there.given[0]:
            raise TokenRefused("no")
        first_is_in.set()

    async def second(token: str) -> None:
        tried.append(token)
        await first_is_in.wait()
        if token == there.given[0]:
            raise TokenRefused("no")

    await asyncio.gather(tokens.use(second), tokens.use(first))
    assert tried == there.given
    assert len(there.given) == 2


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            refused(401, "invalid_client", "AADSTS7000215: Invalid client secret provided."),
            "oauth.token_url refused us: the secret is wrong; set oauth.client_secret to the secret's value, not to "
            "its id (status 401, AADSTS7000215, invalid_client)",
        ),
        (
            refused(401, "invalid_client", "AADSTS7000222: The provided client secret keys are expired."),
            "oauth.token_url refused us: the secret has expired; make a new one and set oauth.client_secret "
            "(status 401, AADSTS7000222, invalid_client)",
        ),
        (
            refused(400, "unauthorized_client", "AADSTS700016: Application was not found in the directory."),
            "oauth.token_url refused us: the application is not known there; check oauth.client_id and the tenant in "
            "oauth.token_url (status 400, AADSTS700016, unauthorized_client)",
        ),
        (
            refused(401, "invalid_client"),
            "oauth.token_url refused us: client id or secret is wrong, or the secret has expired; check them in "
            "[oauth] (status 401, invalid_client)",
        ),
        (
            refused(400, "invalid_scope", "AADSTS99999: nobody knows this number"),
            "oauth.token_url refused us: check oauth.scope (status 400, AADSTS99999, invalid_scope)",
        ),
        (
            refused(403, f"<b>{SECRET}"),
            "oauth.token_url refused us: check the settings in [oauth] (status 403)",
        ),
        (web.Response(status=404, text="nothing here"), "check the settings in [oauth] (status 404)"),
        (web.Response(status=307, headers={"Location": "http://127.0.0.1:9/"}), "(status 307)"),
        (web.Response(status=503, text="later"), "oauth.token_url gives out no tokens now (status 503)"),
        (web.Response(status=429), "oauth.token_url gives out no tokens now (status 429)"),
        (refused(400, "temporarily_unavailable"), "oauth.token_url gives out no tokens now (status 400)"),
    ],
)
async def test_a_refusal_says_what_is_wrong_and_what_to_do(there: Provider, answer: web.Response, words: str) -> None:
    there.answer = answer
    with pytest.raises(SignInTrouble) as failure:
        await shown(there.tokens())
    assert str(failure.value).endswith(words)
    assert leaks(str(failure.value), there) == []
    assert "our-id" not in str(failure.value)
    assert len(there.asked) == 1


@pytest.mark.parametrize(
    "rubbish",
    [
        b"<html>sign in</html>",
        b"",
        b"[]",
        b"\xff\xfe",
        b"[" * 50_000,
        b'{"access_token": ""}',
        b'{"access_token": 17}',
        b'{"access_token": "two words"}',
        b'{"access_token": "a\\r\\nb"}',
        b'{"access_token": "t", "token_type": "mac"}',
        b" " * 3_000_000 + b'{"access_token": "t"}',
    ],
    ids=["html", "nothing", "list", "bytes", "deep", "empty", "number", "words", "lines", "mac", "huge"],
)
async def test_rubbish_is_no_token(there: Provider, rubbish: bytes) -> None:
    there.answer = web.Response(body=rubbish)
    with pytest.raises(SignInTrouble, match="is no token; check that it is the token endpoint"):
        await shown(there.tokens())


async def test_an_endpoint_that_is_slow_or_away_is_given_up_in_time_and_tried_again(there: Provider) -> None:
    there.slow = True
    slow = there.tokens()
    with pytest.raises(SignInTrouble, match="did not answer in time"):
        await shown(slow)
    there.waiting.set()
    assert await shown(slow) == there.given[-1]
    with pytest.raises(SignInTrouble, match="cannot be reached"):
        await shown(there.tokens(token_url="http://127.0.0.1:9/token"))
    with pytest.raises(SignInTrouble, match="no secure connection"):
        await shown(there.tokens(token_url=there.url.replace("http:", "https:")))
    with pytest.raises(SignInTrouble, match=r"oauth\.ca_file cannot be read"):
        await shown(there.tokens(ca_file=Path("/missing.pem")))


@dataclass
class Watching:
    """A watch that is running: what it took, and a number each time something went wrong."""

    watch: MailboxWatch
    taken: asyncio.Queue[bytes] = field(default_factory=asyncio.Queue)
    failures: asyncio.Queue[int] = field(default_factory=asyncio.Queue)


def mailbox(server: ImapServer) -> Mailbox:
    about = {"host": "127.0.0.1", "port": server.port, "user": USER, "sign_in": "oauth", "security": "none"}
    return Mailbox.model_validate(about | {"poll_seconds": 600})


@asynccontextmanager
async def watching(server: ImapServer, tokens: Tokens, delay: float = 0.0) -> AsyncIterator[Watching]:
    async def accept(raw: RawMessage) -> Accepted:
        here.taken.put_nowait(raw.content)
        return Accepted(1)

    def fail(count: int) -> float:
        here.failures.put_nowait(count)
        return delay

    here = Watching(MailboxWatch(mailbox(server), accept, lambda: NOW, tokens=tokens, delay=fail))
    running = asyncio.create_task(here.watch.run())
    try:
        async with asyncio.timeout(HANGS):
            yield here
    finally:
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running


async def test_mail_is_taken_from_a_mailbox_that_takes_only_tokens(there: Provider) -> None:
    async with imap_server(there, ONE, TWO) as server, watching(server, there.tokens()) as here:
        assert sorted([await here.taken.get(), await here.taken.get()]) == [ONE, TWO]
        assert here.failures.empty()
        assert server.sign_ins == [True]
        assert not any(line.startswith("LOGIN") for line in server.lines)


async def test_a_token_that_expires_between_two_connections_is_fetched_anew_without_a_word(there: Provider) -> None:
    async with imap_server(there, ONE) as server, watching(server, there.tokens()) as here:
        assert await here.taken.get() == ONE
        there.good.clear()
        there.clock.seconds += 3600
        server.messages.append(TWO)
        server.hang_up()
        assert await here.taken.get() == TWO
        assert await here.failures.get() == 1  # the connection that broke, and nothing else
        assert here.failures.empty()
    assert server.sign_ins == [True, True]


@pytest.mark.parametrize("says_bye", [False, True])
async def test_a_token_that_was_called_back_is_refused_once_and_a_fresh_one_gets_in(
    there: Provider, says_bye: bool
) -> None:
    tokens = there.tokens()
    await shown(tokens)
    there.good.clear()
    async with imap_server(there, ONE) as server:
        server.says_bye = says_bye
        async with watching(server, tokens) as here:
            assert await here.taken.get() == ONE
            assert here.failures.empty()
    assert server.sign_ins == [False, True]
    assert server.asked_after_refusal == [b"\r\n"]  # the server's reason is answered with nothing


async def test_a_mailbox_that_stays_shut_is_tried_again_until_it_opens(there: Provider) -> None:
    async with imap_server(there, ONE) as server, watching(server, there.tokens()) as here:
        server.opens = False
        while await here.failures.get() < 3:
            assert "let us in but to no mailbox" in here.watch.state.last_error
        assert here.taken.empty()
        server.opens = True
        assert await here.taken.get() == ONE
    assert len(there.given) > 3  # what the application may do stands in the token


async def test_what_keeps_us_out_of_the_mailbox_is_said_in_words(there: Provider) -> None:
    async with imap_server(there, ONE) as server:
        assert await trouble(mailbox(server), there.tokens()) == ""
        assert not any(line.startswith(("SELECT", "CREATE", "UID")) for line in server.lines)
        server.opens = False
        assert "but to no mailbox; see that mailbox.user has one" in await trouble(mailbox(server), there.tokens())
        wrong = mailbox(server).model_copy(update={"user": "other@landlord.example"})
        said = await trouble(wrong, there.tokens())
        assert said.startswith("the mail server refused our token for mailbox.user; see that the application may read")
        server.mechanisms = "AUTH=PLAIN"
        assert "does not offer sign-in by OAuth" in await trouble(mailbox(server), there.tokens())
        there.answer = refused(401, "invalid_client", "AADSTS7000222")
        assert "the secret has expired; make a new one" in await trouble(mailbox(server), there.tokens())


async def test_a_mailbox_with_a_password_is_looked_at_in_the_same_way(there: Provider) -> None:
    async with imap_server(there, ONE) as server:

        def by(password: str) -> Mailbox:
            about = {"host": "127.0.0.1", "port": server.port, "user": USER, "security": "none", "password": password}
            return Mailbox.model_validate(about)

        assert await trouble(by("right"), None) == ""
        assert await trouble(by("wrong"), None) == "the mail server refused mailbox.user or mailbox.password"
        server.opens = False
        assert (await trouble(by("right"), None)).startswith("the mail server let us in but to no mailbox")


async def test_a_mail_server_that_hangs_up_on_the_sign_in_may_be_busy(there: Provider) -> None:
    async with imap_server(there, ONE) as server:
        server.says_bye = True
        wrong = mailbox(server).model_copy(update={"user": "other@landlord.example"})
        assert "hung up while we signed in; it may be busy, or refuse our token" in await trouble(wrong, there.tokens())


async def test_a_mailbox_waits_for_an_endpoint_that_is_away(there: Provider) -> None:
    there.answer = web.Response(status=503)
    async with imap_server(there, ONE) as server, watching(server, there.tokens()) as here:
        assert [await here.failures.get(), await here.failures.get()] == [1, 2]
        assert here.watch.state.last_error == "oauth.token_url gives out no tokens now (status 503)"
        assert server.sign_ins == []
        there.answer = None
        assert await here.taken.get() == ONE


@asynccontextmanager
async def smarthost(port: int, tokens: Tokens, **given: Any) -> AsyncIterator[Smarthost]:
    about = {"host": "localhost", "port": port, "security": "none", "timeout": 5, "user": USER, "sign_in": "oauth"}
    sender = Smarthost(SmarthostSettings.model_validate(about | given), MAIL, tokens)
    try:
        yield sender
    finally:
        await sender.close()


async def test_letters_go_out_with_a_token_over_one_connection(there: Provider) -> None:
    async with smtp_server(there) as server, smarthost(server.port, there.tokens()) as out:
        await out.send(LETTER)
        await out.send(LETTER)
        assert await out.trouble() == ""
    assert len(server.taken) == 2
    assert server.sign_ins == [True]


async def test_a_token_goes_to_a_smarthost_that_takes_one_only_after_starttls(
    there: Provider, certificate: tuple[Path, Path]
) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(*certificate)
    async with smtp_server(there, starttls=tls) as server:
        async with smarthost(server.port, there.tokens(), security="starttls", ca_file=certificate[0]) as out:
            await out.send(LETTER)
        assert len(server.taken) == 1
        async with smarthost(server.port, there.tokens()) as out:
            assert "does not offer sign-in by OAuth (XOAUTH2); check smarthost.host and security" in await out.trouble()
    assert server.sign_ins == [True]


async def test_a_letter_goes_with_a_fresh_token_where_the_held_one_is_no_longer_good(there: Provider) -> None:
    async with smtp_server(there) as server, smarthost(server.port, there.tokens()) as out:
        await out.send(LETTER)
        there.good.clear()
        server.hang_up()
        await out.send(LETTER)
        there.clock.seconds += 3600
        there.good.clear()
        server.hang_up()
        await out.send(LETTER)
    assert len(server.taken) == 3
    assert server.sign_ins == [True, False, True, True]


async def test_a_smarthost_that_cannot_sign_in_anybody_now_has_not_refused_the_token(there: Provider) -> None:
    async with smtp_server(there) as server, smarthost(server.port, there.tokens()) as out:
        await out.send(LETTER)
        server.hang_up()
        server.refusal = "454 4.7.0 Temporary authentication failure"
        held = set(there.good)
        there.good.clear()
        with pytest.raises(DeliveryFailed, match=r"cannot sign us in now \(454 4\.7\.0\)") as failure:
            await out.send(LETTER)
        assert failure.value.temporary
        there.good |= held
        await out.send(LETTER)
    assert len(there.given) == 1
    assert len(server.taken) == 2


async def test_a_letter_waits_while_we_may_not_send_and_goes_afterwards(
    there: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def waits(words: str) -> None:
        with pytest.raises(DeliveryFailed, match=words) as failure:
            await out.send(LETTER)
        assert failure.value.temporary
        assert leaks(str(failure.value), there) == []

    async with smtp_server(there) as server, smarthost(server.port, there.tokens()) as out:
        there.answer = refused(401, "invalid_client")
        await waits("client id or secret is wrong")
        there.answer = None
        with monkeypatch.context() as nobody_may:
            nobody_may.setattr(there, "knows", lambda said: False)
            await waits(r"refused our token for smarthost\.user \(535 5\.7\.3\); see that the application may send")
        assert server.taken == []
        await out.send(LETTER)
        assert len(server.taken) == 1


@pytest.mark.parametrize(
    "answer", ["550 5.7.60 SMTP; Client does not have permissions to send as this sender", "554 5.2.252 SendAsDenied"]
)
async def test_a_sender_we_may_not_send_as_is_a_fault_of_the_set_up(there: Provider, answer: str) -> None:
    async with smtp_server(there) as server, smarthost(server.port, there.tokens()) as out:
        server.answer = answer
        with pytest.raises(DeliveryFailed, match=r"does not let smarthost\.user send from mail\.address") as failure:
            await out.send(LETTER)
        assert failure.value.temporary


async def test_a_smarthost_that_takes_no_tokens_is_said_so(there: Provider) -> None:
    async with smtp_server(there, by_token=False) as server, smarthost(server.port, there.tokens()) as out:
        assert "does not offer sign-in by OAuth" in await out.trouble()
    assert server.sign_ins == []


async def test_the_channel_signs_in_at_both_with_one_token(there: Provider) -> None:
    async with imap_server(there) as inbox, smtp_server(there) as way_out:
        at_both = {"host": "127.0.0.1", "security": "none", "user": USER, "sign_in": "oauth"}
        settings = Settings.model_validate(
            {
                "mailbox": at_both | {"port": inbox.port},
                "smarthost": at_both | {"port": way_out.port},
                "oauth": {"token_url": there.url, "client_id": "our-id", "client_secret": SECRET},
            }
        )
        channel = EmailChannel.from_settings("email", settings, lambda: NOW)
        assert await channel.mailbox_trouble() == ""
        assert await channel.smarthost_trouble() == ""
        await channel.send(LETTER)
        await channel.close()
    assert (inbox.sign_ins, way_out.sign_ins) == ([True], [True, True])
    assert [asked["scope"] for asked in there.asked] == ["https://outlook.office365.com/.default"]
