"""One account's connection that holds. Theory of operation:

    connecting --> session --> lost --> connecting, with jitter --> resumed, or a new session
        |                                   |
        +-- refused: raises at once         +-- gone for too long: raises, so that the owner is told

slixmpp does not reconnect by itself, waits for ever on a server that accepts a connection and stays silent, and its
`is_connected` means TCP only; so nothing here asks it. A session counts from the moment that stream features are
negotiated, or a stream is resumed (XEP-0198), until `disconnected`. Every attempt has a time limit, and a quiet
connection is tried with a ping.

The server's acknowledgement of a stanza is its promise to deliver it. It is asked for after each one (slixmpp's own
request goes out before the stanza), and comes as the event `stanza_acked`, after a resumption too. A new session knows
nothing of what the last one sent: whoever waits for an acknowledgement then gets Lost.

The resource is random per process, so that two daemons do not throw each other out, and the same for all connections of
one process, so that binding it ends a half-dead connection before it: nothing of that can arrive late.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, Protocol
from xml.etree import ElementTree as ET

from slixmpp import ClientXMPP, Message
from slixmpp.exceptions import IqError, IqTimeout
from slixmpp.xmlstream.xmlstream import NotConnectedError

from bridge.connector import one_line
from connectors.xmpp import client as clients
from connectors.xmpp.address import domain
from connectors.xmpp.settings import XmppSettings

RESOURCE = "inbox-bridge."
"""Begins the resource of every bridge, so that what one of them wrote is known in the archive."""

FIRST_PATIENCE_SECONDS = 15.0
"""How long the first connection may take before the owner is told (a connector that stays up counts as working)."""

PATIENCE_SECONDS = 60.0
"""How long a lost connection may take to come back before the owner is told."""

_LONGEST_PAUSE_SECONDS = 10.0
_GOODBYE_SECONDS = 1.0

# Its constructor has no types.
_MESSAGE: Any = Message


class Refused(Exception):
    """The server does not let us in, or has thrown us out: no try will mend it by itself. The words are the owner's."""


class Unreachable(Exception):
    """No session could be had for so long that the owner should know."""


class Lost(Exception):
    """The session ended before the server said that it took the stanza."""


class NoSession(Exception):
    """There is no session now; nothing was sent."""


class Failed(Exception):
    """The server answered a question with an error. `condition` as in RFC 6120 section 8.3.3."""

    def __init__(self, condition: str, text: str = "") -> None:
        super().__init__(one_line(f"{condition}: {text}" if text else condition, 200))
        self.condition = condition


class Listener(Protocol):
    """Who hears what comes by a session, in order. Must not raise."""

    def new_session(self) -> None:
        """A new session, before anything comes by it."""

    def message(self, stanza: ET.Element) -> None:
        """A message of any kind."""

    def presence(self, stanza: ET.Element) -> None:
        """A presence of any kind."""


class Session:
    """One account's connection. `listener` gets what comes by it."""

    def __init__(self, settings: XmppSettings, listener: Listener) -> None:
        self._settings = settings
        self._listener = listener
        self.resource = RESOURCE + secrets.token_hex(4)
        self._client: ClientXMPP | None = None
        self._up = asyncio.Event()
        self._down = asyncio.Event()
        self._begun = False
        self._reason = ""
        self._refusal = ""
        self._unacked: dict[int, tuple[Any, asyncio.Future[None]]] = {}
        self._dice = random.Random()  # noqa: S311 - spreads reconnections, keeps no secret

    @property
    def live(self) -> bool:
        """Whether stanzas can be sent now."""
        return self._up.is_set()

    @property
    def managed(self) -> bool:
        """Whether the server acknowledges stanzas (XEP-0198)."""
        return self._client is not None and bool(self._client.plugin["xep_0198"].enabled_out)

    @property
    def tls(self) -> str:
        """The version of TLS that protects the connection, like TLSv1.3."""
        encrypted: Any = getattr(self._client, "socket", None)
        return str(encrypted.version()) if hasattr(encrypted, "version") else "no TLS"

    @property
    def jid(self) -> str:
        """Our full JID, as the server bound it."""
        return str(self._client.boundjid.full) if self._client is not None else ""

    async def run(self, begin: Callable[[], Awaitable[None]]) -> None:
        """Hold the connection until cancelled; `begin` is awaited in each new session, and cancelled with it.

        Raises Refused and Unreachable.
        """
        try:
            client = self._make()
            patience = FIRST_PATIENCE_SECONDS
            while True:
                await self._connect(client, patience)
                patience = PATIENCE_SECONDS
                await self._hold(client, begin)
        finally:
            await self._leave()

    def _make(self) -> ClientXMPP:
        try:
            client = clients.make(self._settings, self.resource, self._listener.message, self._listener.presence)
        except OSError as error:  # ssl.SSLError is one
            raise Refused(f"ca_file {self._settings.ca_file} cannot be used: {error.strerror or error}") from error
        events: dict[str, Callable[[Any], None]] = {
            "stream_negotiated": self._negotiated,
            "session_resumed": self._resumed,
            "disconnected": self._disconnected,
            "connection_failed": self._not_connected,
            "failed_all_auth": self._not_let_in,
            "ssl_invalid_chain": self._not_trusted,
            "stream_error": self._thrown_out,
            "stanza_acked": self._acked,
        }
        for name, handler in events.items():
            client.add_event_handler(name, handler)
        self._client = client
        return client

    # -- connecting ------------------------------------------------------------------------------------------------

    async def _connect(self, client: ClientXMPP, patience: float) -> None:
        """Return in a session. Raises Refused, Unreachable."""
        loop = asyncio.get_running_loop()
        deadline, pause = loop.time() + patience, 0.2
        while not await self._attempt(client, deadline - loop.time()):
            if self._refusal:
                raise Refused(self._refusal)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
            wait = pause * self._dice.uniform(0.5, 1.0)
            if loop.time() + wait >= deadline:
                raise Unreachable(f"the XMPP server of {self._settings.jid} cannot be reached: {self._reason}")
            await asyncio.sleep(wait)

    async def _attempt(self, client: ClientXMPP, left: float) -> bool:
        """Try once; whether there is a session."""
        self._down.clear()
        self._refusal, self._reason = "", "it does not answer"
        # Without an id of the old stream its counters would be taken for those of the new one.
        management: Any = client.plugin["xep_0198"]
        if not management.sm_id:
            management.session_end(None)
        client.connect(self._settings.host, self._settings.port if self._settings.host else None)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(1.0, min(self._settings.timeout, left))):
                await _first(self._up, self._down)
        if self._up.is_set():
            return True
        await self._end(client)
        return False

    # -- in a session ----------------------------------------------------------------------------------------------

    async def _hold(self, client: ClientXMPP, begin: Callable[[], Awaitable[None]]) -> None:
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
        with contextlib.suppress(NoSession):  # then there will be another one
            await begin()
            self._begun = True

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

    async def _end(self, client: ClientXMPP) -> None:
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

    # -- what slixmpp tells ----------------------------------------------------------------------------------------

    def _negotiated(self, _: object) -> None:
        if self._client is not None and self._client.bound:
            self._lose()
            self._begun = False
            self._listener.new_session()
            self._up.set()

    def _resumed(self, _: object) -> None:
        self._up.set()

    def _disconnected(self, reason: object) -> None:
        self._up.clear()
        if reason and not isinstance(reason, dict):
            self._reason = one_line(str(reason), 200)
        self._down.set()

    def _not_connected(self, reason: object) -> None:
        self._reason = one_line(str(reason), 200)
        self._down.set()

    def _not_let_in(self, _: object) -> None:
        how = "" if self._settings.allow_plain else " (or the server knows no SCRAM: then see allow_plain)"
        self._refusal = f"the server refuses the login of {self._settings.jid}: check jid and password{how}"
        self._down.set()

    def _not_trusted(self, error: object) -> None:
        why = error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else str(error)
        self._refusal = f"the server's certificate is not trusted ({one_line(why, 100)}); check jid, or set ca_file"
        self._down.set()

    def _thrown_out(self, error: Any) -> None:
        condition = str(error["condition"])
        self._reason = f"the server ended the connection: {condition}"
        if condition in ("conflict", "not-authorized", "policy-violation", "host-unknown"):
            self._refusal = f"the server ended the connection of {self._settings.jid}: {condition}"

    def _acked(self, stanza: object) -> None:
        found = self._unacked.pop(id(stanza), None)
        if found is not None and not found[1].done():
            found[1].set_result(None)

    def _lose(self) -> None:
        lost, self._unacked = self._unacked, {}
        for _, waiting in lost.values():
            if not waiting.done():
                waiting.set_exception(Lost("the connection broke before the server took it"))

    # -- sending ---------------------------------------------------------------------------------------------------

    def put(self, message: ET.Element) -> Any:
        """Send a message and hear no more of it. Raises NoSession."""
        if self._client is None or not self._up.is_set():
            raise NoSession(self._reason or "there is no connection to the XMPP server")
        stanza = _MESSAGE(stream=self._client, xml=message)
        stanza.send()
        return stanza

    async def deliver(self, message: ET.Element) -> None:
        """Send a message; return once the server has taken it. Raises NoSession (nothing was sent), Lost."""
        stanza = self.put(message)
        if not self.managed:
            await self._barrier()
            return
        taken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._unacked[id(stanza)] = (stanza, taken)
        # After the stanza itself has been written: slixmpp writes in a task of its own.
        asyncio.get_running_loop().call_soon(self._request)
        try:
            await taken
        finally:
            self._unacked.pop(id(stanza), None)

    def _request(self) -> None:
        with contextlib.suppress(NotConnectedError):
            if self._client is not None and self.managed:
                management: Any = self._client.plugin["xep_0198"]
                management.request_ack()

    async def _barrier(self) -> None:
        """Without stream management: the answer to a question shows that all before it was taken (RFC 6120 10.1)."""
        try:
            await self.ping()
        except NoSession as error:
            raise Lost("the connection broke before the server took it") from error
        except Failed as error:
            if error.condition == "timeout":
                raise Lost("the server did not answer") from error

    async def ask(self, kind: str, payload: ET.Element, to: str = "") -> ET.Element:
        """The server's answer to an iq of this kind (get, set). Raises Failed (`timeout` too), NoSession."""
        if self._client is None or not self._up.is_set():
            raise NoSession("there is no connection to the XMPP server")
        iq: Any = self._client.Iq()
        iq["type"] = kind
        if to:
            iq["to"] = to
        iq.append(payload)
        answering = asyncio.ensure_future(iq.send(timeout=self._settings.timeout))
        lost = asyncio.ensure_future(self._down.wait())
        try:
            await asyncio.wait({answering, lost}, return_when=asyncio.FIRST_COMPLETED)
            if not answering.done():
                raise NoSession("the connection to the XMPP server broke")
            answer: ET.Element = answering.result().xml
        except IqTimeout as error:
            raise Failed("timeout", "the server did not answer") from error
        except IqError as error:
            raise Failed(str(error.condition), str(error.text)) from error
        finally:
            lost.cancel()
            answering.cancel()
        return answer

    async def ping(self, jid: str = "") -> None:
        """Return once our server, or `jid`, has answered (XEP-0199). Raises Failed, NoSession."""
        await self.ask("get", ET.Element("{urn:xmpp:ping}ping"), jid or domain(self._settings.jid))

    async def announce(self, status: str) -> None:
        """Be seen, and get messages. Raises NoSession."""
        if self._client is None or not self._up.is_set():
            raise NoSession("there is no connection to the XMPP server")
        with contextlib.suppress(IqError, IqTimeout):  # who is a contact already, is nothing to fail for
            await self._client.get_roster(timeout=self._settings.timeout)
        self._client.send_presence(pstatus=status or None)

    def enter(self, place: str) -> None:
        """Stand in a room, at `room/name` (XEP-0045 section 7.2), without its past. Raises NoSession."""
        if self._client is None or not self._up.is_set():
            raise NoSession("there is no connection to the XMPP server")
        presence = self._client.make_presence(pto=place)
        joining = ET.SubElement(presence.xml, "{http://jabber.org/protocol/muc}x")
        ET.SubElement(joining, "{http://jabber.org/protocol/muc}history", {"maxstanzas": "0"})
        presence.send()


async def _first(*events: asyncio.Event) -> None:
    """Until one of them is set."""
    waiting = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()


def _drop(client: ClientXMPP) -> None:
    """End a connection, or the attempt at one, at once."""
    client.cancel_connection_attempt()
    client.abort()
