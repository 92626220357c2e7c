"""Kills at random moments, while three customers write without a pause and the owner answers."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Sequence

from crash.post import Customer
from crash.shop import Daemon, Shop

CUSTOMERS = 3
PAUSE_SECONDS = 0.02
SIZES = (0,) * 24 + (40_000,)
"""One mail in 25 does not fit into its row."""


@contextlib.asynccontextmanager
async def writing(shop: Shop, customers: Sequence[Customer], pause: float = PAUSE_SECONDS) -> AsyncIterator[None]:
    """These customers write all the time, and one on the wire writes now and then."""
    writers = [asyncio.create_task(customer.keep_writing(pause, SIZES)) for customer in customers]
    writers.append(asyncio.create_task(_chat(shop)))
    try:
        yield
    finally:
        for writer in writers:
            writer.cancel()
        ended = await asyncio.gather(*writers, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception):
                raise error


async def _chat(shop: Shop) -> None:
    while True:
        await asyncio.sleep(0.5)
        shop.chat()


async def die_at_random(shop: Shop, daemon: Daemon, times: int, dice: random.Random, longest: float = 0.8) -> None:
    """So many lives, each cut off after up to `longest` seconds of taking mail, some of them before they take any."""
    for _ in range(times):
        await daemon.start()
        if dice.random() < 0.1:
            await asyncio.sleep(dice.uniform(0, 0.6))
        else:
            await daemon.listening()
            await asyncio.sleep(dice.uniform(0, longest))
        await daemon.kill()
        await shop.leases_end()
