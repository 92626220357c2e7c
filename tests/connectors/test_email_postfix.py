"""A real Postfix on both sides: it takes what we send, and hands us what came in. Strangers' programs do, too."""

from __future__ import annotations

import asyncio
import shutil
import smtplib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dkim
import pytest
from servers import postfix
from servers.ports import free_port

from bridge.connector import (
    FindingLevel,
    Outbound,
    OutboundKind,
    PermanentFailure,
    RawItem,
    TemporaryFailure,
    Text,
    Unavailable,
)
from connectors.email.connector import EmailConnector
from connectors.email.dkim_key import read_key
from connectors.email.resolver import Kind
from connectors.email.settings import EmailSettings
from connectors.email.smtp_in import Listener

pytestmark = pytest.mark.servers

ANNA, BEN, CARLA = "anna@there.example", "ben@there.example", "carla@there.example"


@dataclass(frozen=True)
class Place:
    """A Postfix, and the port that it hands mail for shop.example and there.example to."""

    server: postfix.Postfix
    port: int


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    port = free_port()
    route = f"smtp:[127.0.0.1]:{port}"
    try:
        server = postfix.start({"shop.example": route, "there.example": route}, {"shop": "right"})
    except postfix.Missing as missing:
        pytest.skip(str(missing))
    yield Place(server, port)
    server.stop()


@dataclass
class Inbox:
    """What our listener was handed; `troubles` are raised first, one each."""

    troubles: list[Exception] = field(default_factory=list)
    items: asyncio.Queue[RawItem] = field(default_factory=asyncio.Queue)

    async def receive(self, items: Sequence[RawItem], position: Mapping[str, str] | None) -> None:
        if self.troubles:
            raise self.troubles.pop()
        for item in items:
            self.items.put_nowait(item)

    async def next(self) -> RawItem:
        return await asyncio.wait_for(self.items.get(), 20)


@asynccontextmanager
async def listening(port: int, **listen: Any) -> AsyncIterator[Inbox]:
    table = {"port": port, "recipients": [ANNA, BEN, CARLA], **listen}
    listener, inbox = Listener(EmailSettings(address="info@shop.example", maildir=Path("x"), listen=table)), Inbox()  # type: ignore[arg-type]
    task = asyncio.create_task(listener.run(inbox.receive))
    try:
        await listener.listening.wait()
        yield inbox
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def connector(place: Place, signed: Any = None, reply_to: str = "", **submission: Any) -> EmailConnector:
    values = {
        "host": "localhost",
        "port": place.server.submission,
        "ca_file": place.server.certificate.cert,
        "username": "shop",
        "password": "right",
        "timeout": 10,
        **submission,
    }
    settings = EmailSettings(address="info@shop.example", submission=values, dkim=signed, reply_to=reply_to)  # type: ignore[arg-type]
    return EmailConnector("email", settings, NoRecords())


class NoRecords:
    async def lookup(self, name: str, kind: Kind) -> list[bytes]:
        return []


def outbound(id: str, address: str = ANNA, **more: Any) -> Outbound:  # noqa: A002 - its name
    given = {"created_at": datetime.now(UTC), "kind": OutboundKind.ANSWER, **more}
    return Outbound(id=id, connector="email", address=address, text=Text("Yes."), **given)


def mail(message_id: str) -> bytes:
    return (
        f"From: Anna <{ANNA}>\r\nTo: info@shop.example\r\nMessage-ID: <{message_id}@there.example>\r\n\r\nHi\r\n"
    ).encode()


async def hand_to(place: Place, content: bytes) -> None:
    def send() -> None:
        with smtplib.SMTP("127.0.0.1", place.server.smtp, timeout=10) as client:
            client.sendmail(ANNA, ["info@shop.example"], content)

    await asyncio.to_thread(send)


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_an_answer_leaves_with_a_login_and_arrives(place: Place, security: str) -> None:
    port = place.server.submission if security == "starttls" else place.server.smtps
    async with listening(place.port) as inbox:
        await connector(place, security=security, port=port).send(outbound(f"out-{security}"))
        item = await inbox.next()
    assert f"Message-ID: <out-{security}@shop.example>\r\n".encode() in bytes(item.raw)
    assert item.facts["mail_from"] == "info@shop.example"


async def test_an_automatic_answer_leaves_without_a_sender(place: Place) -> None:
    async with listening(place.port) as inbox:
        await connector(place).send(outbound("auto-1", kind=OutboundKind.AUTOMATIC))
        assert (await inbox.next()).facts["mail_from"] == "<>"


async def test_a_signature_outlives_the_way(place: Place, tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    await run("openssl", "genrsa", "-out", key, "2048")
    async with listening(place.port) as inbox:
        email = connector(place, {"selector": "s1", "key": key})
        await email.send(outbound("signed-1", subject="Grüße", copies=(BEN,)))
        item = await inbox.next()
    assert dkim.verify(bytes(item.raw), dnsfunc=lambda name, timeout=5: read_key(key).record.encode())


@pytest.mark.parametrize(
    ("submission", "words"),
    [
        ({"password": "mistaken"}, "check username and password"),
        ({"ca_file": None}, "is not trusted"),
        ({"host": "mx.relay.example"}, "cannot be reached"),
        ({"security": "tls"}, "speaks no TLS"),
    ],
)
async def test_what_an_operator_can_mend_is_temporary(place: Place, submission: dict[str, Any], words: str) -> None:
    with pytest.raises(TemporaryFailure, match=words) as caught:
        await connector(place, **submission).send(outbound("never"))
    assert "mistaken" not in caught.value.reason
    await asyncio.sleep(0.1)  # asyncio ends a failed handshake in its own time, and tells nobody


async def test_a_server_does_not_relay_without_a_login(place: Place) -> None:
    email = connector(place, username="", password="")
    with pytest.raises(PermanentFailure, match="Relay access denied"):
        await email.send(outbound("never", "anna@elsewhere.example"))


async def test_some_get_it_and_some_do_not(place: Place) -> None:
    email = connector(place)
    await asyncio.to_thread(place.server.access, {BEN: "550 5.1.1 no such user", CARLA: "450 4.2.0 grey"})
    try:
        async with listening(place.port) as inbox:
            with pytest.raises(PermanentFailure, match="no such user"):
                await email.send(outbound("none", BEN, copies=(ANNA,)))
            with pytest.raises(TemporaryFailure, match=f"the copy to {CARLA} for now"):
                await email.send(outbound("later", copies=(BEN, CARLA)))
            old = datetime.now(UTC) - timedelta(hours=2)
            receipt = await email.send(outbound("some", copies=(BEN, CARLA), created_at=old))
            item = await inbox.next()
            assert b"<some@shop.example>" in bytes(item.raw)
            assert item.facts["rcpt_tos"] == [ANNA]
            assert inbox.items.empty()
    finally:
        await asyncio.to_thread(place.server.access, {})
    assert BEN in receipt.missed
    assert CARLA in receipt.missed


@pytest.mark.parametrize(("answer", "level"), [("550 no", "FAILURE"), ("450 later", "WARNING"), ("", "OK")])
async def test_check_finds_addresses_for_answers_that_are_not_taken(place: Place, answer: str, level: str) -> None:
    email, address = connector(place, reply_to="ben+{token}@there.example"), f"ben+canary{'a' * 30}@there.example"
    await asyncio.to_thread(place.server.access, {address: answer} if answer else {})
    try:
        [found] = [one for one in await email.check() if address in one.what]
    finally:
        await asyncio.to_thread(place.server.access, {})
    assert found.level is FindingLevel[level]


async def test_check_finds_the_way_out_open_and_our_address_taken(place: Place) -> None:
    findings = await connector(place).check()
    assert FindingLevel.FAILURE not in {finding.level for finding in findings}
    assert any("mail can be sent" in finding.what for finding in findings)


# -- Postfix hands mail to us --------------------------------------------------------------------------------------


async def test_postfix_delivers_over_tls(place: Place) -> None:
    made = place.server.certificate
    async with listening(place.port, cert=made.cert, key=made.key) as inbox:
        await hand_to(place, mail("tls-1"))
        item = await inbox.next()
    assert item.facts["tls"] is True
    assert item.facts["rcpt_tos"] == ["info@shop.example"]


@pytest.mark.parametrize("trouble", ["451", "down"])
async def test_what_we_cannot_take_waits_in_its_queue(place: Place, trouble: str) -> None:
    if trouble == "down":
        await hand_to(place, mail("down-1"))
        assert await queued(place) == 1
    async with listening(place.port) as inbox:
        if trouble == "451":
            inbox.troubles.append(Unavailable("locked"))
            await hand_to(place, mail("later-1"))
        place.server.flush()
        await inbox.next()
        assert inbox.items.empty()


async def queued(place: Place) -> int:
    """How many mails Postfix has tried in vain."""
    async with asyncio.timeout(10):
        while not (waiting := _deferred(place)):  # noqa: ASYNC110 - files of another program
            await asyncio.sleep(0.05)
    return waiting


def _deferred(place: Place) -> int:
    return sum(one["queue_name"] == "deferred" for one in place.server.queue)


# -- strangers -----------------------------------------------------------------------------------------------------


async def run(*command: str | Path, stdin: bytes = b"", **environ: str) -> None:
    program = shutil.which(str(command[0]))
    if program is None:
        pytest.skip(f"{command[0]} is not installed")
    process = await asyncio.create_subprocess_exec(
        program,
        *command[1:],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8", **environ},
    )
    output, _ = await asyncio.wait_for(process.communicate(stdin), 30)
    assert process.returncode == 0, output.decode()


async def test_swaks_logs_in(place: Place, tmp_path: Path) -> None:
    made = place.server.certificate
    (tmp_path / "mail").write_bytes(mail("swaks").replace(b"\r\n", b"\n"))
    async with listening(place.port, cert=made.cert, key=made.key, users={"mx": "right"}) as inbox:
        for mechanism in ("PLAIN", "LOGIN"):
            await run(
                "swaks", "--server", f"127.0.0.1:{place.port}", "--from", ANNA, "--to", "info@shop.example", "--tls",
                "--auth", mechanism, "--auth-user", "mx", "--auth-password", "right", "--data", f"@{tmp_path / 'mail'}",
            )  # fmt: skip
            assert (await inbox.next()).facts["login"] == "mx"


async def test_msmtp_logs_in(place: Place, tmp_path: Path) -> None:
    made = place.server.certificate
    async with listening(place.port, cert=made.cert, key=made.key, users={"mx": "right"}) as inbox:
        await run(
            "msmtp", "--file=/dev/null", "--host=localhost", f"--port={place.port}", "--tls=on", "--tls-starttls=on",
            f"--tls-trust-file={made.cert}", "--auth=on", "--user=mx", "--passwordeval=echo right", f"--from={ANNA}",
            "info@shop.example", stdin=mail("msmtp"),
        )  # fmt: skip
        item = await inbox.next()
    assert item.facts["login"] == "mx"
    assert b"<msmtp@there.example>" in bytes(item.raw)


async def test_mutt_sends_a_file(place: Place, tmp_path: Path) -> None:
    (tmp_path / "photo.bin").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "rc").write_text(
        f'set smtp_url="smtp://127.0.0.1:{place.port}/"\nset ssl_starttls=no\nset ssl_force_tls=no\n'
        f'set from="{ANNA}"\nset use_from=yes\nset copy=no\nset smtp_authenticators=""\nset realname="Änna"\n'
    )
    async with listening(place.port) as inbox:
        await run(
            "mutt", "-n", "-F", tmp_path / "rc", "-s", "Grüße", "-a", tmp_path / "photo.bin", "--", "info@shop.example",
            stdin="Öffnen Sie sonntags?\n".encode(), HOME=str(tmp_path),
        )  # fmt: skip
        item = await inbox.next()
    [message] = connector(place).parse(item)
    assert getattr(message, "subject", "") == "Grüße"
    assert [(one.name, one.size) for one in getattr(message, "attachments", ())] == [("photo.bin", 10240)]
