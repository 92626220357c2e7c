"""A report as rows: a short one for people, a line for each wait for spreadsheets, everything for programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from bridge.reports.figures import MICROSECOND, By, Group, Measured, Report, local_time
from bridge.reports.waits import How, Kind, Wait

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NOBODY = "(nobody yet)"
_NONE = "(none)"
_SECOND = 1_000_000
_HOUR = 3600 * _SECOND

HEADINGS = (
    "conversations",
    "messages",
    "first: half within",
    "9 of 10 within",
    "in time",
    "waiting",
    "next: half within",
    "9 of 10 within",
    "in time",
    "waiting",
    "closed: half within",
    "by the bot",
)
"""Of a row of figures, its name left out."""


def name_of(group: Group, by: By | None) -> str:
    """What people call this line."""
    if by is By.WEEKDAY:
        return WEEKDAYS[int(group.name) - 1]
    if by is By.HOUR:
        return f"{group.name}:00"
    return group.name or (_NOBODY if by is By.OWNER else _NONE)


def cells(group: Group, found: Report) -> Sequence[str]:
    """The figures of one line, as HEADINGS has them; times are business time."""
    first, following, resolved = (group.measured(kind, found.targets) for kind in Kind)
    return (
        f"{len(group.cases)}",
        f"{group.messages}",
        *_waits(first),
        *_waits(following),
        spoken(resolved.median, resolved),
        share(group.bot_only, group.turns),
    )


def _waits(found: Measured) -> Sequence[str]:
    return (
        spoken(found.median, found),
        spoken(found.p90, found),
        share(found.within, found.judged),
        f"{found.waiting}" if found.waits else "",
    )


def spoken(length: int | None, found: Measured | None = None) -> str:
    """A length of time in microseconds for people: "40 s", "25 min", "3 h 25 min", "120 h"; a day of business time
    would be anybody's guess. "not yet" where too many still wait, "" where there are no waits at all.
    """
    if length is None:
        return "not yet" if found and found.waits else ""
    if length < 60 * _SECOND:
        return f"{length // _SECOND} s"
    minutes = length // (60 * _SECOND)
    if minutes < 60:
        return f"{minutes} min"
    hours = length // _HOUR
    rest = f" {minutes % 60} min" if minutes % 60 else ""
    return f"{hours} h{rest}" if hours < 100 else f"{hours} h"


def share(part: int, whole: int) -> str:
    """So many of so many, in percent; "" of none."""
    return f"{100 * part / whole:.0f} %" if whole else ""


def summary(found: Report) -> Iterator[tuple[str, str]]:
    """The whole period in a few lines: what it is, and its figure."""
    total, zone = found.total, found.zone
    first, last = (local_time(moment, zone) for moment in (found.period.since, found.period.until - 1))
    yield "period", f"{first:%Y-%m-%d} to {last:%Y-%m-%d} ({zone}); times are business time"
    yield "conversations", f"{len(total.cases)}, {total.messages} messages"
    for kind in Kind:
        measured = total.measured(kind, found.targets)
        if measured.waits:
            yield kind, _line(measured, found.targets.get(kind))
    if total.bot:
        told = f"{len(total.bot)} of {total.turns} waits, {total.bot_only} of them alone"
        yield "the bot answered", f"{told} ({share(total.bot_only, total.turns)})"
    if busiest := max((count, day, hour) for day, row in enumerate(found.written) for hour, count in enumerate(row)):
        count, day, hour = busiest
        if count:
            yield "busiest hour", f"{WEEKDAYS[day]} {hour}:00, {count} messages"


def _line(measured: Measured, target: timedelta | None) -> str:
    median, p90 = (spoken(length, measured) for length in (measured.median, measured.p90))
    parts = [f"half within {median}, 9 of 10 within {p90}", f"{measured.waiting} waiting"]
    if measured.closed:
        parts.append(f"{measured.closed} closed unanswered")
    if target is not None:
        kept = share(measured.within, measured.judged) or "none judged"
        parts.append(f"{kept} within {target.total_seconds() / 3600:g} h")
    return "; ".join(parts)


WAIT_HEADINGS = (
    "what",
    "conversation",
    "channel",
    "began",
    "ended",
    "wall seconds",
    "business seconds",
    "how",
    "who",
    "in time",
)


def wait_rows(found: Report) -> Iterator[Sequence[str | int]]:
    """A row for each wait, as WAIT_HEADINGS has them; moments on the shop's clock."""
    for kind, waits in found.total.waits.items():
        for wait in waits:
            yield _wait_row(wait, found, found.targets.get(kind))


def _wait_row(wait: Wait, found: Report, target: timedelta | None) -> Sequence[str | int]:
    over = wait.how is not How.WAITING
    ended = local_time(wait.began + wait.wall, found.zone).isoformat(" ", "seconds") if over else ""
    kept = "" if target is None else _kept(wait, target // MICROSECOND)
    return (
        wait.kind,
        wait.case,
        wait.channel,
        local_time(wait.began, found.zone).isoformat(" ", "seconds"),
        ended,
        wait.wall // _SECOND,
        wait.business // _SECOND,
        wait.how,
        wait.who,
        kept,
    )


def _kept(wait: Wait, limit: int) -> str:
    if wait.business > limit:
        return "no"
    return "yes" if wait.over else ""


def as_csv(found: Report) -> str:
    """All waits as CSV (RFC 4180)."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(WAIT_HEADINGS)
    writer.writerows(wait_rows(found))
    return text.getvalue()


def as_plain(found: Report) -> Mapping[str, Any]:
    """Everything, in JSON's values: each figure with the waits that it was made of; times in seconds."""
    return {
        "from": local_time(found.period.since, found.zone).isoformat(),
        "to": local_time(found.period.until, found.zone).isoformat(),
        "as_of": local_time(found.period.now, found.zone).isoformat(),
        "timezone": str(found.zone),
        "targets": {kind: target.total_seconds() for kind, target in found.targets.items()},
        "total": _group(found.total, found, None),
        "by": found.by,
        "groups": [_group(group, found, found.by) for group in found.groups],
        "written_by_weekday_and_hour": found.written,
        "business_time_spent": {
            "waiting_for_the_shop": found.time.shop // _SECOND,
            "after_the_bots_answer": found.time.bot // _SECOND,
            "waiting_for_the_customer": found.time.customer // _SECOND,
        },
    }


def _group(group: Group, found: Report, by: By | None) -> Mapping[str, Any]:
    bot = sorted(group.bot)
    return {
        "name": name_of(group, by),
        "conversations": sorted(group.cases),
        "messages": group.messages,
        "turns": group.turns,
        "bot": {
            "answered": len(bot),
            "alone": group.bot_only,
            "median": bot[(len(bot) - 1) // 2] // _SECOND if bot else None,
        },
        **{kind.replace(" ", "_"): _measured(group.measured(kind, found.targets), found) for kind in Kind},
    }


def _measured(one: Measured, found: Report) -> Mapping[str, Any]:
    return {
        "answered": one.answered,
        "closed": one.closed,
        "waiting": one.waiting,
        "median": _seconds(one.median),
        "p90": _seconds(one.p90),
        "median_wall": _seconds(one.median_wall),
        "p90_wall": _seconds(one.p90_wall),
        "within": one.within,
        "judged": one.judged,
        "waits": [
            {
                "conversation": wait.case,
                "began": local_time(wait.began, found.zone).isoformat(),
                "wall": wait.wall // _SECOND,
                "business": wait.business // _SECOND,
                "how": wait.how,
                "who": wait.who,
            }
            for wait in one.waits
        ],
    }


def _seconds(length: int | None) -> int | None:
    return None if length is None else length // _SECOND
