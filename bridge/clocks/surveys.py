"""What customers said of how it was: each time that one was asked, and what came of it. Pure.

A survey counts in the period in which the case began that was closed before it. An answer belongs to the question that
came last before it; where the log has none (a case that was split), it is one of its own.
"""

from __future__ import annotations

from typing import NamedTuple

from bridge.happened import (
    FEEDBACK_ASKED,
    FEEDBACK_EASE,
    FEEDBACK_GIVEN,
    FEEDBACK_REASON,
    FEEDBACK_REFUSED,
    FEEDBACK_SOLVED,
    Happened,
)


class Survey(NamedTuple):
    """One of them; moments in microseconds since 1970. `score` and `ease` are 1 to 5, `solved` yes or no, None each
    where nothing was said; `reason`: words came, too, `refused`: they want no more of this. `owner` is who had answered
    the customer.
    """

    case: int
    channel: str
    began: int
    asked: int
    owner: str
    score: int | None = None
    solved: bool | None = None
    ease: int | None = None
    reason: bool = False
    refused: bool = False
    answered: int | None = None


def begun(event: Happened, channel: str, began: int, whose: str) -> Survey:
    """A customer is asked, in an episode that began then; or has said something unasked."""
    case, at, _, data = event
    owner = str(data.get("owner", "")) or whose
    return Survey(case=case, channel=channel, began=began, asked=at, owner=owner)


def with_answer(survey: Survey, event: Happened) -> Survey:
    """The survey after one event more of these kinds."""
    _, at, kind, data = event
    if kind == FEEDBACK_GIVEN:
        return survey._replace(score=_mark(data.get("score")), answered=at)
    if kind == FEEDBACK_SOLVED:
        return survey._replace(solved=bool(data.get("solved")))
    if kind == FEEDBACK_EASE:
        return survey._replace(ease=_mark(data.get("ease")))
    if kind == FEEDBACK_REASON:
        return survey._replace(reason=True)
    return survey._replace(refused=True) if kind == FEEDBACK_REFUSED else survey


def _mark(told: object) -> int | None:
    return told if isinstance(told, int) and 1 <= told <= 5 else None


KINDS = (FEEDBACK_ASKED, FEEDBACK_GIVEN, FEEDBACK_SOLVED, FEEDBACK_EASE, FEEDBACK_REASON, FEEDBACK_REFUSED)
