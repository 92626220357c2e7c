"""Reads the log into reports, batch by batch: for the command line, and for the weekly figures of a running daemon."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Protocol

from bridge.cases.weekly import WEEK, calendar
from bridge.clocks.track import cases
from bridge.desk import Desk
from bridge.happened import Happened, moment_of
from bridge.hours import Hours, Timetable
from bridge.reports.figures import Counting
from bridge.reports.waits import Period
from bridge.reports.weeks import Weeks


class LogReader(Protocol):
    """The log, in batches of whole conversations, each in the order of the log."""

    def of_period(self, since: datetime, until: datetime) -> AsyncIterator[Sequence[Happened]]:
        """Conversations whose customers wrote from `since` up to `until`."""

    async def addresses_of(self, numbers: Sequence[int]) -> Mapping[int, Sequence[str]]:
        """The addresses of the customers of these conversations, by the conversation's number."""


async def count(reports: Sequence[Counting], batches: AsyncIterator[Sequence[Happened]], log: LogReader) -> None:
    """Every conversation of the batches is counted, in each of the reports."""
    asked = any(report.targets.asks_groups() for report in reports)
    async for batch in batches:
        found = list(cases(batch))
        known = await log.addresses_of([case.number for case in found]) if asked else {}
        for case in found:
            for report in reports:
                report.add(case, known.get(case.number, ()))


async def weeks(log: LogReader, desk: Desk, now: datetime) -> Weeks | None:
    """The figures of the last week that is to be reported on by now; None where nobody wants them."""
    found = calendar(desk.policy, desk.hours)
    if found is None:
        return None
    day = found.last(now)
    begins = [found.begins(day - 2 * WEEK), found.begins(day - WEEK), found.begins(day)]
    hours = desk.hours or Hours(timetable=Timetable(zone=found.zone))
    periods = [
        Period(since=moment_of(since), until=moment_of(until), now=moment_of(now)) for since, until in pairwise(begins)
    ]
    reports = [Counting(period, hours, None, desk.policy.targets) for period in periods]
    await count(reports, log.of_period(begins[0], begins[-1]), log)
    before, this = (report.report() for report in reports)
    return Weeks(day=day, this=this, before=before)
