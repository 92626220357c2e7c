"""Files that come by reference, in the store, on both engines: their own lanes, what waits for them, what is lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pieces import LATER, begin, claim, decider, draft, finish, look, raw, receive, rows

from bridge.decision import Direction, Fetch, Record, Revive, Send
from bridge.messages import Attachment
from bridge.outbound import OutboundKind
from bridge.store.book_tables import attachments
from bridge.store.files import awaited
from bridge.store.store import Store
from bridge.store.work_tables import lanes, outbox
from bridge.testing import START
from bridge.text import Text
from bridge.work import AWAITS_FILE, Outcome, Sending

AWAY = Attachment(name="photo.jpg", source="away", size=120)
HERE = Attachment(name="here.txt", content=b"x")


async def arrives(store: Store, *drafts: Any) -> None:
    """A message with one file that is there and one that is not; `drafts` go along with it."""
    files = (HERE, AWAY)
    record = Record(conversation=1, direction=Direction.IN, connector="mail", text=Text("Hi"), attachments=files)
    fetch = draft("bob", "", kind=OutboundKind.FETCH, conversation=1)
    await receive(store, raw("1"))
    (claimed,) = await claim(store)
    sends = [Send(draft=one) for one in drafts]
    await store.inbox.settle(claimed, [decider(record, Fetch(draft=fetch), *sends)], START)


async def fetching(store: Store) -> Sending:
    (sending,) = await store.fetches.claim({"mail": 0}, 4, LATER)
    return sending


async def fetched(store: Store, sending: Sending, **outcome: Any) -> None:
    await store.fetches.finish(sending, Outcome(**{"state": "sent", **outcome}), 0, LATER)


async def test_it_has_a_lane_of_its_own(store: Store) -> None:
    await arrives(store)
    assert await begin(store) == []
    assert await store.outbox.next_at() is None
    assert await store.fetches.next_at() == START
    sending = await fetching(store)
    assert (sending.outbound.text.plain, sending.outbound.address) == ("photo.jpg", "bob")
    (file,) = await store.fetches.files(sending)
    assert (file.name, file.source, file.content) == ("photo.jpg", "away", None)
    assert await store.fetches.claim({"mail": 0}, 4, LATER) == []


@pytest.mark.parametrize("large", [False, True])
async def test_small_and_large_contents_are_kept(store: Store, large: bool) -> None:
    content = b"x" * 100_000 if large else b"small"
    await arrives(store)
    sending = await fetching(store)
    kept = Attachment(name="x", content=content)
    if large:
        kept = Attachment(name="x", blob=await store.fetches.keep(content), size=len(content))
    relay = draft("olga", "photo", kind=OutboundKind.RELAY, carries_of=sending.message, file=sending.file)
    await fetched(store, sending, fetched=kept, told=(relay,))
    assert await store.blobs.sweep(LATER + timedelta(days=9)) == 0
    (shown,) = await begin(store)
    assert [(file.name, file.content) for file in await store.outbox.files(shown)] == [("photo.jpg", content)]
    assert await rows(store, lanes, "work") == [("out",)]


async def test_a_relay_goes_without_it_and_what_a_customer_gets_waits_for_it(store: Store) -> None:
    relay = draft("olga", "Hi", kind=OutboundKind.RELAY, carries=True, conversation=1)
    answer = draft("carla", "Hi", kind=OutboundKind.ANSWER, carries=True, conversation=1)
    await arrives(store, relay, answer)
    begun = {sending.outbound.address: sending for sending in await begin(store)}
    assert [file.name for file in await store.outbox.files(begun["olga"])] == ["here.txt"]
    assert [file.awaited for file in await store.outbox.files(begun["carla"])] == [False, True]

    later = LATER + timedelta(minutes=1)
    await finish(store, begun["carla"], state="waiting", reason=AWAITS_FILE, due_at=later)
    await finish(store, begun["olga"])
    assert await begin(store) == []
    await fetched(store, await fetching(store), fetched=Attachment(name="x", content=b"photo"))
    (again,) = await begin(store)
    assert [file.content for file in await store.outbox.files(again)] == [b"x", b"photo"]


async def test_it_may_come_while_what_waits_for_it_looks(store: Store) -> None:
    await arrives(store, draft("carla", "Hi", kind=OutboundKind.ANSWER, carries=True, conversation=1))
    (answer,) = await begin(store)
    await fetched(store, await fetching(store), fetched=Attachment(name="x", content=b"photo"))
    following = await finish(store, answer, state="waiting", reason=AWAITS_FILE, due_at=LATER + timedelta(hours=1))
    assert following is not None


async def test_one_that_cannot_be_had_can_be_tried_again(open_one: Any) -> None:
    told: list[str] = []
    store = await open_one(told.append)
    await arrives(store)
    await fetched(store, await fetching(store), state="dead", reason="gone")
    assert (await rows(store, attachments, "source"))[1] == ("",)
    ((number,),) = await rows(store, outbox, "seq")
    await receive(store, raw("2"))
    (claimed,) = await claim(store)
    told.clear()
    await store.inbox.settle(claimed, [decider(Revive(letter=f"o{number}"))], LATER)
    assert "fetch" in told, "who is not told looks again only after seconds"
    assert (await rows(store, attachments, "source"))[1] == ("away",)
    sending = await fetching(store)
    assert await look(store, lambda connection: len(awaited(connection, sending.message))) == 1


async def test_a_daemon_that_died_while_it_fetched_is_taken_over(open_one: Any) -> None:
    dead, living = await open_one(), await open_one()
    await arrives(dead)
    await fetching(dead)
    await living.leases.only_one()
    assert (await fetching(living)).again
