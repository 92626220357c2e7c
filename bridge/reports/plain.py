"""A report as JSON's values: each figure with the conversations behind it. Keys are English and stay what they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bridge.clocks.votes import interval
from bridge.language import SOURCE, language
from bridge.reports.export import seconds
from bridge.reports.figures import By, Group, Measured, Report, local_time
from bridge.reports.opinions import Opinion, Opinions, opinions
from bridge.reports.precision import Precision, precision
from bridge.reports.wording import name_of
from bridge.targets import Kind

_SECOND = 1_000_000
_ENGLISH = language(SOURCE)


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
        "feedback": _opinions(opinions(group.surveys)),
        **{kind.replace(" ", "_"): _measured(group.measured(kind), found) for kind in Kind},
    }


def _opinions(found: Opinions) -> Mapping[str, Any]:
    return {
        "asked": list(found.asked),
        "reasons": list(found.reasons),
        "refused": list(found.refused),
        **{str(asked): _opinion(one) for asked, one in found.answers.items()},
    }


def _opinion(found: Opinion) -> Mapping[str, Any]:
    return {
        "good": found.good,
        "answered": found.answered,
        "between": [round(share, 4) for share in interval(found.good, found.answered)],
        "conversations": {answer: list(cases) for answer, cases in found.cases.items()},
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
        "median": seconds(one.median),
        "p90": seconds(one.p90),
        "median_wall": seconds(one.median_wall),
        "p90_wall": seconds(one.p90_wall),
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
