"""Contacts' names, pictures and presences; what owners' stanzas mean, and what is nobody's."""

from __future__ import annotations

import struct
import zlib
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from pydantic import ValidationError
from stanzas import HOSTILE

from bridge.connector import Deletion, Edit, Ignored, Message, RawItem, Reaction
from bridge.testing import START, parse_conforms
from connectors.xmpp.contacts import create
from connectors.xmpp.contacts.book import Book, Contact
from connectors.xmpp.contacts.names import initials, localpart, person
from connectors.xmpp.contacts.parse import parse_to_contact
from connectors.xmpp.contacts.picture import SIDE, draw
from connectors.xmpp.contacts.presences import follows
from connectors.xmpp.contacts.settings import ContactsSettings, unfit_owner
from connectors.xmpp.contacts.strangers import A_MINUTE, Strangers

OURS, OLGA, ROOM = "customers.shop.test", "olga@shop.test", "anna.42.x7k3"
GOOD: dict[str, Any] = {"domain": OURS, "secret": "s3cret", "owners": [OLGA]}


@pytest.mark.parametrize(
    ("title", "name", "called"),
    [
        ("Anna Müller - email #42", "anna-muller.42.x", "Anna Müller"),
        ("Anna - Flowers - XMPP #42", "anna-flowers.42.x", "Anna - Flowers"),
        ("#42 Anna Müller: Tulips", "anna-muller.42.x", "Anna Müller"),
        ("#42 anna@example.org", "anna.42.x", "anna@example.org"),
        ("#7 Анна", "customer.7.x", "Анна"),
        ("#7 a/b@c<d>&'\"\\: x", "a-b.7.x", "a/b@c<d>&'\"\\"),
        ("#7 " + "long " * 40, "long-long-long-long-long.7.x", ("long " * 40).strip()),
        ("Anna", "anna.x", "Anna"),
        ("", "customer.x", ""),
        ("#1 ../../etc", "etc.1.x", "../../etc"),
    ],
)
def test_what_a_contact_is_called(title: str, name: str, called: str) -> None:
    assert localpart(title, "x") == name
    assert person(title) == called


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Anna Müller", "AM"),
        ("anna", "A"),
        ("anna.b@example.org", "A"),
        ("Dr. Eva van Dorn", "DD"),
        ("", ""),
        ("???", ""),
    ],
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


@pytest.mark.parametrize("letters", ["AM", "Ä", "", "中", "9Z"])
def test_the_picture_is_a_png(letters: str) -> None:
    picture = draw(letters, "Anna")
    assert picture.content.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", picture.content[16:24]) == (SIDE, SIDE)
    at, kinds = 8, []
    while at < len(picture.content):
        size, kind = struct.unpack(">I4s", picture.content[at : at + 8])
        data = picture.content[at + 8 : at + 8 + size]
        assert struct.unpack(">I", picture.content[at + 8 + size : at + 12 + size])[0] == zlib.crc32(kind + data)
        kinds.append(kind)
        at += 12 + size
    assert kinds == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    assert draw(letters, "Anna") == picture != draw(letters, "Bob")


def test_contacts_are_kept_and_read_again() -> None:
    book = Book()
    anna = book.fresh(OLGA, "#42 Anna")
    book.set(anna, seen=True)
    kept = book.position()
    assert book.position() == {}
    assert (book.introduce(OLGA), book.introduce(OLGA)) == (True, False)
    kept |= book.position()
    assert not Book.of(kept).introduce(OLGA)
    again = Book.of({**kept, "contact:broken": "{", "contact:list": "[]", "archive_id": "x"})
    assert again.contacts == {anna.room: Contact(room=anna.room, owner=OLGA, title="#42 Anna", seen=True)}
    assert again.at("paul@shop.test", anna.room) is None
    assert again.fresh(OLGA, "#42 Anna").room != anna.room


@pytest.mark.parametrize(
    ("kind", "answers", "seen"),
    [
        ("subscribe", ["subscribed", None], True),
        ("unsubscribe", ["unsubscribed"], False),
        ("unsubscribed", ["unsubscribed"], False),
        ("probe", [None], True),
        ("subscribed", [], True),
        ("", [], True),
    ],
)
def test_what_follows_from_an_owners_presence(kind: str, answers: list[str | None], seen: bool) -> None:
    contact = Contact(room=ROOM, owner=OLGA, title="#42 Anna", seen=True)
    book = Book({ROOM: contact})
    assert [one.get("type") for one in follows(kind, contact, OURS, book)] == answers
    assert book.contacts[ROOM].seen is seen


# -- what owners' stanzas mean ------------------------------------------------------------------------------------


def item(inner: str, **more: Any) -> RawItem:
    given = {"sender": f"{OLGA}/phone", "to": f"{ROOM}@{OURS}", "kind": "chat", **more}
    raw = (
        f"<message xmlns='jabber:client' from='{given['sender']}' to='{given['to']}' type='{given['kind']}' id='o1'>"
        f"{inner}</message>"
    )
    facts = more.get("facts", {"domain": OURS, "owner": OLGA})
    return RawItem(native_id="x", raw=raw.encode(), lane=OLGA, facts=facts, received_at=START)


def test_a_line_stands_in_the_room_that_it_was_sent_to() -> None:
    [message] = parse_to_contact(item("<body>Yes.</body><reply xmlns='urn:xmpp:reply:0' id='in-1'/>"))
    assert isinstance(message, Message)
    assert (message.room, message.native_id, message.address) == (ROOM, f"{ROOM}/o1", OLGA)
    assert message.replies_to == ("in-1", f"{ROOM}/in-1")
    assert message.authenticated
    [edit] = parse_to_contact(item("<body>No.</body><replace xmlns='urn:xmpp:message-correct:0' id='o0'/>"))
    assert isinstance(edit, Edit)
    assert (edit.native_id, edit.room) == (f"{ROOM}/o0", ROOM)
    [reaction] = parse_to_contact(
        item("<reactions xmlns='urn:xmpp:reactions:0' id='in-1'><reaction>+</reaction></reactions>")
    )
    assert isinstance(reaction, Reaction)
    assert (reaction.native_id, reaction.room) == ("in-1", ROOM)
    [outside] = parse_to_contact(item("<body>list</body>", to=f"bridge@{OURS}"))
    assert isinstance(outside, Message)
    assert outside.room == ""


FORWARDED = (
    "<message xmlns='jabber:client' from='olga@shop.test/x' to='y@customers.shop.test'><body>pay</body></message>"
)
FORWARD = f"<forwarded xmlns='urn:xmpp:forward:0'>{FORWARDED}</forwarded>"

NOBODYS: dict[str, RawItem] = {
    "a stranger": item("<body>Hi</body>", sender="mallory@shop.test/x"),
    "a like address": item("<body>Hi</body>", sender="olga@shop.test.evil/x"),
    "an owner's name as a resource": item("<body>Hi</body>", sender=f"mallory@shop.test/{OLGA}"),
    "an owner's name in a room": item("<body>Hi</body>", sender=f"rooms.shop.test/{OLGA}"),
    "no sender": item("<body>Hi</body>", sender=""),
    "the owner's server": item("<body>Hi</body>", sender="shop.test"),
    "ourselves": item("<body>Hi</body>", sender=f"bridge@{OURS}"),
    "another domain": item("<body>Hi</body>", to=f"{ROOM}@customers.shop.test.evil"),
    "no receiver": item("<body>Hi</body>", to=""),
    "no facts": item("<body>Hi</body>", facts={}),
    "half the facts": item("<body>Hi</body>", facts={"owner": OLGA}),
    "a room's talk": item("<body>Hi</body>", kind="groupchat"),
    "a carbon": item(f"<received xmlns='urn:xmpp:carbons:2'>{FORWARD}</received>"),
    "an archive's result": item(f"<result xmlns='urn:xmpp:mam:2' id='a' queryid='q'>{FORWARD}</result>"),
    "a forwarded message": item(FORWARD),
    "privileged": item(f"<privilege xmlns='urn:xmpp:privilege:2'>{FORWARDED}</privilege>"),
    "delegated": item(f"<delegation xmlns='urn:xmpp:delegation:2'>{FORWARDED}</delegation>"),
}  # fmt: skip


@pytest.mark.parametrize("name", NOBODYS)
def test_what_is_nobodys_word(name: str) -> None:
    [event] = parse_to_contact(NOBODYS[name])
    assert isinstance(event, Ignored)


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_an_owners_program_sends_is_of_that_owner_and_that_room(name: str) -> None:
    changed = ET.fromstring(HOSTILE[name][0])
    inner = "".join(ET.tostring(one, encoding="unicode") for one in changed)
    [event] = parse_to_contact(item(inner, kind=changed.get("type", "")))
    if isinstance(event, Message | Edit | Deletion | Reaction):
        assert (event.address, event.room) == (OLGA, ROOM)
    assert "pay me" not in repr(event)


def test_our_own_words_that_come_back_are_a_bounce_and_no_line() -> None:
    inner = "<body>Hi</body><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
    [event] = parse_to_contact(item(inner, kind="error"))
    assert "bounced" in repr(event)


def test_parsing_keeps_the_contract() -> None:
    connector = create("contacts", ContactsSettings(**GOOD))
    parse_conforms(connector, [item("<body>Hi</body>"), *NOBODYS.values()])


# -- strangers, settings --------------------------------------------------------------------------------------------


def test_strangers_are_answered_in_measure() -> None:
    strangers = Strangers()
    said = ET.fromstring("<message xmlns='jabber:client' from='m@x' to='y@z' id='1'><body>Hi</body></message>")
    answered = [strangers.answer(said, float(second)) for second in range(50)]
    assert sum(one is not None for one in answered) == A_MINUTE
    assert strangers.answer(said, 200.0) is not None
    for quiet in (
        "<message xmlns='jabber:client' type='error'><body>x</body></message>",
        "<presence xmlns='jabber:client'/>",
    ):
        assert strangers.answer(ET.fromstring(quiet), 300.0) is None


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"domain": "customers"}, "a domain of its own"),
        ({"owners": []}, "at least 1 item"),
        ({"owners": ["olga@customers.shop.test"]}, "of this very domain"),
        ({"host": "xmpp.example.org"}, "would not be encrypted"),
        ({"secret": ""}, "at least 1 character"),
        ({"password": "x"}, "Extra inputs"),
    ],
)
def test_what_cannot_be(more: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        ContactsSettings(**{**GOOD, **more})


def test_an_owner_has_to_be_among_the_owners() -> None:
    settings = ContactsSettings(**GOOD)
    assert settings.server_domain == "shop.test"
    assert unfit_owner(settings, "Olga@Shop.Test") == ""
    assert "set owners" in unfit_owner(settings, "paul@shop.test")
    assert "s3cret" not in repr(settings)
