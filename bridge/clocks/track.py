"""Step 5: clocks, computed from the log alone. Pure: the same events give the same clocks, and nothing is stored.

A *turn* is a wait: from the first words that the shop owes an answer, until a person has answered, or the conversation
was closed. More words in between belong to it. A conversation's first turn is its *first response*; all others, those
after a reopening too, are *next* ones. An *episode* goes from a conversation's first words, or the first after it was
closed, until it is closed: its resolution.

- An answer ends the wait at the moment its network took it; not at all if that never did, if it came back or was taken
  back. It answers what was there when it was given: words that come while it is on its way wait for another one.
- The bridge's own answers end no turn. What is left to wait for after one is nothing, until the customer writes again
  within an hour, or says that it did not help. Words that come later begin a turn of their own, and the one before was
  the bridge's: nobody waited for the shop meanwhile.
- What a machine wrote, what was filed apart, and what an owner wrote unasked start nothing. A stranger's words that
  were held wait from the beginning, once an owner has accepted or answered them.
- Moments are microseconds since 1970. Nothing ends before it began, whatever clocks of several daemons say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from bridge.clocks import surveys
from bridge.clocks.surveys import begun, with_answer
from bridge.clocks.tracking import Tracking
from bridge.clocks.turns import Case
from bridge.clocks.votes import match_of, voted
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
    FEEDBACK_ASKED,
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

LATE = timedelta(days=7) // timedelta(microseconds=1)
"""Words that were decided about so long after they had come in count from then less this: reports of a month need not
look through all that came later."""

_ARRIVED = ("sent", "maybe")
_CONVERSATION = attrgetter("conversation")


def cases(events: Iterable[Happened]) -> Iterator[Case]:
    """The clocks of each conversation; `events` come conversation by conversation, each in the order of the log."""
    for number, happened in groupby(events, key=_CONVERSATION):
        log = list(happened)
        tracking = Tracking(number, _arrivals(log))
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


def _follow(tracking: Tracking, event: Happened) -> None:
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
    elif kind in _SAID:
        _SAID[kind](tracking, event)
    elif kind == TAGGED:
        tracking.tagged.append((at, tuple(data.get("tags", ()))))
    elif kind == ASSIGNED:
        tracking.whose = str(data.get("to", ""))


def _surveyed(tracking: Tracking, event: Happened) -> None:
    if event.kind == FEEDBACK_ASKED or not tracking.surveys:
        tracking.surveys.append(begun(event, tracking.channel, tracking.latest_episode(event.at), tracking.whose))
    tracking.surveys[-1] = with_answer(tracking.surveys[-1], event)


def _judged(tracking: Tracking, event: Happened) -> None:
    if event.kind == NOT_HELPED:
        tracking.asked_on(event.at)
    if event.kind == UNAPPROVED:
        tracking.votes.pop(match_of(event), None)
    else:
        tracking.votes[match_of(event)] = voted(event, tracking.channel, tracking.whose)


_SAID: Mapping[str, Callable[[Tracking, Happened], None]] = {
    **dict.fromkeys((HELPED, NOT_HELPED, APPROVED, UNAPPROVED, REFUSED), _judged),
    **dict.fromkeys(surveys.KINDS, _surveyed),
}
"""What people said of the bridge's answers, and of how it was."""


def _answer(tracking: Tracking, event: Happened) -> None:
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
