"""Two daemons on one store, of which one is killed: what the test and the campaign share."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence

from crash.shop import Daemon, Shop

TAKEOVER_SECONDS = 15.0


async def two_daemons(shop: Shop) -> list[Daemon]:
    """Two that take mail, and one of them holds the wire."""
    daemons = [shop.add_daemon(), shop.add_daemon()]
    for daemon in daemons:
        await daemon.start()
        await daemon.listening()
    async with asyncio.timeout(10):
        await shop.desk.connected(1)
    return daemons


async def kill_alternately(shop: Shop, daemons: Sequence[Daemon], times: int, dice: random.Random) -> list[float]:
    """Kill the one that holds the wire, then the other one, and so on; how long each takeover of the wire took.

    Raises TimeoutError where one takes more than 15 s.
    """
    takeovers = []
    for turn in range(times):
        await asyncio.sleep(dice.uniform(0, 1))
        holder = next(daemon for daemon in daemons if daemon.name == shop.desk.holder)
        idle = next(daemon for daemon in daemons if daemon is not holder)
        victim = idle if turn % 2 else holder
        killed_at = time.monotonic()
        await victim.kill()
        if victim is holder:
            async with asyncio.timeout(TAKEOVER_SECONDS):
                takeovers.append(await shop.desk.taken_by(idle.name, killed_at))
        await victim.start()
        await victim.listening()
    return takeovers
