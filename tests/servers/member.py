"""Somebody in rooms (XEP-0045): slixmpp with its own plug-ins, which share no code with the connector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from slixmpp import JID

from servers.person import Person

DELAY = "{urn:xmpp:delay}delay"


class Joined(NamedTuple):
    """What came as somebody entered a room."""

    presence: Any
    subject: Any
    occupants: list[Any]
    history: list[Any]


class Member(Person):
    """A person who enters rooms. `invitations` are the rooms that they were asked into, `occupants`
    the presences of rooms, each in the order in which they came."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        for plugin in ("xep_0045", "xep_0085", "xep_0249", "xep_0410", "xep_0424"):
            self.client.register_plugin(plugin)
        self.invitations: list[str] = []
        self.occupants: list[Any] = []
        self.client.add_event_handler("groupchat_direct_invite", self._invited)
        self.client.add_event_handler("groupchat_presence", self._noticed)

    def _invited(self, message: Any) -> None:
        self.invitations.append(str(message["groupchat_invite"]["jid"]))
        self._changed.set()

    def _noticed(self, presence: Any) -> None:
        self.occupants.append(presence)
        self._changed.set()

    def sees(self, place: str) -> str:
        """What was heard last of somebody in a room: available, unavailable, or "" for nothing."""
        heard = [one for one in self.occupants if one["from"].full == place]
        return heard[-1].xml.get("type", "available") if heard else ""

    async def enter(self, room: str, name: str, **history: Any) -> Any:
        """Be in the room: who is there, the history and the subject, as slixmpp understands them."""
        joined = await self.client.plugin["xep_0045"].join_muc_wait(JID(room), name, timeout=10, **history)
        return Joined(*joined)

    async def come_in(self, name: str, number: int = 1) -> str:
        """Enter the room of the `number`th invitation that was no one's before; its JID."""
        await self.until(lambda: len(self.invitations) >= number)
        room = self.invitations[number - 1]
        await self.enter(room, name)
        return room

    def leave(self, room: str, name: str) -> None:
        """Not be in it."""
        self.client.send_presence(pto=f"{room}/{name}", ptype="unavailable")

    def write(self, room: str, text: str, **attributes: str) -> str:
        """Say it to the room; its id."""
        message = self.client.make_message(mto=room, mbody=text, mtype="groupchat")
        message["id"] = attributes.get("id") or self.client.new_id()
        message.send()
        return str(message["id"])

    def heard(self, room: str) -> Sequence[tuple[str, str]]:
        """Who said what in the room, in the order in which it came."""
        said = (one for one in self.got if self.said_in(one, room))
        return [(one["from"].resource, str(one["body"])) for one in said]

    @staticmethod
    def said_in(message: Any, room: str) -> bool:
        """Whether it was said in the room, to all."""
        return message["type"] == "groupchat" and message["from"].bare == room and bool(message["body"])

    @staticmethod
    def key(message: Any) -> str:
        """What the room calls a message (XEP-0359); the account's own archive may call it something else."""
        found = message.xml.findall("{urn:xmpp:sid:0}stanza-id")
        return str(next(one.get("id") for one in found if one.get("by") == message["from"].bare))

    async def until_heard(self, room: str, text: str, seconds: float = 15) -> Any:
        """The first message in the room that holds this text, once it is there."""
        await self.until(lambda: any(text in said for _, said in self.heard(room)), seconds)
        said = (one for one in self.got if one["type"] == "groupchat" and one["from"].bare == room)
        return next(one for one in said if text in str(one["body"]))
