"""Workers: each piece of work is answered or its worker is gone, and the next piece gets one that is fit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from bridge.steps import worker_pool
from bridge.steps.worker_pool import Allowed, Ended, NotStarted, OutOfMemory, Raised, TooSlow, WorkerPool
from daemon import pieces

pytestmark = pytest.mark.servers

SECONDS = 2.0


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    made = WorkerPool(Allowed(seconds=SECONDS, memory_mb=256, workers=2))
    yield made
    made.close()


def worker_of(pool: WorkerPool) -> int:
    """The process id of a worker that is fit."""
    return int(pool.submit(pieces.number).result(20))


@pytest.mark.parametrize("size", [0, 1, 70_000, 30 * 1024 * 1024])
def test_whatever_the_size_it_comes_back_whole(pool: WorkerPool, size: int) -> None:
    sent = os.urandom(1024) * (size // 1024) + bytes(size % 1024)

    assert pool.submit(pieces.same, sent).result(20) == sent


@pytest.mark.parametrize(
    ("piece", "error"),
    [(pieces.hang, TooSlow), (pieces.die, Ended), (pieces.shut_down, Ended), (pieces.stand_still, TooSlow)],
)
def test_who_oversteps_is_gone_and_the_next_piece_is_done(
    pool: WorkerPool, piece: Callable[[], bytes], error: type[Exception]
) -> None:
    first = worker_of(pool)

    with pytest.raises(error):
        pool.submit(piece).result(20)

    assert not Path(f"/proc/{first}").exists()
    assert worker_of(pool) != first


@pytest.mark.parametrize("piece", [pieces.fail, pieces.leave, pieces.no_bytes])
def test_who_raises_is_still_good(pool: WorkerPool, piece: Callable[[], bytes]) -> None:
    first = worker_of(pool)

    with pytest.raises(Raised, match=r"^\w+ in \w+\.py:\d+$"):
        pool.submit(piece).result(20)

    assert worker_of(pool) == first


def test_what_it_prints_and_reads_is_no_answer(pool: WorkerPool) -> None:
    assert pool.submit(pieces.talkative).result(20) == b"read nothing"
    assert pool.submit(pieces.same, b"x").result(20) == b"x"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_worker_that_was_lost_while_nobody_asked_costs_nothing(
    pool: WorkerPool, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = worker_of(pool)
    monkeypatch.setattr(worker_pool, "_START_SECONDS", 3.0)
    os.kill(first, number)
    sent = bytes(8 * 1024 * 1024)

    assert pool.submit(pieces.same, sent).result(20) == sent
    assert not Path(f"/proc/{first}").exists()


@pytest.mark.parametrize("megabytes", [100, 300])
def test_what_is_larger_than_its_memory_is_to_blame_itself(pool: WorkerPool, megabytes: int) -> None:
    """Else it would be tried again for ever."""
    with pytest.raises(OutOfMemory):
        pool.submit(pieces.same, bytes(megabytes * 1024 * 1024)).result(40)

    assert pool.submit(pieces.same, b"x").result(20) == b"x"


def test_who_had_no_memory_left_is_gone(pool: WorkerPool) -> None:
    first = worker_of(pool)

    with pytest.raises(OutOfMemory):
        pool.submit(pieces.same, bytes(100 * 1024 * 1024)).result(20)

    assert not Path(f"/proc/{first}").exists()
    assert worker_of(pool) != first


@pytest.mark.parametrize("piece", [pieces.die_if_used, pieces.eat_if_used])
def test_nobody_dies_of_what_others_left(pool: WorkerPool, piece: Callable[[], bytes]) -> None:
    first = int(pool.submit(piece).result(20))

    assert int(pool.submit(piece).result(20)) != first


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("used", [False, True])
def test_who_is_ended_with_the_daemon_blames_nobody(pool: WorkerPool, number: signal.Signals, *, used: bool) -> None:
    """A service manager sends its signal to all processes of a service at once."""
    if used:
        worker_of(pool)
    with pytest.raises(NotStarted):
        pool.submit(pieces.signalled, number).result(20)

    assert pool.submit(pieces.same, b"x").result(20) == b"x"


def test_a_limit_from_outside_is_kept() -> None:
    program = (
        f"import resource, sys; sys.path[:] = {sys.path!r}\n"
        "from bridge.steps.worker_pool import *\n"
        "from daemon import pieces\n"
        "resource.setrlimit(resource.RLIMIT_AS, (300 * 2**20, 300 * 2**20))\n"
        "pool = WorkerPool(Allowed(seconds=1, memory_mb=512, workers=1))\n"
        "print(pool.submit(pieces.memory).result(20).decode()); pool.close()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=40, check=False)

    assert done.stdout.split() == [str(300 * 2**20)], done.stderr


def test_what_loading_takes_is_no_time_of_the_work(pool: WorkerPool) -> None:
    assert pool.submit(pieces.same, pieces.SlowToLoad(SECONDS + 1)).result(20) == b"loaded"


def test_as_many_at_a_time_as_there_are_workers(pool: WorkerPool) -> None:
    began = time.monotonic()
    waiting: list[Future[bytes]] = [pool.submit(pieces.sleep, 0.3) for _ in range(4)]
    workers = {int(one.result(20)) for one in waiting}

    assert len(workers) == 2
    assert time.monotonic() - began >= 0.6


def test_a_worker_is_replaced_after_its_life(pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_pool, "WORKER_LIFE", 3)

    seen = [worker_of(pool) for _ in range(7)]

    assert seen[0] == seen[1] == seen[2] != seen[3] == seen[4] == seen[5] != seen[6]


def test_whoever_is_asked_while_it_is_closed_hears_so() -> None:
    pool = WorkerPool(Allowed(seconds=20, memory_mb=256, workers=1))
    busy, waiting = pool.submit(pieces.hang), pool.submit(pieces.hang)
    while not busy.running():
        time.sleep(0.01)
    began = time.monotonic()

    pool.close()

    assert time.monotonic() - began < 10
    assert isinstance(busy.exception(1), NotStarted)
    assert waiting.cancelled()
    with pytest.raises(NotStarted):
        pool.submit(pieces.number)


def test_no_worker_outlives_a_daemon_that_is_killed() -> None:
    """One that waits ends at once; one that hangs when its time is up, and a little more."""
    program = (
        f"import sys, time; sys.path[:] = {sys.path!r}\n"
        "from bridge.steps.worker_pool import *\n"
        "from daemon import pieces\n"
        "pool = WorkerPool(Allowed(seconds=1, memory_mb=256, workers=2))\n"
        "idle = pool.submit(pieces.sleep, 0.2)\n"
        "hangs = pool.submit(pieces.tell_and_hang)\n"
        "idle.result(); print(int(idle.result()), flush=True); time.sleep(60)\n"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as daemon:
        assert daemon.stdout is not None
        assert daemon.stderr is not None
        idle, hangs = int(daemon.stdout.readline()), int(daemon.stderr.readline())
        daemon.kill()
        for process, seconds in ((idle, 5), (hangs, 20)):
            until = time.monotonic() + seconds
            while _runs(process) and time.monotonic() < until:
                time.sleep(0.05)
            assert not _runs(process)


def _runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
