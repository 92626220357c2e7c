"""Who in a room may still be answered. Pure.

In a room people have names that the next one may take (XEP-0045 section 7.4), and their real addresses are hidden. An
answer goes to a name; so it may go only as long as whoever wrote under it has been there without a break, as we see it.
After a new session nobody can know that: they have to write again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from connectors.xmpp.address import bare, resource
from connectors.xmpp.namespaces import CLIENT, tag


@dataclass(eq=False)
class Rooms:
    """The rooms that we stand in, and who has written to us from there since they came."""

    rooms: Collection[str]
    nickname: str
    _writers: set[str] = field(default_factory=set)

    def wrote(self, message: ET.Element) -> None:
        """A message came by the stream."""
        sender = message.get("from", "")
        if self.holds(sender) and message.get("type") != "error" and message.find(tag(CLIENT, "body")) is not None:
            self._writers.add(sender)

    def seen(self, presence: ET.Element) -> None:
        """A presence came: somebody who leaves, or changes the name, is not there under it any more."""
        sender, kind = presence.get("from", ""), presence.get("type", "")
        if kind not in ("unavailable", "error"):
            return
        room = bare(sender)
        if sender == room or sender == self.own(room):  # the room itself is gone, or we are out of it
            self._writers = {writer for writer in self._writers if bare(writer) != room}
        self._writers.discard(sender)

    def forget(self) -> None:
        """A new session: who left in between is not known."""
        self._writers.clear()

    def own(self, room: str) -> str:
        """Ourselves in this room."""
        return f"{room}/{self.nickname}"

    def holds(self, address: str) -> bool:
        """Whether this is somebody in one of the rooms."""
        return bool(resource(address)) and bare(address) in self.rooms

    def may_answer(self, address: str) -> bool:
        """Whether whoever bears this name is sure to be who wrote."""
        return address in self._writers
