"""The log, read in pieces beside whoever writes, is the log: on both engines, wherever a piece ends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from random import Random

import pytest
from reports.histories import EPOCH, START, history, number
from sqlalchemy import insert

from bridge.happened import TRACKED, Happened
from bridge.reports.waits import Period
from bridge.store import logbook
from bridge.store.book_tables import events
from bridge.store.store import Store

CASES = 40


def moment(at: int) -> datetime:
    return EPOCH + timedelta(microseconds=at)


async def filled(store: Store) -> dict[int, list[Happened]]:
    """A log of many conversations, all mixed; what clocks need of it, by conversation."""
    random = Random(3)
    made = [event for case in range(1, CASES + 1) for event in history(case, random)[0]]
    made.sort(key=lambda event: event.at)
    rows = [
        {"conversation": event.conversation, "at": moment(event.at), "kind": event.kind, "data": dict(event.data)}
        for event in made
    ]
    await store.transactions.run("write", lambda connection: connection.execute(insert(events), rows))
    tracked = sorted((event for event in made if event.kind in TRACKED), key=lambda event: event.conversation)
    return {case: list(log) for case, log in groupby(tracked, key=lambda event: event.conversation)}


async def collected(batches: AsyncIterator[Sequence[Happened]]) -> dict[int, list[Happened]]:
    found: dict[int, list[Happened]] = {}
    async for batch in batches:
        for case, log in groupby(batch, key=lambda event: event.conversation):
            assert case not in found, "a conversation comes in one piece"
            found[case] = list(log)
    return found


@pytest.mark.parametrize("rows", [1, 2, 7, 100_000])
async def test_the_whole_log(store: Store, monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    expected = await filled(store)
    monkeypatch.setattr(logbook, "ROWS", rows)
    assert await collected(logbook.whole(store.transactions)) == expected


@pytest.mark.parametrize("numbers", [1, 3, 1000])
async def test_the_log_of_a_period(store: Store, monkeypatch: pytest.MonkeyPatch, numbers: int) -> None:
    """Every conversation whose customer wrote then is there, from its beginning to today."""
    expected = await filled(store)
    monkeypatch.setattr(logbook, "CASES", numbers)
    period = Period(since=number(START + timedelta(days=2)), until=number(START + timedelta(days=4)), now=0)
    found = await collected(logbook.of_period(store.transactions, moment(period.since), moment(period.until)))
    written = {
        case
        for case, log in expected.items()
        for event in log
        if event.kind in ("customer wrote", "held")
        and period.holds(number(datetime.fromisoformat(event.data["received_at"])))
    }
    assert written
    assert written <= found.keys()
    assert {case: expected[case] for case in found} == found


async def test_an_empty_log(store: Store) -> None:
    assert await collected(logbook.whole(store.transactions)) == {}
    assert await collected(logbook.of_period(store.transactions, START, START + timedelta(days=40))) == {}
