"""Rooms that owners share, against a real Prosody and a real ejabberd; owners use slixmpp's own MUC plug-in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from servers import prosody
from servers.component import shared, there
from servers.desk import Desk
from servers.member import DELAY, Member
from servers.tcp_proxy import tcp_proxy
from slixmpp import JID
from slixmpp.exceptions import IqError, PresenceError
from stanzas import FORGED, HOSTILE, MEANINGS

from bridge.connector import (
    Attachment,
    Deletion,
    Edit,
    Mark,
    Message,
    Outbound,
    OutboundKind,
    PermanentFailure,
    Reaction,
    Receipt,
    Signal,
    TemporaryFailure,
    Typing,
)
from bridge.testing import connector_conforms, outbound, owner_surface_conforms
from bridge.testing_abilities import rooms_conform, signal_conforms, split_conforms
from connectors.xmpp.compose import PART_CHARACTERS
from connectors.xmpp.shared.connector import SharedConnector

pytestmark = pytest.mark.servers

TITLE = "Anna Müller - email #42"
DESK = f"bridge@{prosody.CONTACTS}"

_numbers = count(1)


class Shop:
    """A shop with two owners who share rooms, and somebody who is none."""

    def __init__(self, server: prosody.Prosody) -> None:
        self.server = server
        number = next(_numbers)
        self.olga_jid, self.paul_jid, self.mallory_jid = (
            server.register(f"{name}{number}r") for name in ("olga", "paul", "mallory")
        )
        self.connector = self.anew()
        self.desk = Desk(self.connector)
        self._sent = count(1)

    def anew(self, **more: Any) -> SharedConnector:
        names = {self.olga_jid: "Olga", self.paul_jid: "Paul"}
        return shared(self.server, self.olga_jid, self.paul_jid, nicknames=names, **more)

    def member(self, jid: str) -> Member:
        return Member(jid, self.server.port, self.server.certificates.authority)

    def jid(self, room: str) -> str:
        return f"{room}@{prosody.CONTACTS}"

    def relay(self, text: str, room: str, **more: Any) -> Outbound:
        given = {"kind": OutboundKind.RELAY, "address": prosody.CONTACTS, "room": room, "title": TITLE}
        return outbound(text, **{"id": f"relay-{next(self._sent)}", **given, **more})


@pytest.fixture
def shop(xmpp_server: prosody.Prosody) -> Shop:
    return Shop(xmpp_server)


@pytest.fixture
async def open_shop(shop: Shop) -> AsyncIterator[tuple[Shop, Member, Member]]:
    """The domain is there, and both owners were signed in before: they are invited at the first start."""
    async with shop.member(shop.olga_jid) as olga, shop.member(shop.paul_jid) as paul, there(shop.connector, shop.desk):
        yield shop, olga, paul


async def opened(shop: Shop, *members: tuple[Member, str], through: SharedConnector | None = None) -> tuple[str, str]:
    """A room with one line of the customer's, and these in it; its name and its JID."""
    connector, text = through or shop.connector, "Do you have tulips?"
    room = await connector.open_room(prosody.CONTACTS, TITLE)
    await connector.send(shop.relay(text, room))
    jid = shop.jid(room)
    for member, name in members:
        await member.until(lambda member=member: jid in member.invitations)  # type: ignore[misc]
        await member.enter(jid, name)
        await member.until_heard(jid, text)
    return room, jid


async def test_owners_share_a_room_and_each_line_is_whose_it_is(open_shop: tuple[Shop, Member, Member]) -> None:
    shop, olga, paul = open_shop
    room = await shop.connector.open_room(prosody.CONTACTS, TITLE)
    assert room.startswith("anna-muller.42.")
    receipt = await shop.connector.send(shop.relay("Do you have tulips?", room))
    jid = shop.jid(room)
    await olga.until(lambda: jid in olga.invitations)
    joined = await olga.enter(jid, "Olga")
    assert {one["muc"]["nick"] for one in joined.occupants} == {"bridge", "Anna Müller", "Olga"}
    assert {"100", "110"} <= {str(code) for code in joined.presence["muc"]["status_codes"]}
    assert joined.subject["subject"] == TITLE
    [first] = joined.history
    assert (first["from"].full, first["body"]) == (f"{jid}/Anna Müller", "Do you have tulips?")
    assert first.xml.find(DELAY).get("from") == jid
    await paul.enter(jid, "Paul")
    await olga.until(lambda: olga.sees(f"{jid}/Paul") == "available")

    said = olga.write(jid, "Yes, *many*.")
    message = await shop.desk.until_told("Yes, many.")
    assert (message.address, message.sender, message.room) == (prosody.CONTACTS, shop.olga_jid, room)
    assert message.authenticated
    for member in (olga, paul):
        reflected = await member.until_heard(jid, "Yes, *many*.")
        assert (reflected["from"].resource, reflected["id"]) == ("Olga", said)
        assert message.native_id == f"{room}/{member.key(reflected)}"

    await shop.connector.send(shop.relay("And roses?", room))
    for member in (olga, paul):
        shown = await member.until_heard(jid, "And roses?")
        assert shown["from"].resource == "Anna Müller"
    assert receipt.native_ids[1] == first["id"] == olga.key(first)
    everything = [("Anna Müller", "Do you have tulips?"), ("Olga", "Yes, *many*."), ("Anna Müller", "And roses?")]
    assert olga.heard(jid) == paul.heard(jid) == everything


async def test_a_line_is_reflected_only_once_it_is_stored(open_shop: tuple[Shop, Member, Member]) -> None:
    shop, olga, paul = open_shop
    _, jid = await opened(shop, (olga, "Olga"), (paul, "Paul"))
    shop.desk.refuse = 1
    first = olga.write(jid, "one")
    await paul.until_heard(jid, "one")
    assert shop.desk.refuse == 0
    olga.write(jid, "one", id=first)
    olga.write(jid, "two")
    await paul.until_heard(jid, "two")
    await olga.until_heard(jid, "two")
    assert [text for _, text in paul.heard(jid)][1:] == ["one", "two"], "what is sent again is said once"
    assert [text for _, text in olga.heard(jid)][1:] == ["one", "one", "two"], "its writer sees it come back"
    assert shop.desk.texts == ["one", "two"]


async def test_edits_retractions_signs_and_marks(open_shop: tuple[Shop, Member, Member]) -> None:
    shop, olga, paul = open_shop
    room, jid = await opened(shop, (olga, "Olga"), (paul, "Paul"))
    named = olga.write(jid, "Yse.")
    await paul.until_heard(jid, "Yse.")
    paul.write(jid, "No.", id=named)
    for member, text in ((olga, "Yes."), (paul, "Not yet.")):
        correction = member.client.make_message(mto=jid, mbody=text, mtype="groupchat")
        correction["replace"]["id"] = named
        correction.send()
        await paul.until_heard(jid, text)
    hers, his = shop.desk.of(Message)
    assert hers.native_id != his.native_id, "each program counts for itself"
    assert [(one.native_id, one.sender) for one in shop.desk.of(Edit)] == [
        (hers.native_id, shop.olga_jid),
        (his.native_id, shop.paul_jid),
    ]

    # By the room's id, or their own; nobody takes back what another wrote.
    shown = await paul.until_heard(jid, "Yse.")
    key = paul.key(shown)
    for member, identifier in ((paul, key), (olga, key), (paul, named)):
        member.send_xml(
            f"<message xmlns='jabber:client' type='groupchat' to='{jid}'>"
            f"<retract xmlns='urn:xmpp:message-retract:1' id='{identifier}'/><body>/me retracted</body></message>"
        )
    await shop.desk.until(lambda: len(shop.desk.of(Deletion)) == 2)
    assert {(one.native_id, one.sender) for one in shop.desk.of(Deletion)} == {
        (hers.native_id, shop.olga_jid),
        (his.native_id, shop.paul_jid),
    }

    question = await olga.until_heard(jid, "Do you have tulips?")
    for about in (olga.key(question), key):
        olga.send_xml(
            f"<message xmlns='jabber:client' type='groupchat' to='{jid}'>"
            f"<reactions xmlns='urn:xmpp:reactions:0' id='{about}'><reaction>+</reaction></reactions></message>"
        )
    await shop.desk.until(lambda: bool(shop.desk.of(Reaction)))
    [sign] = shop.desk.of(Reaction)
    assert (sign.native_id, sign.room, sign.sender) == (question["id"], room, shop.olga_jid)

    await shop.connector.mark(prosody.CONTACTS, hers.native_id, Mark.READ, "")
    await shop.connector.mark(prosody.CONTACTS, hers.native_id, Mark.FAILED, "NOT delivered: no such mailbox")
    for member in (olga, paul):
        failed = await member.until_heard(jid, "NOT delivered")
        assert failed["from"].resource == "bridge"
        assert failed.xml.find("{urn:xmpp:reply:0}reply").get("id") == key
        displayed = [one.xml.find("{urn:xmpp:chat-markers:0}displayed") for one in member.got]
        assert [one.get("id") for one in displayed if one is not None] == [key]


async def test_an_answer_names_what_it_answers(open_shop: tuple[Shop, Member, Member]) -> None:
    shop, olga, _ = open_shop
    room, jid = await opened(shop, (olga, "Olga"))
    question = olga.key(await olga.until_heard(jid, "tulips"))
    olga.send_xml(
        f"<message xmlns='jabber:client' type='groupchat' to='{jid}' id='o1'><body>Yes.</body>"
        f"<reply xmlns='urn:xmpp:reply:0' id='{question}'/></message>"
    )
    answer = await shop.desk.until_told("Yes.")
    assert answer.replies_to[0] == question
    await shop.connector.send(shop.relay("Thanks.", room, replies_to=(answer.native_id,)))
    thanks = await olga.until_heard(jid, "Thanks.")
    key = olga.key(await olga.until_heard(jid, "Yes."))
    assert thanks.xml.find("{urn:xmpp:reply:0}reply").attrib == {"id": key}


async def test_typing_passes_and_is_kept_nowhere(open_shop: tuple[Shop, Member, Member]) -> None:
    shop, olga, paul = open_shop
    room, jid = await opened(shop, (olga, "Olga"), (paul, "Paul"))
    heard: list[Typing] = []
    shop.connector.overhear(heard.append)
    composing = f"<message xmlns='jabber:client' type='groupchat' to='{jid}'><composing xmlns='{STATES}'/></message>"
    olga.send_xml(composing)
    await paul.until(lambda: any(one.xml.find(f"{{{STATES}}}composing") is not None for one in paul.got))
    [typing] = heard
    assert (typing.address, typing.sender, typing.room) == (prosody.CONTACTS, shop.olga_jid, room)
    await shop.connector.signal(prosody.CONTACTS, Signal.TYPING, room=room)
    await olga.until(
        lambda: any(
            one["from"].resource == "Anna Müller" and one.xml.find(f"{{{STATES}}}composing") is not None
            for one in olga.got
        )
    )
    assert shop.desk.items == {}


STATES = "http://jabber.org/protocol/chatstates"


async def test_who_is_in_a_room_is_so_after_a_restart(shop: Shop) -> None:
    async with shop.member(shop.olga_jid) as olga, shop.member(shop.paul_jid) as paul:
        async with there(shop.connector, shop.desk):
            room, jid = await opened(shop, (olga, "Olga"), (paul, "Paul"))
            paul.leave(jid, "Paul")
            await olga.until(lambda: olga.sees(f"{jid}/Paul") == "unavailable")
        connector = shop.anew()
        async with there(connector, shop.desk):
            await connector.send(shop.relay("Still there?", room))
            await olga.until_heard(jid, "Still there?")
            olga.write(jid, "Yes.")
            await shop.desk.until_told("Yes.")
            await paul.until(lambda: paul.invitations.count(jid) == 2)
            await paul.enter(jid, "Paul")
    assert len(olga.heard(jid)) == len(set(olga.heard(jid))) == 3
    assert [text for _, text in paul.heard(jid)[1:]] == ["Do you have tulips?", "Still there?", "Yes."]


async def test_who_left_while_the_bridge_was_away_is_in_no_room(shop: Shop) -> None:
    async with shop.member(shop.olga_jid) as olga:
        async with shop.member(shop.paul_jid) as paul, there(shop.connector, shop.desk):
            room, jid = await opened(shop, (olga, "Olga"), (paul, "Paul"))
        connector = shop.anew()
        async with there(connector, shop.desk):
            await olga.until(lambda: olga.sees(f"{jid}/Paul") == "unavailable")
            await connector.send(shop.relay("Anybody?", room))
            await olga.until_heard(jid, "Anybody?")
            # His server keeps the invitation for him.
            async with shop.member(shop.paul_jid) as again:
                await again.until(lambda: jid in again.invitations)
                joined = await again.enter(jid, "Paul")
                assert [one["body"] for one in joined.history] == ["Do you have tulips?", "Anybody?"]


async def test_what_may_have_been_lost_with_a_program_asks_its_owner_in_again(shop: Shop) -> None:
    async with shop.member(shop.paul_jid) as paul, there(shop.connector, shop.desk):
        _, jid = await opened(shop, (paul, "Paul"))
    async with there(shop.anew(), shop.desk), shop.member(shop.paul_jid) as again:
        await again.until(lambda: jid in again.invitations)
        assert f"{TITLE}: Do you have tulips?" in again.texts


@pytest.fixture
def mortal() -> Iterator[prosody.Prosody]:
    """A server of a test's own."""
    with prosody.running() as server:
        yield server


async def test_the_server_dies_with_everybody_in_the_room(mortal: prosody.Prosody) -> None:
    shop = Shop(mortal)
    connector = shop.anew(ping_seconds=1)
    async with there(connector, shop.desk):
        async with shop.member(shop.olga_jid) as olga, shop.member(shop.paul_jid) as paul:
            room, jid = await opened(shop, (olga, "Olga"), (paul, "Paul"), through=connector)
            mortal.kill()
            # Kept in the room before anybody has noticed, or refused.
            sending = asyncio.create_task(said_at_last(connector, shop.relay("Anybody?", room)))
        mortal.resume()
        await sending
        async with shop.member(shop.olga_jid) as olga:
            await olga.until(lambda: jid in olga.invitations)
            joined = await olga.enter(jid, "Olga")
            assert [one["body"] for one in joined.history] == ["Do you have tulips?", "Anybody?"]
            assert {one["muc"]["nick"] for one in joined.occupants} == {"bridge", "Anna Müller", "Olga"}
            olga.write(jid, "Here.")
            await shop.desk.until_told("Here.")


async def test_nothing_is_said_before_a_session_has_begun(open_shop: tuple[Shop, Member, Member]) -> None:
    shop, olga, _ = open_shop
    room, jid = await opened(shop, (olga, "Olga"))
    shop.connector.new_session()
    sending = asyncio.create_task(shop.connector.send(shop.relay("And roses?", room)))
    await shop.connector.link.ping()
    assert "And roses?" not in shop.desk.position[f"lines:{room}"]
    await shop.connector.service.resume()
    await sending
    assert [text for _, text in olga.heard(jid)].count("And roses?") <= 1
    await olga.until_heard(jid, "And roses?")


async def test_what_was_stored_and_not_handed_out_is_handed_out(shop: Shop) -> None:
    """As after a kill between the commit and the wire."""
    async with shop.member(shop.olga_jid) as olga:
        async with there(shop.connector, shop.desk):
            room, jid = await opened(shop, (olga, "Olga"))
            await shop.desk.until(lambda: '"handed": 1' in shop.desk.position[f"room:{room}"])
        before = shop.connector.service.rooms[room]
        after = before.with_line("late", f"<message xmlns='jabber:client' from='{jid}/Paul' type='groupchat' id='late'>"
                                 "<body>We do.</body></message>", datetime.now(UTC))  # fmt: skip
        shop.desk.position.update(after.rows(before))
        for _ in range(2):
            connector = shop.anew()
            async with there(connector, shop.desk):
                await olga.until_heard(jid, "We do.")
                await shop.desk.until(lambda: '"handed": 2' in shop.desk.position[f"room:{room}"])
                known = shop.relay("We do.", room, id="late")
                assert await connector.recall(known) == await connector.send(known)
                assert await connector.recall(replace(known, id="never")) is None
        assert [text for _, text in olga.heard(jid)] == ["Do you have tulips?", "We do."]
        assert (await olga.until_heard(jid, "We do.")).xml.find(DELAY) is not None


async def test_a_connection_that_breaks_while_a_line_goes_out_loses_none(xmpp_server: prosody.Prosody) -> None:
    shop = Shop(xmpp_server)
    async with (
        tcp_proxy(xmpp_server.component_port) as proxy,
        shop.member(shop.olga_jid) as olga,
        shop.member(shop.paul_jid) as paul,
    ):
        connector = shop.anew(port=proxy.port, timeout=2, ping_seconds=1)
        async with there(connector, shop.desk):
            room = await connector.open_room(prosody.CONTACTS, TITLE)
            jid = shop.jid(room)
            for number in range(24):
                sending = asyncio.create_task(said_at_last(connector, shop.relay(f"line {number}", room)))
                await shop.desk.until(lambda text=f"line {number}<": text in shop.desk.position[f"lines:{room}"])  # type: ignore[misc]
                if number == 2:
                    await sending
                    for member, name in ((olga, "Olga"), (paul, "Paul")):
                        await member.enter(jid, name)
                elif number % 4 == 3:
                    proxy.cut()
                elif number % 8 == 6:
                    proxy.stalled = True
                    proxy.cut()
                    proxy.stalled = False
                await sending
            for member in (olga, paul):
                await member.until_heard(jid, "line 23", 30)
                seen = {member.key(one): str(one["body"]) for one in member.got if member.said_in(one, jid)}
                assert list(seen.values()) == [f"line {number}" for number in range(24)]
                assert len(member.heard(jid)) < 40, "what was handed out for sure does not come again"


async def said_at_last(connector: SharedConnector, given: Outbound) -> None:
    """As the core does it."""
    while True:
        try:
            await connector.send(given)
        except TemporaryFailure:
            await asyncio.sleep(0.05)
        else:
            return


async def test_a_closed_room_is_left_and_opens_by_invitation(open_shop: tuple[Shop, Member, Member]) -> None:
    shop, olga, paul = open_shop
    room, jid = await opened(shop, (olga, "Olga"), (paul, "Paul"))
    await shop.connector.close_room(prosody.CONTACTS, room)
    for member, name in ((olga, "Olga"), (paul, "Paul")):
        await member.until(lambda member=member, name=name: member.sees(f"{jid}/{name}") == "unavailable")  # type: ignore[misc]
        destroyed = member.occupants[-1].xml.find(f"{{{USER}}}x/{{{USER}}}destroy")
        assert destroyed.findtext(f"{{{USER}}}reason").startswith("The conversation is closed")
    assert shop.desk.position[f"lines:{room}"] == ""
    await shop.connector.close_room(prosody.CONTACTS, room, reopen=True)
    await shop.connector.send(shop.relay("One more thing.", room))
    await olga.until(lambda: olga.invitations.count(jid) == 2)
    assert [one["body"] for one in (await olga.enter(jid, "Olga")).history] == ["One more thing."]


USER = "http://jabber.org/protocol/muc#user"


async def test_invitations_are_few(open_shop: tuple[Shop, Member, Member]) -> None:
    shop, olga, paul = open_shop
    await olga.until(lambda: DESK in olga.invitations)
    room, jid = await opened(shop, (olga, "Olga"))
    await paul.until(lambda: jid in paul.invitations)
    for number in range(5):
        await shop.connector.send(shop.relay(f"line {number}", room))
    await olga.until_heard(jid, "line 4")
    await paul.enter(jid, "Paul")
    paul.leave(jid, "Paul")
    await olga.until(lambda: olga.sees(f"{jid}/Paul") == "unavailable")
    await shop.connector.send(shop.relay("line 5", room))
    await paul.until(lambda: paul.invitations.count(jid) == 2)
    assert olga.invitations.count(jid) == 1
    assert any(text == f"{TITLE}: line 5" for text in paul.texts), "whose program knows no invitations reads the line"


async def test_two_programs_of_one_owner(open_shop: tuple[Shop, Member, Member]) -> None:
    shop, olga, paul = open_shop
    room, jid = await opened(shop, (olga, "Olga"), (paul, "Paul"))
    async with shop.member(shop.olga_jid) as phone:
        joined = await phone.enter(jid, "whatever")
        assert joined.presence["from"].resource == "Olga", "a name is given, not taken"
        assert 210 in joined.presence["muc"]["status_codes"]
        phone.write(jid, "From the phone.")
        await olga.until_heard(jid, "From the phone.")
        phone.leave(jid, "Olga")
        await phone.until(lambda: phone.sees(f"{jid}/Olga") == "unavailable")
        await shop.connector.send(shop.relay("Ah.", room))
        await paul.until_heard(jid, "Ah.")
    assert paul.sees(f"{jid}/Olga") == "available", "one of her programs is still there"
    assert not any(text == "Ah." for _, text in phone.heard(jid))
    assert len([one for one in paul.occupants if one["from"].resource == "Olga"]) == 1


async def test_whoever_cannot_be_reached_is_not_in_the_room(open_shop: tuple[Shop, Member, Member]) -> None:
    shop, olga, paul = open_shop
    _, jid = await opened(shop, (olga, "Olga"), (paul, "Paul"))
    assert olga.sees(f"{jid}/Paul") == "available"
    came_back(paul, jid, "bad-request")
    paul.write(jid, "still here")
    await paul.until_heard(jid, "still here")
    came_back(paul, jid, "recipient-unavailable")
    paul.write(jid, "not here")
    await paul.until(lambda: bool(errors(paul)))
    await olga.until(lambda: olga.sees(f"{jid}/Paul") == "unavailable")
    assert paul.sees(f"{jid}/Paul") == "unavailable", "they learn that they are not in it"
    assert shop.desk.texts == ["still here"]
    [error] = errors(paul)
    assert "Enter it, and send it again" in "".join(error.xml.itertext())


def came_back(member: Member, jid: str, condition: str) -> None:
    """A line of ours as a server returns it: with its body."""
    member.send_xml(
        f"<message xmlns='jabber:client' type='error' to='{jid}' id='x'><body>Do you have tulips?</body>"
        f"<error type='cancel'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
    )


def errors(member: Member) -> list[Any]:
    return [one for one in member.got if one["type"] == "error"]


async def test_what_cannot_be_done_in_a_room_is_refused_in_words(open_shop: tuple[Shop, Member, Member]) -> None:
    shop, olga, paul = open_shop
    _, jid = await opened(shop, (olga, "Olga"), (paul, "Paul"))
    muc = olga.client.plugin["xep_0045"]
    muc.set_subject(JID(jid), "Roses")
    olga.say(f"{jid}/Paul", "psst")
    olga.say(f"{jid}/Anna Müller", "psst")
    olga.say(jid, "as if it were a person")
    muc.invite(JID(jid), JID(shop.mallory_jid), "come")
    olga.say(shop.jid("nobody.1.abcd"), "no such room")
    await olga.until(lambda: len(errors(olga)) == 6)
    for refusal in (
        muc.get_room_config(JID(jid)),
        muc.destroy(JID(jid), "mine"),
        muc.set_role(JID(jid), "Paul", "none"),
        muc.set_affiliation(JID(jid), "outcast", jid=JID(shop.paul_jid)),
    ):
        with pytest.raises(IqError) as error:
            await refusal
        assert error.value.condition == "forbidden"
    with pytest.raises(PresenceError, match="item-not-found"):
        await olga.enter(shop.jid("nobody.1.abcd"), "Olga")
    changing: list[Any] = []
    olga.client.add_event_handler(f"muc::{jid}::presence-error", changing.append)
    olga.client.send_presence(pto=f"{jid}/Paul")
    members = await muc.get_affiliation_list(JID(jid), "member")
    assert {str(one) for one in members} == {shop.olga_jid, shop.paul_jid}
    assert [one["error"]["condition"] for one in changing] == ["not-acceptable"]
    assert shop.desk.items == {}
    assert [text for _, text in paul.heard(jid)] == ["Do you have tulips?"]


async def test_what_programs_ask(open_shop: tuple[Shop, Member, Member]) -> None:
    shop, olga, paul = open_shop
    _, jid = await opened(shop, (olga, "Olga"))
    disco, ping = olga.client.plugin["xep_0030"], olga.client.plugin["xep_0199"]
    features = (await disco.get_info(jid=jid))["disco_info"]["features"]
    assert {"muc_membersonly", "muc_nonanonymous", "muc_persistent", "muc_hidden"} <= features
    service = (await disco.get_info(jid=prosody.CONTACTS))["disco_info"]
    assert ("conference", "text", None, "inbox-bridge") in service["identities"]
    listed = (await disco.get_items(jid=prosody.CONTACTS))["disco_items"]["items"]
    assert (jid, None, TITLE) in listed
    reserved = await disco.get_info(jid=jid, node="x-roomuser-item")
    assert [one[3] for one in reserved["disco_info"]["identities"]] == ["Olga"]
    inside = (await disco.get_items(jid=jid))["disco_items"]["items"]
    assert {one[0] for one in inside} == {f"{jid}/{name}" for name in ("bridge", "Anna Müller", "Olga")}

    await ping.send_ping(JID(f"{jid}/Olga"), timeout=5)
    for member, name, condition in (
        (paul, "Paul", "not-acceptable"),
        (olga, "bridge", "service-unavailable"),
        (olga, "Nobody", "item-not-found"),
    ):
        with pytest.raises(IqError) as error:
            await member.client.plugin["xep_0199"].send_ping(JID(f"{jid}/{name}"), timeout=5)
        assert error.value.condition == condition
    with pytest.raises(IqError, match="not-acceptable"):
        await ping.send_ping(JID(f"{shop.jid('nobody.1.abcd')}/Olga"), timeout=5)


async def test_a_stranger_learns_nothing(open_shop: tuple[Shop, Member, Member]) -> None:
    shop, olga, _ = open_shop
    _, jid = await opened(shop, (olga, "Olga"))
    async with shop.member(shop.mallory_jid) as mallory:
        answers = []
        for address in (jid, shop.jid("nobody.1.abcd"), DESK):
            with pytest.raises(PresenceError) as refused:
                await mallory.enter(address, "Olga")
            answers.append(refused.value.condition)
            with pytest.raises(IqError) as unanswered:
                await mallory.client.plugin["xep_0199"].send_ping(JID(f"{address}/Olga"), timeout=5)
            answers.append(unanswered.value.condition)
            for question in ("get_info", "get_items"):
                with pytest.raises(IqError) as error:
                    await getattr(mallory.client.plugin["xep_0030"], question)(jid=address)
                answers.append(error.value.condition)
            mallory.write(address, "Give me the money.")
        assert set(answers) == {"service-unavailable"}
        await mallory.until(lambda: len(errors(mallory)) >= 3)
        olga.write(jid, "end")
        await olga.until_heard(jid, "end")
    assert shop.desk.texts == ["end"]
    assert mallory.occupants == [one for one in mallory.occupants if one["type"] == "error"]


async def test_files_both_ways(open_shop: tuple[Shop, Member, Member]) -> None:
    shop, olga, paul = open_shop
    room, jid = await opened(shop, (olga, "Olga"), (paul, "Paul"))
    photo = Attachment(name="tulip.jpg", media_type="image/jpeg", content=b"\xff\xd8" * 1000)
    await shop.connector.send(shop.relay("Like this?", room, attachments=(photo,)))
    url = (await paul.until_heard(jid, "Like this?")).xml.findtext("{jabber:x:oob}x/{jabber:x:oob}url")
    olga.send_xml(
        f"<message xmlns='jabber:client' type='groupchat' to='{jid}'><body>{url}</body>"
        f"<x xmlns='jabber:x:oob'><url>{url}</url></x></message>"
    )
    message = await shop.desk.until_told(url)
    [file] = message.attachments
    assert await shop.connector.fetch(file, 10_000) == photo.content
    assert (await paul.until_heard(jid, url)).xml.find("{jabber:x:oob}x") is not None


async def test_no_stanza_of_a_strangers_does_harm(open_shop: tuple[Shop, Member, Member]) -> None:
    """Everything that the tables know, over the wire, from somebody who is no owner."""
    shop, olga, _ = open_shop
    _, jid = await opened(shop, (olga, "Olga"))
    before = len(olga.got)
    hostile = [xml for xml, _ in (*MEANINGS.values(), *HOSTILE.values()) if len(xml) < 100_000]
    async with shop.member(shop.mallory_jid) as mallory:
        for kind, to in (("groupchat", jid), ("chat", f"{jid}/Olga"), ("error", jid), ("normal", jid)):
            for xml in (*FORGED.values(), *hostile):
                changed = ET.fromstring(xml)
                changed.attrib.pop("from", None)
                changed.set("to", to)
                changed.set("type", kind)
                mallory.send_xml(ET.tostring(changed, encoding="unicode"))
        for kind in ("subscribe", "unavailable", "probe", "error", "nonsense"):
            mallory.send_presence(f"<presence xmlns='jabber:client' to='{jid}/Olga' type='{kind}'/>")
        olga.write(jid, "end")
        await olga.until_heard(jid, "end")
    assert shop.desk.texts == ["end"]
    assert [item.lane for item in shop.desk.items.values()] == [shop.olga_jid]
    assert len(olga.got) == before + 1


async def test_history_as_it_is_asked_for(open_shop: tuple[Shop, Member, Member]) -> None:
    shop, olga, paul = open_shop
    room, jid = await opened(shop, (olga, "Olga"))
    for number in range(60):
        await shop.connector.send(shop.relay(f"line {number}", room))
    last = await olga.until_heard(jid, "line 59")
    assert last is not None
    assert len((await paul.enter(jid, "Paul")).history) == 50
    for asked, expected in (
        ({"maxstanzas": 2}, ["line 58", "line 59"]),
        ({"maxstanzas": 0}, []),
        ({"maxchars": 0}, []),
    ):
        assert [one["body"] for one in (await paul.enter(jid, "Paul", **asked)).history] == expected
    moment = shop.connector.service.rooms[room].lines[-3].at
    assert [one["body"] for one in (await paul.enter(jid, "Paul", since=moment)).history][-2:] == ["line 58", "line 59"]


async def test_it_is_a_surface_with_rooms(open_shop: tuple[Shop, Member, Member]) -> None:
    shop, olga, _ = open_shop
    await olga.until(lambda: DESK in olga.invitations)
    await olga.enter(DESK, "Olga")

    async def shown() -> str:
        await olga.until_told("tulips")
        return "\n".join(olga.texts)

    await owner_surface_conforms(shop.connector, prosody.CONTACTS, shown)

    class Settled(SharedConnector):
        """Returns from `send` when Olga's client has it: the suite looks at once."""

        async def send(self, given: Outbound) -> Receipt:
            receipt = await super().send(given)
            await olga.until_told(given.text.plain)
            return receipt

    shop.connector.__class__ = Settled
    await rooms_conform(shop.connector, prosody.CONTACTS, lambda: "\n".join(olga.texts))
    await signal_conforms(shop.connector, prosody.CONTACTS, "no.such.room")


@prosody.only
async def test_it_keeps_the_contract(shop: Shop) -> None:
    split_conforms(shop.connector, lambda part: len(part.plain) <= PART_CHARACTERS)
    await connector_conforms(lambda: shop.connector, prosody.CONTACTS)


@prosody.only
async def test_before_it_runs_nothing_leaves(shop: Shop) -> None:
    with pytest.raises(TemporaryFailure):
        await shop.connector.open_room(prosody.CONTACTS, TITLE)
    with pytest.raises(PermanentFailure, match="where the owners share rooms"):
        await shop.connector.open_room(shop.olga_jid, TITLE)
