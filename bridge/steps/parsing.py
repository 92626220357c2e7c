"""Reads raw items: in the loop where that is safe, else in a process that can be killed.

Hostile input can make a parser spin for minutes, recurse, or eat all memory, and no time-out in the same process helps,
since a regular expression holds the interpreter. So the parsers that say so run in a worker process with a time and a
memory limit; one that oversteps is killed and the next item gets a new one. The worker imports the parser's module and
what that needs, nothing else.

A worker that cannot be had at all (no memory, no processes) is the machine's trouble, not the item's: NoWorker, and
`trouble` once that has gone on for a minute.

A worker answers in bytes that hold the events or the name of what was raised, never the exception itself: one that
cannot be put together again here would break the pool, and a SystemExit would end the daemon.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import multiprocessing
import pickle
import resource
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooSlow
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

from pebble import ProcessExpired, ProcessPool

from bridge.connector import Connector, Parse
from bridge.failures import Unavailable
from bridge.messages import InboundEvent, RawItem

WORKER_LIFE = 5_000
"""Items after which a worker is replaced: whatever a parser leaked is gone."""


TROUBLE_SECONDS = 60.0
"""Where no worker can be had for so long, the owners should hear of it."""

_LOOK_SECONDS = 0.5
_LARGE = 1024 * 1024
"""Above this an answer is unpacked outside the loop."""


class Unreadable(Exception):
    """The item could not be read; the message is for the owner: plain words, nothing of the item's text."""


class NoWorker(Unavailable):
    """No process could be had to read it in: the item is as good as before, and to be read later."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ParseLimits:
    """What one item may cost a worker."""

    seconds: float = 20
    memory_mb: int = 512
    workers: int = 1


# Made beforehand: there may be no memory left for a word.
_OUT_OF_MEMORY = pickle.dumps(((), MemoryError.__name__))


def _limit_memory(megabytes: int) -> None:
    size = megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _named(error: BaseException) -> str:
    """What was raised and where, without what it says: that may hold the item's text."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


def _read(parse: Parse, item: RawItem) -> bytes:
    """In the worker: the events, or the name of what was raised."""
    try:
        return pickle.dumps((tuple(parse(item)), ""))
    except MemoryError:
        pass
    except BaseException as error:  # noqa: BLE001 - a parser may raise anything, an exit included
        return pickle.dumps(((), _named(error)))
    # A tree whose nodes know their parents is not gone before it is collected.
    gc.collect()
    return _OUT_OF_MEMORY


def _load(parse: Parse) -> bytes:  # noqa: ARG001 - to get it here its module was loaded
    """In the worker: ready."""
    return b""


async def _answer(pool: ProcessPool, future: Future[bytes]) -> bytes:
    """What the worker made of it. Raises what the future holds, and NoWorker where the pool ended before: it forgets
    what nobody had begun with.
    """
    waiting = asyncio.wrap_future(future)
    try:
        while not (await asyncio.wait({waiting}, timeout=_LOOK_SECONDS))[0]:
            if not pool.active and not future.done():
                raise NoWorker("it ended before it had begun")
        return waiting.result()
    finally:
        waiting.cancel()


def _checked(made: Sequence[object]) -> Sequence[InboundEvent]:
    events = [event for event in made if isinstance(event, InboundEvent)]
    if len(events) != len(made):
        raise Unreadable("its parser made something of it that is no event")
    return events


class Parsing:
    """Reads items of the connectors it is given."""

    def __init__(self, limits: ParseLimits) -> None:
        self._limits = limits
        self._pool: ProcessPool | None = None
        self._turn = asyncio.Semaphore(limits.workers * 4)
        self._failing_since: float | None = None
        self._reason = ""

    def trouble(self, now: float) -> str:
        """What has kept workers from being started for long, at this moment of the monotonic clock; or nothing."""
        if self._failing_since is None or now - self._failing_since < TROUBLE_SECONDS:
            return ""
        return self._reason

    async def read(self, connectors: Mapping[str, Connector], name: str, item: RawItem) -> Sequence[InboundEvent]:
        """The events of an item. Raises Unreadable, NoWorker."""
        connector = connectors[name]
        try:
            if connector.traits.parse_in_worker:
                return _checked(await self._read_in_worker(connector.parse, item))
            return _checked(tuple(connector.parse(item)))
        except (Unreadable, NoWorker):
            raise
        except (Exception, SystemExit) as error:
            # A parser may raise anything on anything (the contract says so): the item is set aside, not lost.
            raise Unreadable(f"{_named(error)} while reading it") from error

    async def warm(self, connectors: Mapping[str, Connector], name: str) -> None:
        """Have a worker that has loaded this connector's parser, where it needs one. Raises NoWorker."""
        connector = connectors.get(name)
        if connector is not None and connector.traits.parse_in_worker:
            await self._in_worker(_load, connector.parse)

    async def _read_in_worker(self, parse: Parse, item: RawItem) -> Sequence[InboundEvent]:
        answer = await self._in_worker(_read, parse, item)
        if len(answer) > _LARGE:
            return self._events(*await asyncio.to_thread(pickle.loads, answer))
        return self._events(*pickle.loads(answer))  # noqa: S301 - a worker of ours made it

    async def _in_worker(self, work: Callable[..., bytes], *given: object) -> bytes:
        async with self._turn:
            pool = self._open()
            try:
                answer = await _answer(pool, self._schedule(pool, work, given))
            except (BrokenProcessPool, NoWorker) as error:
                await self._discard(pool)
                raise self._no_worker(error) from error
            except TooSlow:
                raise Unreadable(f"reading it took more than {self._limits.seconds:g} s") from None
            except ProcessExpired as error:
                raise Unreadable("reading it ended the process that read it") from error
            self._failing_since = None
            return answer

    def _schedule(self, pool: ProcessPool, work: Callable[..., bytes], given: Sequence[object]) -> Future[bytes]:
        try:
            future: Future[bytes] = pool.schedule(work, args=given, timeout=self._limits.seconds)
        except (BrokenProcessPool, OSError, RuntimeError) as error:  # no process, no pipe, no thread
            raise NoWorker(str(error.__cause__ or error)) from error
        return future

    async def _discard(self, pool: ProcessPool) -> None:
        """The next item gets a new one."""
        if self._pool is pool:
            self._pool = None
        pool.stop()  # type: ignore[no-untyped-call]
        # Where nothing could be started there may be nothing to wait for, and no thread to do it in.
        with contextlib.suppress(OSError, RuntimeError):
            await asyncio.to_thread(pool.join)

    def _no_worker(self, error: Exception) -> NoWorker:
        if self._failing_since is None:
            self._failing_since = time.monotonic()
        self._reason = f"no process to read messages in can be started ({error})"
        return NoWorker(self._reason)

    def _events(self, events: Sequence[InboundEvent], raised: str) -> Sequence[InboundEvent]:
        if raised.startswith(MemoryError.__name__):
            raise Unreadable(f"reading it took more than {self._limits.memory_mb} MB of memory")
        if raised:
            raise Unreadable(f"{raised} while reading it")
        return events

    def _open(self) -> ProcessPool:
        if self._pool is None or not self._pool.active:
            self._pool = ProcessPool(
                max_workers=self._limits.workers,
                max_tasks=WORKER_LIFE,
                initializer=_limit_memory,
                initargs=[self._limits.memory_mb],
                # Not fork: it would copy the threads' locks, and the whole daemon's memory with them.
                context=multiprocessing.get_context("spawn"),
            )
        return self._pool

    def close(self) -> None:
        """Kill the workers."""
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]
            self._pool.join()
            self._pool = None
