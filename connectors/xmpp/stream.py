"""What is sent over a session, and what the server says of it: stanzas with their acknowledgement, questions, presence.

The server's acknowledgement of a stanza is its promise to deliver it (XEP-0198 section 4). It is asked for after each
one (slixmpp's own request goes out before the stanza), and comes as the event `stanza_acked`, after a resumption too. A
new session knows nothing of what the last one sent: whoever waits for an acknowledgement then gets Lost. A server that
does not acknowledge is asked something instead: its answer comes after it has taken all before.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Protocol
from xml.etree import ElementTree as ET

from slixmpp import ClientXMPP, ComponentXMPP, Message
from slixmpp.exceptions import IqError, IqTimeout
from slixmpp.xmlstream.xmlstream import NotConnectedError

from connectors.xmpp.address import domain
from connectors.xmpp.failures import Failed, Lost, NoSession
from connectors.xmpp.namespaces import LAST, tag
from connectors.xmpp.stanza import child, condition

# Its constructor has no types.
_MESSAGE: Any = Message


class Endpoint(Protocol):
    """What a stream has to know of whose it is: `jid` is the account, or the domain of a component."""

    @property
    def jid(self) -> str:
        """Who we are."""

    @property
    def host(self) -> str | None:
        """Where to connect to, unless DNS says it."""

    @property
    def port(self) -> int:
        """With `host`."""

    @property
    def timeout(self) -> float:
        """How many seconds the server may take for an answer."""

    @property
    def ping_seconds(self) -> float:
        """How often a quiet connection is tried."""


class Stream:
    """A session's stream, as long as there is one. `_up` is set while stanzas can be sent, `_down` once it is lost."""

    sender = ""
    """Who asks, where the server does not know it by itself."""

    def __init__(self, settings: Endpoint) -> None:
        self._settings = settings
        self._client: ClientXMPP | ComponentXMPP | None = None
        self._up = asyncio.Event()
        self._down = asyncio.Event()
        self._reason = ""
        self._unacked: dict[int, tuple[Any, asyncio.Future[None]]] = {}

    @property
    def live(self) -> bool:
        """Whether stanzas can be sent now."""
        return self._up.is_set()

    @property
    def managed(self) -> bool:
        """Whether the server acknowledges stanzas (XEP-0198)."""
        # A component has no such thing (XEP-0114).
        return isinstance(self._client, ClientXMPP) and bool(self._client.plugin["xep_0198"].enabled_out)

    @property
    def tls(self) -> str:
        """The version of TLS that protects the connection, like TLSv1.3."""
        encrypted: Any = getattr(self._client, "socket", None)
        return str(encrypted.version()) if hasattr(encrypted, "version") else "no TLS"

    def _in_session(self) -> ClientXMPP | ComponentXMPP:
        if self._client is None or not self._up.is_set():
            raise NoSession(self._reason or "there is no connection to the XMPP server")
        return self._client

    def _acked(self, stanza: object) -> None:
        found = self._unacked.pop(id(stanza), None)
        if found is not None and not found[1].done():
            found[1].set_result(None)

    def _lose(self) -> None:
        lost, self._unacked = self._unacked, {}
        for _, waiting in lost.values():
            if not waiting.done():
                waiting.set_exception(Lost("the connection broke before the server took it"))

    def put(self, message: ET.Element) -> Any:
        """Send a message and hear no more of it. Raises NoSession."""
        stanza = _MESSAGE(stream=self._in_session(), xml=message)
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
        iq: Any = self._in_session().Iq()
        iq["type"] = kind
        if to:
            iq["to"] = to
        if self.sender:
            iq["from"] = self.sender
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
            raise Failed(*condition(error.iq.xml)) from error
        finally:
            lost.cancel()
            answering.cancel()
        return answer

    @property
    def server(self) -> str:
        """The domain of our own server."""
        return domain(self._settings.jid)

    async def ping(self, jid: str = "") -> None:
        """Return once our server, or `jid`, has answered (XEP-0199). Raises Failed, NoSession."""
        await self.ask("get", ET.Element("{urn:xmpp:ping}ping"), jid or self.server)

    async def uptime(self) -> float | None:
        """For how many seconds our server has run, give or take one (XEP-0012 section 5); None where it does not say.

        Raises Failed where it does not answer at all, NoSession.
        """
        try:
            answer = await self.ask("get", ET.Element(tag(LAST, "query")), self.server)
        except Failed as error:
            if error.condition == "timeout":
                raise
            return None
        query = child(answer, "query", LAST)
        seconds = query.get("seconds", "") if query is not None else ""
        return float(seconds) if seconds.isascii() and seconds.isdigit() else None

    async def announce(self, status: str, *, away: bool = False) -> None:
        """Be seen, and get messages. Raises NoSession."""
        client = self._in_session()
        if isinstance(client, ClientXMPP):
            with contextlib.suppress(IqError, IqTimeout):  # who is a contact already, is nothing to fail for
                await client.get_roster(timeout=self._settings.timeout)
        client.send_presence(pshow="xa" if away else None, pstatus=status or None)

    def enter(self, place: str) -> None:
        """Stand in a room, at `room/name` (XEP-0045 section 7.2), without its past. Raises NoSession."""
        presence = self._in_session().make_presence(pto=place)
        joining = ET.SubElement(presence.xml, "{http://jabber.org/protocol/muc}x")
        ET.SubElement(joining, "{http://jabber.org/protocol/muc}history", {"maxstanzas": "0"})
        presence.send()
