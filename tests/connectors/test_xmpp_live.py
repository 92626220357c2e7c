"""The XMPP account against a real Prosody and a real ejabberd, with people who use a client of their own."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest
from servers import prosody
from servers.account import account, signed_in, until_run_for
from servers.desk import Desk
from servers.person import Person
from stanzas import FORGED, HOSTILE, MEANINGS, SHOP

from bridge.connector import (
    Attachment,
    Deletion,
    DeliveryReport,
    DeliveryStatus,
    Edit,
    FindingLevel,
    Mark,
    NeverKnown,
    OutboundKind,
    OutcomeUnknown,
    PermanentFailure,
    Reaction,
    Signal,
    Span,
    SpanKind,
    Spoke,
    TemporaryFailure,
    Text,
)
from bridge.testing import connector_conforms, outbound, owner_surface_conforms
from bridge.testing_abilities import fetch_conforms, react_conforms, signal_conforms, split_conforms
from connectors.xmpp import standing
from connectors.xmpp.compose import PART_CHARACTERS
from connectors.xmpp.connector import MarkingConnector, XmppConnector
from connectors.xmpp.failures import Refused
from connectors.xmpp.rooms import Rooms

pytestmark = pytest.mark.servers

COMPOSING = "{http://jabber.org/protocol/chatstates}composing"

_numbers = count(1)


class Shop:
    """A shop's account and a customer's, both new."""

    def __init__(self, server: prosody.Prosody) -> None:
        self.server = server
        number = next(_numbers)
        self.jid, self.anna_jid = server.register(f"shop{number}"), server.register(f"anna{number}")
        self.connector = account(server, self.jid)
        self.desk = Desk(self.connector)

    def anna(self) -> Person:
        return self.person(self.anna_jid)

    def person(self, jid: str) -> Person:
        return Person(jid, self.server.port, self.server.certificates.authority)


@pytest.fixture
def shop(xmpp_server: prosody.Prosody) -> Shop:
    return Shop(xmpp_server)


@pytest.fixture
async def open_shop(shop: Shop) -> AsyncIterator[tuple[Shop, Person]]:
    """The shop is signed in, and so is Anna."""
    async with signed_in(shop.connector, shop.desk), shop.anna() as anna:
        yield shop, anna


async def test_a_customer_writes_and_is_answered(open_shop: tuple[Shop, Person]) -> None:
    shop, anna = open_shop
    asked = anna.say(shop.jid, "Do you have *tulips*?")
    message = await shop.desk.until_told("Do you have tulips?")
    assert (message.address, message.authenticated, message.native_id) == (shop.anna_jid, True, asked)
    assert message.text.spans == (Span(start=12, end=18, kind=SpanKind.BOLD),)

    receipt = await shop.connector.send(outbound("Yes, we do.", address=shop.anna_jid, replies_to=(asked,)))
    answer = await anna.until_told("Yes, we do.")
    assert answer["id"] == answer["origin_id"]["id"] == outbound().id
    assert answer.xml.find("{urn:xmpp:reply:0}reply").get("id") == asked
    assert outbound().id in receipt.native_ids

    await shop.desk.until(lambda: bool(shop.desk.of(DeliveryReport)))
    report = shop.desk.of(DeliveryReport)[0]
    assert (report.refers_to, report.status) == (outbound().id, DeliveryStatus.DELIVERED)
    assert report.recipient == shop.anna_jid


async def test_a_receipt_leaves_only_once_the_message_is_stored(
    open_shop: tuple[Shop, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.xmpp.incoming.TRY_AGAIN_SECONDS", 0.05)
    shop, anna = open_shop
    receipts: list[str] = []
    anna.client.add_event_handler("receipt_received", lambda stanza: receipts.append(stanza["receipt"]))
    shop.desk.refuse = 1
    asked = anna.say(shop.jid, "Open today?")
    await anna.until(lambda: asked in receipts)
    assert shop.desk.refuse == 0
    assert shop.desk.texts == ["Open today?"]


async def test_order_is_kept(open_shop: tuple[Shop, Person]) -> None:
    shop, anna = open_shop
    said = [f"line {number}" for number in range(200)]
    for line in said:
        anna.say(shop.jid, line)
    await shop.desk.until_told(said[-1])
    assert shop.desk.texts == said


async def test_what_came_while_away_is_there_once_and_in_order(shop: Shop) -> None:
    said = [f"line {number}" for number in range(120)]
    async with shop.anna() as anna:
        async with signed_in(shop.connector, shop.desk):
            anna.say(shop.jid, "before")
            await shop.desk.until_told("before")
        for line in said:
            anna.say(shop.jid, line)
        await anna.client.plugin["xep_0199"].ping(shop.server.domain)
        again = account(shop.server, shop.jid)
        async with signed_in(again, shop.desk):
            anna.say(shop.jid, "after")
            await shop.desk.until_told("after")
    assert shop.desk.texts == ["before", *said, "after"]


@prosody.only
async def test_a_first_start_takes_a_day_of_the_archive_or_what_the_settings_say(shop: Shop) -> None:
    async with shop.anna() as anna:
        anna.say(shop.jid, "long ago")
        await anna.client.plugin["xep_0199"].ping(shop.server.domain)
    async with signed_in(shop.connector, shop.desk):
        assert shop.desk.texts == ["long ago"]


async def test_corrections_retractions_and_reactions(open_shop: tuple[Shop, Person]) -> None:
    shop, anna = open_shop
    first = anna.say(shop.jid, "Tulpis?")
    correction = anna.client.make_message(mto=shop.jid, mbody="Tulips?", mtype="chat")
    correction["replace"]["id"] = first
    correction.send()
    anna.send_xml(
        f"<message xmlns='jabber:client' type='chat' to='{shop.jid}'><retract xmlns='urn:xmpp:message-retract:1' "
        f"id='{first}'/><body>/me retracted</body></message>"
    )
    anna.client.plugin["xep_0444"].send_reactions(shop.jid, "line-of-ours", {"\N{THUMBS UP SIGN}"})
    await shop.desk.until(lambda: bool(shop.desk.of(Reaction)))
    [edit], [deletion], [reaction] = shop.desk.of(Edit), shop.desk.of(Deletion), shop.desk.of(Reaction)
    assert (edit.native_id, edit.text.plain, edit.authenticated) == (first, "Tulips?", True)
    assert deletion.native_id == first
    assert (reaction.native_id, reaction.sign) == ("line-of-ours", "\N{THUMBS UP SIGN}")


async def test_an_edit_and_a_retraction_of_ours(open_shop: tuple[Shop, Person]) -> None:
    shop, anna = open_shop
    receipt = await shop.connector.send(outbound("Ye", address=shop.anna_jid))
    await shop.connector.edit(outbound("Yes", address=shop.anna_jid), receipt.native_ids[0])
    await shop.connector.delete(outbound("Yes", address=shop.anna_jid), receipt.native_ids[0])
    corrected = await anna.until_told("Yes")
    assert corrected["replace"]["id"] == outbound().id
    taken_back = await anna.until_told("took back")
    assert taken_back.xml.find("{urn:xmpp:message-retract:1}retract").get("id") == outbound().id


async def test_a_mark_is_a_sign_on_the_owners_line(xmpp_server: prosody.Prosody) -> None:
    shop = Shop(xmpp_server)
    marking = account(xmpp_server, shop.jid, react=True)
    assert isinstance(marking, MarkingConnector)
    async with signed_in(marking, Desk(marking)), shop.anna() as owner:
        await marking.mark(shop.anna_jid, "line-1", Mark.SENT, "sent: #1 Bob")
        await marking.mark(shop.anna_jid, "line-1", Mark.FAILED, "NOT delivered: #1 Bob")
        await owner.until_told("NOT delivered: #1 Bob")
        await owner.until(lambda: sum(message["reactions"]["id"] == "line-1" for message in owner.got) == 2)


async def test_signs_on_a_customers_message_and_none_again(open_shop: tuple[Shop, Person]) -> None:
    shop, anna = open_shop
    for signs in (["\N{THUMBS UP SIGN}", "\N{TULIP}"], []):
        await shop.connector.react(shop.anna_jid, "line-1", signs)
    await anna.until(lambda: sum(message["reactions"]["id"] == "line-1" for message in anna.got) == 2)
    first, second = [message["reactions"].get_values() for message in anna.got if message["reactions"]["id"]]
    assert (first, second) == ({"\N{THUMBS UP SIGN}", "\N{TULIP}"}, set())
    await react_conforms(shop.connector, shop.anna_jid, "line-2")
    with pytest.raises(PermanentFailure, match="its own network only"):
        await shop.connector.react(shop.anna_jid, "line-1", ["[emoji]"])


async def test_typing_is_shown_and_not_kept(open_shop: tuple[Shop, Person]) -> None:
    shop, anna = open_shop
    await signal_conforms(shop.connector, shop.anna_jid)
    await anna.until(lambda: any(message.xml.find(COMPOSING) is not None for message in anna.got))
    anna.send_xml(
        f"<message xmlns='jabber:client' type='chat' to='{shop.jid}'>"
        "<composing xmlns='http://jabber.org/protocol/chatstates'/></message>"
    )
    anna.say(shop.jid, "so")
    await shop.desk.until_told("so")
    assert len(shop.desk.items) == 1


async def test_who_asks_becomes_a_contact_and_sees_the_shop(open_shop: tuple[Shop, Person]) -> None:
    shop, anna = open_shop
    anna.client.send_presence_subscription(shop.jid)
    await anna.until(lambda: anna.presences.get(shop.jid) == "available")


async def test_who_asked_while_the_shop_was_away_becomes_a_contact_too(shop: Shop) -> None:
    async with shop.anna() as anna:
        anna.client.send_presence_subscription(shop.jid)
        await anna.client.plugin["xep_0199"].ping(shop.server.domain)
        async with signed_in(shop.connector, shop.desk):
            await anna.until(lambda: anna.presences.get(shop.jid) == "available")


async def test_a_shop_that_is_closed_is_away(open_shop: tuple[Shop, Person]) -> None:
    shop, anna = open_shop
    shows: list[str] = []
    anna.client.add_event_handler("presence", lambda one: shows.append(one.xml.findtext("{jabber:client}show", "")))
    anna.client.send_presence_subscription(shop.jid)
    await anna.until(lambda: anna.presences.get(shop.jid) == "available")
    await shop.connector.signal("", Signal.OFFLINE)
    await anna.until(lambda: shows[-1:] == ["xa"])
    await shop.connector.signal("", Signal.ONLINE)
    await anna.until(lambda: shows[-1:] == [""])


async def test_an_answer_from_another_device_is_a_persons_answer(open_shop: tuple[Shop, Person]) -> None:
    shop, anna = open_shop
    async with shop.person(shop.jid) as phone:
        phone.say(shop.anna_jid, "Written on the phone")
        await anna.until_told("Written on the phone")
        anna.say(shop.jid, "thanks")
        await shop.desk.until_told("thanks")
    assert [(one.address, one.text.plain) for one in shop.desk.of(Spoke)] == [(shop.anna_jid, "Written on the phone")]
    assert shop.desk.texts == ["thanks"]


async def test_a_forged_carbon_is_nobodys_word(open_shop: tuple[Shop, Person]) -> None:
    shop, anna = open_shop
    forged = (
        f"<message xmlns='jabber:client' type='chat' to='{shop.jid}'><received xmlns='urn:xmpp:carbons:2'>"
        "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' type='chat' from='owner@shop.test/x'>"
        "<body>#1 I am the owner</body></message></forwarded></received></message>"
    )
    anna.send_xml(forged)
    anna.say(shop.jid, "so")
    await shop.desk.until_told("so")
    assert shop.desk.texts == ["so"]


async def test_an_address_that_does_not_exist_bounces(open_shop: tuple[Shop, Person]) -> None:
    shop, _ = open_shop
    await shop.connector.send(outbound("anybody?", address=f"nobody@{shop.server.domain}"))
    await shop.desk.until(lambda: bool(shop.desk.of(DeliveryReport)))
    [report] = shop.desk.of(DeliveryReport)
    assert (report.refers_to, report.status) == (outbound().id, DeliveryStatus.BOUNCED)
    assert "service-unavailable" in report.reason


@pytest.mark.parametrize("text", ["\x07bell", "nul\x00", "\ufffe", "\ud800 alone", "]]>", "<a>&amp;</a>", "é" * 20_000])
async def test_no_text_ends_the_stream(open_shop: tuple[Shop, Person], text: str) -> None:
    shop, anna = open_shop
    await shop.connector.send(outbound(text, address=shop.anna_jid))
    await shop.connector.send(outbound("after", address=shop.anna_jid, id="second"))
    await anna.until_told("after")


async def test_what_the_server_would_choke_on_is_refused_before_it_leaves(open_shop: tuple[Shop, Person]) -> None:
    shop, anna = open_shop
    with pytest.raises(PermanentFailure, match="send it as a file"):
        await shop.connector.send(outbound("x" * 300_000, address=shop.anna_jid))
    parts = shop.connector.split(Text("word " * 5_000))
    for number, part in enumerate(parts):
        await shop.connector.send(replace(outbound(address=shop.anna_jid, id=f"part-{number}"), text=part))
    await anna.until(lambda: len(anna.texts) == len(parts))


async def test_a_file_goes_out_and_comes_back_only_from_where_it_may(open_shop: tuple[Shop, Person]) -> None:
    shop, anna = open_shop
    photo = Attachment(name="tulip.jpg", media_type="image/jpeg", content=b"\xff\xd8" * 1000)
    await shop.connector.send(outbound("Like this?", address=shop.anna_jid, attachments=(photo,)))
    message = await anna.until_told("Like this?")
    url = message.xml.findtext("{jabber:x:oob}x/{jabber:x:oob}url")
    trust = ssl.create_default_context(cafile=shop.server.certificates.authority)
    async with httpx.AsyncClient(verify=trust) as http:
        answer = await http.get(url)
    assert (answer.status_code, answer.content) == (200, photo.content)

    assert photo.content is not None
    await fetch_conforms(shop.connector, Attachment(name="x", source=shop.server.address_of(url)), photo.content)
    for elsewhere in ("https://169.254.169.254/", url.replace("127.0.0.1", "localhost"), "file:///etc/passwd"):
        with pytest.raises(PermanentFailure, match="not fetched from"):
            await shop.connector.fetch(Attachment(name="x", source=elsewhere), 10_000)
    large = Attachment(name="film.mp4", content=b"x" * (1024 * 1024 + 1))
    with pytest.raises(PermanentFailure, match="the largest that can be sent has 1048576"):
        await shop.connector.send(outbound("This?", address=shop.anna_jid, attachments=(large,)))


async def test_a_file_of_a_customer_of_our_own_server_is_fetched(open_shop: tuple[Shop, Person]) -> None:
    """Where the server's files are to be had, only a slot of its tells; and nobody has sent one yet."""
    shop, anna = open_shop
    content = b"\xff\xd8" * 1000
    request = ET.Element("{urn:xmpp:http:upload:0}request", filename="tulip.jpg", size=str(len(content)))
    slot = await ask(anna, f"upload.{shop.server.domain}", request, kind="get")
    put, get = (str(slot.find(f".//{{urn:xmpp:http:upload:0}}{name}").get("url")) for name in ("put", "get"))
    headers = {str(one.get("name")): str(one.text) for one in slot.iter("{urn:xmpp:http:upload:0}header")}
    trust = ssl.create_default_context(cafile=shop.server.certificates.authority)
    async with httpx.AsyncClient(verify=trust) as http:
        assert (await http.put(put, content=content, headers=headers)).status_code in (200, 201)
    anna.send_xml(
        f"<message xmlns='jabber:client' type='chat' to='{shop.jid}'><body>{get}</body>"
        f"<x xmlns='jabber:x:oob'><url>{get}</url></x></message>"
    )
    message = await shop.desk.until_told(get)
    assert await shop.connector.fetch(message.attachments[0], 10_000) == content
    with pytest.raises(PermanentFailure, match="not fetched from"):
        await shop.connector.fetch(Attachment(name="x", source="https://169.254.169.254/"), 10_000)


async def test_a_headline_is_no_persons_question(open_shop: tuple[Shop, Person]) -> None:
    shop, anna = open_shop
    anna.send_xml(f"<message xmlns='jabber:client' type='headline' to='{shop.jid}'><body>Sale!</body></message>")
    message = await shop.desk.until_told("Sale!")
    assert message.automatic is not None


async def test_what_was_sent_is_found_again_and_what_was_not_is_not(open_shop: tuple[Shop, Person]) -> None:
    shop, _ = open_shop
    await until_run_for(shop.connector, 2)
    sent = outbound("once", address=shop.anna_jid, created_at=datetime.now(UTC))
    assert await shop.connector.recall(sent) is None
    receipt = await shop.connector.send(sent)
    assert await shop.connector.recall(sent) == receipt


@prosody.only
async def test_it_keeps_the_contract(shop: Shop) -> None:
    split_conforms(shop.connector, lambda part: len(part.plain) <= PART_CHARACTERS)
    await connector_conforms(lambda: shop.connector, shop.anna_jid)


async def test_an_owner_can_read_and_answer_here(open_shop: tuple[Shop, Person]) -> None:
    shop, owner = open_shop
    await shop.connector.send(outbound("first", address=shop.anna_jid, id="first", kind=OutboundKind.RELAY))
    await owner.until_told("first")

    async def shown() -> str:
        await owner.until_told("#42")
        return "\n".join(owner.texts)

    await owner_surface_conforms(shop.connector, shop.anna_jid, shown)
    answer = (
        f"<message xmlns='jabber:client' type='chat' to='{shop.jid}' id='a1'>"
        f"<reply xmlns='urn:xmpp:reply:0' to='{shop.jid}' id='{outbound().id}'/>"
        "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='14'/></fallback>"
        "<body>&gt; #42 Anna: Do\nYes, many.</body></message>"
    )
    owner.send_xml(answer)
    message = await shop.desk.until_told("Yes, many.")
    assert (message.replies_to, message.authenticated) == ((outbound().id,), True)


# -- what does not work, and what is said of it -------------------------------------------------------------------


async def run_briefly(connector: XmppConnector) -> None:
    async with asyncio.timeout(20):
        await connector.run(Desk(connector).receive, {})


@prosody.only
async def test_before_it_runs_nothing_leaves(shop: Shop) -> None:
    with pytest.raises(TemporaryFailure, match="no connection"):
        await shop.connector.send(outbound(address=shop.anna_jid))
    with pytest.raises(OutcomeUnknown):
        await shop.connector.recall(outbound(address=shop.anna_jid))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"password": "wrong"}, "refuses the login"),
        ({"ca_file": None}, "certificate is not trusted"),
        ({"ca_file": "/no/such/file"}, "ca_file /no/such/file cannot be used"),
    ],
)
async def test_what_no_try_will_mend_is_raised_for_the_owner(shop: Shop, more: dict[str, object], words: str) -> None:
    connector = account(shop.server, shop.jid, **more)
    with pytest.raises(Refused, match=words):
        await run_briefly(connector)
    [finding] = await connector.check()
    assert finding.level is FindingLevel.FAILURE
    assert words in finding.what
    assert finding.todo


async def test_a_password_is_never_sent_where_there_is_no_tls() -> None:
    with prosody.running(without=("tls",), require_tls=False) as server, pytest.raises(Refused):
        await run_briefly(account(server, server.register("shop"), allow_plain=True, timeout=2))


async def test_a_login_that_is_refused_for_another_reason_than_the_password_says_so() -> None:
    disabled = 'authentication = "unwilling"\nunwilling = "account-disabled"'
    with prosody.running(more=disabled) as server, pytest.raises(Refused, match="the account is disabled"):
        await run_briefly(account(server, server.jid("shop"), timeout=2))


async def test_a_server_that_cannot_check_passwords_now_is_tried_on() -> None:
    with prosody.running(more='authentication = "unwilling"') as server:
        [finding] = await account(server, server.jid("shop"), timeout=2).check()
        assert "cannot be reached: it cannot check passwords at the moment" in finding.what


async def test_a_password_leaves_as_it_is_only_if_the_settings_say_so() -> None:
    """Within TLS, to a server that knows no SCRAM."""
    with prosody.running(
        more='disable_sasl_mechanisms = { "SCRAM-SHA-1", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256" }'
    ) as server:
        shop = server.register("shop")
        with pytest.raises(Refused, match="allow_plain"):
            await run_briefly(account(server, shop, timeout=2))
        willing = account(server, shop, allow_plain=True)
        async with signed_in(willing, Desk(willing)):
            assert willing.session.tls.startswith("TLS")


@prosody.only
@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_certificate_for_another_domain_is_not_trusted(shop: Shop, security: str) -> None:
    port = shop.server.port if security == "starttls" else shop.server.tls_port
    connector = account(shop.server, f"shop@{prosody.UNPROVEN}", port=port, security=security)
    with pytest.raises(Refused, match="certificate is not trusted"):
        await run_briefly(connector)


async def test_tls_from_the_start(shop: Shop) -> None:
    connector = account(shop.server, shop.jid, port=shop.server.tls_port, security="tls")
    async with signed_in(connector, Desk(connector)):
        await connector.send(outbound(address=shop.anna_jid))


@prosody.only
async def test_doctor_says_what_the_server_has_and_lacks(shop: Shop) -> None:
    *good, push = await shop.connector.check()
    assert {finding.level for finding in good} == {FindingLevel.OK}
    assert (push.level, "push" in push.what) == (FindingLevel.WARNING, True), "Debian's Prosody has none"
    with prosody.running(without=("mam", "smacks", "carbons", "blocklist", "uptime")) as poor:
        connector = account(poor, poor.register("shop"))
        found = {finding.what.partition(":")[0]: finding for finding in await connector.check()}
    warned = [finding for finding in found.values() if finding.level is FindingLevel.WARNING]
    assert len(warned) == 6
    assert all(finding.todo for finding in warned)


async def test_doctor_says_which_room_is_not_there(xmpp_server: prosody.Prosody) -> None:
    shop, room = Shop(xmpp_server), f"plants{next(_numbers)}@rooms.{xmpp_server.domain}"
    misspelt = f"plnats{next(_numbers)}@rooms.{xmpp_server.domain}"
    async with shop.anna() as anna:
        anna.send_presence(entering(room, "Anna"))
        await anna.until(lambda: anna.presences.get(f"{room}/Anna") == "available")
        *_, there, nowhere = await account(xmpp_server, shop.jid, rooms=(room, misspelt)).check()
    assert (there.level, there.what) == (FindingLevel.OK, f"the room {room} is there")
    assert (nowhere.level, f"the room {misspelt} is not there" in nowhere.what) == (FindingLevel.WARNING, True)


async def test_a_server_with_nothing_but_messages_will_do() -> None:
    """No archive, no stream management: a ping is the barrier, and the server's offline store what is missed."""
    with prosody.running(without=("mam", "smacks", "carbons", "csi_simple")) as server:
        shop = Shop(server)
        async with shop.anna() as anna:
            async with signed_in(shop.connector, shop.desk):
                await shop.connector.send(outbound("hello", address=shop.anna_jid))
                await anna.until_told("hello")
                anna.say(shop.jid, "one")
                await shop.desk.until_told("one")
                with pytest.raises(NeverKnown, match="no archive"):
                    await shop.connector.recall(outbound(address=shop.anna_jid))
            anna.say(shop.jid, "two")
            await anna.client.plugin["xep_0199"].ping(server.domain)
            async with signed_in(shop.connector, shop.desk):
                await shop.desk.until_told("two")
        assert shop.desk.texts == ["one", "two"]


# -- rooms ---------------------------------------------------------------------------------------------------------


def entering(room: str, nick: str, kind: str = "") -> str:
    how = f" type='{kind}'" if kind else ""
    return (
        f"<presence xmlns='jabber:client' to='{room}/{nick}'{how}>"
        "<x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>"
    )


def privately(room: str, text: str) -> str:
    return (
        f"<message xmlns='jabber:client' type='chat' to='{room}/shop'><body>{text}</body>"
        "<x xmlns='http://jabber.org/protocol/muc#user'/></message>"
    )


async def test_somebody_in_a_room_is_answered_only_while_it_is_sure_to_be_them(xmpp_server: prosody.Prosody) -> None:
    shop = Shop(xmpp_server)
    room = f"plants{next(_numbers)}@rooms.{xmpp_server.domain}"
    mallory_jid = xmpp_server.register(f"mallory{next(_numbers)}")
    connector = account(xmpp_server, shop.jid, rooms=(room,))
    desk, there = Desk(connector), f"{room}/Anna"
    async with signed_in(connector, desk), shop.anna() as anna, shop.person(mallory_jid) as mallory:
        anna.send_presence(entering(room, "Anna"))
        await anna.until(lambda: anna.presences.get(f"{room}/shop") == "available")
        anna.send_xml(privately(room, "Tulips?"))
        message = await desk.until_told("Tulips?")
        assert (message.address, message.authenticated) == (there, False)
        await connector.send(outbound("Yes.", address=there))
        await anna.until_told("Yes.")

        anna.send_presence(entering(room, "Anna", "unavailable"))
        await anna.until(lambda: anna.presences.get(there) == "unavailable")
        mallory.send_presence(entering(room, "Anna"))
        await mallory.until(lambda: mallory.presences.get(there) == "available")
        with pytest.raises(PermanentFailure, match="write again first"):
            await connector.send(outbound("Our bank is ...", address=there, id="second"))
        mallory.send_xml(privately(room, "Hello, I am new."))
        await desk.until_told("Hello, I am new.")
        await connector.send(outbound("Welcome.", address=there, id="third"))
        await mallory.until_told("Welcome.")
    assert "Our bank is ..." not in mallory.texts


async def test_whoever_is_put_out_of_a_room_enters_it_again(
    xmpp_server: prosody.Prosody, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "AGAIN_SECONDS", 0.1)
    shop, room = Shop(xmpp_server), f"plants{next(_numbers)}@rooms.{xmpp_server.domain}"
    connector = account(xmpp_server, shop.jid, rooms=(room,))
    ours = f"{room}/shop"
    async with shop.anna() as anna:
        # She makes the room, so that she may put others out.
        anna.send_presence(entering(room, "Anna"))
        await anna.until(lambda: anna.presences.get(f"{room}/Anna") == "available")
        async with signed_in(connector, Desk(connector)):
            await anna.until(lambda: anna.presences.get(ours) == "available")
            seen = [str(anna.presences[ours])]
            anna.client.add_event_handler("presence", lambda one: seen.append(_of(one, ours)))
            put_out = ET.fromstring(
                "<query xmlns='http://jabber.org/protocol/muc#admin'><item nick='shop' role='none'/></query>"
            )
            await ask(anna, room, put_out)
            await anna.until(lambda: [one for one in seen if one] == ["available", "unavailable", "available"])
        assert connector.trouble == ""


async def test_a_room_that_has_forgotten_the_shop_is_entered_again(xmpp_server: prosody.Prosody) -> None:
    """One that Anna is in, and one that is gone: neither says a word."""
    shop = Shop(xmpp_server)
    known, gone = (f"plants{next(_numbers)}@rooms.{xmpp_server.domain}" for _ in range(2))
    async with signed_in(shop.connector, shop.desk), shop.anna() as anna:
        anna.send_presence(entering(known, "Anna"))
        await anna.until(lambda: anna.presences.get(f"{known}/Anna") == "available")
        forgotten = standing.Standing(shop.connector.session, Rooms({known, gone}, "shop"), "xmpp", {known, gone})
        await forgotten.look()
        await anna.until(lambda: anna.presences.get(f"{known}/shop") == "available")
        anna.send_presence(entering(gone, "Anna"))
        await anna.until(lambda: anna.presences.get(f"{gone}/shop") == "available")


async def test_a_room_that_lets_nobody_in_is_told_of_and_tried_again(
    xmpp_server: prosody.Prosody, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "AGAIN_SECONDS", 0.1)
    shop, room = Shop(xmpp_server), f"plants{next(_numbers)}@rooms.{xmpp_server.domain}"
    connector = account(xmpp_server, shop.jid, rooms=(room,))
    async with shop.anna() as anna:
        anna.send_presence(entering(room, "shop"))
        await anna.until(lambda: anna.presences.get(f"{room}/shop") == "available")
        async with signed_in(connector, Desk(connector)):
            await until(lambda: connector.trouble == f"the room {room} cannot be entered: conflict")
            anna.send_presence(entering(room, "shop", "unavailable"))
            await until(lambda: not connector.trouble)


def _of(presence: Any, jid: str) -> str:
    """Of which kind a presence is, if it is of this JID."""
    return str(presence.xml.get("type", "available")) if presence["from"] == jid else ""


async def ask(person: Person, jid: str, payload: ET.Element, kind: str = "set") -> Any:
    iq = person.client.Iq()
    iq["type"], iq["to"] = kind, jid
    iq.append(payload)
    return (await iq.send(timeout=5)).xml


async def until(there: Callable[[], bool]) -> None:
    """What a connector says of itself is looked at now and then, by the supervisor too."""
    async with asyncio.timeout(20):
        while not there():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.05)


# -- strangers ------------------------------------------------------------------------------------------------------


async def test_no_stanza_of_a_strangers_does_harm(open_shop: tuple[Shop, Person]) -> None:
    """Everything that the tables of the parser know, over the wire, from somebody who is not who it names."""
    shop, mallory = open_shop
    said = 0
    hostile = (xml for xml, _ in (*MEANINGS.values(), *HOSTILE.values()) if len(xml) < 100_000)
    for xml in (*FORGED.values(), *hostile):
        changed = ET.fromstring(xml.replace(SHOP, shop.jid))
        # The server refuses what names another sender: these come as from Mallory.
        changed.attrib.pop("from", None)
        changed.set("to", shop.jid)
        mallory.send_xml(ET.tostring(changed, encoding="unicode"))
        said += 1
    nested = "<a>" * 100 + "</a>" * 100
    # More would end in Prosody, which cannot archive it.
    mallory.client.send_raw(f"<message type='chat' to='{shop.jid}'><body>deep</body>{nested}</message>")
    mallory.say(shop.jid, "x" * 200_000)
    mallory.say(shop.jid, "end")
    await shop.desk.until_told("end")
    named = {str(getattr(event, "address", "")) for event in shop.desk.events} - {""}
    assert said > 85
    assert named <= {shop.anna_jid, f"{shop.anna_jid}/{mallory.client.boundjid.resource}"}
    assert "deep" in shop.desk.texts
    assert "x" * 200_000 in shop.desk.texts
    assert not any("pay me" in text for text in shop.desk.texts)
