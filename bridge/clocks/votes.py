"""What people said of the bridge's own answers: owners of what it suggested or sent, customers of what they got. Pure.

Each answer has one verdict, the last that was given: an owner who puts right what "helped" has the last word. What an
owner sent and took back has none. A customer's "no" is no verdict on the entry (`bot/helped.py`), but in the share of
right answers it counts as a wrong one: who counts those whom it helped must count the others, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from math import sqrt
from typing import Any, NamedTuple

from bridge.happened import APPROVED, HELPED, NOT_HELPED, REFUSED, Happened, moment_of


class Verdict(StrEnum):
    """What was said of an answer."""

    APPROVED = "approved"  # an owner sent the suggestion
    HELPED = "helped"  # the customer said so
    NOT_HELPED = "not helped"  # the customer said so
    REFUSED = "refused"  # an owner said that it is wrong
    CORRECTED = "corrected"  # an owner's own words after it put it right


RIGHT = frozenset([Verdict.APPROVED, Verdict.HELPED])
_VERDICTS: Mapping[str, Verdict] = {
    APPROVED: Verdict.APPROVED,
    HELPED: Verdict.HELPED,
    NOT_HELPED: Verdict.NOT_HELPED,
    REFUSED: Verdict.REFUSED,
}


class Vote(NamedTuple):
    """The last word on one answer. `asked` is when the customer asked, `at` when the word was given, both microseconds
    since 1970; `automatic`: the bridge had answered by itself, else only suggested; `by` is the owner, "" for the
    customer; `owner` whose the case was then, where no owner spoke.
    """

    case: int
    channel: str
    asked: int
    at: int
    match: str
    entry: str
    verdict: Verdict
    automatic: bool
    by: str
    owner: str


def voted(event: Happened, channel: str, whose: str) -> Vote:
    """The word that was given in an event of one of these kinds, in a case that came in on this channel."""
    case, at, kind, data = event
    verdict = Verdict.CORRECTED if data.get("corrected") else _VERDICTS[kind]
    by = str(data.get("owner", ""))
    return Vote(
        case=case,
        channel=channel,
        asked=_asked(at, data),
        at=at,
        match=match_of(event),
        entry=str(data.get("entry", "")),
        verdict=verdict,
        automatic=bool(data.get("automatic")) or kind in (HELPED, NOT_HELPED),
        by=by,
        owner=by or whose,
    )


def match_of(event: Happened) -> str:
    """Which answer it is about; in a log that does not say, each word is about another one."""
    return str(event.data.get("match") or event.at)


def _asked(at: int, data: Mapping[str, Any]) -> int:
    told = data.get("asked_at")
    return min(at, moment_of(datetime.fromisoformat(told))) if isinstance(told, str) else at


_Z = 1.959963984540054
"""Of the normal distribution: 95 % lie within so many deviations."""


def interval(part: int, whole: int) -> tuple[float, float]:
    """Between which shares the true one lies with 95 % certainty, where `part` of `whole` were seen (Wilson 1927).
    Nothing is known from none: 0 to 1.
    """
    if not whole:
        return 0.0, 1.0
    share, weight = part / whole, _Z**2 / whole
    middle = (share + weight / 2) / (1 + weight)
    reach = _Z / (1 + weight) * sqrt(share * (1 - share) / whole + weight / (4 * whole))
    return (0.0 if part == 0 else middle - reach), (1.0 if part == whole else middle + reach)
