"""Killed at any moment, the bridge has what it acknowledged; a listener that acknowledges first has not."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from crash.desk import every
from crash.kills import CUSTOMERS, die_at_random, writing
from crash.shop import shop
from crash.verify import lost

KILLS = 20
"""On each engine."""


@pytest.mark.servers
@pytest.mark.timeout(240)
async def test_kills_at_random_lose_nothing(engine_url: str, tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    async with shop(tmp_path, engine_url, answers=every(5)) as here:
        daemon = here.add_daemon()
        async with writing(here, [here.customer() for _ in range(CUSTOMERS)]):
            await die_at_random(here, daemon, KILLS, random.Random(seed))
        await daemon.start()
        await here.quiet(60)

        print(here.ledger.figures())
        assert len(here.ledger.acknowledged) > 2 * KILLS  # many more on a machine that has nothing else to do
        assert here.faults() == []


@pytest.mark.servers
@pytest.mark.timeout(120)
async def test_the_harness_sees_what_acknowledging_first_loses(sqlite_url: str, tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    async with shop(tmp_path, sqlite_url, answers=lambda token: False) as here:
        daemon = here.add_daemon(email="hasty", acknowledge=False)
        async with writing(here, [here.customer() for _ in range(8)], pause=0):
            await die_at_random(here, daemon, 6, random.Random(seed), longest=0.3)
        await daemon.start()
        await here.quiet(60)

        gone = lost(here.ledger, here.found())
        print(f"{len(gone)} of {len(here.ledger.acknowledged)} acknowledged mails are lost")
        assert gone
        assert any("is lost" in fault for fault in here.faults())
