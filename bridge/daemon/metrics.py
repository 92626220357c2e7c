"""The daemon's figures for Prometheus, on a port of its own: `[metrics] listen`. `textfile.py` puts them into a file.

A scrape comes in on a thread of the library's and asks the daemon's loop for a `Seen`: so a loop that hangs, or a store
that does not answer, is seen by whoever watches, and nothing else reads what the loop alone may change. However often
it is scraped, the store is asked every few seconds at most.

Labels hold names out of the configuration and words out of this program; never an address, a name or a text.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from bridge import __version__
from bridge.steps.supervise import Condition
from bridge.steps.tally import Outcomes, Tally
from bridge.store.figures import Figures, Waiting

log = structlog.get_logger()

PREFIX = "inbox_bridge_"
FRESH_SECONDS = 5.0
ANSWER_SECONDS = 8.0
"""Prometheus waits for ten by default."""

TRY_AGAIN_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What a scrape shows. `figures` is None where the store did not answer. `conditions` are the connectors', by name;
    `troubles` says of each other part of the daemon whether owners were told that it does not work.
    """

    at: datetime
    figures: Figures | None
    conditions: Mapping[str, Condition]
    troubles: Mapping[str, bool]
    tally: Tally


Look = Callable[[], Awaitable[Seen]]


async def serve(listen: str, look: Look) -> None:
    """Answer scrapes at ADDRESS:PORT until cancelled. While the port is taken, it is tried again."""
    host, _, port = listen.rpartition(":")
    registry = CollectorRegistry(auto_describe=False)
    for collector in (ProcessCollector(registry=None), PlatformCollector(registry=None)):
        registry.register(collector)
    registry.register(Watched(look, asyncio.get_running_loop()))
    while True:
        try:
            server, _ = start_http_server(int(port), host.strip("[]"), registry)
        except OSError as error:
            log.error("metrics.not_served", listen=listen, reason=error.strerror)  # noqa: TRY400 - it says all there is
            await asyncio.sleep(TRY_AGAIN_SECONDS)
            continue
        log.info("metrics.served", listen=f"{host}:{server.server_port}")
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            await asyncio.to_thread(server.shutdown)
            server.server_close()


class Watched(Collector):
    """What the library asks at each scrape, in a thread that is not the loop's."""

    def __init__(self, look: Look, loop: asyncio.AbstractEventLoop) -> None:
        self._look = look
        self._loop = loop
        self._seen: Seen | None = None
        self._seen_at = 0.0

    def collect(self) -> Iterable[Metric]:
        """Everything. Raises TimeoutError where the loop hangs: the scrape fails, as it should."""
        return shown(asyncio.run_coroutine_threadsafe(self._fresh(), self._loop).result(ANSWER_SECONDS))

    async def _fresh(self) -> Seen:
        if self._seen is None or time.monotonic() - self._seen_at > FRESH_SECONDS:
            self._seen = await self._look()
            self._seen_at = time.monotonic()
        return self._seen


def shown(seen: Seen) -> Iterator[Metric]:
    """What was seen, as the library's families."""
    info = InfoMetricFamily(f"{PREFIX}build", "Which version runs")
    info.add_metric([], {"version": __version__})
    yield info
    yield _gauge("seen_timestamp_seconds", "When these figures were looked at", [((), seen.at.timestamp())])
    yield _gauge("store_up", "1 while the store answers", [((), seen.figures is not None)])
    if seen.figures is not None:
        yield from _stored(seen.figures, seen.at)
    yield from _connectors(seen.conditions)
    yield _gauge("trouble", "1 while owners are told that it does not work", seen.troubles.items(), "part")
    yield _counter("items", "What was read of what came in, and what became of it", seen.tally.items)
    yield _counter("deliveries", "Attempts to send, and what came of them", seen.tally.deliveries)
    yield _counter("fetches", "Attempts to fetch a file, and what came of them", seen.tally.fetches)
    yield _matching(seen.tally)
    yield _gauge("memory_bytes", "Memory (PSS) of the daemon and its processes", [((), _memory())])


def _stored(figures: Figures, now: datetime) -> Iterator[Metric]:
    yield _gauge("items_waiting", "Messages that are stored and not yet decided", [((), figures.items.count)])
    yield _gauge("items_oldest_seconds", "How long the oldest of them has waited", [((), _age(figures.items, now))])
    outbounds = figures.outbounds.items()
    counts = ((name, waiting.count) for name, waiting in outbounds)
    yield _gauge("outbounds_waiting", "What waits to be sent or fetched", counts, "connector")
    ages = ((name, _age(waiting, now)) for name, waiting in outbounds)
    yield _gauge("outbounds_oldest_seconds", "How long the oldest of it has waited", ages, "connector")
    yield _gauge("conversations", "Conversations that are not closed", figures.conversations.items(), "state")
    longest = "How long the customer has waited for an answer who has waited longest"
    yield _gauge("answer_longest_wait_seconds", longest, [((), _age(figures.answers, now))])
    yield _gauge("dead_letters", "What could not be read or sent, and was set aside", figures.dead.items(), "kind")


def _connectors(conditions: Mapping[str, Condition]) -> Iterator[Metric]:
    up = ((name, condition.up) for name, condition in conditions.items())
    yield _gauge("connector_up", "1 while it runs in this daemon", up, "connector")
    trouble = ((name, condition.trouble) for name, condition in conditions.items())
    yield _gauge("connector_trouble", "1 while it, or a part of it, does not work", trouble, "connector")
    held = ((name, condition.may_send) for name, condition in conditions.items())
    yield _gauge("connector_lease_held", "1 while this daemon may send on it", held, "connector")


def _age(waiting: Waiting, now: datetime) -> float:
    return max(0.0, (now - waiting.since).total_seconds()) if waiting.since else 0.0


def _gauge(
    name: str, meaning: str, values: Iterable[tuple[str | tuple[()], float]], label: str = ""
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"{PREFIX}{name}", meaning, labels=[label] if label else [])
    for labelled, value in values:
        family.add_metric([labelled] if isinstance(labelled, str) else [], value)
    return family


def _counter(name: str, meaning: str, outcomes: Outcomes) -> CounterMetricFamily:
    family = CounterMetricFamily(f"{PREFIX}{name}", meaning, labels=["connector", "outcome"])
    for labels, count in sorted(outcomes.items()):
        family.add_metric(labels, count)
    return family


def _matching(tally: Tally) -> HistogramMetricFamily:
    taken = tally.matching
    within = [*zip(map(str, taken.bounds), taken.within, strict=True), ("+Inf", taken.count)]
    family = HistogramMetricFamily(f"{PREFIX}match_seconds", "How long looking for an FAQ's answer took")
    family.add_metric([], buckets=within, sum_value=taken.seconds)
    return family


def _memory() -> int:
    """PSS of this process and those that it started, in bytes; those that end meanwhile count for nothing."""
    return sum(_pss(process) for process in _family(os.getpid()))


def _family(process: int) -> Iterator[int]:
    yield process
    for listed in Path(f"/proc/{process}/task").glob("*/children"):
        for child in _read(listed).split():
            yield from _family(int(child))


def _pss(process: int) -> int:
    lines = _read(Path(f"/proc/{process}/smaps_rollup")).splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except OSError:
        return ""
