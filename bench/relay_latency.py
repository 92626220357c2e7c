"""Console to console through the steps and the store, undo 0: latency of single messages, and how fast a queue drains.

Two console connectors on streams of our own stand for a customer and for the owner. Latency is from the moment the
customer's line is written into the pipe to the moment the owner's line is printed, one message at a time, each
committed four times on its way. The drain is how many stored messages a second are decided and shown.
"""

from __future__ import annotations

import asyncio
import io
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvloop
from measuring.results import keep, quantile

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from servers import postgres

from bridge import logs
from bridge.connector import RawItem
from bridge.desk import Desk
from bridge.policy import Owner, Policy, SurfaceAddress
from bridge.steps.deliver import Deliverer
from bridge.steps.parsing import ParseLimits, Parsing
from bridge.steps.queue import Queue
from bridge.steps.receive import Receiver
from bridge.store.store import Store, open_store
from connectors.console import Console, ConsoleSettings

MESSAGES = 500
BACKLOG = 3000
POLICY = Policy(
    business="Bench",
    owners=(Owner(name="Olga", surfaces=(SurfaceAddress(connector="desk", address="owner"),)),),
    undo=timedelta(0),
    flood_limit=1_000_000,
)


class Printed(io.StringIO):
    """What a console prints: counts lines, tells when there are enough."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def write(self, text: str) -> int:
        """Count it, keep nothing. A console prints from a thread of its own."""
        if text.strip():
            self.count += 1
            self._loop.call_soon_threadsafe(self._changed.set)
        return len(text)

    async def until(self, count: int) -> None:
        """Wait until so many lines were printed."""
        while self.count < count:
            self._changed.clear()
            if self.count < count:
                await self._changed.wait()


@asynccontextmanager
async def bridge(store: Store, desk: Desk, wake: list[Queue | Deliverer]) -> AsyncIterator[Receiver]:
    """The steps on a store."""

    def now() -> datetime:
        return datetime.now(UTC)

    receiver = Receiver(store.inbox)
    deliverer = Deliverer(store.outbox, lambda: desk, lambda: dict.fromkeys(desk.connectors, 0), now)
    queue = Queue(
        store.inbox, Parsing(ParseLimits()), lambda: desk, now, sender=deliverer, step_back=lambda: receiver.flooded
    )
    wake += [queue, deliverer]
    tasks = [asyncio.create_task(queue.run()), asyncio.create_task(deliverer.run())]
    try:
        yield receiver
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def measure(url: str) -> dict[str, object]:
    """The figures for one engine."""
    wake: list[Queue | Deliverer] = []

    def added(_work: str) -> None:
        for step in wake:
            step.wake()

    store = await open_store(url, added)
    await store.leases.only_one()
    reading, writing = os.pipe()
    printed = Printed()
    shop = Console("shop", ConsoleSettings(address="anna"), os.fdopen(reading), io.StringIO())
    desk = Desk(
        policy=POLICY, connectors={"shop": shop, "desk": Console("desk", ConsoleSettings(), io.StringIO(), printed)}
    )
    async with bridge(store, desk, wake) as receiver:
        running = asyncio.create_task(shop.run(receiver.receive_for("shop"), {}))
        taken = []
        for number in range(MESSAGES):
            began = time.perf_counter()
            os.write(writing, b"Do you have red tulips?\n")
            await printed.until(number + 1)
            taken.append(time.perf_counter() - began)
        running.cancel()
    await fill(store)
    began = time.perf_counter()
    async with bridge(store, desk, wake):
        await printed.until(MESSAGES + BACKLOG)
        drained = time.perf_counter() - began
    await store.close()
    return {
        "p50_ms": round(quantile(taken, 0.5) * 1000, 2),
        "p99_ms": round(quantile(taken, 0.99) * 1000, 2),
        "drain_per_second": round(BACKLOG / drained),
    }


async def fill(store: Store) -> None:
    """A backlog of as many customers."""
    now = datetime.now(UTC)
    waiting = [
        (
            "shop",
            RawItem(native_id=f"b{number}", raw=b"Do you have red tulips?\n", lane=f"anna{number}", received_at=now),
        )
        for number in range(BACKLOG)
    ]
    await store.inbox.receive(waiting, {})


def main() -> None:
    """Measure both engines and print."""
    logs.configure("warning")
    sys.setswitchinterval(0.0005)  # as the daemon does
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        sqlite = uvloop.run(measure(f"sqlite:///{folder}/bench.db"))
    server = postgres.start(durable=True)
    try:
        postgresql = uvloop.run(measure(server.database()))
    finally:
        server.stop()
    keep("relay_latency", messages=MESSAGES, backlog=BACKLOG, sqlite=sqlite, postgresql=postgresql)


if __name__ == "__main__":
    main()
