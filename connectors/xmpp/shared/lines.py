"""What is said in a room, as everybody in it gets it; and of it, what somebody gets who comes later. Pure.

A line bears its writer's id, so that the writer's program knows its own; the room's id for it (XEP-0359) is the key
that answers, signs and retractions name. What only a room may say of a line (who wrote it, when, under which id) is
taken out of what a program sends.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

from connectors.xmpp.namespaces import (
    CHAT_STATES,
    CLIENT,
    DELAY,
    HINTS,
    NICK,
    OCCUPANT_ID,
    REPLY,
    ROOM,
    ROOM_USER,
    SIDS,
    tag,
)
from connectors.xmpp.shared.people import BRIDGE, CUSTOMER, People, occupant_id
from connectors.xmpp.shared.room import Line, Room
from connectors.xmpp.stanza import child, read, sendable

_ROOMS_OWN = (
    tag(SIDS, "stanza-id"),
    tag(OCCUPANT_ID, "occupant-id"),
    tag(DELAY, "delay"),
    tag(ROOM_USER, "x"),
    tag(NICK, "nick"),
    tag("http://jabber.org/protocol/address", "addresses"),
    tag("jabber:x:delay", "x"),
)


def reflected(stanza: ET.Element, room: Room, people: People, owner: str, key: str) -> ET.Element:
    """An owner's message as it is said in the room, without a receiver."""
    named = {"from": people.place(room, people.names[owner]), "type": "groupchat", "id": stanza.get("id") or key}
    made = ET.Element(tag(CLIENT, "message"), named)
    made.extend(copy.deepcopy(one) for one in stanza if one.tag not in _ROOMS_OWN)
    return _marked(made, room, people, owner, key)


def spoken(made: ET.Element, room: Room, people: People, name: str) -> ET.Element:
    """A message of ours as `name` says it in the room, without a receiver. It is changed, and returned."""
    made.attrib.pop("to", None)
    made.set("from", people.place(room, name))
    made.set("type", "groupchat")
    # A subject would be taken for the room's.
    for one in (*made.findall(tag(HINTS, "store")), *made.findall(tag(CLIENT, "subject"))):
        made.remove(one)
    if (reply := child(made, "reply", REPLY)) is not None:
        reply.attrib.pop("to", None)
    who = BRIDGE if name == BRIDGE else CUSTOMER
    return _marked(made, room, people, who, made.get("id", ""))


def _marked(made: ET.Element, room: Room, people: People, who: str, key: str) -> ET.Element:
    if key:
        ET.SubElement(made, tag(SIDS, "stanza-id"), {"by": people.address(room), "id": sendable(key)})
    ET.SubElement(made, tag(OCCUPANT_ID, "occupant-id"), {"id": occupant_id(room, who)})
    return made


def to_all(message: ET.Element, room: Room) -> Iterator[ET.Element]:
    """A copy for everybody who is in the room."""
    for jid in room.inside:
        yield _to(message, jid)


def _to(message: ET.Element, jid: str) -> ET.Element:
    made = copy.deepcopy(message)
    made.set("to", jid)
    return made


def kept(message: ET.Element) -> bool:
    """Whether it is worth keeping for those who come later: words. Signs and signals are not."""
    return message.find(tag(CLIENT, "body")) is not None


def again(line: Line, room: Room, people: People, jid: str) -> ET.Element:
    """A kept line to somebody, and when it was said (section 7.2.13, XEP-0203)."""
    made = read(line.xml.encode())
    made.set("to", jid)
    stamp = line.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    ET.SubElement(made, tag(DELAY, "delay"), {"from": people.address(room), "stamp": stamp})
    for state in [one for one in made if str(one.tag).startswith(tag(CHAT_STATES, ""))]:
        made.remove(state)
    return made


def history(room: Room, people: People, jid: str, joining: ET.Element | None, now: datetime) -> list[ET.Element]:
    """The lines that somebody gets who comes, as many as they ask for (section 7.2.15): all, unless they say less."""
    asked = child(joining, "history", ROOM) if joining is not None else None
    since = _since(asked, now)
    lines = [line for line in room.lines if since is None or line.at >= since]
    most = _number(asked, "maxstanzas")
    lines = lines[len(lines) - most :] if most is not None and most < len(lines) else lines
    made = [again(line, room, people, jid) for line in lines]
    return _within(made, _number(asked, "maxchars"))


def _within(stanzas: list[ET.Element], characters: int | None) -> list[ET.Element]:
    """The last of them that have no more characters together, as they are sent."""
    if characters is None:
        return stanzas
    size, first = 0, len(stanzas)
    while first and (size := size + len(ET.tostring(stanzas[first - 1], encoding="unicode"))) <= characters:
        first -= 1
    return stanzas[first:]


def _since(asked: ET.Element | None, now: datetime) -> datetime | None:
    if asked is None:
        return None
    seconds = _number(asked, "seconds")
    if seconds is not None:
        return now - timedelta(seconds=min(seconds, 10**9))
    try:
        moment = datetime.fromisoformat(asked.get("since", ""))
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _number(asked: ET.Element | None, name: str) -> int | None:
    text = asked.get(name, "") if asked is not None else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None
