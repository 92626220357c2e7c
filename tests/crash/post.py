"""Mail as the test sees it: customers who write until they are acknowledged, and the server that takes answers."""

from __future__ import annotations

import asyncio
import contextlib
import email
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from crash.ledger import Ledger, Mailed, token_of

SHOP, POST = "shop@flowers.example", "post@flowers.example"
STORED = "250 2.0.0 OK, stored"


def letter(token: str, recipient: str, *, first: bool, size: int = 0) -> bytes:
    """A customer's mail; with a size, a file of so many bytes goes along. It joins the customer's first one."""
    number = int(token[1:5])
    subject = f"Order of {number}" if first else f"Re: Order of {number}"
    head = (
        f"From: Customer {number} <{address(number)}>\r\nTo: {recipient}\r\nSubject: {subject}\r\n"
        f"Message-ID: <{token}@customers.example>\r\nDate: Sun, 22 Nov 2026 09:00:00 +0000\r\nMIME-Version: 1.0\r\n"
    )
    words = f"{token} do you have tulips?\r\n"
    if not size:
        return f"{head}\r\n{words}".encode()
    noise = random.Random(token).randbytes(size).hex()
    lines = "\r\n".join(noise[start : start + 76] for start in range(0, len(noise), 76))
    return (
        f'{head}Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n{words}'
        f"--b\r\nContent-Type: application/octet-stream; name=list.bin\r\nContent-Disposition: attachment\r\n\r\n"
        f"{lines}\r\n--b--\r\n"
    ).encode()


def address(number: int) -> str:
    """A customer's address."""
    return f"c{number:04}@customers.example"


class Refused(Exception):
    """The server's answer was not the one that was hoped for."""


@dataclass(eq=False)
class Customer:
    """One who writes one mail after the other, each until it is acknowledged. `ports`: where somebody listens.

    `sent` remembers, for each of this customer's connections (its local port), the tokens in the order of their 250.
    """

    number: int
    ledger: Ledger
    ports: Callable[[], Sequence[int]]
    recipient: str = SHOP
    patience: float = 5.0
    written: int = 0
    sent: dict[int, list[str]] = field(default_factory=dict)
    _reader: asyncio.StreamReader | None = None
    _writer: asyncio.StreamWriter | None = None

    async def write(self, size: int = 0) -> str:
        """Write the next mail, and return its token once it is acknowledged."""
        self.written += 1
        token = f"T{self.number:04}N{self.written:06}"
        content = letter(token, self.recipient, first=self.written == 1, size=size)
        turn = 0
        while True:
            ports = self.ports()
            try:
                async with asyncio.timeout(self.patience):
                    await self._deliver(content, ports[turn % len(ports)])
            except (OSError, Refused, TimeoutError, asyncio.IncompleteReadError):
                self.hang_up()
                turn += 1
                await asyncio.sleep(0.02)
            else:
                self.ledger.acknowledged.add(token)
                assert self._writer is not None
                self.sent.setdefault(self._writer.get_extra_info("sockname")[1], []).append(token)
                return token

    async def keep_writing(self, pause: float, sizes: Sequence[int] = (0,)) -> None:
        """Write until cancelled."""
        try:
            while True:
                await self.write(sizes[self.written % len(sizes)])
                await asyncio.sleep(pause)
        finally:
            self.hang_up()

    def hang_up(self) -> None:
        """Close the connection without a word."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

    async def _deliver(self, content: bytes, port: int) -> None:
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port)
            await self._hear("220")
            await self._say("EHLO customers.example", "250")
        await self._say(f"MAIL FROM:<{address(self.number)}>", "250")
        await self._say(f"RCPT TO:<{self.recipient}>", "250")
        await self._say("DATA", "354")
        self._writer.write(content + b".\r\n")
        await self._hear(STORED)

    async def _say(self, command: str, hoped: str) -> None:
        assert self._writer is not None
        self._writer.write(f"{command}\r\n".encode())
        await self._hear(hoped)

    async def _hear(self, hoped: str) -> None:
        assert self._reader is not None
        while True:
            line = (await self._reader.readuntil(b"\r\n")).decode()
            if line[3:4] != "-":
                break
        if not line.startswith(hoped):
            raise Refused(line)


class Sink:
    """The mail server that takes the shop's answers. A customer whose number `busy` names is busy the first time."""

    def __init__(self, ledger: Ledger, busy: Callable[[int], bool] = lambda number: False) -> None:
        self._ledger = ledger
        self._busy = busy
        self._tried = set[str]()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def open(self) -> None:
        """Listen."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: SMTP(self, hostname="sink", loop=loop), "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop."""
        assert self._server is not None
        self._server.close()
        await asyncio.sleep(0)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """Write it down, then take it."""
        assert isinstance(envelope.content, bytes)
        mailed = read(envelope.content)
        recipient = envelope.rcpt_tos[0]
        if recipient not in self._tried and self._busy(int(recipient[1:5])):
            self._tried.add(recipient)
            return "451 4.2.1 busy, try again later"
        self._ledger.mailed.append(mailed)
        return "250 2.0.0 taken"


def read(content: bytes, *, by_file: bool = False) -> Mailed:
    """What matters of a mail that came out."""
    mail = email.message_from_bytes(content)
    # The answer's own words come first; what it answers stands below.
    body = next(part for part in mail.walk() if part.get_content_type() == "text/plain").get_payload(decode=True)
    assert isinstance(body, bytes)
    return Mailed(
        message_id=mail["Message-ID"],
        token=token_of(body.decode("utf-8", "replace")),
        automatic=mail["Auto-Submitted"] is not None,
        in_reply_to=token_of(mail["In-Reply-To"] or ""),
        by_file=by_file,
    )


def collect(maildir: Path, ledger: Ledger) -> None:
    """Add to the journal what lies in a Maildir; once, at the end."""
    with contextlib.suppress(FileNotFoundError):
        for file in sorted((maildir / "new").iterdir()):
            ledger.mailed.append(read(file.read_bytes(), by_file=True))
