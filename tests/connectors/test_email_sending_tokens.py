"""Sending by a login with tokens: a mail server that takes no passwords, a provider that hands out tokens."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from servers.certificate import certificate
from servers.fake_imap import FakeTokens, listening

from bridge.connector import FindingLevel, Outbound, OutboundKind, TemporaryFailure, Text
from connectors.email.check import check_submission
from connectors.email.connector import EmailConnector
from connectors.email.oauth import Tokens, keep_token
from connectors.email.oauth_settings import OAuth, SendingOAuth
from connectors.email.settings import EmailSettings, Submission


@dataclass
class Server:
    """Takes mail from whoever logs in by XOAUTH2 with one of `tokens`, as Gmail and Outlook do."""

    tokens: set[str] = field(default_factory=lambda: {"good"})
    said: list[bytes] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)
    port: int = 0

    async def auth_XOAUTH2(self, server: SMTP, arguments: list[str]) -> AuthResult:  # noqa: N802 - aiosmtpd's name
        said = base64.b64decode(arguments[1])
        self.said.append(said)
        if said in {f"user=info@shop.example\x01auth=Bearer {one}\x01\x01".encode() for one in self.tokens}:
            return AuthResult(success=True)
        await server.challenge_auth('{"status":"400"}')
        return AuthResult(success=False, handled=False, message="535 5.7.8 bad token")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        assert isinstance(envelope.content, bytes)
        self.mails.append(envelope.content)
        return "250 2.0.0 queued"


@asynccontextmanager
async def serving(server: Server, tls: ssl.SSLContext) -> AsyncIterator[None]:
    loop = asyncio.get_running_loop()
    protocols: list[SMTP] = []

    def protocol() -> SMTP:
        options: dict[str, Any] = {"auth_required": True, "auth_exclude_mechanism": ["LOGIN", "PLAIN"]}
        protocols.append(SMTP(server, hostname="mx.example", loop=loop, tls_context=tls, **options))
        return protocols[-1]

    listener = await loop.create_server(protocol, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield
    finally:
        listener.close()
        for one in protocols:
            if one.transport is not None:
                one.transport.close()
        tasks = [one._handler_coroutine for one in protocols if one._handler_coroutine is not None]
        await asyncio.gather(*tasks, return_exceptions=True)


@dataclass
class Place:
    """A mail server, and where its certificate and the bridge's tokens lie."""

    server: Server
    folder: Path
    trusted: Path

    def settings(self, provider: FakeTokens) -> EmailSettings:
        oauth = {"token_url": provider.url, "client_id": "me", "refresh_token": "first", "tokens": self.folder}
        submission = {
            "host": "127.0.0.1",
            "port": self.server.port,
            "username": "info@shop.example",
            "ca_file": self.trusted,
            "timeout": 5,
            "oauth": oauth,
        }
        return EmailSettings.model_validate({"address": "info@shop.example", "submission": submission})

    def connector(self, provider: FakeTokens) -> EmailConnector:
        return EmailConnector("email", self.settings(provider))


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    made = certificate(tmp_path, "mx.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.cert, made.key)
    server = Server()
    async with serving(server, context):
        yield Place(server, tmp_path / "tokens", made.cert)


def outbound(number: int = 1) -> Outbound:
    return Outbound(
        id=f"out-{number}",
        kind=OutboundKind.ANSWER,
        connector="email",
        address="anna@there.example",
        text=Text("Yes."),
        created_at=datetime(2026, 1, 2, tzinfo=UTC),
    )


def handing_out(*tokens: str, **more: Any) -> FakeTokens:
    return FakeTokens([(200, {"access_token": token, "expires_in": 3600, **more}) for token in tokens])


async def test_a_token_is_asked_for_once_and_used_for_each_mail(place: Place) -> None:
    async with listening(provider := handing_out("good")):
        connector = place.connector(provider)
        await connector.send(outbound(1))
        await connector.send(outbound(2))
    assert len(place.server.mails) == 2
    assert len(provider.asked) == 1


async def test_a_token_that_has_ended_early_is_renewed_once(place: Place) -> None:
    async with listening(provider := handing_out("ended", "good")):
        await place.connector(provider).send(outbound())
    assert len(place.server.mails) == 1
    assert provider.answers == []


async def test_what_is_refused_waits_and_says_what_to_mend(place: Place) -> None:
    provider = handing_out("bad", "worse")
    provider.answers.append((400, {"error": "invalid_grant"}))
    async with listening(provider):
        connector = place.connector(provider)
        with pytest.raises(TemporaryFailure, match=r"login by token \(535 .* in \[submission.oauth\]") as bad:
            await connector.send(outbound())
        with pytest.raises(TemporaryFailure, match=r"no longer good: get a new one .*, in \[submission.oauth\]"):
            await connector.send(outbound())
    assert "worse" not in bad.value.reason
    with pytest.raises(TemporaryFailure, match="cannot be asked for a token"):
        await connector.send(outbound())
    assert place.server.mails == []


async def test_doctor_tries_the_login(place: Place) -> None:
    async with listening(provider := handing_out("good")):
        settings = place.settings(provider)
        submission = settings.submission
        assert submission is not None
        assert submission.oauth is not None
        found = await check_submission(settings, Tokens(submission.oauth, submission.username, 5))
    assert [one.level for one in found] == [FindingLevel.OK, FindingLevel.OK]
    assert found[0].what.endswith("(login by token)")
    assert place.server.mails == []


class Rotating(FakeTokens):
    """While it is asked for the third time, the account's other login has got a new refresh token."""

    file = Path()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self.asked) == 2:
            keep_token(self.file, "first", "third")
        await super().serve(reader, writer)


async def test_two_logins_of_one_account_share_what_the_provider_hands_out_anew(tmp_path: Path) -> None:
    """The mailbox's login got a new refresh token, and the one in the configuration has become void."""
    provider = Rotating(
        [
            (200, {"access_token": "a", "refresh_token": "second"}),
            (200, {"access_token": "b"}),
            (400, {"error": "invalid_grant"}),
            (200, {"access_token": "c"}),
        ]
    )
    async with listening(provider):
        table = {"token_url": provider.url, "client_id": "me", "refresh_token": "first", "tokens": tmp_path}
        reading = Tokens(OAuth.model_validate(table), "info@shop.example", 5)
        sending = Tokens(SendingOAuth.model_validate(table), "info@shop.example", 5)
        provider.file = sending.file
        assert await reading.access() == "a"
        assert await sending.access() == "b"
        sending.forget("b")
        assert await sending.access() == "c"
    assert [one["refresh_token"] for one in provider.asked] == ["first", "second", "second", "third"]


@pytest.mark.parametrize(
    ("provider", "kind", "scope"),
    [
        ("google", SendingOAuth, "https://mail.google.com/"),
        ("microsoft", SendingOAuth, "https://outlook.office.com/SMTP.Send offline_access"),
        ("microsoft", OAuth, "https://outlook.office.com/IMAP.AccessAsUser.All offline_access"),
    ],
)
def test_what_is_asked_for(provider: str, kind: type[OAuth], scope: str) -> None:
    table = {"provider": provider, "client_id": "me", "refresh_token": "first"}
    assert kind.model_validate(table).asked_scope == scope
    assert kind.model_validate({**table, "scope": "mine"}).asked_scope == "mine"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"password": "x"}, r"give password, or a table \[submission.oauth\], and not both"),
        ({"username": ""}, "username is missing"),
        ({"security": "none"}, "would send the password readable"),
    ],
)
def test_mistakes(change: dict[str, Any], words: str) -> None:
    oauth = {"provider": "google", "client_id": "me", "refresh_token": "first"}
    with pytest.raises(ValueError, match=words):
        Submission.model_validate({"host": "smtp.example", "username": "shop", "oauth": oauth, **change})
