"""The way out against a mail server that answers as the test wants."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from bridge.connector import (
    Finding,
    FindingLevel,
    Outbound,
    OutboundKind,
    OutcomeUnknown,
    PermanentFailure,
    TemporaryFailure,
    Text,
)
from connectors.email.connector import EmailConnector
from connectors.email.resolver import DnsTrouble, Kind
from connectors.email.settings import EmailSettings


@dataclass
class Server:
    """A submission server; each reply may be set, `cut` names the command at which the connection breaks."""

    replies: dict[str, str] = field(default_factory=dict)
    cut: str = ""
    hang: str = ""
    refuses_null_sender: str = ""
    refuses: dict[str, str] = field(default_factory=dict)
    mails: list[tuple[str, list[str], bytes, list[str]]] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    port: int = 0
    hanging: asyncio.Event = field(default_factory=asyncio.Event)

    async def _answer(self, server: SMTP, command: str) -> str | None:
        if self.cut == command:
            cast("asyncio.Transport", server.transport).abort()
        if self.hang == command:
            self.hanging.set()
            await asyncio.get_running_loop().create_future()
        return self.replies.get(command)

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        refusal = await self._answer(server, "EHLO")
        return [refusal] if refusal else responses

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address == "<>" and self.refuses_null_sender == "MAIL":
            return "550 5.7.1 no empty sender here"
        envelope.mail_from = address
        envelope.mail_options = options
        return await self._answer(server, "MAIL") or "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if envelope.mail_from == "<>" and self.refuses_null_sender == "RCPT":
            return "553 5.7.1 <>: Sender address rejected: not owned by user"
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return await self._answer(server, "RCPT") or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        answer = await self._answer(server, "DATA")
        if answer is None:
            assert isinstance(envelope.content, bytes)
            self.mails.append((envelope.mail_from or "", envelope.rcpt_tos, envelope.content, envelope.mail_options))
        return answer or "250 2.0.0 queued"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"right", handled=False)


@asynccontextmanager
async def serving(server: Server, tls: ssl.SSLContext | None = None, **options: Any) -> AsyncIterator[Server]:
    loop = asyncio.get_running_loop()
    protocols: list[SMTP] = []

    def protocol() -> SMTP:
        made = SMTP(
            server,
            hostname="mx.example",
            loop=loop,
            enable_SMTPUTF8=options.get("utf8", True),
            authenticator=server.authenticate,
            auth_require_tls=False,
            tls_context=tls,
        )
        protocols.append(made)
        return made

    listener = await loop.create_server(protocol, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        for one in protocols:
            if one.transport is not None:
                one.transport.close()
        tasks = [one._handler_coroutine for one in protocols if one._handler_coroutine is not None]
        await asyncio.gather(*tasks, return_exceptions=True)


def connector(server: Server, **submission: Any) -> EmailConnector:
    values = {"host": "127.0.0.1", "port": server.port, "security": "none", "timeout": 5, **submission}
    settings = EmailSettings(address="info@shop.example", from_name="Shop", submission=values)  # type: ignore[arg-type]
    return EmailConnector("email", settings, NoDns())


class NoDns:
    async def lookup(self, name: str, kind: Kind) -> list[bytes]:
        raise DnsTrouble(f"nobody is asked for {name}")


def outbound(kind: OutboundKind = OutboundKind.ANSWER, address: str = "anna@there.example", **more: Any) -> Outbound:
    return Outbound(
        id="out-1",
        kind=kind,
        connector="email",
        address=address,
        text=Text("Yes.\n.dot"),
        subject="Opening hours",
        replies_to=("m1@there.example",),
        **{"created_at": datetime(2026, 1, 2, tzinfo=UTC), **more},
    )


async def test_an_answer_leaves_under_our_address_and_its_receipt_names_the_message_id() -> None:
    async with serving(Server()) as server:
        receipt = await connector(server).send(outbound())
    [(sender, recipients, content, _)] = server.mails
    assert (sender, recipients) == ("info@shop.example", ["anna@there.example"])
    assert b"Message-ID: <out-1@shop.example>\r\n" in content
    assert b"\r\n\r\nYes.\r\n.dot\r\n" in content
    assert receipt.native_ids == ("out-1@shop.example",)


async def test_an_automatic_answer_leaves_with_an_empty_sender() -> None:
    async with serving(Server()) as server:
        await connector(server).send(outbound(OutboundKind.AUTOMATIC))
    assert server.mails[0][0] == "<>"
    assert b"Auto-Submitted: auto-replied\r\n" in server.mails[0][2]


@pytest.mark.parametrize("at", ["MAIL", "RCPT"])
async def test_where_an_empty_sender_is_refused_our_address_is_used(at: str) -> None:
    async with serving(Server(refuses_null_sender=at)) as server:
        await connector(server).send(outbound(OutboundKind.AUTOMATIC))
    assert [mail[0] for mail in server.mails] == ["info@shop.example"]


@pytest.mark.parametrize(
    ("command", "reply", "failure", "words"),
    [
        ("MAIL", "451 4.3.0 later", TemporaryFailure, "451 4.3.0 later"),
        ("MAIL", "550 5.7.1 you may not", PermanentFailure, "550 5.7.1 you may not"),
        ("MAIL", "530 5.7.0 Authentication required", TemporaryFailure, "check username and password"),
        ("RCPT", "450 4.2.1 greylisted", TemporaryFailure, "greylisted"),
        ("RCPT", "550 5.1.1 no such user", PermanentFailure, "no such user"),
        ("DATA", "452 4.3.1 disk full", TemporaryFailure, "disk full"),
        ("DATA", "554 5.7.1 spam", PermanentFailure, "554 5.7.1 spam"),
        ("EHLO", "554 5.7.1 blocked", TemporaryFailure, "blocked"),
    ],
)
async def test_refusals(command: str, reply: str, failure: type[Exception], words: str) -> None:
    async with serving(Server(replies={command: reply})) as server:
        with pytest.raises(failure, match=words):
            await connector(server).send(outbound())
    assert server.mails == []


@pytest.mark.parametrize(
    ("command", "failure"),
    [("EHLO", TemporaryFailure), ("MAIL", TemporaryFailure), ("RCPT", TemporaryFailure), ("DATA", OutcomeUnknown)],
)
async def test_a_lost_connection(command: str, failure: type[Exception]) -> None:
    async with serving(Server(cut=command)) as server:
        with pytest.raises(failure):
            await connector(server).send(outbound())


@pytest.mark.parametrize(("command", "failure"), [("RCPT", TemporaryFailure), ("DATA", OutcomeUnknown)])
async def test_a_server_that_falls_silent(command: str, failure: type[Exception]) -> None:
    async with serving(Server(hang=command)) as server:
        with pytest.raises(failure):
            await connector(server, timeout=0.1).send(outbound())


ANNA, BEN, CARLA = "anna@there.example", "ben@there.example", "carla@there.example"
GREY, GONE = "450 4.2.0 come back later", "550 5.1.1 no such user"


async def test_copies_are_named_in_the_envelope_once_each() -> None:
    async with serving(Server()) as server:
        receipt = await connector(server).send(outbound(copies=(BEN, ANNA, CARLA, BEN)))
    assert [mail[1] for mail in server.mails] == [[ANNA, BEN, CARLA]]
    assert receipt.missed == ""


@pytest.mark.parametrize(
    ("refuses", "old", "reached", "missed"),
    [
        ({BEN: GONE}, False, [ANNA, CARLA], f"{BEN}: {GONE}"),
        ({BEN: GONE, CARLA: GONE}, False, [ANNA], f"{BEN}: {GONE}; {CARLA}: {GONE}"),
        ({BEN: GREY}, True, [ANNA, CARLA], f"{BEN}: {GREY}"),
    ],
)
async def test_whom_a_mail_did_not_reach_is_told(
    refuses: dict[str, str], old: bool, reached: list[str], missed: str
) -> None:
    created_at = datetime.now(UTC) - timedelta(hours=2 * old)
    async with serving(Server(refuses=refuses)) as server:
        receipt = await connector(server).send(outbound(copies=(BEN, CARLA), created_at=created_at))
    assert [mail[1] for mail in server.mails] == [reached]
    assert receipt.missed == missed


@pytest.mark.parametrize(
    ("refuses", "old", "failure", "words"),
    [
        ({ANNA: GONE}, True, PermanentFailure, "no such user"),
        ({ANNA: GREY}, True, TemporaryFailure, "come back later"),
        ({ANNA: GREY, BEN: GONE}, True, TemporaryFailure, "come back later"),
        ({BEN: GREY}, False, TemporaryFailure, f"the copy to {BEN} for now"),
        ({BEN: GONE, CARLA: GREY}, False, TemporaryFailure, f"the copy to {CARLA} for now"),
        ({CARLA: "421 4.3.2 closing"}, True, TemporaryFailure, "closing"),
        ({CARLA: "530 5.7.0 Authentication required"}, True, TemporaryFailure, "check username and password"),
    ],
)
async def test_nobody_gets_a_mail_that_will_be_tried_again(
    refuses: dict[str, str], old: bool, failure: type[Exception], words: str
) -> None:
    created_at = datetime.now(UTC) - timedelta(hours=2 * old)
    async with serving(Server(refuses=refuses)) as server:
        with pytest.raises(failure, match=words):
            await connector(server).send(outbound(copies=(BEN, CARLA), created_at=created_at))
    assert server.mails == []


async def test_nobody_listens() -> None:
    async with serving(Server()) as server:
        pass
    with pytest.raises(TemporaryFailure, match="cannot be reached"):
        await connector(server).send(outbound())


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("certificate")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", key, "-out", cert],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return cert, key


async def test_the_login_is_used_and_a_wrong_one_can_be_mended(certificate: tuple[Path, Path]) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    trusted = {"security": "starttls", "username": "shop", "ca_file": certificate[0]}
    async with serving(Server(), tls=context) as server:
        await connector(server, password="right", **trusted).send(outbound())
        with pytest.raises(TemporaryFailure, match="check username and password") as caught:
            await connector(server, password="wrong", **trusted).send(outbound())
        assert "wrong" not in caught.value.reason
        with pytest.raises(TemporaryFailure, match="is not trusted"):
            await connector(server, password="right", **{**trusted, "ca_file": None}).send(outbound())
        with pytest.raises(TemporaryFailure, match="cannot be used"):
            await connector(server, password="right", **{**trusted, "ca_file": Path("/nowhere")}).send(outbound())
    assert {login for login, _ in server.logins} == {b"shop"}
    assert len(server.mails) == 1


async def test_a_password_is_never_sent_to_a_server_without_starttls() -> None:
    async with serving(Server()) as server:
        with pytest.raises(TemporaryFailure, match="does not offer"):
            await connector(server, security="starttls", username="shop", password="right").send(outbound())
    assert server.logins == []


async def test_addresses_beyond_ascii() -> None:
    async with serving(Server()) as server:
        await connector(server).send(outbound(address="änna@bücher.example"))
        await connector(server).send(outbound(address="anna@bücher.example"))
    assert [mail[1] for mail in server.mails] == [["änna@xn--bcher-kva.example"], ["anna@xn--bcher-kva.example"]]
    assert ["SMTPUTF8" in mail[3] for mail in server.mails] == [True, False]
    async with serving(Server(), utf8=False) as server:
        with pytest.raises(PermanentFailure, match="SMTPUTF8"):
            await connector(server).send(outbound(address="änna@there.example"))


@pytest.mark.parametrize(
    "address", ["", "<>", "anna", "anna@there.example, eve@evil.example", "a b@c.example", "a@b>c"]
)
async def test_what_is_no_address_is_refused_before_any_connection(address: str) -> None:
    with pytest.raises(PermanentFailure, match="not an address"):
        await connector(Server(port=1)).send(outbound(address=address))


async def test_cancelling_a_send_closes_its_connection() -> None:
    async with serving(Server(hang="DATA")) as server:
        task = asyncio.create_task(connector(server).send(outbound()))
        await server.hanging.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


def levels(findings: object, choose: Callable[[Finding], object]) -> list[object]:
    assert isinstance(findings, list)
    return [choose(one) for one in findings]


@pytest.mark.parametrize(
    ("server", "found"),
    [
        (Server(), [FindingLevel.OK, FindingLevel.OK]),
        (Server(replies={"EHLO": "554 no"}), [FindingLevel.FAILURE]),
        (Server(replies={"MAIL": "553 5.7.1 not owned by user"}), [FindingLevel.OK, FindingLevel.FAILURE]),
        (Server(replies={"RCPT": "550 5.1.1 no such user"}), [FindingLevel.OK, FindingLevel.FAILURE]),
        (Server(replies={"RCPT": "450 4.2.0 later"}), [FindingLevel.OK, FindingLevel.WARNING]),
    ],
)
async def test_check_says_what_is_wrong_and_what_to_do(server: Server, found: list[FindingLevel]) -> None:
    async with serving(server):
        findings = await connector(server).check()
    assert levels(findings, lambda one: one.level) == [*found, FindingLevel.WARNING]  # no DNS here
    assert levels(findings, lambda one: bool(one.todo)) == [level is not FindingLevel.OK for level in found] + [True]
    assert server.mails == []
