"""Two daemons on one PostgreSQL: one is killed, or stands still and goes on, and the other takes the wire."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from pathlib import Path

import pytest

from crash.desk import every
from crash.kills import CUSTOMERS, writing
from crash.shop import Daemon, shop
from crash.two import TAKEOVER_SECONDS, kill_alternately, two_daemons

KILLS = 5
PAUSE_SECONDS = 0.1
PATIENCE_SECONDS = 2.0
STILL_SECONDS = 20.0


@pytest.mark.servers
@pytest.mark.timeout(240)
async def test_one_of_two_is_killed_and_nothing_is_lost(postgres_url: str, tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    async with shop(tmp_path, postgres_url, answers=every(5)) as here:
        daemons = await two_daemons(here)
        customers = [here.customer(patience=PATIENCE_SECONDS) for _ in range(CUSTOMERS)]
        async with writing(here, customers, PAUSE_SECONDS):
            takeovers = await kill_alternately(here, daemons, KILLS, random.Random(seed))
        await here.quiet(60)

        print(here.ledger.figures(), "takeovers:", [f"{taken:.1f} s" for taken in takeovers])
        assert len(takeovers) == 3
        assert here.faults() == []


@pytest.mark.servers
@pytest.mark.timeout(240)
async def test_one_of_two_stands_still_and_goes_on(postgres_url: str, tmp_path: Path) -> None:
    async with shop(tmp_path, postgres_url, answers=every(5)) as here:
        daemons = await two_daemons(here)
        customers = [here.customer(patience=PATIENCE_SECONDS) for _ in range(CUSTOMERS)]
        async with writing(here, customers, PAUSE_SECONDS):
            await asyncio.sleep(2)
            still = next(daemon for daemon in daemons if daemon.name == here.desk.holder)
            other = next(daemon for daemon in daemons if daemon is not still)
            stopped = asyncio.Event()
            # In the middle of a send: what came of it is known only when another has long taken over its lane.
            here.desk.interrupt(lambda: _stand_still(still, stopped))
            await stopped.wait()
            stopped_at = time.monotonic()
            try:
                async with asyncio.timeout(STILL_SECONDS):
                    taken = await here.desk.taken_by(other.name, stopped_at)
                await asyncio.sleep(STILL_SECONDS - (time.monotonic() - stopped_at))
            finally:
                still.signal(signal.SIGCONT)
            await asyncio.sleep(4)
        await here.quiet(60)

        print(here.ledger.figures(), f"takeover: {taken:.1f} s")
        assert taken <= TAKEOVER_SECONDS
        assert {shown.daemon for shown in here.ledger.shown} == {"a", "b"}
        assert "deliver.lost_claim" in still.log.read_text()
        assert here.faults() == []


def _stand_still(daemon: Daemon, stopped: asyncio.Event) -> None:
    daemon.signal(signal.SIGSTOP)
    stopped.set()
