"""The stanzas that a room sends of itself: who comes and goes, its subject, its end (XEP-0045), invitations. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from connectors.xmpp.address import bare
from connectors.xmpp.contacts.book import Contact
from connectors.xmpp.contacts.names import DESK, person
from connectors.xmpp.contacts.profile import picture
from connectors.xmpp.namespaces import (
    AVATAR_HASH,
    CLIENT,
    HINTS,
    INVITATION,
    NICK,
    OCCUPANT_ID,
    ROOM_USER,
    tag,
)
from connectors.xmpp.shared.people import BRIDGE, CUSTOMER, People, occupant_id
from connectors.xmpp.shared.room import Room
from connectors.xmpp.stanza import sendable

_NOT_ANONYMOUS, _YOURS, _RENAMED, _ASSIGNED, _FAULT = 100, 110, 303, 210, 333


def shown(room: Room) -> Contact:
    """The room as a contact: its name and its picture."""
    return Contact(room=room.name, owner="", title=room.title)


# -- somebody comes ------------------------------------------------------------------------------------------------


def welcomed(room: Room, people: People, jid: str, asked_name: str) -> Iterator[ET.Element]:
    """What somebody who has come gets (section 7.2.3): all who are there, themselves last."""
    for name, who in _there(room, people):
        if who != bare(jid):
            yield _presence(room, people, name, jid, who=who)
    own = people.names[bare(jid)]
    statuses = [_NOT_ANONYMOUS, _YOURS, *([_ASSIGNED] if asked_name != own else [])]
    yield _presence(room, people, own, jid, who=bare(jid), statuses=statuses)


def announced(room: Room, people: People, jid: str) -> Iterator[ET.Element]:
    """What the others get, where an owner who was not there before has come."""
    owner = bare(jid)
    if len(room.of(owner)) == 1:
        for other in room.inside:
            if bare(other) != owner:
                yield _presence(room, people, people.names[owner], other, who=owner)


def updated(room: Room, people: People, jid: str, told: Sequence[ET.Element]) -> Iterator[ET.Element]:
    """An owner is away, or back: what they say of it, to everybody (section 7.7)."""
    owner = bare(jid)
    for other in room.inside:
        made = _presence(room, people, people.names[owner], other, who=owner, statuses=[_YOURS] if other == jid else [])
        made[:0] = list(told)
        yield made


def subject(room: Room, people: People, to: str) -> ET.Element:
    """What the room is about; it ends what somebody gets who comes (section 7.2.15)."""
    named = {"from": people.place(room, BRIDGE), "to": to, "type": "groupchat"}
    made = ET.Element(tag(CLIENT, "message"), named)
    ET.SubElement(made, tag(CLIENT, "subject")).text = sendable(room.title)
    return made


def _there(room: Room, people: People) -> Iterator[tuple[str, str]]:
    """The names of all who are in it, and who that is."""
    yield BRIDGE, BRIDGE
    if customer := people.customer(room):
        yield customer, CUSTOMER
    for owner in room.owners_inside():
        yield people.names[owner], owner


# -- somebody goes -------------------------------------------------------------------------------------------------


def gone(before: Room, after: Room, people: People, jid: str, *, fault: bool = False) -> Iterator[ET.Element]:
    """Somebody who was in it is not any more: to themselves, and to the others if they are nowhere in it now."""
    owner = bare(jid)
    statuses = [_YOURS, *([_FAULT] if fault else [])]
    yield _absence(before, people, people.names[owner], jid, who=owner, statuses=statuses)
    if not after.of(owner):
        for other in after.inside:
            yield _absence(before, people, people.names[owner], other, who=owner)


def destroyed(room: Room, people: People, reason: str) -> Iterator[ET.Element]:
    """The end of it, to everybody in it (section 10.9)."""
    for jid in room.inside:
        made = _absence(room, people, people.names[bare(jid)], jid, who=bare(jid), statuses=[_YOURS])
        about = made.find(tag(ROOM_USER, "x"))
        assert about is not None
        end = ET.SubElement(about, tag(ROOM_USER, "destroy"))
        ET.SubElement(end, tag(ROOM_USER, "reason")).text = sendable(reason)
        yield made


def retitled(before: Room, after: Room, people: People) -> Iterator[ET.Element]:
    """It has another title: a new subject, and another name of the customer's (section 7.6)."""
    old, new = people.customer(before), people.customer(after)
    for jid in after.inside:
        if old and old != new:
            left = _absence(before, people, old, jid, who=CUSTOMER, statuses=[_RENAMED])
            item = left.find(f"{tag(ROOM_USER, 'x')}/{tag(ROOM_USER, 'item')}")
            assert item is not None
            item.set("nick", new)
            yield left
            yield _presence(after, people, new, jid, who=CUSTOMER)
        yield subject(after, people, jid)


# -- the presences themselves --------------------------------------------------------------------------------------


def _presence(room: Room, people: People, name: str, to: str, *, who: str, statuses: Sequence[int] = ()) -> ET.Element:
    made = ET.Element(tag(CLIENT, "presence"), {"from": people.place(room, name), "to": to})
    ET.SubElement(made, tag(OCCUPANT_ID, "occupant-id"), {"id": occupant_id(room, who)})
    if who == CUSTOMER:
        update = ET.SubElement(made, tag(AVATAR_HASH, "x"))
        ET.SubElement(update, tag(AVATAR_HASH, "photo")).text = picture(shown(room)).digest
        ET.SubElement(made, tag(NICK, "nick")).text = sendable(person(room.title))
    _about(made, room, people, who, statuses)
    return made


def _absence(room: Room, people: People, name: str, to: str, *, who: str, statuses: Sequence[int] = ()) -> ET.Element:
    named = {"from": people.place(room, name), "to": to, "type": "unavailable"}
    made = ET.Element(tag(CLIENT, "presence"), named)
    _about(made, room, people, who, statuses)
    return made


def _about(made: ET.Element, room: Room, people: People, who: str, statuses: Sequence[int]) -> None:
    """Who it is (section 4.1): nobody is anonymous; the customer has no address here."""
    away = made.get("type") == "unavailable"
    standing = ("owner", "moderator") if who == BRIDGE else ("member", "participant")
    item = {"affiliation": standing[0], "role": "none" if away else standing[1]}
    jid = f"{DESK}@{people.domain}" if who == BRIDGE else next(iter(room.of(who)), "")
    if jid:
        item["jid"] = jid
    x = ET.SubElement(made, tag(ROOM_USER, "x"))
    ET.SubElement(x, tag(ROOM_USER, "item"), item)
    for status in sorted(statuses):
        ET.SubElement(x, tag(ROOM_USER, "status"), {"code": str(status)})


# -- somebody is to come -------------------------------------------------------------------------------------------


def invitation(room: Room, people: People, owner: str, words: str) -> ET.Element:
    """What asks an owner to come in: for programs that know it as the room's (section 7.8.2), as a person's (XEP-0249),
    and as words. Their server keeps it until they are there.
    """
    address = people.address(room)
    made = ET.Element(tag(CLIENT, "message"), {"from": address, "to": owner})
    x = ET.SubElement(made, tag(ROOM_USER, "x"))
    inviting = ET.SubElement(x, tag(ROOM_USER, "invite"), {"from": f"{DESK}@{people.domain}"})
    ET.SubElement(inviting, tag(ROOM_USER, "reason")).text = sendable(room.title)
    direct = {"jid": address, "reason": sendable(room.title)}
    ET.SubElement(made, tag(INVITATION, "x"), direct)
    ET.SubElement(made, tag(CLIENT, "body")).text = sendable(words)
    ET.SubElement(made, tag(HINTS, "store"))
    return made
