"""Reads raw items: in the loop where that is safe, else in a process that can be killed.

Hostile input can make a parser spin for minutes, recurse, or eat all memory, and no time-out in the same process helps,
since a regular expression holds the interpreter. So the parsers that say so run in a worker process with a time and a
memory limit; one that oversteps is killed and the next item gets a new one. The worker imports the parser's module and
what that needs, nothing else.

A worker answers in bytes that hold the events or the name of what was raised, never the exception itself: one that
cannot be put together again here would break the pool, and a SystemExit would end the daemon.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import pickle
import resource
import traceback
from collections.abc import Mapping, Sequence
from concurrent.futures import TimeoutError as TooSlow
from dataclasses import dataclass
from pathlib import Path

from pebble import ProcessExpired, ProcessPool

from bridge.connector import Connector, InboundEvent, Parse
from bridge.messages import RawItem

WORKER_LIFE = 5_000
"""Items after which a worker is replaced: whatever a parser leaked is gone."""


_LARGE = 1024 * 1024
"""Above this an answer is unpacked outside the loop."""


class Unreadable(Exception):
    """The item could not be read; the message is for the owner: plain words, nothing of the item's text."""


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

    async def read(self, connectors: Mapping[str, Connector], name: str, item: RawItem) -> Sequence[InboundEvent]:
        """The events of an item. Raises Unreadable."""
        connector = connectors[name]
        try:
            if connector.traits.parse_in_worker:
                return _checked(await self._read_in_worker(connector.parse, item))
            return _checked(tuple(connector.parse(item)))
        except Unreadable:
            raise
        except (Exception, SystemExit) as error:
            # A parser may raise anything on anything (the contract says so): the item is set aside, not lost.
            raise Unreadable(f"{_named(error)} while reading it") from error

    async def _read_in_worker(self, parse: Parse, item: RawItem) -> Sequence[InboundEvent]:
        async with self._turn:
            try:
                future = self._open().schedule(_read, args=(parse, item), timeout=self._limits.seconds)
                answer: bytes = await asyncio.wrap_future(future)
            except TooSlow:
                raise Unreadable(f"reading it took more than {self._limits.seconds:g} s") from None
            except ProcessExpired as error:
                raise Unreadable("reading it ended the process that read it") from error
        if len(answer) > _LARGE:
            return self._events(*await asyncio.to_thread(pickle.loads, answer))
        return self._events(*pickle.loads(answer))  # noqa: S301 - a worker of ours made it

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
