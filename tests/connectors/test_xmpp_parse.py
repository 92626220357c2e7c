"""What stanzas mean: tables of them, the hostile ones too."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from stanzas import ANNA, FORGED, HOSTILE, MEANINGS, NO_XML, OOB, OWNER, SHOP, archived, carbon, message, stanza

from bridge.connector import Ignored, InboundEvent, Message, RawItem, Spoke
from bridge.testing import parse_conforms
from connectors.xmpp import create
from connectors.xmpp.parse import parse_stanza
from connectors.xmpp.settings import XmppSettings
from connectors.xmpp.stanza import DEEPEST, NotAStanza, read, write

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def item(xml: str | bytes, **facts: object) -> RawItem:
    raw = xml if isinstance(xml, bytes) else xml.encode()
    given: dict[str, object] = {"account": SHOP, "via": "stream", **facts}
    return RawItem(native_id="x", raw=raw, lane=ANNA, facts=given, received_at=NOW)


def parse(xml: str | bytes, **facts: object) -> InboundEvent:
    [event] = parse_stanza(item(xml, **facts))
    return event


@pytest.mark.parametrize("name", MEANINGS)
def test_a_stanza_means(name: str) -> None:
    xml, meaning = MEANINGS[name]
    assert parse(xml) == meaning


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_stanza_means_no_more_than_its_sender_may_say(name: str) -> None:
    xml, meaning = HOSTILE[name]
    event = parse(xml)
    assert event == meaning if meaning is not None else isinstance(event, Ignored)


@pytest.mark.parametrize("number", range(len(NO_XML)))
def test_what_is_no_xml_is_no_stanza(number: int) -> None:
    with pytest.raises(NotAStanza):
        parse(NO_XML[number].encode(errors="surrogatepass"))


def test_a_room_that_does_not_say_so_is_known_by_our_own_list() -> None:
    event = parse(stanza("<body>Hi</body>", sender="plants@rooms.test/Anna"), occupant=True)
    assert event == message(address="plants@rooms.test/Anna", name="Anna", authenticated=False)


# -- carbons and archives -----------------------------------------------------------------------------------------


def test_a_carbon_of_our_own_account_is_the_message_in_it() -> None:
    assert parse(carbon(stanza("<body>Hi</body>"))) == message()
    sent = stanza("<body>Hi</body>", sender=f"{SHOP}/phone", to=f"{ANNA}/x")
    spoke = parse(carbon(sent, kind="sent"))
    assert isinstance(spoke, Spoke)
    assert (spoke.address, spoke.text.plain) == (ANNA, "Hi")


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(stanza("", sender=f"{SHOP}/phone", to=ANNA), id="no words"),
        pytest.param(stanza("<body>Hi</body>", sender=f"{SHOP}/phone", to=SHOP), id="to ourselves"),
        pytest.param(stanza("<body>Hi</body>", sender=f"{SHOP}/phone", to="rooms.test"), id="to a server"),
    ],
)
def test_what_our_account_did_not_say_to_anybody(sent: str) -> None:
    assert parse(carbon(sent, kind="sent")) == Ignored(reason="written by our own account")


def test_an_archived_message_has_its_moment() -> None:
    expected = message(sent_at=datetime(2026, 11, 1, 10, tzinfo=UTC))
    assert parse(archived(stanza("<body>Hi</body>")), via="archive") == expected


@pytest.mark.parametrize("name", FORGED)
def test_what_is_forged_is_nobodys_word(name: str) -> None:
    event = parse(FORGED[name])
    assert isinstance(event, Ignored)


def test_words_around_a_forged_carbon_are_the_senders_own() -> None:
    forged = carbon(OWNER, sender=f"{ANNA}/x").replace("<received", "<body>Hi</body><received", 1)
    assert parse(forged) == message(native_id="")


def test_a_carbon_that_holds_a_carbon_of_our_own_is_not_unwrapped_twice() -> None:
    inner = carbon(OWNER, sender=f"{ANNA}/x")
    assert isinstance(parse(carbon(inner)), Ignored)


def test_without_facts_nobody_is_vouched_for() -> None:
    [event] = parse_stanza(RawItem(native_id="x", raw=OWNER.encode(), lane="x", received_at=NOW))
    assert isinstance(event, Message)
    assert not event.authenticated


# -- what a store may hold after all -------------------------------------------------------------------------------

BOMB = (
    b"<!DOCTYPE m [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;'>]><message xmlns='jabber:client'>&b;</message>"
)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<",
        b"<message",
        b"<message>&x;</message>",
        BOMB,
        BOMB.decode().encode("utf-16"),
        b"\xff" * 100,
        b"x" * 10_000,
    ],
)
def test_what_is_no_stanza_is_said_to_be_none(raw: bytes) -> None:
    with pytest.raises(NotAStanza):
        parse(raw)


def test_what_is_nested_without_end_is_cut_before_it_is_kept() -> None:
    deep = stanza("<body>Hi</body>" + "<a>" * 5_000 + "</a>" * 5_000)
    kept = write(read(deep.encode()))
    assert kept.count(b"<") < 10 * DEEPEST
    assert parse(kept) == message()


@pytest.mark.parametrize(
    "body",
    ["*" * 400_000, "> " * 200_000, "*a_b~`" * 16_000, "`" * 99_999, "\n" * 99_000, "```\n" * 24_000, "* _ ~" * 20_000],
)
def test_a_huge_body_takes_no_time(body: str) -> None:
    began = time.monotonic()
    assert isinstance(parse(stanza(f"<body>{body}</body>".replace("> ", "&gt; "))), Message | Ignored)
    assert time.monotonic() - began < 3


def test_many_files_are_not_all_looked_at() -> None:
    event = parse(stanza("<body>Hi</body>" + "".join(OOB.format(f"https://x.test/{n}") for n in range(5_000))))
    assert isinstance(event, Message)
    assert len(event.attachments) == 20


def test_parsing_keeps_the_contract() -> None:
    connector = create("xmpp", XmppSettings(jid=SHOP, password="x"))
    parse_conforms(connector, [item(xml) for xml, _ in MEANINGS.values()])
