"""Each 250 under strace: the log, cut to what was written before the last sync that ended before it, holds the mail."""

from __future__ import annotations

import asyncio
import contextlib
import random
import shutil
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from crash.post import Customer
from crash.shop import STARTS, Shop, shop
from crash.trace import OPTIONS, Trace
from crash.wal import committed_at, opened_with

CONNECTIONS, MAILS = 10, 100
SIZE = 750
"""Makes a mail of 2 KB."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """`cuts` holds, by token, how much of the log was durable at its 250; `held` those whose cut has the mail."""

    database: Path
    log: bytes
    cuts: dict[str, int]
    held: frozenset[str]


@pytest.mark.servers
@pytest.mark.skipif(not shutil.which("strace"), reason="no strace; install the Debian package strace")
@pytest.mark.timeout(180)
async def test_every_mail_is_on_the_disk_before_its_250(sqlite_url: str, tmp_path: Path) -> None:
    async with shop(tmp_path, sqlite_url, answers=lambda token: False) as here:
        proof = await prove(here, MAILS)
        print(f"{len(proof.held)} of {len(proof.cuts)} mails were durable before their 250")

        assert len(proof.cuts) == CONNECTIONS * MAILS
        assert proof.held == proof.cuts.keys()
        for number, token in enumerate(random.Random(1).sample(sorted(proof.cuts), 12)):
            cut = proof.log[: proof.cuts[token]]
            assert opened_with(proof.database, cut, token, tmp_path / f"cut-{number}") == 1
        last = max(proof.cuts, key=lambda token: proof.cuts[token])
        assert opened_with(proof.database, proof.log[: proof.cuts[last]], last, tmp_path / "last") == 1


@pytest.mark.servers
@pytest.mark.skipif(not shutil.which("strace"), reason="no strace; install the Debian package strace")
@pytest.mark.timeout(180)
async def test_the_proof_fails_where_the_store_does_not_wait_for_the_disk(sqlite_url: str, tmp_path: Path) -> None:
    async with shop(tmp_path, sqlite_url, answers=lambda token: False) as here:
        proof = await prove(here, 5, program=(str(STARTS / "careless.py"),))

        assert len(proof.cuts) == CONNECTIONS * 5
        assert not proof.held


async def prove(here: Shop, mails: int, program: Sequence[str] = ("-m", "bridge")) -> Proof:
    """Let ten customers write to a daemon under strace, and compare their 250s with its log."""
    database = Path(here.url.removeprefix("sqlite:///"))
    daemon, lines = here.add_daemon(acknowledge=False), here.folder / "strace"
    await daemon.start(program=program, wrap=("strace", *OPTIONS, "-o", str(lines)))
    await daemon.listening()
    customers = [here.customer(patience=30) for _ in range(CONNECTIONS)]
    # Somebody who reads keeps the log from being begun anew: all that was ever written stays in it.
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM items").fetchone()
        await asyncio.gather(*(_write(customer, mails) for customer in customers))
        await daemon.stop(30)
        return _compare(database, lines, customers)


async def _write(customer: Customer, mails: int) -> None:
    for _ in range(mails):
        await customer.write(SIZE)
    customer.hang_up()


def _compare(database: Path, lines: Path, customers: Sequence[Customer]) -> Proof:
    log = Path(f"{database}-wal").read_bytes()
    trace = Trace(f"{database.name}-wal")
    with lines.open(encoding="utf-8", errors="replace") as file:
        durable = trace.read(file)
    assert trace.rewrites == 0, "the log was begun anew, or written over: nothing can be said"
    cuts: dict[str, int] = {}
    for customer in customers:
        for port, tokens in customer.sent.items():
            cuts |= dict(zip(tokens, durable[port], strict=True))
    needed = committed_at(log)
    held = frozenset(token for token, cut in cuts.items() if needed[token] <= cut)
    return Proof(database=database, log=log, cuts=cuts, held=held)
