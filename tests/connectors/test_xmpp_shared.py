"""Rooms that owners share, without a server: what a stanza makes of a room, and what is nobody's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from pydantic import ValidationError
from servers.desk import Desk
from stanzas import HOSTILE, NO_XML

from bridge.connector import Deletion, DeliveryReport, Edit, Ignored, Message, RawItem, Reaction
from bridge.testing import START, parse_conforms
from connectors.xmpp.contacts import create
from connectors.xmpp.contacts.nicknames import plain, prepared
from connectors.xmpp.contacts.settings import ContactsSettings, unfit_member, unfit_owner
from connectors.xmpp.contacts.strangers import A_MINUTE, Strangers
from connectors.xmpp.incoming import REPEATS_AFTER
from connectors.xmpp.shared.connector import SharedConnector
from connectors.xmpp.shared.intake import step_of
from connectors.xmpp.shared.inviting import AGAIN_AFTER, invited
from connectors.xmpp.shared.parse import parse_in_room
from connectors.xmpp.shared.people import People, is_key, key, key_of
from connectors.xmpp.shared.room import BYTES_AT_MOST, LINES_AT_MOST, Room, rooms_of
from connectors.xmpp.shared.step import Step

OURS, OLGA, PAUL, NAME = "customers.shop.test", "olga@shop.test", "paul@shop.test", "anna.42.x7k3"
JID = f"{NAME}@{OURS}"
PHONE, DESK, PAULS = f"{OLGA}/phone", f"{OLGA}/desk", f"{PAUL}/x"
GOOD: dict[str, Any] = {"domain": OURS, "secret": "s3cret", "owners": [OLGA, PAUL], "share": "rooms"}
PEOPLE = People.of(OURS, (OLGA, PAUL), {OLGA: "Olga"})
LATER = START + timedelta(hours=2)
BOTH = Room(name=NAME, title="Anna - email #42", inside=(PHONE, PAULS))

SPACE = "urn:ietf:params:xml:ns:xmpp-stanzas"
CLIENT = "{jabber:client}"
USER = "{http://jabber.org/protocol/muc#user}"
ERRORS = f"{{{SPACE}}}"
JOIN = "<x xmlns='http://jabber.org/protocol/muc'/>"


def stanza(kind: str, inner: str = "", **attributes: str) -> ET.Element:
    given = {"from": PHONE, "to": JID, **{name.rstrip("_"): value for name, value in attributes.items()}}
    written = " ".join(f"{name}='{value}'" for name, value in given.items())
    return ET.fromstring(f"<{kind} xmlns='jabber:client' {written}>{inner}</{kind}>")


def said(inner: str, **attributes: str) -> ET.Element:
    return stanza("message", inner, **{"type": "groupchat", "id": "o1", **attributes})


def step(made: ET.Element, *rooms: Room, now: datetime = START) -> Step:
    return step_of(made, {room.name: room for room in rooms}, PEOPLE, now)


def told(made: Step) -> list[str]:
    """To whom what is sent, in short: `phone<Olga available 100 110`."""
    return [_short(one) for one in made.stanzas]


def _short(one: ET.Element) -> str:
    kind = one.get("type", "available" if one.tag == f"{CLIENT}presence" else "normal")
    if (error := one.find(f"{CLIENT}error")) is not None:
        kind = f"error {error[0].tag.removeprefix(ERRORS)}"
    codes = [str(status.get("code")) for status in one.iter(f"{USER}status")]
    if one.find(f"{CLIENT}subject") is not None:
        kind = "subject"
    sender = one.get("from", "").partition("/")[2]
    return " ".join([f"{one.get('to', '').partition('/')[2]}<{sender}", kind, *codes])


# -- the room as it is kept -----------------------------------------------------------------------------------------


def test_a_room_is_kept_and_read_again() -> None:
    room = BOTH.entered(PHONE).with_line("a", "<x/>", START).with_line("b", "<y/>", LATER).handed_out(1)
    position = dict(room.rows(None))
    broken = {"room:list": "[]", "room:half": "{}", "room:text": "{", "lines:alone": "[]", "archive_id": "x"}
    assert rooms_of({**position, **broken}) == {NAME: room}
    assert [line.id for line in room.waiting] == ["b"]
    assert list(room.rows(room)) == []
    assert [key for key, _ in room.left(PHONE).rows(room)] == [f"room:{NAME}"], "lines are not written again"
    ended = room.ended()
    assert dict(ended.rows(room))[f"lines:{NAME}"] == ""
    assert (ended.inside, ended.waiting, ended.open) == ((), (), False)


def test_lines_give_way_once_they_were_handed_out() -> None:
    room = BOTH
    for number in range(80):
        room = room.with_line(str(number), "<x/>", START)
    assert len(room.lines) == 80, "what nobody has seen yet is not given up"
    room = room.handed_out(80).with_line("80", "<x/>", START)
    assert [line.id for line in room.lines] == [str(number) for number in range(31, 81)]
    assert len(room.lines) == LINES_AT_MOST
    large = room.handed_out(81).with_line("large", "x" * BYTES_AT_MOST * 3, START)
    assert [line.id for line in large.lines] == ["large"], "the last one stays, however large"


async def test_who_is_no_owner_any_more_is_in_no_room() -> None:
    settings = ContactsSettings(**{**GOOD, "owners": [OLGA]})
    connector = SharedConnector("rooms", settings)
    connector.service.open(Desk(connector).receive, dict(BOTH.rows(None)))
    assert connector.service.rooms[NAME].inside == (PHONE,)


# -- who is called what ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "resource", "letters"),
    [
        ("Anna Müller", "Anna Müller", "Anna Muller"),
        ("Anna \U0001f337 B", "Anna B", "Anna B"),
        ("  a\tb\n c ", "a b c", "a b c"),
        ("\x00\x07\ufffe\ue000", "", ""),
        ("\N{FULLWIDTH LATIN CAPITAL LETTER A}nna", "Anna", "Anna"),
        ("שרה", "שרה", ""),
        ("שרה Levi", "", "Levi"),
        ("שרה 2", "", "2"),
        ("x" * 500, "x" * 60, "x" * 60),
        ("a/b@c<d>&'\"", "a/b@c<d>&'\"", "a b c d"),
        ("Анна", "Анна", ""),
    ],
)
def test_a_name_that_every_server_takes(name: str, resource: str, letters: str) -> None:
    assert (prepared(name), plain(name)) == (resource, letters)


def test_nobody_bears_the_name_of_another() -> None:
    people = People.of(OURS, ("olga@a.test", "olga@b.test", "bridge@a.test"), {"olga@b.test": "Olga"})
    assert people.names == {"olga@a.test": "olga@a.test", "olga@b.test": "Olga", "bridge@a.test": "bridge@a.test"}
    for title, called in (
        ("OLGA - email #42", "OLGA (customer)"),
        ("Ólga - email #42", "Ólga (customer)"),
        ("Bridge - email #42", "Bridge (customer)"),
        ("שרה Levi - email #42", "Levi"),
        ("\U0001f337 - email #42", "customer"),
    ):
        assert people.customer(replace(BOTH, title=title)) == called
    assert people.customer(replace(BOTH, name="bridge")) == ""


def test_what_a_room_calls_a_message_is_its_writers() -> None:
    assert is_key(key(OLGA, "o1"))
    assert not is_key("o1")
    assert key(OLGA, "o1") != key(PAUL, "o1")
    assert key_of(OLGA, "o1") == key_of(OLGA, key(OLGA, "o1")) == key(OLGA, "o1")
    assert key_of(OLGA, key(PAUL, "o1")) == ""


# -- who comes and goes ---------------------------------------------------------------------------------------------

WELCOME = ["desk<bridge available", "desk<Anna available", "desk<paul available", "desk<Olga available 100 110"]
PRESENCES: dict[str, tuple[dict[str, str], str, list[str]]] = {
    "a program more": ({"from": DESK, "to": f"{JID}/Olga"}, JOIN, [*WELCOME, "desk<bridge subject"]),
    "another name": (
        {"from": DESK, "to": f"{JID}/Boss"},
        JOIN,
        [*WELCOME[:-1], "desk<Olga available 100 110 210", "desk<bridge subject"],
    ),
    "again": (
        {"to": f"{JID}/Olga"},
        JOIN,
        [*(one.replace("desk", "phone", 1) for one in WELCOME), "phone<bridge subject"],
    ),
    "no name": ({}, JOIN, ["phone< error jid-malformed"]),
    "no such room": ({"to": f"nobody@{OURS}/Olga"}, JOIN, ["phone<Olga error item-not-found"]),
    "the domain": ({"to": OURS}, JOIN, ["phone< error item-not-found"]),
    "without entering": ({"from": DESK, "to": f"{JID}/Olga"}, "", ["desk<Olga error item-not-found"]),
    "away": ({"to": f"{JID}/Olga"}, "<show>away</show>", ["phone<Olga available 110", "x<Olga available"]),
    "renamed": ({"to": f"{JID}/Boss"}, "", ["phone<Boss error not-acceptable"]),
    "gone": ({"type": "unavailable"}, "", ["phone<Olga unavailable 110", "x<Olga unavailable"]),
    "gone before": ({"from": DESK, "type": "unavailable"}, "", []),
    "an error": ({"type": "error"}, "<error type='cancel'/>", ["phone<Olga unavailable 110", "x<Olga unavailable"]),
    "as a contact": ({"type": "subscribe"}, "", []),
    "a probe": ({"type": "probe"}, "", []),
    "nonsense": ({"type": "nonsense"}, JOIN, []),
    "an account and no program": ({"from": OLGA, "to": f"{JID}/Olga"}, JOIN, []),
    "nobody": ({"from": "", "to": ""}, JOIN, []),
}


@pytest.mark.parametrize("name", PRESENCES)
def test_what_an_owners_presence_makes_of_a_room(name: str) -> None:
    attributes, inner, expected = PRESENCES[name]
    assert told(step(stanza("presence", inner, **attributes), BOTH)) == expected


def test_the_others_hear_of_an_owner_who_comes_and_of_the_last_program_that_goes() -> None:
    alone = BOTH.left(PHONE)
    come = step(stanza("presence", JOIN, to=f"{JID}/Olga"), alone)
    assert told(come)[-2:] == ["x<Olga available", "phone<bridge subject"]
    two = BOTH.entered(DESK)
    assert told(step(stanza("presence", type="unavailable"), two)) == ["phone<Olga unavailable 110"]


def test_who_is_who_stands_in_the_presence() -> None:
    come = step(stanza("presence", JOIN, **{"from": DESK, "to": f"{JID}/Olga"}), BOTH)
    items = {one.get("from", "").partition("/")[2]: one.find(f"{USER}x/{USER}item") for one in come.stanzas[:4]}
    about = {name: dict(item.attrib) for name, item in items.items() if item is not None}
    assert about["paul"] == {"affiliation": "member", "role": "participant", "jid": PAULS}
    assert about["bridge"] == {"affiliation": "owner", "role": "moderator", "jid": f"bridge@{OURS}"}
    assert about["Anna"] == {"affiliation": "member", "role": "participant"}


HISTORIES: list[tuple[str, list[str]]] = [
    ("", ["1", "2", "3"]),
    ("<history/>", ["1", "2", "3"]),
    ("<history maxstanzas='2'/>", ["2", "3"]),
    ("<history maxstanzas='0'/>", []),
    ("<history maxchars='0'/>", []),
    ("<history maxchars='700'/>", ["2", "3"]),
    ("<history seconds='60'/>", ["2", "3"]),
    ("<history seconds='99999999999'/>", ["1", "2", "3"]),
    (f"<history since='{START.isoformat()}'/>", ["2", "3"]),
    ("<history since='1999-01-01T00:00:00Z'/>", ["1", "2", "3"]),
    ("<history since='9999-12-31T23:59:59-23:59'/>", ["1", "2", "3"]),
    ("<history since='yesterday' maxstanzas='-1' maxchars='x' seconds='²'/>", ["1", "2", "3"]),
    ("<history maxstanzas='999999999999999'/>", ["1", "2", "3"]),
]


@pytest.mark.parametrize(("asked", "expected"), HISTORIES)
def test_how_much_of_the_past_somebody_gets(asked: str, expected: list[str]) -> None:
    room = BOTH
    for number, at in enumerate((START - timedelta(hours=1), START, START), 1):
        xml = (
            f"<message xmlns='jabber:client' from='{JID}/Anna' type='groupchat' id='{number}'><body>x</body></message>"
        )
        room = room.with_line(str(number), xml, at)
    joining = f"<x xmlns='http://jabber.org/protocol/muc'>{asked}</x>"
    come = step(stanza("presence", joining, **{"from": DESK, "to": f"{JID}/Olga"}), room)
    lines = [one for one in come.stanzas if one.find(f"{CLIENT}body") is not None]
    assert [one.get("id") for one in lines] == expected
    delays = [one.find("{urn:xmpp:delay}delay") for one in lines]
    assert all(delay is not None and delay.get("from") == JID for delay in delays)
    assert told(come)[-1] == "desk<bridge subject"


# -- what is said ---------------------------------------------------------------------------------------------------


def test_a_line_is_stored_kept_and_said_to_all() -> None:
    made = step(said("<body>Hi</body><origin-id xmlns='urn:xmpp:sid:0' id='o1'/>"), BOTH)
    assert made.item is not None
    assert made.room is not None
    assert told(made) == ["phone<Olga groupchat", "x<Olga groupchat"]
    [line] = made.room.lines
    assert line.id == key(OLGA, "o1")
    assert {one.get("id") for one in made.stanzas} == {"o1"}
    again = step(said("<body>Hi</body>"), made.room)
    assert (again.room, told(again)) == (None, ["phone<Olga groupchat"])
    another = step(said("<body>Ho</body>"), made.room)
    assert told(another) == ["phone<Olga groupchat", "x<Olga groupchat"], "some programs count anew"
    tomorrow = step(said("<body>Hi</body>"), made.room, now=START + REPEATS_AFTER)
    assert told(tomorrow) == ["phone<Olga groupchat", "x<Olga groupchat"], "the store takes it for a new line, too"


def test_only_the_room_says_who_wrote_when_and_under_which_id() -> None:
    forged = (
        f"<body>Hi</body><stanza-id xmlns='urn:xmpp:sid:0' by='{JID}' id='forged'/>"
        "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='forged'/><nick xmlns='http://jabber.org/protocol/nick'>Paul</nick>"
        f"<delay xmlns='urn:xmpp:delay' from='{JID}' stamp='1999-01-01T00:00:00Z'/>"
        "<x xmlns='jabber:x:delay' stamp='19990101T00:00:00'/>"
        "<x xmlns='http://jabber.org/protocol/muc#user'><status code='321'/></x>"
        "<addresses xmlns='http://jabber.org/protocol/address'><address type='ofrom' jid='paul@shop.test'/></addresses>"
    )
    for one in step(said(forged), BOTH).stanzas:
        names = [str(child.tag).rpartition("}")[2] for child in one]
        assert names == ["body", "stanza-id", "occupant-id"]
        assert "forged" not in ET.tostring(one, encoding="unicode")


MESSAGES: dict[str, tuple[ET.Element, list[str]]] = {
    "from outside": (said("<body>Hi</body>", **{"from": DESK}), ["desk< error not-acceptable"]),
    "from no program": (said("<body>Hi</body>", **{"from": OLGA}), ["< error not-acceptable"]),
    "to somebody": (said("<body>Hi</body>", to=f"{JID}/paul"), ["phone<paul error forbidden"]),
    "privately": (said("<body>Hi</body>", to=f"{JID}/Anna", type="chat"), ["phone<Anna error forbidden"]),
    "as to a person": (said("<body>Hi</body>", type="chat"), ["phone< error not-acceptable"]),
    "as a headline": (said("<body>Hi</body>", type="headline"), ["phone< error not-acceptable"]),
    "no such room": (said("<body>Hi</body>", to=f"nobody@{OURS}"), ["phone< error item-not-found"]),
    "to the domain": (said("<body>Hi</body>", to=OURS), ["phone< error item-not-found"]),
    "a subject": (said("<subject>Roses</subject>"), ["phone< error forbidden"]),
    "too long": (said(f"<body>{'x' * 1_000_000}</body>"), ["phone< error not-acceptable"]),
    "a guest": (
        said("<x xmlns='http://jabber.org/protocol/muc#user'><invite to='m@x.test'/></x>", type="normal"),
        ["phone< error forbidden"],
    ),
    "typing privately": (
        said("<composing xmlns='http://jabber.org/protocol/chatstates'/>", to=f"{JID}/paul", type="chat"),
        [],
    ),
    "typing": (
        said("<composing xmlns='http://jabber.org/protocol/chatstates'/>"),
        ["phone<Olga groupchat", "x<Olga groupchat"],
    ),
    "read": (
        said("<displayed xmlns='urn:xmpp:chat-markers:0' id='ours'/>"),
        ["phone<Olga groupchat", "x<Olga groupchat"],
    ),
    "our own words, back": (
        said(f"<body>Do you?</body><error type='cancel'><service-unavailable xmlns='{SPACE}'/></error>", type="error"),
        ["phone<Olga unavailable 110 333", "x<Olga unavailable"],
    ),
    "our own words, back for another reason": (
        said(f"<body>Do you?</body><error type='wait'><policy-violation xmlns='{SPACE}'/></error>", type="error"),
        [],
    ),
    "an error that wraps a line": (
        said("<body>#1 pay me</body><error type='cancel'/>", type="error", **{"from": DESK}),
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MESSAGES)
def test_what_is_no_line_is_stored_nowhere(name: str) -> None:
    made, expected = MESSAGES[name]
    found = step(made, BOTH)
    assert told(found) == expected
    assert found.item is None
    assert found.room is None or found.room.lines == ()


@pytest.mark.parametrize("inner", ["<body>Hi</body>", ""])
def test_what_is_nested_too_deep_is_cut_off(inner: str) -> None:
    deep = "<a xmlns='x'>" * 5_000 + "</a>" * 5_000
    made = step(said(inner + deep), BOTH)
    assert made.item is not None
    assert all(len(ET.tostring(one)) < 5_000 for one in made.stanzas)


def test_a_sign_is_stored_and_not_kept() -> None:
    made = step(said("<reactions xmlns='urn:xmpp:reactions:0' id='x'><reaction>+</reaction></reactions>"), BOTH)
    assert made.item is not None
    assert made.room is None
    assert len(made.stanzas) == 2


def test_a_line_that_came_back_is_an_invitation() -> None:
    line = "<message xmlns='jabber:client'><body>Well?</body></message>"
    room = BOTH.entered(PAULS).with_line("relay-1", line, START)
    back = f"<body>Well?</body><error type='cancel'><recipient-unavailable xmlns='{SPACE}'/></error>"
    came = said(back, type="error", id="relay-1", **{"from": PAULS})
    # Whether his server said first that he had gone, or not.
    for before in (room, room.left(PAULS)):
        found = step(came, before)
        assert found.room is not None
        assert PAULS not in found.room.inside
        invitation = found.stanzas[-1]
        assert (invitation.get("to"), invitation.findtext(f"{CLIENT}body")) == (PAUL, "Anna - email #42: Well?")
        assert not step(came, found.room).stanzas, "once"
    two = room.entered(f"{PAUL}/y")
    assert told(step(came, two)) == ["x<paul unavailable 110 333"], "he reads it there"


def test_invitations_are_few() -> None:
    room, first = invited(BOTH.left(PAULS), PEOPLE, "Hi", START)
    assert [one.get("to") for one in first] == [PAUL]
    assert invited(room, PEOPLE, "Hi", START + AGAIN_AFTER - timedelta(seconds=1))[1] == []
    assert len(invited(room, PEOPLE, "Hi", START + AGAIN_AFTER)[1]) == 1
    returned = stanza("message", "<error type='cancel'/>", type="error", **{"from": PAUL})
    undone = step(returned, room).room
    assert undone is not None
    assert len(invited(undone, PEOPLE, "Hi", START)[1]) == 1, "one that came back counts for none"
    was_there = room.entered(PAULS).left(PAULS)
    assert len(invited(was_there, PEOPLE, "Hi", START)[1]) == 1


# -- what it means --------------------------------------------------------------------------------------------------


def item(inner: str, **attributes: str) -> RawItem:
    facts = {"domain": OURS, "owner": OLGA, "key": key(OLGA, "o1")}
    raw = ET.tostring(said(inner, **attributes))
    return RawItem(native_id="x", raw=raw, lane=OLGA, facts=facts, received_at=START)


def test_a_line_is_its_writers_in_its_room() -> None:
    [message] = parse_in_room(item("<body>Yes.</body><reply xmlns='urn:xmpp:reply:0' id='in-1'/>"))
    assert isinstance(message, Message)
    assert (message.address, message.sender, message.room) == (OURS, OLGA, NAME)
    assert message.native_id == f"{NAME}/{key(OLGA, 'o1')}"
    assert message.replies_to == ("in-1",)
    assert message.authenticated
    [among_owners] = parse_in_room(
        item(f"<body>// Yes.</body><reply xmlns='urn:xmpp:reply:0' id='{key(PAUL, 'p1')}'/>")
    )
    assert isinstance(among_owners, Message)
    assert among_owners.replies_to == ()
    [outside] = parse_in_room(item("<body>list</body>", to=f"bridge@{OURS}"))
    assert isinstance(outside, Message)
    assert outside.room == ""
    for named in ("o0", key(OLGA, "o0")):
        [edit] = parse_in_room(item(f"<body>No.</body><replace xmlns='urn:xmpp:message-correct:0' id='{named}'/>"))
        assert isinstance(edit, Edit)
        assert (edit.native_id, edit.room, edit.sender) == (f"{NAME}/{key(OLGA, 'o0')}", NAME, OLGA)


NOBODYS: dict[str, RawItem] = {
    "a stranger": item("<body>Hi</body>", **{"from": "mallory@shop.test/x"}),
    "a like address": item("<body>Hi</body>", **{"from": "olga@shop.test.evil/x"}),
    "an owner's name as a resource": item("<body>Hi</body>", **{"from": f"mallory@shop.test/{OLGA}"}),
    "an owner's name in a room": item("<body>Hi</body>", **{"from": f"{JID}/Olga"}),
    "another owner": item("<body>Hi</body>", **{"from": PAULS}),
    "no sender": item("<body>Hi</body>", **{"from": ""}),
    "another domain": item("<body>Hi</body>", to=f"{NAME}@{OURS}.evil"),
    "somebody in a room": item("<body>Hi</body>", to=f"{JID}/Anna"),
    "not to the room": item("<body>Hi</body>", type="chat"),
    "an error": item("<body>Hi</body><error/>", type="error"),
    "no facts": replace(item("<body>Hi</body>"), facts={}),
    "half the facts": replace(item("<body>Hi</body>"), facts={"owner": OLGA}),
    "another's line, taken back": item(f"<retract xmlns='urn:xmpp:message-retract:1' id='{key(PAUL, 'p1')}'/>"),
    "another's line, corrected": item(
        f"<body>No.</body><replace xmlns='urn:xmpp:message-correct:0' id='{key(PAUL, 'p1')}'/>"
    ),
    "another's line, signed": item(
        f"<reactions xmlns='urn:xmpp:reactions:0' id='{key(PAUL, 'p1')}'><reaction>+</reaction></reactions>"
    ),
}


@pytest.mark.parametrize("name", NOBODYS)
def test_what_is_nobodys_word(name: str) -> None:
    [event] = parse_in_room(NOBODYS[name])
    assert isinstance(event, Ignored)


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_an_owners_program_sends_is_of_that_owner_and_that_room(name: str) -> None:
    """As it is read, and as it makes its way through a room."""
    inner = "".join(ET.tostring(one, encoding="unicode") for one in ET.fromstring(HOSTILE[name][0]))
    for kind in ("groupchat", "chat", "normal", "error", "headline"):
        found = step(said(inner, type=kind), BOTH)
        for one in found.stanzas:
            sender, _, nick = one.get("from", "").partition("/")
            assert (sender, nick in ("Olga", "")) == (JID, True)
        if found.item is not None:
            [event] = parse_in_room(found.item)
            assert not isinstance(event, DeliveryReport)
            if isinstance(event, Message | Edit | Deletion | Reaction):
                assert (event.address, event.sender, event.room) == (OURS, OLGA, NAME)
            # With another type it is no error that came back, but the owner's own words.
            assert "pay me" not in repr(event) or name == "a command comes back"


@pytest.mark.parametrize("raw", NO_XML)
def test_what_is_no_stanza_is_said_to_be_none(raw: str) -> None:
    bad = replace(item(""), raw=raw.encode("utf-8", "surrogatepass"))
    with pytest.raises(ValueError, match="it "):
        parse_in_room(bad)


def test_parsing_keeps_the_contract() -> None:
    parse_conforms(create("rooms", ContactsSettings(**GOOD)), [item("<body>Hi</body>"), *NOBODYS.values()])


# -- strangers, settings --------------------------------------------------------------------------------------------


def test_whoever_would_come_in_is_answered_in_measure() -> None:
    joining = stanza("presence", JOIN, **{"from": "m@x/y", "to": f"{JID}/m"})
    strangers = Strangers(rooms=True)
    answered = [strangers.answer(joining, float(second)) for second in range(50)]
    assert sum(one is not None for one in answered) == A_MINUTE
    assert answered[0] is not None
    assert _short(answered[0]) == "y<m error service-unavailable"
    assert Strangers().answer(joining, 0.0) is None, "where there are contacts, nobody enters"
    subscribing = stanza("presence", type="subscribe", **{"from": "m@x/y"})
    unsubscribed = Strangers(rooms=True).answer(subscribing, 0.0)
    assert unsubscribed is not None
    assert unsubscribed.get("type") == "unsubscribed"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"ask_contacts": True}, "are about contacts"),
        ({"group": "x"}, "are about contacts"),
        ({"share": "contacts", "nicknames": {OLGA: "Olga"}}, "are borne in rooms"),
        ({"share": "topics"}, "'contacts' or 'rooms'"),
        ({"nicknames": {"carla@shop.test": "Carla"}}, "not among owners"),
        ({"nicknames": {OLGA: "x", PAUL: "X"}}, f"{OLGA} and {PAUL} the same name, 'X'; choose another"),
        ({"nicknames": {OLGA: "Bridge"}}, f"{OLGA} 'Bridge', which is the bridge's own name; choose another"),
        ({"nicknames": {OLGA: "a\x07"}}, "nobody's nickname"),
        ({"nicknames": {OLGA: ""}}, "nobody's nickname"),
    ],
)
def test_what_cannot_be(more: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        ContactsSettings(**{**GOOD, **more})


def test_owners_share_the_domain_and_say_who_they_are() -> None:
    shared, alone = ContactsSettings(**GOOD), ContactsSettings(**{**GOOD, "share": "contacts"})
    assert unfit_owner(shared, OURS.upper()) == ""
    assert f'set address = "{OURS}"' in unfit_owner(shared, OLGA)
    assert unfit_member(shared, OURS, OLGA) == ""
    assert f'member = "{OLGA}"' in unfit_member(shared, OURS, OLGA.upper())
    assert "set owners" in unfit_member(shared, OURS, "carla@shop.test")
    assert 'set share = "rooms"' in unfit_member(alone, OLGA, OLGA)


# -- what breaks ----------------------------------------------------------------------------------------------------


async def test_an_invitation_that_was_lost_with_its_line_is_made_again() -> None:
    """Else nobody would hear of a new conversation: the line counts as said, and an owner is asked once an hour."""
    wire: list[ET.Element] = []
    before = Room(name=NAME, title="Anna - email #42", said=1, handed=1, invited={PAUL: datetime.now(UTC)})
    asked, lost = invited(before, PEOPLE, "Anna: Hi", datetime.now(UTC))
    assert [one.get("to") for one in lost] == [OLGA]
    written = "<message xmlns='jabber:client'><body>Hi</body></message>"
    room = asked.with_line("a", written, asked.invited[OLGA])
    connector = SharedConnector("rooms", ContactsSettings(**GOOD))
    connector.service.open(Desk(connector).receive, dict(room.rows(None)))
    connector.link.put = wire.append  # type: ignore[method-assign, assignment]

    await connector.service.resume()

    again = [one.get("to") for one in wire if one.get("from") == JID]
    assert again == [OLGA], "and Paul was asked before"
    wire.clear()
    await connector.service.commit_surely([], [connector.service.rooms[NAME].handed_out(2)])
    await connector.service.resume()
    assert wire == []
