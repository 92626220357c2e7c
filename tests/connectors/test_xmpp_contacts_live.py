"""A contact for each conversation, against a real Prosody and a real ejabberd; owners use a client of their own."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from itertools import count
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest
from servers import prosody
from servers.component import component, settings, there
from servers.desk import Desk
from servers.person import Person
from stanzas import FORGED, HOSTILE, MEANINGS

from bridge.connector import (
    Attachment,
    Deletion,
    Edit,
    FindingLevel,
    Mark,
    Outbound,
    OutboundKind,
    PermanentFailure,
    Receipt,
    RoomGone,
    TemporaryFailure,
)
from bridge.testing import connector_conforms, outbound, owner_surface_conforms
from bridge.testing_abilities import fetch_conforms, rooms_conform, signal_conforms, split_conforms
from connectors.xmpp.compose import PART_CHARACTERS
from connectors.xmpp.contacts.check import Around
from connectors.xmpp.contacts.connector import ContactsConnector
from connectors.xmpp.contacts.link import Link
from connectors.xmpp.failures import Failed, Refused

pytestmark = pytest.mark.servers

NICK = "{http://jabber.org/protocol/nick}nick"
TITLE = "Anna Müller - email #42"

_numbers = count(1)


class Shop:
    """A shop with a domain of its own, an owner, and somebody who is none."""

    def __init__(self, server: prosody.Prosody) -> None:
        self.server = server
        number = next(_numbers)
        self.olga_jid, self.mallory_jid = server.register(f"olga{number}c"), server.register(f"mallory{number}c")
        self.connector = component(server, self.olga_jid)
        self.desk = Desk(self.connector)

    def person(self, jid: str) -> Person:
        return Person(jid, self.server.port, self.server.certificates.authority)

    def jid(self, room: str) -> str:
        return f"{room}@{prosody.CONTACTS}"

    def relay(self, text: str, room: str, **more: Any) -> Outbound:
        given = {"kind": OutboundKind.RELAY, "address": self.olga_jid, "room": room, "title": TITLE}
        return outbound(text, **{**given, **more})


@pytest.fixture
def shop(xmpp_server: prosody.Prosody) -> Shop:
    return Shop(xmpp_server)


@pytest.fixture
async def open_shop(shop: Shop) -> AsyncIterator[tuple[Shop, Person]]:
    """The domain is there, and Olga is signed in."""
    async with there(shop.connector, shop.desk), shop.person(shop.olga_jid) as olga:
        yield shop, olga


async def test_a_customer_is_a_contact_and_the_owner_just_chats(open_shop: tuple[Shop, Person]) -> None:
    shop, olga = open_shop
    room = await shop.connector.open_room(shop.olga_jid, TITLE)
    assert room.startswith("anna-muller.42.")
    receipt = await shop.connector.send(shop.relay("Do you have tulips?", room))
    shown = await olga.until_told("Do you have tulips?")
    assert (shown["from"].bare, shown.xml.findtext(NICK)) == (shop.jid(room), TITLE)
    assert outbound().id in receipt.native_ids
    await olga.until(lambda: olga.presences.get(shop.jid(room)) == "available")

    said = olga.say(shop.jid(room), "Yes, *many*.", id="o1")
    message = await shop.desk.until_told("Yes, many.")
    assert (message.address, message.room, message.authenticated) == (shop.olga_jid, room, True)
    assert message.native_id == f"{room}/{said}"

    await shop.connector.close_room(shop.olga_jid, room)
    await olga.until(lambda: olga.presences.get(shop.jid(room)) == "unavailable")
    await shop.connector.close_room(shop.olga_jid, room, reopen=True)
    await olga.until(lambda: olga.presences.get(shop.jid(room)) == "available")


async def test_what_is_said_to_a_room_that_is_none_any_more_goes_back(open_shop: tuple[Shop, Person]) -> None:
    """The owners shared rooms, and now each has contacts: a program may still have the room open."""
    shop, olga = open_shop
    room = await shop.connector.open_room(shop.olga_jid, TITLE)
    olga.client.send_message(mto=shop.jid(room), mbody="Yes, many.", mtype="groupchat")
    await olga.until(lambda: any(one["type"] == "error" for one in olga.got))
    [refused] = [one for one in olga.got if one["type"] == "error"]
    assert "nobody has got this" in str(refused["error"]["text"])
    assert shop.desk.texts == []


async def test_what_is_outside_all_conversations_is_a_contact_of_its_own(open_shop: tuple[Shop, Person]) -> None:
    shop, olga = open_shop
    await shop.connector.send(shop.relay("XMPP works again.", ""))
    shown = await olga.until_told("XMPP works again.")
    assert shown["from"].bare == shop.jid("bridge")
    olga.say(shop.jid("bridge"), "list")
    assert (await shop.desk.until_told("list")).room == ""


async def test_edits_retractions_reports_and_marks(open_shop: tuple[Shop, Person]) -> None:
    shop, olga = open_shop
    room = await shop.connector.open_room(shop.olga_jid, TITLE)
    olga.say(shop.jid(room), "Yse.", id="o1")
    correction = olga.client.make_message(mto=shop.jid(room), mbody="Yes.", mtype="chat")
    correction["replace"]["id"] = "o1"
    correction.send()
    olga.send_xml(
        f"<message xmlns='jabber:client' type='chat' to='{shop.jid(room)}'>"
        "<retract xmlns='urn:xmpp:message-retract:1' id='o1'/><body>/me retracted</body></message>"
    )
    await shop.desk.until(lambda: bool(shop.desk.of(Deletion)))
    [edit], [deletion] = shop.desk.of(Edit), shop.desk.of(Deletion)
    assert (edit.native_id, edit.room, edit.text.plain) == (f"{room}/o1", room, "Yes.")
    assert (deletion.native_id, deletion.room) == (f"{room}/o1", room)

    await shop.connector.mark(shop.olga_jid, f"{room}/o1", Mark.READ, "")
    await shop.connector.mark(shop.olga_jid, f"{room}/o1", Mark.SENT, "")
    await shop.connector.mark(shop.olga_jid, f"{room}/o1", Mark.FAILED, "NOT delivered: no such mailbox")
    failed = await olga.until_told("NOT delivered")
    assert failed.xml.find("{urn:xmpp:reply:0}reply").get("id") == "o1"
    [read] = [message for message in olga.got if message.xml.find("{urn:xmpp:chat-markers:0}displayed") is not None]
    assert read["from"].bare == failed["from"].bare == shop.jid(room)


async def test_a_receipt_leaves_only_once_the_message_is_stored(
    open_shop: tuple[Shop, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.xmpp.incoming.TRY_AGAIN_SECONDS", 0.05)
    shop, olga = open_shop
    room = await shop.connector.open_room(shop.olga_jid, TITLE)
    receipts: list[tuple[str, str]] = []
    olga.client.add_event_handler("receipt_received", lambda one: receipts.append((one["from"].bare, one["receipt"])))
    shop.desk.refuse = 1
    asked = olga.say(shop.jid(room), "Open today?")
    await olga.until(lambda: (shop.jid(room), asked) in receipts)
    assert shop.desk.refuse == 0
    olga.say(shop.jid(room), "Open today?", id=asked)
    olga.say(shop.jid(room), "end")
    await shop.desk.until_told("end")
    assert shop.desk.texts == ["Open today?", "end"], "what is sent again under its id is the same message"


async def test_contacts_are_there_again_after_a_restart(shop: Shop) -> None:
    async with shop.person(shop.olga_jid) as olga:
        async with there(shop.connector, shop.desk):
            opened, closed = [await shop.connector.open_room(shop.olga_jid, f"#{n} Anna") for n in (1, 2)]
            for room in (opened, closed):
                await shop.connector.send(shop.relay("Hello?", room, id=f"in-{room}"))
                jid = shop.jid(room)
                await olga.until(lambda jid=jid: olga.presences.get(jid) == "available")  # type: ignore[misc]
            await shop.connector.close_room(shop.olga_jid, closed)
            await shop.desk.until(lambda: '"open": false' in shop.desk.position.get(f"contact:{closed}", ""))
        olga.presences.clear()
        again = component(shop.server, shop.olga_jid)
        async with there(again, shop.desk):
            await olga.until(lambda: olga.presences.get(shop.jid(opened)) == "available")
            assert olga.presences.get(shop.jid(closed)) != "available"
            await again.send(shop.relay("Still there?", closed, id="after"))
            await olga.until_told("Still there?")


async def test_who_is_no_owner_is_refused_and_nothing_goes_anywhere(open_shop: tuple[Shop, Person]) -> None:
    shop, olga = open_shop
    room = await shop.connector.open_room(shop.olga_jid, TITLE)
    async with shop.person(shop.mallory_jid) as mallory:
        for to in (room, "bridge", "nobody"):
            mallory.say(shop.jid(to), "I am the owner")
            mallory.client.send_presence_subscription(shop.jid(to))
        await mallory.until(lambda: sum(one["type"] == "error" for one in mallory.got) >= 3)
        condition = mallory.got[0].xml.find("{jabber:client}error/{urn:ietf:params:xml:ns:xmpp-stanzas}forbidden")
        assert condition is not None
        for query in ("<vCard xmlns='vcard-temp'/>", "<query xmlns='http://jabber.org/protocol/disco#info'/>"):
            with pytest.raises(Exception, match="service-unavailable"):
                await asked(mallory, shop.jid(room), query)
        # However much a stranger writes, the bridge says no more than so much.
        for number in range(100):
            mallory.say(shop.jid(room), f"again {number}")
        olga.say(shop.jid(room), "end")
        await shop.desk.until_told("end")
        assert sum(one["type"] == "error" for one in mallory.got) < 40
        assert shop.jid(room) not in mallory.presences
    assert shop.desk.texts == ["end"]


async def asked(person: Person, to: str, payload: str) -> ET.Element:
    iq = person.client.Iq()
    iq["type"], iq["to"] = "get", to
    iq.append(ET.fromstring(payload))
    answer: ET.Element = (await iq.send(timeout=5)).xml
    return answer


async def test_a_contact_has_a_name_and_a_picture(open_shop: tuple[Shop, Person]) -> None:
    shop, olga = open_shop
    jid = shop.jid(await shop.connector.open_room(shop.olga_jid, TITLE))
    card = await asked(olga, jid, "<vCard xmlns='vcard-temp'/>")
    assert card.findtext("{vcard-temp}vCard/{vcard-temp}FN") == "Anna Müller"
    picture = base64.b64decode(card.findtext("{vcard-temp}vCard/{vcard-temp}PHOTO/{vcard-temp}BINVAL") or "")
    assert picture.startswith(b"\x89PNG")
    four = await asked(olga, jid, "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/>")
    assert "Anna Müller" in "".join(four.itertext())
    for node, expected in (("urn:xmpp:avatar:data", base64.b64encode(picture).decode()), ("urn:xmpp:vcard4", "Anna")):
        found = await asked(
            olga, jid, f"<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='{node}'/></pubsub>"
        )
        assert expected in "".join(found.itertext())
    features = await asked(olga, f"{jid}/bridge", "<query xmlns='http://jabber.org/protocol/disco#info'/>")
    assert "urn:xmpp:receipts" in {one.get("var") for one in features.iter()}
    await asked(olga, jid, "<ping xmlns='urn:xmpp:ping'/>")


async def test_a_program_that_takes_offers_is_offered_the_contact(shop: Shop) -> None:
    async with there(shop.connector, shop.desk), shop.person(shop.olga_jid) as olga:
        olga.client.plugin["xep_0030"].add_feature("http://jabber.org/protocol/rosterx")
        await olga.until(lambda: olga.presences.get(shop.jid("bridge")) == "available")
        async with asyncio.timeout(10):
            while not shop.connector.offers.taking(shop.olga_jid):  # noqa: ASYNC110 - nobody is told
                await asyncio.sleep(0.01)
        room = await shop.connector.open_room(shop.olga_jid, TITLE)
        await shop.connector.send(shop.relay("Hello?", room))
        await olga.until_told("Hello?")
        [offer] = [item for one in olga.got for item in one.xml.iter("{http://jabber.org/protocol/rosterx}item")]
        assert (offer.get("jid"), offer.get("name"), offer.get("action")) == (shop.jid(room), TITLE, "add")


async def test_files_both_ways(open_shop: tuple[Shop, Person]) -> None:
    shop, olga = open_shop
    room = await shop.connector.open_room(shop.olga_jid, TITLE)
    photo = Attachment(name="tulip.jpg", media_type="image/jpeg", content=b"\xff\xd8" * 1000)
    large = Attachment(name="film.mp4", content=b"x" * (1024 * 1024 + 1))
    await shop.connector.send(shop.relay("Like this?", room, attachments=(photo, large)))
    message = await olga.until_told("Like this?")
    assert "[film.mp4 has 1048577 bytes" in message["body"], "what cannot be shown is said, and the words are"
    url = message.xml.findtext("{jabber:x:oob}x/{jabber:x:oob}url")
    trust = ssl.create_default_context(cafile=shop.server.certificates.authority)
    async with httpx.AsyncClient(verify=trust) as http:
        assert (await http.get(url)).content == photo.content
    olga.send_xml(
        f"<message xmlns='jabber:client' type='chat' to='{shop.jid(room)}'><body>{url}</body>"
        f"<x xmlns='jabber:x:oob'><url>{url}</url></x></message>"
    )
    await shop.desk.until(lambda: bool(shop.desk.texts))
    assert photo.content is not None
    await fetch_conforms(shop.connector, Attachment(name="x", source=shop.server.address_of(url)), photo.content)


@prosody.only
async def test_it_keeps_the_contract(shop: Shop) -> None:
    split_conforms(shop.connector, lambda part: len(part.plain) <= PART_CHARACTERS)
    await connector_conforms(lambda: shop.connector, shop.olga_jid)


async def test_it_is_a_surface_with_rooms(open_shop: tuple[Shop, Person]) -> None:
    shop, olga = open_shop

    async def shown() -> str:
        await olga.until_told("#42")
        return "\n".join(olga.texts)

    await owner_surface_conforms(shop.connector, shop.olga_jid, shown)

    class Settled(ContactsConnector):
        """Returns from `send` when Olga's client has it: the suite looks at once."""

        async def send(self, given: Outbound) -> Receipt:
            receipt = await super().send(given)
            await olga.until_told(given.text.plain)
            return receipt

    shop.connector.__class__ = Settled
    await rooms_conform(shop.connector, shop.olga_jid, lambda: "\n".join(olga.texts))
    await signal_conforms(shop.connector, shop.olga_jid, "no.such.contact")


@prosody.only
async def test_another_owners_contact_is_nobodys(xmpp_server: prosody.Prosody) -> None:
    shop = Shop(xmpp_server)
    other = xmpp_server.register(f"paul{next(_numbers)}c")
    connector = component(xmpp_server, shop.olga_jid, other)
    async with there(connector, Desk(connector)):
        room = await connector.open_room(shop.olga_jid, TITLE)
        with pytest.raises(RoomGone):
            await connector.send(shop.relay("Hello?", room, address=other))
        with pytest.raises(PermanentFailure, match="not among the owners"):
            await connector.open_room(shop.mallory_jid, TITLE)


@prosody.only
async def test_before_it_runs_nothing_leaves(shop: Shop) -> None:
    with pytest.raises(TemporaryFailure):
        await shop.connector.send(shop.relay("Hello?", ""))
    with pytest.raises(TemporaryFailure):
        await shop.connector.open_room(shop.olga_jid, TITLE)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"secret": "wrong"}, "another secret for this component"),
        ({"domain": "nowhere.shop.test"}, "no component of this name"),
    ],
)
async def test_what_no_try_will_mend_is_raised_for_the_owner(shop: Shop, more: dict[str, Any], words: str) -> None:
    connector = component(shop.server, shop.olga_jid, **more)
    with pytest.raises(Refused, match=words):
        async with there(connector, Desk(connector)):
            pass
    [finding] = await connector.check()
    assert finding.level is FindingLevel.FAILURE
    assert words in finding.what


async def test_doctor_looks_at_the_component(shop: Shop) -> None:
    assert {finding.level for finding in await shop.connector.check()} == {FindingLevel.OK}
    async with there(shop.connector, shop.desk):
        [finding] = await shop.connector.check()
    # ejabberd lets it in a second time.
    assert "the bridge runs" in finding.what
    assert finding.level is not FindingLevel.FAILURE


@prosody.only
async def test_what_is_said_while_doctor_looks_goes_back(shop: Shop) -> None:
    """On ejabberd it may come to that connection."""
    around = Around()
    around.link = Link(settings(shop.server, shop.olga_jid), around, f"bridge@{prosody.CONTACTS}")
    begun = asyncio.Event()

    async def begin() -> None:
        begun.set()

    async with shop.person(shop.olga_jid) as olga, asyncio.TaskGroup() as tasks:
        holding = tasks.create_task(around.link.run(begin))
        await begun.wait()
        olga.say(shop.jid("bridge"), "list")
        await olga.until(lambda: any(one["type"] == "error" for one in olga.got))
        holding.cancel()
    [returned] = [one for one in olga.got if one["type"] == "error"]
    assert "send it again" in "".join(returned.xml.itertext())


async def test_no_stanza_of_a_strangers_does_harm(open_shop: tuple[Shop, Person]) -> None:
    """Everything that the tables know, over the wire, from somebody who is no owner; and as presences and questions."""
    shop, olga = open_shop
    room = await shop.connector.open_room(shop.olga_jid, TITLE)
    hostile = [xml for xml, _ in (*MEANINGS.values(), *HOSTILE.values()) if len(xml) < 100_000]
    async with shop.person(shop.mallory_jid) as mallory:
        for xml in (*FORGED.values(), *hostile):
            changed = ET.fromstring(xml)
            changed.attrib.pop("from", None)
            changed.set("to", shop.jid(room))
            mallory.send_xml(ET.tostring(changed, encoding="unicode"))
        for kind in ("subscribe", "subscribed", "unsubscribe", "probe", "error", "nonsense"):
            mallory.send_presence(f"<presence xmlns='jabber:client' to='{shop.jid(room)}' type='{kind}'/>")
        for payload in ("<x xmlns='y'/>", "<query xmlns='jabber:iq:roster'/>", "<query xmlns='jabber:iq:register'/>"):
            with pytest.raises(Exception, match=r"service-unavailable|bad-request|timeout"):
                await asked(mallory, shop.jid(room), payload)
        olga.say(shop.jid(room), "end")
        await shop.desk.until_told("end")
    assert shop.desk.texts == ["end"]
    assert [item.lane for item in shop.desk.items.values()] == [shop.olga_jid]


async def test_the_condition_of_an_error_is_the_servers(open_shop: tuple[Shop, Person]) -> None:
    """slixmpp makes one up where a component asks."""
    shop, _ = open_shop
    with pytest.raises(Failed) as failed:
        await shop.connector.link.ask("get", ET.Element("{x}y"), f"nobody@{shop.server.domain}")
    assert failed.value.condition == "service-unavailable"


@prosody.only
async def test_a_flood_of_strangers_delays_no_owner(open_shop: tuple[Shop, Person]) -> None:
    shop, olga = open_shop
    room = await shop.connector.open_room(shop.olga_jid, TITLE)
    async with shop.person(shop.mallory_jid) as mallory:
        for number in range(3_000):
            mallory.say(shop.jid(room), f"flood {number}")
        await mallory.client.plugin["xep_0199"].ping(shop.server.domain, timeout=30)
        olga.say(shop.jid(room), "in between")
        await shop.desk.until_told("in between", 10)
        assert shop.connector.incoming.waiting == 0
    assert shop.desk.texts == ["in between"]
