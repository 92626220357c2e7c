"""The SMTP listener (RFC 5321).

Theory of operation. `Listener` runs aiosmtpd's protocol in the daemon's own loop. Each connection passes the `Gate`
and becomes a `Reception`: aiosmtpd speaks the commands and asks the `Intake` about them; the data we take ourselves
(`Body`), because aiosmtpd's way costs too much memory and time. On stopping, a connection whose mail is being stored
gets its 250 and then 421, every other one gets 421 at once.
"""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from collections import defaultdict
from typing import AnyStr, cast

from aiosmtpd.smtp import SMTP, syntax

from bridge.connector import Receive
from connectors.email.body import Body, has_bare_line_end
from connectors.email.gate import Doorkeeper, Gate, peer_of
from connectors.email.intake import BARE, STOPPING, Intake
from connectors.email.settings import EmailSettings, Listen

IDENT = "ESMTP inbox-bridge"
STOP_SECONDS = 5.0
_PLAIN_PATH = re.compile(r"<([A-Za-z0-9._+=-]{1,128}@[A-Za-z0-9.-]{1,253})>[ ]?(.*)")
# How far past its limit a mail is read (and thrown away) before the connection is closed.
_PATIENCE = 16 * 1024 * 1024


def _forget(task: asyncio.Task[None]) -> None:
    """Fetch the exception of a conversation that ended with its connection: there is nobody left to tell."""
    if not task.cancelled():
        task.exception()


class Reception(SMTP):
    """One connection: aiosmtpd's protocol, but for the data, bare line ends, and the ways it ends."""

    def __init__(self, intake: Intake, gate: Gate, settings: EmailSettings, tls: ssl.SSLContext | None) -> None:
        listen = settings.listen
        assert listen is not None
        super().__init__(
            intake,
            hostname=settings.hostname,
            ident=IDENT,
            data_size_limit=listen.size_limit,
            enable_SMTPUTF8=True,
            tls_context=tls,
            timeout=listen.command_timeout,
            auth_exclude_mechanism=("LOGIN", "PLAIN"),
            loop=asyncio.get_running_loop(),
        )
        # aiosmtpd keeps these on its class, where each EHLO raises them and each new connection resets them.
        self.command_size_limits = defaultdict(lambda: 512, MAIL=1024, RCPT=1024)
        self._intake = intake
        self._gate = gate
        self._listen: Listen = listen
        self._peer = ""
        self._inside = False
        self._last = b""
        self._body: Body | None = None
        self._held = 0
        self._ended: asyncio.Future[None] | None = None
        self._storing = False
        self._leaving = False

    # -- the connection's life ------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called again after STARTTLS, with the encrypted transport."""
        super().connection_made(transport)
        if self._inside:
            return
        self._inside = True
        self._peer = peer_of(transport)
        self._gate.enter(self._peer, self)
        assert self._handler_coroutine is not None
        self._handler_coroutine.add_done_callback(_forget)

    def connection_lost(self, error: Exception | None) -> None:
        """Called twice when a TLS handshake failed."""
        super().connection_lost(error)
        if self._inside:
            self._inside = False
            self._release()
            self._gate.leave(self._peer, self)

    def leave(self) -> None:
        """Say good-bye: at once, or when the mail that is being stored has been answered."""
        self._leaving = True
        if not self._storing:
            self._hang_up(STOPPING)

    def abort(self) -> None:
        """Cut the connection."""
        if self.transport is not None:
            cast("asyncio.Transport", self.transport).abort()

    def _hang_up(self, reply: str) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self._writer.write(reply.encode() + b"\r\n")
            self.transport.close()

    def _timeout_cb(self) -> None:
        self._hang_up("421 4.4.2 you took too long")

    async def push(self, status: AnyStr) -> None:
        """Send one reply; the connection ends after a 421, as RFC 5321 section 3.8 has it."""
        await super().push(status)
        if self._leaving:
            self._hang_up(STOPPING)
        elif status[:3] in ("421", b"421") and self.transport is not None:
            self.transport.close()

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        # Python's grammar of addresses takes a third of the time of a whole mail; nearly all addresses are this plain.
        plain = _PLAIN_PATH.fullmatch(arg)
        return (plain[1], plain[2]) if plain else super()._getaddr(arg)

    # -- what comes in --------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Bytes of a mail go to its body, all others to aiosmtpd's reader of commands."""
        if self._body is None:
            self._command_received(data)
            return
        rest = self._body.feed(data)
        self._account_for(self._body)
        if rest is None:
            if self._body.received > self._listen.size_limit + _PATIENCE:
                self._hang_up("552 5.3.4 the mail is far too large")
            return
        self._body = None
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(None)
        if rest:
            self._command_received(rest)

    def _command_received(self, data: bytes) -> None:
        # A line end that two reads split is put together first; nothing else of a command is held back.
        data, self._last = self._last + data, b""
        if data.endswith(b"\r"):
            data, self._last = data[:-1], b"\r"
        if has_bare_line_end(data):
            self._hang_up(f"500 {BARE}")
        elif data:
            super().data_received(data)

    def _account_for(self, body: Body) -> None:
        self._gate.held += body.held - self._held
        self._held = body.held
        if self._gate.full and not body.over:
            body.no_room = True
            body.drop()
            self._account_for(body)

    def _release(self) -> None:
        self._gate.held -= self._held
        self._held = 0

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd finds it by this name
        """Take one mail's data, hand it over, answer."""
        if await self.check_helo_needed():
            return
        if self.envelope is None or not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 need RCPT command")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        try:
            await self.push(await self._take(await self._read_body()))
        finally:
            self._storing = False
            self._release()

    async def _read_body(self) -> Body:
        self._reset_timeout(self._listen.data_timeout)
        # What a client sent without waiting for 354 stands in the reader already.
        waiting = len(self._reader._buffer)  # type: ignore[attr-defined]  # noqa: SLF001 - there is no other way to ask
        early = await self._reader.read(waiting) if waiting else b""
        early, self._last = early + self._last, b""
        body = self._body = Body(self._listen.size_limit)
        self._ended = self.loop.create_future()
        await self.push("354 end with a dot on a line of its own")
        if early:
            self.data_received(early)
        await self._ended
        return body

    async def _take(self, body: Body) -> str:
        assert self.session is not None
        assert self.envelope is not None
        envelope = self.envelope
        self.envelope = self._create_envelope()
        if body.no_room:
            return "452 4.3.1 too much mail at once, try again later"
        if body.over:
            return f"552 5.3.4 the mail is larger than {self._listen.size_limit} bytes"
        self._storing = True
        return await self._intake.take(self._peer, self.session, envelope, body)


def _tls_context(listen: Listen) -> ssl.SSLContext | None:
    if listen.cert is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(listen.cert, listen.key)
    return context


class Listener:
    """The listening socket and its connections. `port` is the bound one, 0 before `run` has bound it."""

    def __init__(self, settings: EmailSettings) -> None:
        assert settings.listen is not None
        self._settings = settings
        self._listen: Listen = settings.listen
        self.listening = asyncio.Event()
        self.port = 0

    async def run(self, receive: Receive) -> None:
        """Listen until cancelled; leave once every mail under way has been stored and answered.

        Raises OSError when the address cannot be bound or the certificate cannot be read.
        """
        # aiosmtpd logs commands, and at its most talkative whole mails.
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)
        listen = self._listen
        tls = await asyncio.to_thread(_tls_context, listen)
        intake = Intake(self._settings, listen, receive)
        gate = Gate(
            connections=listen.max_connections, per_address=listen.max_connections_per_address, memory=listen.memory
        )
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: Doorkeeper(gate, lambda: Reception(intake, gate, self._settings, tls)),
            listen.host,
            listen.port,
            backlog=512,
        )
        self.port = server.sockets[0].getsockname()[1]
        self.listening.set()
        try:
            await loop.create_future()
        finally:
            self.listening.clear()
            server.close()
            await self._stop(intake, gate)

    async def _stop(self, intake: Intake, gate: Gate) -> None:
        gate.close()
        if intake.storing:
            await asyncio.wait(intake.storing)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await gate.empty.wait()
        except TimeoutError:
            gate.abort()
