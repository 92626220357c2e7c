"""The waits of a case: one for each answer that was owed, one for each episode; each in wall time and business time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from bridge.clocks.turns import Case, Outcome, Turn
from bridge.reports.limits import Limits, Measure
from bridge.targets import Kind


class How(StrEnum):
    """How a wait ended, or that it goes on."""

    ANSWERED = "answered"
    CLOSED = "closed unanswered"
    WAITING = "waiting"


class Wait(NamedTuple):
    """One wait, of customers for people: `wall` and `business` are microseconds. `who` ended it, "" for nobody.
    `owner` is that, else whose the case was then: in whose line it counts.

    A resolution is `ANSWERED` once the conversation is closed. `kept` says whether it kept its target; None where it
    had none, or where that is not known yet, or never will be, as it was closed unanswered before.
    """

    kind: Kind
    case: int
    channel: str
    began: int
    wall: int
    business: int
    how: How
    who: str
    owner: str
    kept: bool | None = None

    @property
    def over(self) -> bool:
        """Whether what was waited for has come."""
        return self.how is How.ANSWERED

    @property
    def ended(self) -> bool:
        """Whether it goes on no more, be it that nobody answered."""
        return self.how is not How.WAITING


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """From `since` up to, not including, `until`, as seen at `now`."""

    since: int
    until: int
    now: int

    def holds(self, moment: int) -> bool:
        """Whether the moment is in it."""
        return self.since <= moment < self.until


def responses(case: Case, period: Period, measure: Measure, limits: Limits) -> Iterator[Wait]:
    """The waits for people's answers that began in the period; none where the bridge answered and nobody asked on."""
    for turn in case.turns:
        if period.holds(turn.began) and turn.outcome is not Outcome.BOT:
            yield _response(turn, period.now, measure, limits)


_HOW = {Outcome.PERSON: How.ANSWERED, Outcome.CLOSED: How.CLOSED, Outcome.WAITING: How.WAITING}


def _response(turn: Turn, now: int, measure: Measure, limits: Limits) -> Wait:
    end = max(turn.began, now) if turn.ended is None else turn.ended
    kind = Kind.FIRST if turn.first else Kind.NEXT
    business = measure(turn.began, end)
    wall, how = end - turn.began, _HOW[turn.outcome]
    kept = limits.kept(kind, turn.began, end, business, over=how is How.ANSWERED)
    return Wait(kind, turn.case, turn.channel, turn.began, wall, business, how, turn.person, turn.owner, kept)


def resolutions(case: Case, period: Period, measure: Measure, limits: Limits) -> Iterator[Wait]:
    """The episodes that began in the period."""
    for episode in case.episodes:
        if period.holds(episode.began):
            end = max(episode.began, period.now) if episode.closed_at is None else episode.closed_at
            how = How.WAITING if episode.closed_at is None else How.ANSWERED
            business = measure(episode.began, end)
            wall = end - episode.began
            kept = limits.kept(Kind.RESOLUTION, episode.began, end, business, over=how is How.ANSWERED)
            ended = (how, episode.by, episode.owner, kept)
            yield Wait(Kind.RESOLUTION, case.number, case.channel, episode.began, wall, business, *ended)
