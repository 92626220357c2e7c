"""The two loops end when they are cancelled, whatever else happens at that moment (`queue.py`, `deliver.py`)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from shop import POLICY

from bridge.desk import Desk
from bridge.steps.deliver import Deliverer
from bridge.steps.parsing import ParseLimits, Parsing
from bridge.steps.queue import Queue
from bridge.testing import FakeClock


class Nothing:
    """An inbox and an outbox with nothing in them."""

    async def claim(self, *_: object) -> Sequence[object]:
        return ()

    async def next_at(self, *_: object) -> None:
        return None


def queue() -> Queue:
    desk = Desk(policy=POLICY, connectors={})
    return Queue(Nothing(), Parsing(ParseLimits()), lambda: desk, FakeClock())  # type: ignore[arg-type]


def deliverer() -> Deliverer:
    desk = Desk(policy=POLICY, connectors={})
    return Deliverer(Nothing(), lambda: desk, dict, FakeClock())  # type: ignore[arg-type]


@pytest.mark.parametrize("make", [queue, deliverer])
async def test_a_loop_that_is_woken_and_cancelled_at_once_ends(make: type[Queue | Deliverer]) -> None:
    loop = make()  # type: ignore[call-arg]
    running = asyncio.create_task(loop.run())
    for _ in range(20):
        await asyncio.sleep(0)
    loop.wake()
    running.cancel()
    await asyncio.wait({running}, timeout=1)
    ended = running.done()
    running.cancel()
    await asyncio.wait({running})
    assert ended
