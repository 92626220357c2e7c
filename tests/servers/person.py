"""Somebody with an XMPP client of their own: slixmpp, with its own plug-ins, which share no code with the connector."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from xml.etree import ElementTree as ET

from slixmpp import ClientXMPP, Message, Presence
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

PLUGINS = ("xep_0030", "xep_0184", "xep_0199", "xep_0280", "xep_0308", "xep_0333", "xep_0359", "xep_0444")

_MESSAGE: Any = Message
_PRESENCE: Any = Presence


class Person:
    """An account's client, signed in while the `async with` lasts. `got` holds what came, in order. One that is not to
    be `seen` only looks into the archive.

    It is signed in when its own presence has come back (RFC 6121 section 4.2.2). What is sent to it right before that,
    ejabberd keeps for its next time (docs/decisions/0019), and no test may begin then.
    """

    def __init__(self, jid: str, port: int, authority: Path, password: str = "secret", *, seen: bool = True) -> None:
        self.jid = jid
        self._seen = seen
        self._port = port
        trust = ssl.create_default_context(cafile=authority)
        self.client: Any = ClientXMPP(jid, password, ssl_context=trust)
        self.client.enable_direct_tls = False
        for plugin in PLUGINS:
            self.client.register_plugin(plugin)
        self.got: list[Any] = []
        self._changed = asyncio.Event()
        self._ready = asyncio.Event()
        self.client.add_event_handler("session_start", self._started)
        self.client.register_handler(Callback("person", MatchXPath("{jabber:client}message"), self._took))
        self.presences: dict[str, str] = {}
        self.client.add_event_handler("presence", self._saw)

    async def __aenter__(self) -> Self:
        self.client.connect("127.0.0.1", self._port)
        try:
            async with asyncio.timeout(15):
                await self._ready.wait()
        except TimeoutError:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.cancel_connection_attempt()
        if self.client.transport is not None:
            await self.client.disconnect(wait=1)
        sending = self.client._run_out_filters
        if sending is not None:
            sending.cancel()
            await asyncio.wait([sending])

    def _started(self, _: object) -> None:
        if not self._seen:
            self._ready.set()
            return
        self.client.send_presence()
        # A server without carbons says so; that is no matter of ours.
        enabling = self.client.plugin["xep_0280"].enable()
        enabling.add_done_callback(lambda done: done.cancelled() or done.exception())

    def _took(self, stanza: Any) -> None:
        self.got.append(stanza)
        self._changed.set()

    def _saw(self, presence: Any) -> None:
        if presence["from"] == self.client.boundjid:
            self._ready.set()
        if presence.xml.get("type", "unavailable") != "unavailable":
            return  # about a subscription
        kind = presence.xml.get("type", "available")
        self.presences[presence["from"].bare] = self.presences[presence["from"].full] = kind
        self._changed.set()

    @property
    def texts(self) -> list[str]:
        """The bodies of what came."""
        return [str(message["body"]) for message in self.got if message["body"]]

    def say(self, to: str, text: str, **attributes: str) -> str:
        """Write a message as a chat client does; its id."""
        message = self.client.make_message(mto=to, mbody=text, mtype="chat")
        message["id"] = attributes.get("id") or self.client.new_id()
        message["origin_id"]["id"] = message["id"]
        message["request_receipt"] = True
        message.send()
        return str(message["id"])

    async def knows(self, named: str) -> bool:
        """Whether the account's own archive holds a message of this id among the last thousand (XEP-0313)."""
        first = ""
        for _ in range(20):
            before = len(self.got)
            answer = await self._page(first)
            messages = (one for stanza in self.got[before:] for one in stanza.xml.iter("{jabber:client}message"))
            if any(one.get("id") == named for one in messages):
                return True
            first = next((one.text or "" for one in answer.iter("{http://jabber.org/protocol/rsm}first")), "")
            if not first:
                break
        return False

    async def _page(self, before: str) -> ET.Element:
        """The page of the archive before this id, or the last one."""
        query = ET.Element("{urn:xmpp:mam:2}query")
        page = ET.SubElement(query, "{http://jabber.org/protocol/rsm}set")
        ET.SubElement(page, "{http://jabber.org/protocol/rsm}max").text = "50"
        ET.SubElement(page, "{http://jabber.org/protocol/rsm}before").text = before
        iq = self.client.Iq()
        iq["type"] = "set"
        iq.append(query)
        answer: ET.Element = (await iq.send(timeout=3)).xml
        return answer

    def send_xml(self, xml: str) -> None:
        """Send a stanza as it is spelt here."""
        _MESSAGE(stream=self.client, xml=ET.fromstring(xml)).send()

    def send_presence(self, xml: str) -> None:
        """Send a presence as it is spelt here."""
        _PRESENCE(stream=self.client, xml=ET.fromstring(xml)).send()

    async def until(self, there: Callable[[], bool], seconds: float = 15) -> None:
        """Until it holds; looked at again whenever something came."""
        async with asyncio.timeout(seconds):
            while not there():
                self._changed.clear()
                await self._changed.wait()

    async def until_told(self, text: str, seconds: float = 15) -> Any:
        """The first message that holds this text, once it is there."""
        await self.until(lambda: any(text in one for one in self.texts), seconds)
        return next(message for message in self.got if text in str(message["body"]))
