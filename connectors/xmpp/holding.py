"""A connection that holds, an account's or a component's. Theory of operation:

    connecting --> session --> lost --> connecting, with jitter --> resumed, or a new session
        |                                   |
        +-- refused: raises at once         +-- gone for too long: tried on, and `trouble` says so to the owner

slixmpp does not reconnect by itself, waits for ever on a server that accepts a connection and stays silent, and its
`is_connected` means TCP only; so nothing here asks it. A session counts from the moment that stream features are
negotiated, or a stream is resumed (XEP-0198), until `disconnected`. Every attempt has a time limit, and a quiet
connection is tried with a ping.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import Any, Protocol
from xml.etree import ElementTree as ET

from slixmpp import ClientXMPP, ComponentXMPP
from slixmpp.xmlstream.xmlstream import NotConnectedError

from bridge.connector import one_line
from connectors.xmpp.failures import Failed, NoSession, Refused
from connectors.xmpp.stream import Endpoint, Stream

Wire = ClientXMPP | ComponentXMPP
Events = dict[str, Callable[[Any], None]]

FIRST_PATIENCE_SECONDS = 15.0
"""How long the first connection may take before the owner is told (a connector that stays up counts as working)."""

PATIENCE_SECONDS = 60.0
"""How long a lost connection may take to come back before the owner is told."""

_LONGEST_PAUSE_SECONDS = 30.0
_SILENT = "it does not answer"
_GOODBYE_SECONDS = 1.0


class Listener(Protocol):
    """Who hears what comes by a session, in order. Must not raise."""

    def new_session(self) -> None:
        """A new session, before anything comes by it."""

    def message(self, stanza: ET.Element) -> None:
        """A message of any kind."""

    def presence(self, stanza: ET.Element) -> None:
        """A presence of any kind."""


class Holding(Stream, ABC):
    """A connection that holds. How it is made, and why it may be refused, says who inherits."""

    def __init__(self, settings: Endpoint, listener: Listener, patience: float = FIRST_PATIENCE_SECONDS) -> None:
        super().__init__(settings)
        self._listener = listener
        self._patience = patience
        # Why there has been no session for so long that the owner should know; "" while there is, or lately was.
        self.trouble = ""
        self._begun = False
        # How many sessions there have been, and which of them the server ended in order.
        self.number = 0
        self._in_order: set[int] = set()
        self._refusal = ""
        self._dice = random.Random()  # noqa: S311 - spreads reconnections, keeps no secret

    async def run(self, begin: Callable[[], Awaitable[None]]) -> None:
        """Hold the connection until cancelled; `begin` is awaited in each new session, and cancelled with it.

        Raises Refused.
        """
        self.trouble = ""
        try:
            client = self._make()
            patience = self._patience
            while True:
                await self._connect(client, patience)
                patience = PATIENCE_SECONDS
                await self._hold(client, begin)
        finally:
            await self._leave()

    def _make(self) -> Wire:
        client = self._wire()
        events: Events = {
            "disconnected": self._disconnected,
            "connection_failed": self._not_connected,
            "stream_error": self._thrown_out,
            **self._events(),
        }
        for name, handler in events.items():
            client.add_event_handler(name, handler)
        self._client = client
        return client

    @abstractmethod
    def _wire(self) -> Wire:
        """What speaks to the server, not connected yet. Raises Refused."""

    @abstractmethod
    def _events(self) -> Events:
        """Who hears of what else slixmpp tells."""

    def _forget_counters(self) -> None:
        """What an earlier stream counted is nothing to the next one."""

    # -- connecting ------------------------------------------------------------------------------------------------

    async def _connect(self, client: Wire, patience: float) -> None:
        """Return in a session, however long that takes. Raises Refused."""
        loop = asyncio.get_running_loop()
        since, pause = loop.time(), 0.2
        while not await self._attempt(client):
            if self._refusal:
                raise Refused(self._refusal)
            if loop.time() - since >= patience and not self.trouble:
                # Said once, as it was then: the reason may change with every try.
                self.trouble = f"{self._server()} cannot be reached: {self._reason}"
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS, max(1.0, patience / 4))
            await asyncio.sleep(pause * self._dice.uniform(0.5, 1.0))
        self.trouble = ""

    def _server(self) -> str:
        """What was tried, as the configuration names it: the library's own words name the domain, also where `host` is
        what counts.
        """
        settings = self._settings
        if settings.host is None:
            return f"the XMPP server of {settings.jid}"
        return f"the XMPP server of {settings.jid}, at {settings.host}:{settings.port} as host and port say,"

    async def _attempt(self, client: Wire) -> bool:
        """Try once; whether there is a session."""
        self._down.clear()
        self._refusal, self._reason = "", _SILENT
        self._forget_counters()
        client.connect(self._settings.host, self._settings.port if self._settings.host else None)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(self._settings.timeout, FIRST_PATIENCE_SECONDS)):
                await _first(self._up, self._down)
        if self._up.is_set():
            return True
        await self._end(client)
        return False

    # -- in a session ----------------------------------------------------------------------------------------------

    async def _hold(self, client: Wire, begin: Callable[[], Awaitable[None]]) -> None:
        """Return when the session is lost; raises Refused where it was ended for good."""
        # A resumed session in which the beginning was cut off is begun again.
        beginning = None if self._begun else asyncio.create_task(self._begin(begin))
        try:
            while not self._down.is_set():
                await self._quiet()
                if not self._down.is_set() and not await self._answers():
                    await self._end(client)
        finally:
            self._up.clear()
            if beginning is not None:
                beginning.cancel()
                await asyncio.wait([beginning])
        if beginning is not None and not beginning.cancelled() and (error := beginning.exception()) is not None:
            raise error
        if self._refusal:
            raise Refused(self._refusal)

    async def _begin(self, begin: Callable[[], Awaitable[None]]) -> None:
        try:
            await begin()
            self._begun = True
        except NoSession:  # then there will be another one
            return
        except Exception:  # a fault of ours, raised to `run`: a session that was never begun would hear nothing
            self.suspect()
            raise

    async def _quiet(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.ping_seconds):
                await self._down.wait()

    async def _answers(self) -> bool:
        try:
            await self.ping()
        except Failed as error:
            return error.condition != "timeout"
        except NoSession:
            return False
        return True

    def suspect(self) -> None:
        """Something that had to come did not: begin anew, by resuming the stream where the server can."""
        if self._client is not None and self._up.is_set():
            self._up.clear()
            _drop(self._client)

    async def _end(self, client: Wire) -> None:
        """Drop the connection, and wait until slixmpp has noticed: it would take the next one for this one."""
        self._up.clear()
        if client.transport is not None:
            self._down.clear()
            _drop(client)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_GOODBYE_SECONDS):
                    await self._down.wait()
        _drop(client)
        self._down.set()

    async def _leave(self) -> None:
        client, self._client = self._client, None
        self._up.clear()
        self._lose()
        if client is None:
            return
        if client.transport is not None:
            with contextlib.suppress(NotConnectedError):
                await client.disconnect(wait=_GOODBYE_SECONDS, ignore_send_queue=True)
        client.cancel_connection_attempt()
        client.abort()
        # slixmpp never ends this one by itself.
        sending = client._run_out_filters  # noqa: SLF001 - see above
        if sending is not None:
            sending.cancel()
            await asyncio.wait([sending])

    def ended_in_order(self, number: int) -> bool:
        """Whether the server was shut down in this session, and said so: what it had taken by then it did not drop."""
        return number in self._in_order

    # -- what slixmpp tells ----------------------------------------------------------------------------------------

    def _started(self) -> None:
        """A new session has begun: it knows nothing of the one before."""
        self._lose()
        self.number += 1
        self._begun = False
        self._listener.new_session()
        self._up.set()

    def _disconnected(self, reason: object) -> None:
        self._up.clear()
        # That it ended says less than what the server had said before.
        if reason and not isinstance(reason, dict) and self._reason == _SILENT:
            self._reason = one_line(str(reason), 200)
        self._down.set()

    def _not_connected(self, reason: object) -> None:
        self._reason = one_line(str(reason), 200)
        self._down.set()

    def _thrown_out(self, error: Any) -> None:
        condition = str(error["condition"])
        self._reason = f"the server ended the connection: {condition}"
        if condition == "system-shutdown":
            self._in_order.add(self.number)
        if condition in ("conflict", "not-authorized", "policy-violation", "host-unknown"):
            self._refusal = (
                f"the server ended the connection of {self._settings.jid}: {condition}{self._why(condition)}"
            )

    def _why(self, condition: str) -> str:  # noqa: ARG002 - a hook
        """What is more to be said of being thrown out."""
        return ""


async def _first(*events: asyncio.Event) -> None:
    """Until one of them is set."""
    waiting = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()


def _drop(client: Wire) -> None:
    """End a connection, or the attempt at one, at once."""
    client.cancel_connection_attempt()
    client.abort()
