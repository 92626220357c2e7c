"""A supervisor: a broken connector is started again and told of once, a lease is taken, kept, lost and taken over."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import structlog.testing

from bridge.connector import RawItem, Receive, Traits, Unavailable
from bridge.steps.supervise import Supervisor, Terms
from bridge.testing import ScriptedConnector

TERMS = Terms(lease=0.5, renew=0.1, margin=0.1, healthy=0.15, pause=lambda attempts, dice: timedelta(milliseconds=10))


@pytest.fixture(autouse=True)
def _quick_log() -> Iterator[None]:
    """To render a traceback for a terminal takes half a second."""
    with structlog.testing.capture_logs():
        yield


@dataclass(eq=False)
class Scripted(ScriptedConnector):
    """Each start of `run` does what the next step of `script` says; without one it stays until it is cancelled."""

    script: deque[BaseException | None] = field(default_factory=deque)
    starts: int = 0
    positions: list[Mapping[str, str]] = field(default_factory=list)
    cancelled_at: list[float] = field(default_factory=list)
    started: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, receive: Receive, position: Mapping[str, str]) -> None:
        self.starts += 1
        self.positions.append(position)
        self.started.set()
        if self.script:
            step = self.script.popleft()
            if step is not None:
                raise step
            return
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self.cancelled_at.append(time.monotonic())


@dataclass(eq=False)
class FakeLeases:
    """`epoch` is what a daemon gets that asks; `hang` lets it wait, `fails` lets it fail."""

    epoch: int = 1
    hang: bool = False
    fails: bool = False
    asked: int = 0
    renewed_at: float = 0.0

    async def acquire(self, connector: str) -> int:
        self.asked += 1
        if self.hang:
            await asyncio.get_running_loop().create_future()
        if self.fails:
            raise Unavailable("the database is gone")
        self.renewed_at = time.monotonic()
        return self.epoch


@dataclass(eq=False)
class Owner:
    """Who is told. `fails` so many times first."""

    told: list[tuple[str, str | None]] = field(default_factory=list)
    fails: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def tell(self, name: str, reason: str | None) -> None:
        if self.fails:
            self.fails -= 1
            raise Unavailable("the database is gone")
        self.told.append((name, reason))
        self.news.set()


async def receive(items: Sequence[RawItem], position: Mapping[str, str] | None) -> None:
    """Take anything."""


async def position() -> dict[str, str]:
    return {"seen": "7"}


@asynccontextmanager
async def supervised(
    connector: ScriptedConnector, leases: FakeLeases | None = None, owner: Owner | None = None, terms: Terms = TERMS
) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(
        name=connector.name,
        connector=connector,
        receive=receive,
        position=position,
        leases=leases or FakeLeases(),
        tell=(owner or Owner()).tell,
        terms=terms,
    )
    task = asyncio.create_task(supervisor.run())
    try:
        yield supervisor
    finally:
        task.cancel()
        await asyncio.wait({task}, timeout=5)
        assert task.done()


async def until(condition: Callable[[], bool], seconds: float = 5) -> None:
    """Give the loop turns until it holds: what is waited for has no event of its own."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.002)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (ValueError("the password is wrong"), "the password is wrong"),
        (ValueError(), "ValueError"),
        (Unavailable("the database is gone"), "the database is gone"),
        (asyncio.CancelledError(), "it stopped without saying why"),
    ],
    ids=["a fault", "a fault without words", "the store", "it cancels itself"],
)
async def test_what_breaks_is_started_again_and_told_of(fault: BaseException, reason: str) -> None:
    connector, owner = Scripted(script=deque([fault, fault])), Owner()

    async with supervised(connector, owner=owner):
        await until(lambda: connector.starts == 3)
        assert owner.told == [("scripted", reason), ("scripted", reason)]
        await until(lambda: len(owner.told) == 3)

    assert owner.told[2] == ("scripted", None)
    assert connector.positions == [{"seen": "7"}] * 3


@dataclass(eq=False)
class InParts(Scripted):
    """A part of it can fail while it runs."""

    trouble: str = ""


async def test_a_part_that_fails_is_told_of_once_and_stops_no_other() -> None:
    connector, owner = InParts(trouble="the login is refused"), Owner(fails=1)

    async with supervised(connector, owner=owner, terms=Terms(lease=0.5, renew=0.02, margin=0.1, healthy=0.1)):
        await until(lambda: len(owner.told) == 1)
        connector.trouble = "the server is gone"
        await until(lambda: len(owner.told) == 2)
        connector.trouble = ""
        await until(lambda: len(owner.told) == 3)

    reasons = [reason for _, reason in owner.told]
    assert reasons == ["the login is refused", "the server is gone", None]
    assert connector.starts == 1


async def test_it_waits_longer_after_each_failure_in_a_row() -> None:
    asked: list[int] = []

    def pause(attempts: int, dice: random.Random) -> timedelta:
        asked.append(attempts)
        return timedelta(milliseconds=1)

    terms = Terms(lease=0.5, renew=0.02, margin=0.1, healthy=0.05, pause=pause)
    connector = Scripted(script=deque([ValueError(), ValueError(), ValueError()]))
    async with supervised(connector, terms=terms):
        await until(lambda: connector.starts == 4)

    assert asked == [1, 2, 3]


async def test_after_a_healthy_time_it_counts_from_one_again() -> None:
    asked: list[int] = []

    def pause(attempts: int, dice: random.Random) -> timedelta:
        asked.append(attempts)
        return timedelta(milliseconds=1)

    class Fragile(ScriptedConnector):
        starts = 0

        async def run(self, receive: Receive, position: Mapping[str, str]) -> None:
            type(self).starts += 1
            await asyncio.sleep(0.08 if self.starts == 3 else 0)
            raise ValueError

    terms = Terms(lease=0.5, renew=0.02, margin=0.1, healthy=0.05, pause=pause)
    async with supervised(Fragile(), terms=terms):
        await until(lambda: len(asked) >= 3)

    assert asked[:3] == [1, 2, 1]


async def test_that_it_works_again_is_told_once_and_not_forgotten() -> None:
    connector, owner = Scripted(), Owner(fails=2)

    async with supervised(connector, owner=owner):
        await until(lambda: bool(owner.told))
        await asyncio.sleep(3 * TERMS.renew)  # that nothing more comes has no event

    assert owner.told == [("scripted", None)]


async def test_a_connector_whose_run_returns_is_finished() -> None:
    connector = Scripted(script=deque([None]))

    async with supervised(connector) as supervisor:
        await asyncio.wait_for(supervisor.finished.wait(), 5)
        await asyncio.sleep(0.05)  # that it is not started again has no event

    assert connector.starts == 1


async def test_one_that_breaks_is_no_others_business() -> None:
    broken, well = Scripted(name="broken", script=deque([ValueError()] * 20)), Scripted(name="well")

    async with supervised(well), supervised(broken):
        await until(lambda: broken.starts > 10)
        assert well.starts == 1
        assert well.cancelled_at == []


async def test_without_the_lease_it_stands_by_and_takes_over() -> None:
    connector, leases = Scripted(), FakeLeases(epoch=0)

    async with supervised(connector, leases) as supervisor:
        await until(lambda: leases.asked >= 3)
        assert connector.starts == 0
        assert supervisor.epoch is None
        leases.epoch = 7
        await asyncio.wait_for(connector.started.wait(), 5)
        assert supervisor.epoch == 7


async def test_without_a_session_no_lease_is_asked_for() -> None:
    connector, leases = Scripted(traits=Traits(session=False)), FakeLeases(epoch=0)

    async with supervised(connector, leases) as supervisor:
        await asyncio.wait_for(connector.started.wait(), 5)
        assert supervisor.epoch == 0
        await asyncio.sleep(2 * TERMS.renew)

    assert leases.asked == 0


async def _hang(leases: FakeLeases) -> None:
    leases.hang = True


async def _fail(leases: FakeLeases) -> None:
    leases.fails = True


@pytest.mark.parametrize("trouble", [_hang, _fail], ids=["the store hangs", "the store fails"])
async def test_who_cannot_renew_stops_before_the_term_ends(trouble: Callable[[FakeLeases], Awaitable[None]]) -> None:
    connector, leases, owner = Scripted(), FakeLeases(), Owner()

    async with supervised(connector, leases, owner) as supervisor:
        await asyncio.wait_for(connector.started.wait(), 5)
        await until(lambda: leases.asked >= 2)
        await trouble(leases)
        await until(lambda: bool(connector.cancelled_at))

        assert connector.cancelled_at[0] < leases.renewed_at + TERMS.lease - TERMS.margin / 2
        await until(lambda: supervisor.epoch is None)
        assert time.monotonic() < leases.renewed_at + TERMS.lease


@pytest.mark.parametrize("epoch", [0, 2], ids=["another daemon has it", "another daemon had it"])
async def test_a_lease_that_changed_hands_ends_the_run_at_once(epoch: int) -> None:
    connector, leases = Scripted(), FakeLeases(epoch=1)

    async with supervised(connector, leases) as supervisor:
        await asyncio.wait_for(connector.started.wait(), 5)
        leases.epoch = epoch
        await until(lambda: bool(connector.cancelled_at))
        assert supervisor.epoch != 1
        leases.epoch = 2
        await until(lambda: connector.starts == 2)
        assert supervisor.epoch == 2


async def test_an_owner_who_cannot_be_told_does_not_cost_the_lease() -> None:
    """To tell is to write into the store; one that hangs there must not keep the lease from being renewed."""
    connector, leases = Scripted(), FakeLeases()

    async def tell(name: str, reason: str | None) -> None:
        await asyncio.get_running_loop().create_future()

    supervisor = Supervisor(
        name="x", connector=connector, receive=receive, position=position, leases=leases, tell=tell, terms=TERMS
    )
    task = asyncio.create_task(supervisor.run())
    await until(lambda: leases.asked > 6)
    task.cancel()
    await asyncio.wait({task})

    assert connector.starts == 1
    assert len(connector.cancelled_at) == 1
