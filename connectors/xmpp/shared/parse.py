"""What an owner's stanza in a shared room means. Pure.

It means what it would mean in a chat with the shop's own account (`connectors/xmpp/parse.py`). Its address is the
domain, which all owners share; who wrote it is the stanza's sender, as their server stamped it; the room is the
localpart that it was sent to, or none where that is the bridge's own.

`facts` say what the bytes do not: `domain` (ours), `owner` (the address that the stanza came from), `key` (what the
room calls it, "" where its sender gave it no id). Without them, or where the stanza says otherwise, it is nobody's.

Its native id is the room, "/", and the key; so is what it corrects, or takes back, and nobody can name another's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from xml.etree import ElementTree as ET

from bridge.connector import Deletion, Edit, Ignored, InboundEvent, Message, RawItem, Reaction, Typing
from connectors.xmpp.address import bare, domain
from connectors.xmpp.contacts.parse import named, room_of
from connectors.xmpp.envelope import Opened
from connectors.xmpp.parse import Sender, event_of
from connectors.xmpp.shared.people import is_key, key_of
from connectors.xmpp.stanza import read
from connectors.xmpp.typing_states import typing


def parse_in_room(item: RawItem) -> Sequence[InboundEvent]:
    """The events of one stanza: one. Raises NotAStanza."""
    assert isinstance(item.raw, bytes)
    stanza = read(item.raw)
    ours, owner = str(item.facts.get("domain", "")), str(item.facts.get("owner", ""))
    to = stanza.get("to", "")
    if not ours or not owner or bare(stanza.get("from", "")) != owner or to != bare(to) or domain(to) != ours:
        return (Ignored(reason="not from an owner, or not to a room of ours"),)
    if stanza.get("type") != "groupchat":
        return (Ignored(reason="not said to the room"),)
    stanza.set("type", "chat")
    event = event_of(Opened(message=stanza, account=ours), Sender(owner, "", vouched=True))
    return (_in_room(event, ours, room_of(to), str(item.facts.get("key", ""))),)


def typing_in_room(stanza: ET.Element, ours: str) -> Typing | None:
    """Whether an owner who is in a room types there; that they are in it was seen before."""
    private = ET.Element(stanza.tag, {**stanza.attrib, "type": "chat"})
    private.extend(stanza)
    found = typing(private, ours) if stanza.get("type") == "groupchat" else None
    if found is None:
        return None
    return replace(found, address=ours, sender=found.address, room=room_of(stanza.get("to", "")))


def _in_room(event: InboundEvent, ours: str, room: str, key: str) -> InboundEvent:
    if isinstance(event, Message):
        # What answers another owner's line is said between them: the room alone says whose customer it is.
        answered = tuple(one for one in event.replies_to if not is_key(one))
        event = replace(event, room=room, native_id=named(room, key), replies_to=answered)
    elif isinstance(event, Edit | Deletion):
        whose = key_of(event.address, event.native_id)
        if not whose:
            return Ignored(reason="about a message of another owner's")
        event = replace(event, room=room, native_id=named(room, whose))
    elif isinstance(event, Reaction):
        if is_key(event.native_id):
            return Ignored(reason="a sign among owners")
        event = replace(event, room=room)
    else:
        return event
    return replace(event, address=ours, sender=event.address)
