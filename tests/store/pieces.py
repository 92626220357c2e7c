"""What the store's tests are made of: items, drafts, deciders, and looks into the tables."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, select

from bridge.book import Book
from bridge.decision import Decision, Draft, Effect, Send
from bridge.messages import RawItem
from bridge.outbound import OutboundKind
from bridge.store.store import Store
from bridge.testing import START
from bridge.text import Text
from bridge.work import Claimed, Outcome, Sending

LATER = START + timedelta(hours=1)


def raw(native_id: str, lane: str = "anna", content: bytes = b"x", **fields: Any) -> RawItem:
    given = {"native_id": native_id, "raw": content, "lane": lane, "received_at": START}
    return RawItem(**{**given, **fields})


async def receive(store: Store, *items: RawItem, connector: str = "mail", **position: str) -> int:
    return await store.inbox.receive([(connector, item) for item in items], {connector: position} if position else {})


async def claim(store: Store, limit: int = 32, now: datetime = LATER) -> Sequence[Claimed]:
    return await store.inbox.claim(["mail", "timer"], limit, now)


def decider(*effects: Effect, reason: str = "decided") -> Callable[[Book], Decision]:
    return lambda book: Decision(reason, effects)


def draft(address: str = "anna", text: str = "Hello", **fields: Any) -> Draft:
    given = {"kind": OutboundKind.NOTICE, "connector": "mail", "address": address, "text": Text(text)}
    return Draft(**{**given, **fields})


async def place(store: Store, *drafts: Draft, now: datetime = START) -> None:
    """Put drafts into the outbox, by the way that decisions go."""
    name = f"placing {uuid.uuid4()}"
    assert await receive(store, raw(name, lane=name))
    (claimed,) = [one for one in await claim(store) if one.item.native_id == name]
    await store.inbox.settle(claimed, [decider(*(Send(draft=one) for one in drafts))], now)


async def begin(store: Store, limit: int = 16, now: datetime = LATER, epoch: int = 0) -> Sequence[Sending]:
    return await store.outbox.claim({"mail": epoch}, limit, now)


async def finish(store: Store, sending: Sending, now: datetime = LATER, **outcome: Any) -> Sending | None:
    given = {"state": "sent"} | outcome
    return await store.outbox.finish(sending, Outcome(**given), 0, now)


async def rows(store: Store, table: Table, *columns: str) -> list[tuple[Any, ...]]:
    """Some columns of all rows, in the order of the first primary key."""
    wanted = [table.c[column] for column in columns]
    query = select(*wanted).order_by(*table.primary_key.columns)
    return await store.transactions.run("look", lambda connection: [tuple(row) for row in connection.execute(query)])


async def look(store: Store, work: Callable[[Connection], Any]) -> Any:
    return await store.transactions.run("look", work)


async def together(*calls: Any) -> list[Any]:
    """All at once; exceptions come back as values."""
    return list(await asyncio.gather(*calls, return_exceptions=True))
