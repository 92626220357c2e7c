"""Who in a room may still be answered."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from connectors.xmpp.rooms import Rooms

ROOM = "plants@rooms.test"
ANNA = f"{ROOM}/Anna"


def stanza(kind: str, sender: str, how: str = "", inner: str = "") -> ET.Element:
    return ET.fromstring(f"<{kind} xmlns='jabber:client' from='{sender}' type='{how}'>{inner}</{kind}>")


def wrote(sender: str = ANNA, how: str = "chat", inner: str = "<body>Hi</body>") -> ET.Element:
    return stanza("message", sender, how, inner)


@pytest.mark.parametrize(
    ("message", "known"),
    [
        (wrote(), True),
        (wrote(how="error"), False),
        (wrote(inner=""), False),
        (wrote(ROOM), False),
        (wrote("plants@elsewhere.test/Anna"), False),
        (wrote("anna@example.org/phone"), False),
    ],
)
def test_who_has_written(message: ET.Element, known: bool) -> None:
    rooms = Rooms({ROOM}, "shop")
    rooms.wrote(message)
    assert rooms.may_answer(message.get("from", "")) is known


@pytest.mark.parametrize(
    ("presence", "still"),
    [
        (stanza("presence", ANNA), True),
        (stanza("presence", f"{ROOM}/Bob", "unavailable"), True),
        (stanza("presence", "plants@elsewhere.test/Anna", "unavailable"), True),
        (stanza("presence", ANNA, "unavailable"), False),
        (stanza("presence", ROOM, "unavailable"), False),
        (stanza("presence", f"{ROOM}/shop", "unavailable"), False),
    ],
)
def test_who_is_still_there(presence: ET.Element, still: bool) -> None:
    rooms = Rooms({ROOM}, "shop")
    rooms.wrote(wrote())
    rooms.seen(presence)
    assert rooms.may_answer(ANNA) is still


def test_a_new_session_knows_nobody() -> None:
    rooms = Rooms({ROOM}, "shop")
    rooms.wrote(wrote())
    rooms.forget()
    assert not rooms.may_answer(ANNA)
