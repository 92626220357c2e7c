"""Who types, by a stanza's word (XEP-0085): news only, and only of who says it of themselves."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from stanzas import ANNA, HOSTILE, MUC, SHOP, carbon, stanza

from bridge.connector import Signal, Typing
from connectors.xmpp.contacts.parse import typing_to_contact
from connectors.xmpp.typing_states import typing

COMPOSING = "<composing xmlns='http://jabber.org/protocol/chatstates'/>"
ACTIVE = "<active xmlns='http://jabber.org/protocol/chatstates'/>"
PAUSED = "<paused xmlns='http://jabber.org/protocol/chatstates'/>"
GONE = "<gone xmlns='http://jabber.org/protocol/chatstates'/>"
LATE = "<delay xmlns='urn:xmpp:delay' stamp='2026-11-01T10:00:00Z'/>"


@pytest.mark.parametrize(
    ("xml", "signal"),
    [
        (stanza(COMPOSING), Signal.TYPING),
        (stanza(COMPOSING, kind="normal"), Signal.TYPING),
        (stanza(PAUSED), Signal.STOPPED),
        (stanza(GONE), Signal.STOPPED),
        (stanza("<body>!waiting</body>" + ACTIVE), Signal.STOPPED),
        (stanza("<body>Hi</body>" + COMPOSING), Signal.STOPPED),
        (stanza("<body>Hi</body>"), None),
        (stanza(""), None),
        (stanza(COMPOSING + LATE), None),
        (stanza(COMPOSING, kind="groupchat"), None),
        (stanza(COMPOSING, kind="error"), None),
        (stanza(COMPOSING, sender=f"{SHOP}/phone"), None),
        (carbon(stanza(COMPOSING)), None),
        (carbon(stanza(COMPOSING)).replace("<received", f"{COMPOSING}<received"), None),
        (carbon(stanza(COMPOSING), sender="mallory@example.org").replace("<received", f"{COMPOSING}<received"), None),
    ],
)
def test_a_stanza_says_who_types(xml: str, signal: Signal | None) -> None:
    expected = None if signal is None else Typing(signal=signal, address=ANNA, authenticated=True)
    assert typing(ET.fromstring(xml), SHOP) == expected


@pytest.mark.parametrize("name", HOSTILE)
def test_no_stanza_makes_it_fail(name: str) -> None:
    stanza = ET.fromstring(HOSTILE[name][0])
    stanza.append(ET.fromstring(COMPOSING))
    typing(stanza, SHOP)
    typing_to_contact(stanza, "customers.shop.test")


def test_a_name_in_a_room_is_nobody_sure() -> None:
    found = typing(ET.fromstring(stanza(COMPOSING + MUC, sender="plants@rooms.test/Anna")), SHOP)
    assert found == Typing(signal=Signal.TYPING, address="plants@rooms.test/Anna")


def test_an_owner_types_in_a_contact() -> None:
    xml = stanza(COMPOSING, to="anna.42.x7k3@customers.shop.test")
    found = typing_to_contact(ET.fromstring(xml), "customers.shop.test")
    assert found == Typing(signal=Signal.TYPING, address=ANNA, room="anna.42.x7k3", authenticated=True)
