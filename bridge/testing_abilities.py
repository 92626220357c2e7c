"""For tests, ours and a stranger's plug-in's: the conformance suites of optional abilities.

`connector_conforms` and `owner_surface_conforms` are in `testing.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bridge.connector import (
    Attachment,
    Connector,
    DeliveryFailure,
    Fetches,
    Merges,
    OutboundKind,
    Reacts,
    RoomGone,
    Rooms,
    Signal,
    Signals,
    Span,
    SpanKind,
    Splits,
    Text,
)
from bridge.testing import outbound


async def rooms_conform(connector: Connector, address: str, received: Callable[[], str]) -> None:
    """Two rooms are two, even under one title; what is sent into one arrives; closing and opening may be repeated;
    one that is not there is said to be gone.
    """
    assert isinstance(connector, Rooms), "its surface has rooms, and it cannot open one"
    title = "#42 Anna: Tulips & more <ä> " + "x" * 200
    room, other = await connector.open_room(address, title), await connector.open_room(address, title)
    assert room, "a room needs a name"
    assert room != other, "two rooms of one title have one name"
    relay = outbound("In the room: ü", kind=OutboundKind.RELAY, address=address, room=room, title=title)
    assert (await connector.send(relay)).native_ids
    assert "In the room: ü" in received()
    for reopen in (False, False, True, True):
        await connector.close_room(address, room, reopen=reopen)
    nowhere = replace(relay, room=f"{room[:-1]}{'8' if room.endswith('9') else '9'}999")
    for attempt in (connector.send, lambda gone: connector.close_room(address, gone.room)):
        try:
            await attempt(nowhere)
        except RoomGone:
            continue
        raise AssertionError("a room that is not there was not said to be gone")


def split_conforms(connector: Connector, limit: Callable[[Text], bool]) -> None:
    """Each part fits (`limit` says so), nothing but white space is lost, and the same text is split in the same way."""
    assert isinstance(connector, Splits), "it has no `split`"
    assert [part.plain for part in connector.split(Text("short"))] == ["short"], "what fits was split"
    bold = Span(start=3, end=30_000, kind=SpanKind.BOLD)
    for plain in ("short", "word " * 20_000, "x" * 50_000, "😀" * 20_000, "line\n\n" * 9_000):
        text = Text(plain, (bold,) if len(plain) > bold.end else ())
        parts = connector.split(text)
        assert parts == connector.split(text), "a text was split in two ways"
        assert all(limit(part) for part in parts), "a part does not fit"
        assert "".join("".join(part.plain.split()) for part in parts) == "".join(plain.split()), "words were lost"


def merge_conforms(connector: Connector, address: str, fits: Callable[[Text], bool]) -> None:
    """What waits is put together in order, whole and in what fits; what stands alone, or is no backlog, stays as it
    is; and the same relays are merged in the same way.
    """
    assert isinstance(connector, Merges), "it has no `merge`"
    relays = [
        replace(outbound(f"#{number} Anna: line {number} \U0001f337", kind=OutboundKind.RELAY), address=address)
        for number in range(1, 1001)
    ]
    relays = [replace(relay, id=f"relay-{number}", conversation=number) for number, relay in enumerate(relays)]
    assert connector.merge(relays[:1], 1) == (relays[0], 1), "one that waits alone was changed"
    assert connector.merge(relays[:2], 2)[1] == 1, "two are no backlog"
    merged, count = connector.merge(relays, len(relays))
    assert (merged, count) == connector.merge(relays, len(relays)), "relays were merged in two ways"
    assert count > 1, "nothing was merged"
    assert fits(merged.text), "what was merged does not fit"
    assert (merged.id, merged.address, merged.room) == (relays[0].id, address, ""), "it is another one's"
    assert not merged.choices, "buttons below several conversations"
    found = [merged.text.plain.find(relay.text.plain) for relay in relays[:count]]
    assert found == sorted(found), "the order was not kept"
    assert found[0] == 0, "the first is not the first"
    long = replace(relays[1], text=Text("x" * 100_000))
    assert connector.merge([relays[0], long, *relays], 1000)[1] == 1, "what cannot fit was merged"


async def fetch_conforms(connector: Connector, there: Attachment, content: bytes) -> None:
    """What is there comes whole, or not at all where it is larger than may be; what is not there is a failure."""
    assert isinstance(connector, Fetches), "it has no `fetch`"
    assert await connector.fetch(there, len(content)) == content
    for attachment, limit in ((there, len(content) - 1), (replace(there, source=f"{there.source}-gone"), 1_000_000)):
        try:
            await connector.fetch(attachment, limit)
        except DeliveryFailure:
            continue
        raise AssertionError(f"{attachment.source}, of which {limit} bytes may be taken, was fetched all the same")


_NOBODIES = ("", "nobody\r\nBcc: everyone@example.org", "x" * 5_000)


async def signal_conforms(connector: Connector, address: str, room: str = "") -> None:
    """Each signal is shown or not, to whomever; none of it is a failure."""
    assert isinstance(connector, Signals), "it has no `signal`"
    for signal in Signal:
        for where in (address, *_NOBODIES):
            await connector.signal(where, signal, room=room)


async def react_conforms(connector: Connector, address: str, native_id: str) -> None:
    """A sign may be put, put again and taken off twice; on what is no message, it is a failure of the contract."""
    assert isinstance(connector, Reacts), "it has no `react`"
    for signs in (["\N{THUMBS UP SIGN}"], ["\N{THUMBS UP SIGN}"], [], []):
        await connector.react(address, native_id, signs)
    for where in _NOBODIES:
        try:
            await connector.react(where, native_id, ["\N{THUMBS UP SIGN}"])
        except DeliveryFailure:
            continue
        raise AssertionError(f"a sign was put on a message of {where[:50]!r}")
