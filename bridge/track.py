"""Step 5: clocks, computed from the log alone. Pure: the same events give the same clocks, and nothing is stored.

A *turn* is a wait: from the first words that the shop owes an answer, until a person has answered, or the conversation
was closed. More words in between belong to it. A conversation's first turn is its *first response*; all others, those
after a reopening too, are *next* ones. An *episode* goes from a conversation's first words, or the first after it was
closed, until it is closed: its resolution.

- An answer ends the wait at the moment its network took it; not at all if that never did, if it came back or was taken
  back. It answers what was there when it was given: words that come while it is on its way wait for another one.
- The bridge's own answers end no turn. What is left to wait for after one is nothing, until the customer writes again,
  or says that it did not help.
- What a machine wrote, what was filed apart, and what an owner wrote unasked start nothing. A stranger's words that
  were held wait from the beginning, once an owner has accepted or answered them.
- Moments are microseconds since 1970. Nothing ends before it began, whatever clocks of several daemons say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from bridge.clocks import Case, Episode, Turn
from bridge.happened import (
    ACCEPTED,
    ANSWERED,
    APPROVED,
    ASSIGNED,
    BLOCKED,
    BOT_ANSWERED,
    BRIDGE,
    CLOSED,
    DELIVERY,
    HEARD,
    HELD,
    HELPED,
    MERGED,
    NOT_HELPED,
    REFUSED,
    REPORTED,
    TAGGED,
    TAKEN_BACK,
    UNAPPROVED,
    UNDONE,
    Happened,
    moment_of,
)
from bridge.votes import Vote, match_of, voted

LATE = timedelta(days=7) // timedelta(microseconds=1)
"""Words that were decided about so long after they had come in count from then less this: reports of a month need not
look through all that came later."""

_OF_THE_BOT = (HELPED, NOT_HELPED, APPROVED, UNAPPROVED, REFUSED)
_ARRIVED = ("sent", "maybe")
_CONVERSATION = attrgetter("conversation")


def cases(events: Iterable[Happened]) -> Iterator[Case]:
    """The clocks of each conversation; `events` come conversation by conversation, each in the order of the log."""
    for number, happened in groupby(events, key=_CONVERSATION):
        log = list(happened)
        tracking = _Tracking(number, _arrivals(log))
        for event in log:
            _follow(tracking, event)
        yield tracking.case()


def _arrivals(log: Sequence[Happened]) -> dict[str, Happened]:
    """The event by which each outbound has arrived for good; the last word counts: sent, dead, sent again."""
    arrived: dict[str, Happened] = {}
    for event in log:
        _, _, kind, data = event
        outbound = data.get("outbound", "")
        if kind == DELIVERY and data.get("state") in _ARRIVED:
            arrived.setdefault(outbound, event)
        elif kind in (DELIVERY, UNDONE, TAKEN_BACK) or (kind == REPORTED and _bounced(data)):
            arrived.pop(outbound, None)
    return arrived


def _bounced(data: Any) -> bool:
    return data.get("status") == "bounced" and bool(data.get("permanent"))


def _follow(tracking: _Tracking, event: Happened) -> None:
    _, at, kind, data = event
    if kind == HEARD:
        tracking.heard(_received(at, data), str(data.get("connector", "")), moved=bool(data.get("moved")))
    elif kind in (ANSWERED, BOT_ANSWERED, DELIVERY):
        _answer(tracking, event)
    elif kind == MERGED or (kind == CLOSED and ("merged" in data or "split" in data)):
        tracking.moved(whole=kind == MERGED)
    elif kind == CLOSED or (kind == BLOCKED and "owner" in data):
        tracking.closed(at, str(data.get("owner", "")))
    elif kind == HELD:
        tracking.held(_received(at, data), str(data.get("connector", "")))
    elif kind == ACCEPTED:
        tracking.let_in()
    elif kind in _OF_THE_BOT:
        _judged(tracking, event)
    elif kind == TAGGED:
        tracking.tagged.append((at, tuple(data.get("tags", ()))))
    elif kind == ASSIGNED:
        tracking.whose = str(data.get("to", ""))


def _judged(tracking: _Tracking, event: Happened) -> None:
    if event.kind == NOT_HELPED:
        tracking.asked_on(event.at)
    if event.kind == UNAPPROVED:
        tracking.votes.pop(match_of(event), None)
    else:
        tracking.votes[match_of(event)] = voted(event, tracking.channel, tracking.whose)


def _answer(tracking: _Tracking, event: Happened) -> None:
    """An answer was decided, or (in a log that does not say which outbound that was) has arrived."""
    _, at, kind, data = event
    if data.get("elsewhere"):
        tracking.answered(at, str(data.get("owner", "")))
        return
    outbound = data.get("outbound", "")
    arrival = tracking.arrived.get(outbound)
    if arrival is None or (kind == DELIVERY and arrival is not event):
        return
    del tracking.arrived[outbound]  # it answers once
    if kind == BOT_ANSWERED:
        tracking.bot_answered(arrival.at)
    elif kind == ANSWERED or data.get("by") != BRIDGE:
        tracking.answered(arrival.at, str(arrival.data.get("by", "")))


def _received(at: int, data: Any) -> int:
    """When it came in: at most `at`, at least LATE before that."""
    told = data.get("received_at")
    if not isinstance(told, str):
        return at
    return min(at, max(moment_of(datetime.fromisoformat(told)), at - LATE))


@dataclass(slots=True)
class _Open:
    """A turn that goes on."""

    began: int
    words: int = 1
    bot_at: int | None = None
    again_at: int | None = None


@dataclass(slots=True)
class _Tracking:
    """A conversation while its events are followed; `arrived` are answers that have not counted yet."""

    number: int
    arrived: dict[str, Happened]
    channel: str = ""
    whose: str = ""
    tagged: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    episodes: list[Episode] = field(default_factory=list)
    words: list[int] = field(default_factory=list)
    turn: _Open | None = None
    episode: int | None = None
    unseen: list[int] = field(default_factory=list)
    votes: dict[str, Vote] = field(default_factory=dict)

    def heard(self, at: int, channel: str, *, moved: bool = False) -> None:
        self.channel = self.channel or channel
        if not moved:
            self.words.append(at)
        self.episode = at if self.episode is None else min(self.episode, at)
        if self.turn is None:
            self.turn = _Open(at)
            return
        self.turn.words += 1
        self.turn.began = min(self.turn.began, at)
        if self.turn.bot_at is not None and self.turn.again_at is None:
            self.turn.again_at = max(at, self.turn.bot_at)

    def asked_on(self, at: int) -> None:
        """The bridge's answer is not what was needed: a person is waited for, though nothing more was written."""
        self.heard(at, self.channel, moved=True)
        assert self.turn is not None
        self.turn.words -= 1

    def moved(self, *, whole: bool) -> None:
        """What waits here waits in another conversation now; the `whole` conversation is a part of it."""
        self.turn = None
        if whole:
            self.episode = None
            self.unseen.clear()

    def held(self, at: int, channel: str) -> None:
        self.channel = self.channel or channel
        self.unseen.append(at)

    def let_in(self) -> None:
        for at in self.unseen:
            self.heard(at, self.channel)
        self.unseen.clear()

    def answered(self, at: int, by: str) -> None:
        self.let_in()
        if self.turn is not None:
            self._end(person_at=max(at, self.turn.began), person=by)

    def bot_answered(self, at: int) -> None:
        if self.turn is not None and self.turn.bot_at is None:
            self.turn.bot_at = max(at, self.turn.began)

    def closed(self, at: int, by: str) -> None:
        self.unseen.clear()
        if self.turn is not None:
            self._end(closed_at=max(at, self.turn.began))
        if self.episode is not None:
            self._resolve(closed_at=max(at, self.episode), by=by)

    def _end(self, *, person_at: int | None = None, person: str = "", closed_at: int | None = None) -> None:
        assert self.turn is not None
        self.turns.append(
            Turn(
                case=self.number,
                channel=self.channel,
                first=not self.turns,
                began=self.turn.began,
                words=self.turn.words,
                bot_at=self.turn.bot_at,
                again_at=self.turn.again_at,
                person_at=person_at,
                person=person,
                closed_at=closed_at,
                owner=person or self.whose,
            )
        )
        self.turn = None

    def _resolve(self, *, closed_at: int | None = None, by: str = "") -> None:
        assert self.episode is not None
        self.episodes.append(
            Episode(
                case=self.number,
                channel=self.channel,
                began=self.episode,
                reopened=bool(self.episodes),
                closed_at=closed_at,
                by=by,
                owner=by or self.whose,
            )
        )
        self.episode = None

    def case(self) -> Case:
        """What has been seen; what goes on, goes on."""
        if self.turn is not None:
            self._end()
        if self.episode is not None:
            self._resolve()
        return Case(
            number=self.number,
            channel=self.channel,
            turns=self.turns,
            episodes=self.episodes,
            words=self.words,
            tagged=self.tagged,
            votes=tuple(self.votes.values()),
        )
