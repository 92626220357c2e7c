"""The long count: 2,000 kills at random moments, 100,000 mails, and 100 kills of one daemon of two. `make campaign`.

    python bench/campaign.py [--kills 2000] [--mails 100000] [--of-two 100] [--seed N]

Kills come in rounds, each with a store of its own, on SQLite and PostgreSQL in turn, until there are so many kills and
so many acknowledged mails. A round ends with a daemon that is left alone until nothing is left to do, and with
everything being compared. Each round is a JSON line in bench/results/campaign-DATE.txt, the sum of all is the last one.
Exit code 1 if anything is wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import platform
import random
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))

from crash.desk import every  # noqa: E402 - the tests' own folder comes first
from crash.kills import CUSTOMERS, die_at_random, writing  # noqa: E402
from crash.shop import shop  # noqa: E402
from crash.two import kill_alternately, two_daemons  # noqa: E402
from servers import postgres  # noqa: E402

KILLS_A_ROUND = 50
KILLS_OF_TWO_A_ROUND = 10
QUIET_SECONDS = 180
PAUSE_SECONDS = 0.005
LONGEST_LIFE_SECONDS = 2.0


async def round_of_kills(folder: Path, url: str, kills: int, seed: int) -> dict[str, Any]:
    """One store, one daemon, so many lives."""
    async with shop(folder, url, answers=every(5)) as here:
        daemon = here.add_daemon()
        async with writing(here, [here.customer() for _ in range(CUSTOMERS)], PAUSE_SECONDS):
            await die_at_random(here, daemon, kills, random.Random(seed), LONGEST_LIFE_SECONDS)
        await daemon.start()
        await here.quiet(QUIET_SECONDS)
        return {"kills": kills, **here.ledger.figures(), "faults": here.faults()}


async def round_of_two(folder: Path, url: str, kills: int, seed: int) -> dict[str, Any]:
    """One store, two daemons, one of them killed so many times."""
    async with shop(folder, url, answers=every(5)) as here:
        daemons = await two_daemons(here)
        async with writing(here, [here.customer(patience=2) for _ in range(CUSTOMERS)], 0.1):
            takeovers = await kill_alternately(here, daemons, kills, random.Random(seed))
        await here.quiet(QUIET_SECONDS)
        longest = round(max(takeovers), 1)
        return {"kills": kills, **here.ledger.figures(), "longest_takeover": longest, "faults": here.faults()}


def main() -> int:
    """Run it; whether anything was wrong."""
    parser = argparse.ArgumentParser(description="The long count of the crash tests.")
    parser.add_argument("--kills", type=int, default=2000)
    parser.add_argument("--mails", type=int, default=100_000)
    parser.add_argument("--of-two", type=int, default=100)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    given = parser.parse_args()
    started = time.monotonic()
    results = HERE / "results" / f"campaign-{datetime.now(UTC):%Y-%m-%dT%H%M}.txt"
    results.parent.mkdir(exist_ok=True)
    server = postgres.start()
    sums, bad = Counter[str](), 0
    try:
        for line in _lines(given, server):
            bad += len(line["faults"])
            sums.update({key: value for key, value in line.items() if isinstance(value, int)})
            _say(results, line)
    finally:
        server.stop()
    seconds = round(time.monotonic() - started)
    del sums["seed"]
    _say(results, {"sum": dict(sums), "faults": bad, "seed": given.seed, "seconds": seconds, **_versions()})
    return 1 if bad else 0


def _lines(given: argparse.Namespace, server: postgres.Postgres) -> Iterator[dict[str, Any]]:
    dice = random.Random(given.seed)
    kills, mails = given.kills, given.mails
    for engine in itertools.cycle(("sqlite", "postgresql")):
        if kills <= 0 and mails <= 0:
            break
        line = _round("kills", engine, min(KILLS_A_ROUND, kills) if kills > 0 else KILLS_A_ROUND, dice, server)
        kills, mails = kills - line["kills"], mails - line.get("acknowledged", 0)
        yield line
    for begun in range(0, given.of_two, KILLS_OF_TWO_A_ROUND):
        yield _round("two", "postgresql", min(KILLS_OF_TWO_A_ROUND, given.of_two - begun), dice, server)


def _round(kind: str, engine: str, kills: int, dice: random.Random, server: postgres.Postgres) -> dict[str, Any]:
    seed = dice.randrange(1 << 32)
    begun = time.monotonic()
    run = round_of_two if kind == "two" else round_of_kills
    with tempfile.TemporaryDirectory(prefix="campaign-", ignore_cleanup_errors=True) as folder:
        url = server.database() if engine == "postgresql" else f"sqlite:///{folder}/bridge.db"
        try:
            found = asyncio.run(run(Path(folder), url, kills, seed))
        except (TimeoutError, RuntimeError) as error:
            found = {"kills": kills, "faults": [f"{type(error).__name__}: {error}"]}
        finally:
            if engine == "postgresql":
                server.drop(url)
    return {"round": kind, "engine": engine, "seed": seed, **found, "took": round(time.monotonic() - begun, 1)}


def _versions() -> dict[str, str]:
    return {
        "inbox-bridge": version("inbox-bridge"),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "postgresql": Path(postgres.program("postgres")).parts[4],
        "machine": f"{platform.system()} {platform.release()} {platform.machine()}",
    }


def _say(results: Path, line: dict[str, Any]) -> None:
    text = json.dumps(line)
    print(text, flush=True)
    with results.open("a", encoding="utf-8") as file:
        file.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
