"""From stanzas to the store: what is kept, under which id, and what stands still when the store or a stanza fails."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

import pytest
from stanzas import ANNA, SHOP, archived, carbon, stanza

from bridge.connector import RawItem, Unavailable
from connectors.xmpp import archive
from connectors.xmpp.incoming import Incoming


@dataclass(eq=False)
class Store:
    """Takes what it is given, but for the first `refusals` times."""

    refusals: int = 0
    items: list[RawItem] = field(default_factory=list)
    positions: list[str] = field(default_factory=list)

    async def receive(self, items: Sequence[RawItem], position: Mapping[str, str] | None) -> None:
        if self.refusals:
            self.refusals -= 1
            raise Unavailable("no")
        self.items += items
        self.positions.append((position or {}).get(archive.ID, ""))


@pytest.fixture(autouse=True)
def _tries_again_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.xmpp.incoming.TRY_AGAIN_SECONDS", 0.01)


async def stored(incoming: Incoming, store: Store, *stanzas: str, current: bool = True) -> list[RawItem]:
    """Put these, let them through, and wait until all are handled."""
    for one in stanzas:
        incoming.put(ET.fromstring(one))
    incoming.release(current=current)
    running = asyncio.create_task(incoming.run(store.receive))
    async with asyncio.timeout(10):
        while incoming.waiting:  # noqa: ASYNC110 - a queue that is empty tells nobody
            await asyncio.sleep(0.005)
    running.cancel()
    await asyncio.wait([running])
    return store.items


def made(rooms: Sequence[str] = (), archived: bool = True) -> tuple[Incoming, list[tuple[str, str]]]:
    receipts: list[tuple[str, str]] = []
    incoming = Incoming(SHOP, frozenset(rooms), lambda jid, named, _: receipts.append((jid, named)))
    incoming.archived = archived
    return incoming, receipts


def named(archive_id: str, by: str = SHOP) -> str:
    return f"<stanza-id xmlns='urn:xmpp:sid:0' by='{by}' id='{archive_id}'/>"


HI = "<body>Hi</body>"


async def test_the_archives_id_names_an_item_and_is_the_position() -> None:
    incoming, _ = made()
    store = Store()
    [item] = await stored(incoming, store, stanza(HI + named("a1")))
    assert (item.native_id, item.lane, store.positions) == ("archive:a1", ANNA, ["a1"])
    assert incoming.position[archive.ID] == "a1"


@pytest.mark.parametrize("by", [ANNA, "shop.test", f"{SHOP}/x"])
async def test_nobody_elses_id_counts(by: str) -> None:
    incoming, _ = made()
    store = Store()
    [item] = await stored(incoming, store, stanza(HI + named("a1", by)))
    assert item.native_id.startswith("stanza:")
    assert store.positions == [""]


async def test_without_an_archive_a_stanza_is_known_by_its_own_id_and_again_with_a_delay() -> None:
    incoming, _ = made(archived=False)
    delayed = HI + "<delay xmlns='urn:xmpp:delay' stamp='2026-11-01T10:00:00Z'/>"
    items = await stored(
        incoming, Store(), stanza(HI), stanza(delayed), stanza(HI, named="m2"), stanza(HI + named("a1"))
    )
    first, again, other, _ = (item.native_id for item in items)
    assert first == again != other
    assert all(item.repeats_after for item in items)


async def test_what_has_no_id_is_new_each_time() -> None:
    incoming, _ = made(archived=False)
    first, second = await stored(incoming, Store(), stanza(HI, named=""), stanza(HI, named=""))
    assert first.native_id != second.native_id


def original(archive_id: str, origin: str = "o1", body: str = HI) -> str:
    return stanza(f"{body}<origin-id xmlns='urn:xmpp:sid:0' id='{origin}'/>{named(archive_id)}")


async def test_what_a_program_sends_again_under_its_id_is_the_same() -> None:
    incoming, _ = made()
    store = Store()
    other = original("a3", body="<body>Ho</body>")
    items = await stored(incoming, store, original("a1"), original("a2"), other, original("a4", "o2"))
    assert [item.native_id for item in items] == ["archive:a1", "archive:a1", "archive:a3", "archive:a4"]
    assert incoming.position[archive.ID] == "a4", "the position moves on all the same"


async def test_what_the_archive_brought_is_not_offered_again() -> None:
    incoming, _ = made()
    store = Store()
    await incoming.take_archived(store.receive, [ET.fromstring(archived(stanza(HI)))], "a1")
    assert store.items[0].received_at.year == 2026
    assert len(await stored(incoming, store, stanza(HI + named("a1")), stanza(HI + named("a2")))) == 2


async def test_the_position_stays_while_the_archive_could_not_be_read() -> None:
    incoming, _ = made()
    store = Store()
    assert len(await stored(incoming, store, stanza(HI + named("a9")), current=False)) == 1
    assert store.positions == [""]


async def test_a_held_queue_stores_nothing() -> None:
    incoming, _ = made()
    incoming.release(current=True)
    incoming.hold()
    store = Store()
    incoming.put(ET.fromstring(stanza(HI)))
    running = asyncio.create_task(incoming.run(store.receive))
    await asyncio.sleep(0.05)
    running.cancel()
    await asyncio.wait([running])
    assert store.items == []


REQUEST = "<request xmlns='urn:xmpp:receipts'/>"


@pytest.mark.parametrize(
    ("xml", "told"),
    [
        (stanza(HI + REQUEST), [(f"{ANNA}/phone", "m1")]),
        (stanza(HI), []),
        (stanza(HI + REQUEST, named=""), []),
        (stanza(HI + REQUEST, kind="error"), []),
        (stanza(HI + REQUEST, sender=f"{SHOP}/phone"), []),
        (carbon(stanza(HI + REQUEST)), []),
        (stanza(HI + REQUEST, sender="plants@rooms.test/Anna"), []),
    ],
)
async def test_who_gets_a_receipt(xml: str, told: list[tuple[str, str]]) -> None:
    incoming, receipts = made(rooms=["plants@rooms.test"])
    store = Store(refusals=1)
    await stored(incoming, store, xml)
    assert receipts == told


@pytest.mark.parametrize(
    "xml",
    [
        stanza("<composing xmlns='http://jabber.org/protocol/chatstates'/>"),
        stanza("<active xmlns='http://jabber.org/protocol/chatstates'/><no-store xmlns='urn:xmpp:hints'/>"),
        stanza("<event xmlns='http://jabber.org/protocol/pubsub#event'><items/></event>"),
        stanza(HI, kind="groupchat"),
        stanza(HI, sender=f"{SHOP}/inbox-bridge.1234"),
        stanza("<received xmlns='urn:xmpp:receipts' id='x'/>", sender=f"{SHOP}/phone"),
        stanza(""),
    ],
)
async def test_what_is_not_worth_a_row(xml: str) -> None:
    incoming, _ = made()
    assert await stored(incoming, Store(), xml) == []


async def test_a_stanza_that_nobody_foresaw_stops_nobody() -> None:
    incoming, _ = made()
    strange = ET.fromstring(stanza(HI))
    strange.append(ET.Comment("no parser of a stream makes one"))
    strange.append(ET.Element("x", {"number": 5}))  # type: ignore[dict-item]
    incoming.put(strange)
    odd, good = await stored(incoming, Store(), stanza(HI + named("a2")))
    assert (odd.raw, odd.lane) == (b"", ANNA)
    assert good.native_id == "archive:a2"
