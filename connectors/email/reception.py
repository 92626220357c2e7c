"""One SMTP connection (RFC 5321): aiosmtpd speaks the commands, the data and the ends are ours."""

from __future__ import annotations

import asyncio
import base64
import re
import ssl
from collections import defaultdict
from typing import AnyStr, cast

from aiosmtpd.smtp import SMTP, syntax

from bridge.connector import reach
from connectors.email.body import Body, has_bare_line_end
from connectors.email.gate import Gate, peer_of
from connectors.email.intake import BARE, STOPPING, Intake
from connectors.email.login import Logins
from connectors.email.settings import EmailSettings, Listen

IDENT = "ESMTP inbox-bridge"
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
        self._logins = Logins(intake.guests)

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

    # -- logging in -----------------------------------------------------------------------------------------------

    @syntax("AUTH <mechanism>")
    async def smtp_AUTH(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd finds it by this name
        """Take a login. aiosmtpd's own gives two replies to one that is broken off, and any number of tries."""
        assert self.session is not None
        assert self.envelope is not None
        if not self._intake.guests.has_users:
            reply = "502 5.5.1 there is nothing to log in to"
        elif self.session.ssl is None:
            reply = "538 5.7.11 STARTTLS first: logins are taken over TLS only"
        elif not self.session.extended_smtp:
            reply = "503 5.5.1 EHLO first"
        elif self.session.authenticated or self.envelope.mail_from is not None:
            reply = "503 5.5.1 too late to log in"
        else:
            reply = await self._log_in(arg or "")
        await self.push(reply)

    async def _log_in(self, arguments: str) -> str:
        assert self.session is not None
        reply, login = await self._logins.answer(arguments, self._challenge)
        if login:
            self.session.authenticated = True
            self.session.login_data = login
        return reply

    async def _challenge(self, words: bytes) -> bytes:
        await self.push(b"334 " + base64.b64encode(words))
        line: bytes = await self._reader.readline()
        return line

    # -- a mail ---------------------------------------------------------------------------------------------------

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
            body = await self._read_body()
            reach("smtp.taken")
            reply = await self._take(body)
            reach("smtp.stored")
            await self.push(reply)
            reach("smtp.answered")
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
