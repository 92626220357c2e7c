"""The clocks of a conversation: values, and what they say of a stretch of time. `track.py` computes them from the log.

Moments are microseconds since 1970. What a report makes half a million of is a named tuple: those are made quickly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from bridge.clocks.surveys import Survey
from bridge.clocks.votes import Vote

Interval = tuple[int, int]


class Outcome(StrEnum):
    """How a turn ended, or has not yet."""

    PERSON = "person"  # a person answered
    BOT = "bot"  # the bridge did, and nobody has said anything since
    CLOSED = "closed"  # it was closed without an answer
    WAITING = "waiting"


class Turn(NamedTuple):
    """One wait. `words` is how many messages it has; `again_at` the first of them after the bridge's own answer;
    `owner` is who answered, else whose the case was when it ended, "" for nobody's.
    """

    case: int
    channel: str
    first: bool
    began: int
    words: int
    bot_at: int | None = None
    again_at: int | None = None
    person_at: int | None = None
    person: str = ""
    closed_at: int | None = None
    owner: str = ""

    @property
    def outcome(self) -> Outcome:
        """How it ended."""
        if self.person_at is not None:
            return Outcome.PERSON
        if self.bot_at is not None and self.again_at is None:
            return Outcome.BOT
        return Outcome.WAITING if self.closed_at is None else Outcome.CLOSED

    @property
    def ended(self) -> int | None:
        """When it was over."""
        return self.closed_at if self.person_at is None else self.person_at


class Episode(NamedTuple):
    """From a conversation's words to its closing; `by` is who closed it, "" for nobody (by itself). `owner` is that,
    else whose the case was then.
    """

    case: int
    channel: str
    began: int
    reopened: bool
    closed_at: int | None = None
    by: str = ""
    owner: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One conversation's clocks. `words` is when each message of the customer's came; `votes` are the verdicts on what
    the bridge suggested or answered in it, `surveys` what its customer said of how it was; `tagged` which tags it had
    from when on, in order, none before the first.
    """

    number: int
    channel: str
    turns: Sequence[Turn]
    episodes: Sequence[Episode]
    words: Sequence[int]
    tagged: Sequence[tuple[int, Sequence[str]]] = ()
    votes: Sequence[Vote] = ()
    surveys: Sequence[Survey] = ()

    @property
    def tags(self) -> Sequence[str]:
        """The tags that it has now."""
        return self.tagged[-1][1] if self.tagged else ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Spent:
    """Whom an episode waited for, and how long: the shop; nobody, after the bridge's own answer; the customer."""

    shop: int
    bot: int
    customer: int


def spent(case: Case, episode: Episode, now: int, measure: Callable[[int, int], int]) -> Spent:
    """Where the time of an episode went; `measure` says how long it is from one moment to another."""
    whole = (episode.began, now if episode.closed_at is None else episode.closed_at)
    shop = _clipped((span for turn in case.turns for span in _for_the_shop(turn, now)), whole)
    # After the bridge's own answer, or any time that somebody waits at all.
    anyone = _clipped(((turn.began, now if turn.ended is None else turn.ended) for turn in case.turns), whole)
    lengths = [sum(measure(*span) for span in spans) for spans in (shop, anyone, [whole])]
    return Spent(shop=lengths[0], bot=lengths[1] - lengths[0], customer=lengths[2] - lengths[1])


def _for_the_shop(turn: Turn, now: int) -> Iterator[Interval]:
    ended = now if turn.ended is None else turn.ended
    if turn.bot_at is None:
        yield turn.began, ended
        return
    yield turn.began, min(turn.bot_at, ended)
    if turn.again_at is not None:
        yield turn.again_at, ended


def _clipped(spans: Iterable[Interval], whole: Interval) -> list[Interval]:
    """What of the spans lies within the whole, each moment once."""
    found: list[Interval] = []
    for start, end in sorted(spans):
        begin, finish = max(start, whole[0], found[-1][1] if found else whole[0]), min(end, whole[1])
        if begin < finish:
            found.append((begin, finish))
    return found
