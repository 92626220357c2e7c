"""Reads the log into a report, batch by batch: for the command line, and for the weekly figures of a running daemon."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

from bridge.happened import Happened
from bridge.reports.figures import Counting
from bridge.track import cases

Addresses = Callable[[Sequence[int]], Awaitable[Mapping[int, Sequence[str]]]]
"""The addresses of the customers of these conversations, by their numbers."""


async def count(counting: Counting, batches: AsyncIterator[Sequence[Happened]], addresses: Addresses) -> None:
    """Every conversation of the batches is counted; each batch has whole ones."""
    async for batch in batches:
        found = list(cases(batch))
        known = await addresses([case.number for case in found]) if counting.targets.asks_groups() else {}
        for case in found:
            counting.add(case, known.get(case.number, ()))
