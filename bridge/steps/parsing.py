"""Reads raw items: in the loop where that is safe, else in a process that can be killed.

Hostile input can make a parser spin for minutes, recurse, or eat all memory, and no time-out in the same process helps,
since a regular expression holds the interpreter. So the parsers that say so run in a worker process with a time and a
memory limit; one that oversteps is killed and the next item gets a new one. The worker imports the parser's module and
what that needs, nothing else.

A worker that cannot be had at all (no memory, no processes) is the machine's trouble, not the item's: NoWorker, and
`trouble` once that has gone on for a minute.

A worker (`worker.py`, `worker_pool.py`) answers in bytes that hold the events (`reading.py`), or says the name of what
was raised.
"""

from __future__ import annotations

import asyncio
import pickle
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bridge.connector import Connector
from bridge.failures import Unavailable
from bridge.messages import InboundEvent, RawItem
from bridge.steps import reading
from bridge.steps.worker import named
from bridge.steps.worker_pool import Allowed, Ended, NotStarted, OutOfMemory, Raised, TooSlow, WorkerPool

TROUBLE_SECONDS = 60.0
"""Where no worker can be had for so long, the owners should hear of it."""

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


def _checked(made: Sequence[object]) -> Sequence[InboundEvent]:
    events = [event for event in made if isinstance(event, InboundEvent)]
    if len(events) != len(made):
        raise Unreadable("its parser made something of it that is no event")
    return events


class Parsing:
    """Reads items of the connectors it is given."""

    def __init__(self, limits: ParseLimits) -> None:
        self._limits = limits
        self._pool = WorkerPool(Allowed(seconds=limits.seconds, memory_mb=limits.memory_mb, workers=limits.workers))
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
                return _checked(await self._read_in_worker(connector, item))
            return _checked(tuple(connector.parse(item)))
        except (Unreadable, NoWorker):
            raise
        except (Exception, SystemExit) as error:
            # A parser may raise anything on anything (the contract says so): the item is set aside, not lost.
            raise Unreadable(f"{named(error)} while reading it") from error

    async def warm(self, connectors: Mapping[str, Connector], name: str) -> None:
        """Have a worker that has loaded this connector's parser, where it needs one. Raises NoWorker."""
        connector = connectors.get(name)
        if connector is not None and connector.traits.parse_in_worker:
            await self._in_worker(reading.load, connector.parse)

    async def _read_in_worker(self, connector: Connector, item: RawItem) -> Sequence[object]:
        answer = await self._in_worker(reading.read, connector.parse, item)
        loaded = await asyncio.to_thread(pickle.loads, answer) if len(answer) > _LARGE else pickle.loads(answer)  # noqa: S301 - a worker of ours made it
        events: Sequence[object] = loaded
        return events

    async def _in_worker(self, work: Callable[..., bytes], *given: object) -> bytes:
        async with self._turn:
            try:
                answer = await asyncio.wrap_future(self._pool.submit(work, *given))
            except NotStarted as error:
                raise self._no_worker(error) from error
            except TooSlow:
                raise Unreadable(f"reading it took more than {self._limits.seconds:g} s") from None
            except Ended as error:
                raise Unreadable("reading it ended the process that read it") from error
            except OutOfMemory as error:
                self._failing_since = None
                raise Unreadable(f"reading it took more than {self._limits.memory_mb} MB of memory") from error
            except Raised as error:
                self._failing_since = None
                raise Unreadable(f"{error} while reading it") from error
            self._failing_since = None
            return answer

    def _no_worker(self, error: Exception) -> NoWorker:
        if self._failing_since is None:
            self._failing_since = time.monotonic()
        self._reason = f"no process to read messages in can be started ({error})"
        return NoWorker(self._reason)

    def close(self) -> None:
        """Kill the workers."""
        self._pool.close()
