"""The listener over real sockets: what it takes, refuses, stores before it answers, and how it stops."""

from __future__ import annotations

import asyncio
import shutil
import smtplib
import socket
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bridge.connector import Busy, RawItem, StoreFull, Unavailable
from connectors.email.settings import EmailSettings
from connectors.email.smtp_in import Listener

MAIL = b"From: Anna <anna@there.example>\r\nSubject: Hello\r\n\r\nGood day\r\n"


@dataclass
class FakeStore:
    """Stands where the bridge's `receive` does: fails, or waits, as the test wants."""

    failure: Exception | None = None
    items: list[RawItem] = field(default_factory=list)
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    stored: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.open.set()

    async def receive(self, items: Sequence[RawItem], position: Mapping[str, str] | None) -> None:
        assert position is None
        self.entered.set()
        await self.open.wait()
        if self.failure is not None:
            raise self.failure
        self.items += items
        self.stored.set()


class Client:
    """A client that sends what the test says, byte for byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def reply(self) -> str:
        lines = []
        while True:
            line = (await self.reader.readline()).decode()
            lines.append(line)
            if line[3:4] != "-":
                return "".join(lines).rstrip()

    def write(self, data: bytes) -> None:
        self.writer.write(data)

    async def say(self, line: str | bytes) -> str:
        self.write((line if isinstance(line, bytes) else line.encode()) + b"\r\n")
        return await self.reply()

    async def envelope(self, sender: str = "Anna@There.example", recipient: str = "info@shop.example") -> None:
        assert (await self.say("EHLO client.example")).startswith("250")
        assert (await self.say(f"MAIL FROM:<{sender}>")).startswith("250")
        assert (await self.say(f"RCPT TO:<{recipient}>")).startswith("250")

    async def data(self, mail: bytes = MAIL) -> str:
        assert (await self.say("DATA")).startswith("354")
        self.write(mail + b".\r\n")
        return await self.reply()


@dataclass
class Running:
    listener: Listener
    store: FakeStore
    task: asyncio.Task[None]
    clients: list[Client] = field(default_factory=list)

    async def connect(self) -> Client:
        client = Client(*await asyncio.open_connection("127.0.0.1", self.listener.port))
        self.clients.append(client)
        return client

    async def greeted(self) -> Client:
        client = await self.connect()
        assert (await client.reply()).startswith("220 shop.example ESMTP")
        return client

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


@asynccontextmanager
async def listening(**listen: Any) -> AsyncIterator[Running]:
    settings = EmailSettings(
        address="info@shop.example",
        maildir=Path("/nowhere"),
        reply_to="shop+{token}@shop.example",
        listen={"port": 0, **listen},  # type: ignore[arg-type]
    )
    listener, store = Listener(settings), FakeStore()
    task = asyncio.create_task(listener.run(store.receive))
    running = Running(listener, store, task)
    try:
        await listener.listening.wait()
        yield running
    finally:
        for client in running.clients:
            client.writer.close()
        await running.stop()


async def test_a_mail_is_stored_with_its_envelope_before_it_is_answered() -> None:
    async with listening() as running:
        client = await running.greeted()
        await client.envelope()
        assert await client.data(b"Subject: x\r\n\r\n..dot\r\n") == "250 2.0.0 OK, stored"
    [item] = running.store.items
    assert item.raw == b"Subject: x\r\n\r\n.dot\r\n"
    assert item.lane == "anna@there.example"
    assert item.facts == {
        "via": "smtp",
        "account": "info@shop.example",
        "own": ["info@shop.example"],
        "reply_to": "shop+{token}@shop.example",
        "mail_from": "Anna@There.example",
        "rcpt_tos": ["info@shop.example"],
        "peer": "127.0.0.1",
        "helo": "client.example",
        "tls": False,
    }
    assert item.repeats_after is not None
    assert item.repeats_after.days == 5


async def test_the_same_transaction_again_has_the_same_identity_and_any_other_has_not() -> None:
    async with listening(recipients=["sales@shop.example"]) as running:
        client = await running.greeted()
        for sender, recipient, mail in [
            ("a@b.example", "info@shop.example", MAIL),
            ("a@b.example", "info@shop.example", MAIL),
            ("c@b.example", "info@shop.example", MAIL),
            ("a@b.example", "sales@shop.example", MAIL),
            ("a@b.example", "info@shop.example", MAIL + b"more\r\n"),
        ]:
            await client.envelope(sender, recipient)
            assert (await client.data(mail)).startswith("250")
    ids = [item.native_id for item in running.store.items]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 4
    assert all(one.startswith("smtp:") and len(one) == 69 for one in ids)


async def test_a_client_of_the_old_protocol_is_taken_too() -> None:
    async with listening() as running:
        client = await running.greeted()
        for line in ("HELO old.example", "MAIL FROM:<a@b.example>", "RCPT TO:<info@shop.example>"):
            assert (await client.say(line)).startswith("250")
        assert (await client.data()).startswith("250")
    assert running.store.items[0].facts["helo"] == "old.example"


async def test_a_bounce_has_a_lane_of_its_own() -> None:
    async with listening() as running:
        client = await running.greeted()
        await client.envelope(sender="")
        assert (await client.data()).startswith("250")
    assert running.store.items[0].lane == "<>"
    assert running.store.items[0].facts["mail_from"] == "<>"


@pytest.mark.parametrize(
    ("failure", "answer"),
    [
        (Unavailable("locked"), "451 4.3.0"),
        (StoreFull("full"), "452 4.3.1"),
        (Busy("stopping"), "421 4.3.2"),
        (RuntimeError("a bug"), "451 4.3.0"),
    ],
)
async def test_what_was_not_stored_is_never_answered_with_250(failure: Exception, answer: str) -> None:
    async with listening() as running:
        running.store.failure = failure
        client = await running.greeted()
        await client.envelope()
        assert (await client.data()).startswith(answer)
        if answer.startswith("421"):
            assert await client.reader.read() == b""
            return
        running.store.failure = None
        await client.envelope()
        assert (await client.data()).startswith("250")
    assert len(running.store.items) == 1


async def test_no_answer_comes_while_the_store_is_busy() -> None:
    async with listening() as running:
        running.store.open.clear()
        client = await running.greeted()
        await client.envelope()
        answer = asyncio.create_task(client.data())
        await running.store.entered.wait()
        assert not answer.done()
        running.store.open.set()
        assert (await answer).startswith("250")


async def test_a_client_that_vanishes_after_its_data_does_not_stop_the_storing() -> None:
    async with listening() as running:
        running.store.open.clear()
        client = await running.greeted()
        await client.envelope()
        await client.say("DATA")
        client.write(MAIL + b".\r\n")
        await running.store.entered.wait()
        client.writer.transport.abort()
        await running.greeted()  # the abort has been seen by now
        running.store.open.set()
        await running.store.stored.wait()
    assert [item.raw for item in running.store.items] == [MAIL]


async def test_a_client_that_vanishes_within_its_data_leaves_nothing() -> None:
    async with listening() as running:
        client = await running.greeted()
        await client.envelope()
        await client.say("DATA")
        client.write(MAIL)
        client.writer.close()
        await client.writer.wait_closed()
        await running.stop()
    assert running.store.items == []


@pytest.mark.parametrize(
    ("recipient", "answer"),
    [
        ("info@shop.example", "250"),
        ("INFO@Shop.Example", "250"),
        ("sales@shop.example", "250"),
        ("other@shop.example", "550 5.1.1"),
        # Addresses for answers.
        (f"Shop+{'a' * 36}@shop.example", "250"),
        (f"shop+{'a' * 35}@shop.example", "550 5.1.1"),
        (f"shop+{'a' * 36}@evil.example", "550 5.1.1"),
        ("info@shop.example.evil.example", "550 5.1.1"),
        ("info%evil.example@shop.example", "550 5.1.1"),
        ("@shop.example:x@evil.example", "550 5.1.1"),
        ('"info@shop.example"@evil.example', "550 5.1.1"),
    ],
)
async def test_mail_for_others_is_refused(recipient: str, answer: str) -> None:
    async with listening(recipients=["Sales@shop.example"]) as running:
        client = await running.greeted()
        await client.say("EHLO x")
        await client.say("MAIL FROM:<a@b.example>")
        assert (await client.say(f"RCPT TO:<{recipient}>")).startswith(answer)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("MAIL FROM:<a@b.example> SIZE=99999999999", "552"),
        ("MAIL FROM:<a@b.example> SIZE=1000 BODY=8BITMIME", "250"),
        ("MAIL FROM:<ännä@bücher.example> SMTPUTF8", "250"),
        (b"MAIL FROM:<\xff\xfe@b.example>", "553"),
        (b"MAIL FROM:<a\x00b@b.example>", "553"),
        ("DATA", "503"),
        ("AUTH PLAIN AGEAYg==", "5"),
        ("WHAT", "500"),
        ("X" * 2000, "500"),
    ],
)
async def test_commands(line: str | bytes, answer: str) -> None:
    async with listening() as running:
        client = await running.greeted()
        said = await client.say("EHLO client.example")
        assert "8BITMIME" in said
        assert "SMTPUTF8" in said
        assert "SIZE 26214400" in said
        assert "AUTH" not in said
        assert "STARTTLS" not in said
        assert (await client.say(line)).startswith(answer)


@pytest.mark.parametrize(
    "sent", [b"NOOP\n", b"NO\rOP\r\n", b"NOOP\n\r\n", b"MAIL FROM:<a@b.example>\nRCPT TO:<x@y>\r\n"]
)
async def test_a_bare_line_end_in_a_command_ends_the_connection(sent: bytes) -> None:
    async with listening() as running:
        client = await running.greeted()
        client.write(sent)
        assert (await client.reply()).startswith("500 5.6.0 bare CR or LF")
        assert await client.reader.read() == b""


async def test_a_line_end_split_over_two_packets_is_no_bare_one() -> None:
    async with listening() as running:
        client = await running.greeted()
        client.write(b"EHLO x\r")
        await asyncio.sleep(0.01)  # two reads at the other side; a slow machine only makes the test weaker
        client.write(b"\n")
        assert (await client.reply()).startswith("250")


@pytest.mark.parametrize(
    "smuggled",
    [
        b"a\n.\r\nMAIL FROM:<x@y>\r\n",
        b"a\r\n.\nMAIL FROM:<x@y>\r\n",
        b"a\n.\nMAIL FROM:<x@y>\r\n",
        b"a\rb\r\n",
        b"a\r.\rb\r\n",
    ],
)
async def test_a_bare_line_end_in_the_data_is_refused_and_splits_nothing(smuggled: bytes) -> None:
    async with listening() as running:
        client = await running.greeted()
        await client.envelope()
        assert (await client.data(smuggled)).startswith("554 5.6.0 bare CR or LF")
        await client.envelope()
        assert (await client.data()).startswith("250")
    assert len(running.store.items) == 1


async def test_what_is_too_large_is_refused_and_the_next_mail_taken() -> None:
    async with listening(size_limit=65536) as running:
        client = await running.greeted()
        await client.envelope()
        assert (await client.data(b"x" * 998 * 66 + b"\r\n")).startswith("552 5.3.4")
        await client.envelope()
        assert (await client.data(b"x" * 65534 + b"\r\n")).startswith("250")


async def test_over_its_memory_the_listener_asks_to_come_again() -> None:
    async with listening(size_limit=1024 * 1024, memory=1024 * 1024) as running:
        first, second = await running.greeted(), await running.greeted()
        for client in (first, second):
            await client.envelope()
            await client.say("DATA")
            client.write(b"x" * 700_000 + b"\r\n")
            await client.writer.drain()
        second.write(b".\r\n")
        first.write(b".\r\n")
        answers = sorted([(await first.reply())[:3], (await second.reply())[:3]])
        assert answers == ["250", "452"]
        await second.envelope()
        assert (await second.data()).startswith("250")


async def test_recipients_are_capped() -> None:
    async with listening(max_recipients=2) as running:
        client = await running.greeted()
        await client.envelope()
        assert (await client.say("RCPT TO:<info@shop.example>")).startswith("250")
        assert (await client.say("RCPT TO:<info@shop.example>")).startswith("452 4.5.3")


@pytest.mark.parametrize("caps", [{"max_connections": 2}, {"max_connections_per_address": 2}])
async def test_connections_are_capped_and_counted_out_again(caps: dict[str, int]) -> None:
    async with listening(**caps) as running:
        first, _second = await running.greeted(), await running.greeted()
        refused = await running.connect()
        assert (await refused.reply()).startswith("421")
        assert await refused.reader.read() == b""
        assert (await first.say("QUIT")).startswith("221")
        assert await first.reader.read() == b""
        await running.greeted()


async def test_an_idle_client_is_sent_away() -> None:
    async with listening(command_timeout=0.05) as running:
        client = await running.greeted()
        assert (await client.reply()).startswith("421 4.4.2")
        assert await client.reader.read() == b""


async def test_data_that_takes_too_long_is_not_stored() -> None:
    async with listening(data_timeout=0.05) as running:
        client = await running.greeted()
        await client.envelope()
        await client.say("DATA")
        client.write(MAIL)
        assert (await client.reply()).startswith("421 4.4.2")
    assert running.store.items == []


async def test_commands_and_data_may_come_in_one_go() -> None:
    async with listening() as running:
        client = await running.greeted()
        lines = "EHLO x", "MAIL FROM:<a@b.example>", "RCPT TO:<info@shop.example>", "DATA"
        client.write("".join(f"{line}\r\n" for line in lines).encode() + MAIL + b".\r\nNOOP\r\nQUIT\r\n")
        replies = [(await client.reply())[:3] for _ in range(7)]
        assert replies == ["250", "250", "250", "354", "250", "250", "221"]
    assert [item.raw for item in running.store.items] == [MAIL]


async def test_data_byte_by_byte() -> None:
    async with listening() as running:
        client = await running.greeted()
        await client.envelope()
        await client.say("DATA")
        sock = client.writer.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in MAIL + b".\r\n":
            client.write(bytes([byte]))
            await client.writer.drain()
        assert (await client.reply()).startswith("250")
    assert [item.raw for item in running.store.items] == [MAIL]


async def test_stopping_sends_idle_clients_away_and_lets_a_mail_in_storing_finish() -> None:
    async with listening() as running:
        running.store.open.clear()
        idle, busy = await running.greeted(), await running.greeted()
        await busy.envelope()
        await busy.say("DATA")
        busy.write(MAIL + b".\r\n")
        await running.store.entered.wait()
        running.task.cancel()
        assert (await idle.reply()).startswith("421 4.3.2")
        assert not running.task.done()
        running.store.open.set()
        assert (await busy.reply()).startswith("250")
        assert (await busy.reply()).startswith("421 4.3.2")
        await asyncio.wait([running.task])
        assert running.task.cancelled()
        with pytest.raises(OSError, match=r"."):
            await running.connect()
    assert len(running.store.items) == 1


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


def _over_tls(port: int) -> list[int]:
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
        client.ehlo()
        assert client.has_extn("starttls")
        client.starttls()
        client.ehlo()
        assert not client.has_extn("starttls")
        assert not client.has_extn("auth")
        client.sendmail("a@b.example", "info@shop.example", MAIL)
        return [client.noop()[0]]


async def test_starttls_and_its_connection_is_counted_once(certificate: tuple[Path, Path]) -> None:
    cert, key = certificate
    async with listening(cert=cert, key=key, max_connections_per_address=3) as running:
        for _ in range(6):
            assert await asyncio.to_thread(_over_tls, running.listener.port) == [250]
    assert [item.facts["tls"] for item in running.store.items] == [True] * 6


async def test_a_certificate_that_cannot_be_read_is_an_error_at_the_start(tmp_path: Path) -> None:
    settings = EmailSettings(
        address="info@shop.example",
        maildir=tmp_path,
        listen={"port": 0, "cert": tmp_path / "a", "key": tmp_path / "b"},  # type: ignore[arg-type]
    )
    with pytest.raises(FileNotFoundError):
        await Listener(settings).run(FakeStore().receive)


@pytest.mark.servers
async def test_swaks_delivers(tmp_path: Path) -> None:
    swaks = shutil.which("swaks")
    if swaks is None:
        pytest.skip("swaks is not installed")
    mail = tmp_path / "mail"
    mail.write_bytes(MAIL.replace(b"\r\n", b"\n"))
    async with listening() as running:
        for options in ([], ["--pipeline"]):
            process = await asyncio.create_subprocess_exec(
                swaks, "--server", f"127.0.0.1:{running.listener.port}", "--from", "a@b.example",
                "--to", "info@shop.example", "--data", f"@{mail}", *options,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )  # fmt: skip
            output, _ = await process.communicate()
            assert process.returncode == 0, output.decode()
    assert len(running.store.items) == 2
    assert {bytes(item.raw)[: len(MAIL)] for item in running.store.items if isinstance(item.raw, bytes)} == {MAIL}
