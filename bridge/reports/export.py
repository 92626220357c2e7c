"""A report for programs: a line for each wait and each verdict, figures in numbers, everything as JSON.

Names of columns and keys are English and stay what they are, whatever language the shop speaks.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from bridge.language import SOURCE, language
from bridge.reports.figures import By, Group, Measured, Report, local_time
from bridge.reports.precision import Precision, precision
from bridge.reports.waits import Wait
from bridge.reports.wording import name_of
from bridge.targets import Kind
from bridge.votes import Vote, interval

_SECOND = 1_000_000
_ENGLISH = language(SOURCE)

LINE = (
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
    "owner",
)
"""The columns of a line: a wait, or a verdict on an answer of the bridge's (`how` says which). `who` ended or said it,
`owner` is in whose line it counts.
"""

Line = Sequence[str | int]


def lines(found: Report) -> Iterator[Line]:
    """A line for each, as LINE has them; moments on the shop's clock."""
    for waits in found.total.waits.values():
        for wait in waits:
            yield _wait(wait, found)
    for vote in found.total.votes:
        yield _vote(vote, found)


_KEPT = {True: "yes", False: "no", None: ""}


def _wait(wait: Wait, found: Report) -> Line:
    return (
        wait.kind,
        wait.case,
        wait.channel,
        _moment(wait.began, found),
        _moment(wait.began + wait.wall, found) if wait.ended else "",
        wait.wall // _SECOND,
        wait.business // _SECOND,
        wait.how,
        wait.who,
        _KEPT[wait.kept],
        wait.owner,
    )


def _vote(vote: Vote, found: Report) -> Line:
    what = "bot answer" if vote.automatic else "bot suggestion"
    asked, at = _moment(vote.asked, found), _moment(vote.at, found)
    return (what, vote.case, vote.channel, asked, at, "", "", vote.verdict, vote.by, "", vote.owner)


def _moment(moment: int, found: Report) -> str:
    return local_time(moment, found.zone).isoformat(" ", "seconds")


def as_csv(found: Report) -> str:
    """All lines as CSV (RFC 4180)."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(LINE)
    writer.writerows(lines(found))
    return text.getvalue()


_OF_WAITS = ("answered", "waiting", "median seconds", "p90 seconds", "within target", "judged by target")
FIGURES = (
    "conversations",
    "messages",
    "waits",
    "answered by the bot",
    "by the bot alone",
    "bot answers right",
    "bot answers judged",
    "bot suggestions right",
    "bot suggestions judged",
    *(f"{kind}: {name}" for kind in Kind for name in _OF_WAITS),
)
"""The columns of `figures`."""


def figures(group: Group) -> Line:
    """The figures of one group, as FIGURES has them; "" for what is not known."""
    measured = (group.measured(kind) for kind in Kind)
    own, ideas = (precision(group.votes, automatic=automatic) for automatic in (True, False))
    return (
        len(group.cases),
        group.messages,
        group.turns,
        len(group.bot),
        group.bot_only,
        *(own.right, own.judged, ideas.right, ideas.judged),
        *(value for one in measured for value in _of_waits(one)),
    )


def _of_waits(one: Measured) -> Line:
    median, p90 = (_seconds(length) for length in (one.median, one.p90))
    known = ("" if value is None else value for value in (median, p90))
    return (one.answered, one.waiting, *known, one.within, one.judged)


def as_plain(found: Report) -> Mapping[str, Any]:
    """Everything, in JSON's values: each figure with the waits that it was made of; times in seconds."""
    return {
        "from": local_time(found.period.since, found.zone).isoformat(),
        "to": local_time(found.period.until, found.zone).isoformat(),
        "as_of": local_time(found.period.now, found.zone).isoformat(),
        "timezone": str(found.zone),
        "targets": _seconds_of(found.targets.times),
        "target_rules": [
            {"channel": rule.channel, "tag": rule.tag, "group": rule.group, **_seconds_of(rule.times)}
            for rule in found.targets.rules
        ],
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


def _seconds_of(times: Mapping[Kind, timedelta]) -> Mapping[str, float]:
    return {kind: length.total_seconds() for kind, length in times.items()}


def _group(group: Group, found: Report, by: By | None) -> Mapping[str, Any]:
    bot = sorted(group.bot)
    return {
        "name": name_of(group, by, _ENGLISH),
        "conversations": sorted(group.cases),
        "messages": group.messages,
        "turns": group.turns,
        "bot": {
            "answered": len(bot),
            "alone": group.bot_only,
            "median": bot[(len(bot) - 1) // 2] // _SECOND if bot else None,
            "answers": _precision(precision(group.votes, automatic=True)),
            "suggestions": _precision(precision(group.votes, automatic=False)),
        },
        **{kind.replace(" ", "_"): _measured(group.measured(kind), found) for kind in Kind},
    }


def _precision(found: Precision) -> Mapping[str, Any]:
    return {
        "right": found.right,
        "judged": found.judged,
        "between": [round(share, 4) for share in interval(found.right, found.judged)],
        "conversations": {str(verdict).replace(" ", "_"): list(cases) for verdict, cases in found.cases.items()},
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
                "owner": wait.owner,
                "in_time": wait.kept,
            }
            for wait in one.waits
        ],
    }


def _seconds(length: int | None) -> int | None:
    return None if length is None else length // _SECOND
