"""One connection to a mail server by IMAP, every step of it guarded.

Theory of operation. aioimaplib completes nothing when a connection is lost, and some of its calls never end. So every
await is raced against the loss of the connection and a time limit (`race`), and a connection that fails once is thrown
away: whoever holds it makes another one. That is the watchdog, too: nothing can hang for longer than its limit.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable
from typing import Any, TypeVar

from aioimaplib import aioimaplib

from bridge.connector import one_line
from connectors.email.imap_protocol import Protocol, lines_of
from connectors.email.imap_settings import Imap
from connectors.email.imap_wire import Response, code_of
from connectors.email.reaching import speaks_no_tls, unreachable

T = TypeVar("T")

_GOODBYE_SECONDS = 1.0
# An answer that keeps coming is waited for, but not for ever: so many times the limit.
_PATIENCE = 20
# Seconds of silence, between two probes, and probes: a server whose machine is gone is missed after a minute.
_KEEPALIVE = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
# RFC 5530: not about what was asked, but about the moment.
_FOR_NOW = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG"})


class ConnectionLost(Exception):
    """The connection broke, could not be made, or said nothing in time. In plain words."""


class NotTrusted(ConnectionLost):
    """The server's certificate is not trusted: that does not mend itself."""


class Refused(Exception):
    """The server said NO or BAD to a command; `for_now`: it may take it later."""

    def __init__(self, what: str, words: str) -> None:
        super().__init__(f"the mail server refused {what}: {one_line(words, 200)}")
        self.for_now = code_of(words) in _FOR_NOW


def _trust(settings: Imap) -> ssl.SSLContext | None:
    """What a server's certificate is checked against; None without TLS. Blocks."""
    if settings.security == "none":
        return None
    try:
        return ssl.create_default_context(cafile=settings.ca_file)
    except OSError as error:
        raise NotTrusted(f"ca_file {settings.ca_file} cannot be used: {error.strerror or error}") from error


class Connection:
    """One connection. Every method that waits raises ConnectionLost."""

    def __init__(self, settings: Imap) -> None:
        self._settings = settings
        self._where = f"{settings.host}:{settings.port}"
        self._lost: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
        self.protocol = Protocol(self._on_lost)
        self._open = False

    def _on_lost(self, error: Exception | None) -> None:
        if not self._lost.done():
            self._lost.set_result(error)

    async def connect(self) -> None:
        """Connect, check the certificate, wait for the greeting."""
        tls = await asyncio.to_thread(_trust, self._settings)
        loop = asyncio.get_running_loop()
        try:
            making = loop.create_connection(lambda: self.protocol, self._settings.host, self._settings.port, ssl=tls)
            transport, _ = await self.race("the connection", making)
        except ssl.SSLCertVerificationError as error:
            raise NotTrusted(
                f"the certificate of {self._where} is not trusted ({error.verify_message}); check host, or set ca_file"
            ) from error
        except OSError as error:
            if speaks_no_tls(error):
                raise ConnectionLost(f"{self._where} speaks no TLS that we know; with TLS the port is 993") from error
            raise ConnectionLost(f"{self._where} cannot be reached: {unreachable(error)}") from error
        self._open = True
        _keep_alive(transport.get_extra_info("socket"))
        await self.race("the greeting", self.protocol.wait("AUTH|NONAUTH"))

    async def close(self) -> None:
        """Say good-bye, if that is possible at once."""
        if not self._open:
            return
        transport = self.protocol.transport
        if not self._lost.done() and not transport.is_closing():
            with contextlib.suppress(OSError, RuntimeError):
                self.protocol.send(f"{self.protocol.new_tag()} LOGOUT")
            transport.close()
        try:
            await asyncio.wait({self._lost}, timeout=_GOODBYE_SECONDS)
        finally:
            transport.abort()
            for task in [*self.protocol.tasks]:
                task.cancel()

    async def race(self, what: str, call: Awaitable[T], seconds: float | None = None) -> T:
        """The result of `call`, unless the connection is lost, or the server is silent for too long, before."""
        limit = self._settings.timeout if seconds is None else seconds
        task = asyncio.ensure_future(call)
        try:
            if await self._ends(task, limit):
                return task.result()
        except OSError:
            raise
        except (aioimaplib.AioImapException, ValueError, IndexError, AttributeError) as error:
            # The last ones are what aioimaplib makes of an answer that it did not expect.
            raise ConnectionLost(f"{self._where} cannot be understood ({what}): {_words(error)}") from error
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait({task})
        if self._lost.done():
            raise ConnectionLost(self._why_lost(what))
        raise ConnectionLost(f"{self._where} gave no answer to {what} within {limit:g} seconds")

    async def _ends(self, task: asyncio.Future[T], limit: float) -> bool:
        """Whether the task ends: before the connection does, and before a silence of `limit` seconds."""
        racing: set[asyncio.Future[Any]] = {task, self._lost}
        for _ in range(_PATIENCE):
            heard = self.protocol.heard
            done, _ = await asyncio.wait(racing, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
            if done or self.protocol.heard == heard:
                break
        return task.done()

    def _why_lost(self, what: str) -> str:
        if self.protocol.refusal:
            return f"{self._where} {self.protocol.refusal}"
        error = self._lost.result()
        return f"{self._where} closed the connection ({what})" + (f": {_words(error)}" if error else "")

    async def say(self, what: str, command: aioimaplib.Command, seconds: float | None = None) -> Response:
        """The lines that answer a command. Raises Refused, too."""
        return accepted(what, await self.race(what, self.protocol.execute(command), seconds))


def accepted(what: str, response: aioimaplib.Response) -> Response:
    """The lines of an answer that is OK. Raises Refused."""
    lines = lines_of(response)
    if response.result != "OK":
        raise Refused(what, bytes(lines[-1]).decode("utf-8", "replace") if lines else "")
    return lines


def _keep_alive(connection: socket.socket | None) -> None:
    """Let the system find out that the other machine is gone."""
    if connection is None:
        return
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEPALIVE:
            if hasattr(socket, name):
                connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _words(error: Exception) -> str:
    if isinstance(error, aioimaplib.CommandTimeout | aioimaplib.IncompleteRead):
        return type(error).__name__  # they carry what was read
    return one_line(getattr(error, "strerror", None) or str(error), 200) or type(error).__name__
