"""Targets: how soon a customer is to be answered, and what owners are told before and when that is missed. Pure.

A wait begins with the words that a customer is owed an answer for, and ends as `track.py` has it. It is told of at
most twice: when `remind_at` of its time has gone by, and when all of it has. Both are moments of business time, so that
nobody is woken at night. After a stop, or a clock that jumped, what should have been told long ago is told in one list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.cases.quiet import unhurried
from bridge.conversation import Conversation, State
from bridge.decision import Decision, Effect, Log, Remind
from bridge.language import Language, language
from bridge.letterbox import Letterbox
from bridge.relay import sender

TIMER = "target"
LIST_TIMER = "overdue"
SOON, LATE = "soon", "late"

LONG_AGO = timedelta(minutes=10)
"""A reminder that comes so long after its moment is one of many: it goes into the list."""

LIST_AFTER = timedelta(minutes=1)
LISTED = 30
MOST = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class _Wait:
    """One wait: since when, how long it may last (business time), and the moment that is due next."""

    conversation: int
    since: datetime
    within: timedelta
    stage: str
    due_at: datetime


def begun(before: Conversation | None, opened: Conversation, box: Letterbox) -> list[Effect]:
    """The timer of a wait that begins with a customer's words; none where they belong to one that goes on."""
    if before is not None and before.state is State.OPEN:
        return []
    within = box.policy.first_response if before is None else box.policy.next_response
    if not within:
        return []
    wait = _Wait(conversation=opened.number, since=box.now, within=within, stage=SOON, due_at=box.now)
    return _timer(wait, box)


def _timer(wait: _Wait, box: Letterbox) -> list[Effect]:
    share = box.policy.remind_at if wait.stage == SOON else 1.0
    due_at = _moment(wait, share, box)
    if due_at is None:  # the shop never opens again
        return []
    data = {
        "timer": TIMER,
        "conversation": wait.conversation,
        "since": wait.since.isoformat(),
        "within": wait.within.total_seconds(),
        "stage": wait.stage,
        "due": due_at.isoformat(),
    }
    key = f"{TIMER}:{wait.conversation}:{wait.since.isoformat()}:{wait.stage}"
    return [Remind(key=key, due_at=due_at, data=data)]


def _moment(wait: _Wait, share: float, box: Letterbox) -> datetime | None:
    if box.hours is None:
        return wait.since + wait.within * share
    return box.hours.after(wait.since, wait.within * share)


def due(data: Mapping[str, object], conversation: Conversation, box: Letterbox) -> Decision:
    """So much of the time has gone by."""
    wait = _Wait(
        conversation=conversation.number,
        since=datetime.fromisoformat(str(data["since"])),
        within=timedelta(seconds=float(str(data["within"]))),
        stage=str(data["stage"]),
        due_at=datetime.fromisoformat(str(data["due"])),
    )
    if not _goes_on(wait, conversation):
        return Decision("no longer needed")
    log = Log(kind="overdue" if wait.stage == LATE else "due soon", conversation=conversation.number)
    if box.now - wait.due_at > LONG_AGO:
        listed = Remind(key=LIST_TIMER, due_at=box.now + LIST_AFTER, data={"timer": LIST_TIMER})
        following = [] if wait.stage == LATE else _timer(_at_stage(wait, LATE), box)
        return Decision("told in a list", (listed, log, *following))
    if wait.stage == LATE:
        return Decision("overdue", (log, *_told(wait, conversation, box)))
    return Decision("due soon", (log, *_told(wait, conversation, box), *_timer(_at_stage(wait, LATE), box)))


def _at_stage(wait: _Wait, stage: str) -> _Wait:
    return _Wait(conversation=wait.conversation, since=wait.since, within=wait.within, stage=stage, due_at=wait.due_at)


def _goes_on(wait: _Wait, conversation: Conversation) -> bool:
    """Whether the customer still waits as they did when the timer was set."""
    answered_at = conversation.person_answered_at
    blocked = conversation.customer.blocked
    later = conversation.opened_at > wait.since or (answered_at is not None and answered_at >= wait.since)
    return conversation.state is State.OPEN and not blocked and not later


def _told(wait: _Wait, conversation: Conversation, box: Letterbox) -> list[Effect]:
    """Before it is late, whoever has the conversation; when it is, everybody."""
    deadline = _moment(wait, 1.0, box) or wait.due_at
    told: list[Effect] = []
    everybody = box.policy.surfaces()
    theirs = [found for found in everybody if found[0].name == conversation.assigned_to]
    for owner, surface in theirs if theirs and wait.stage == SOON else everybody:
        say = language(owner.language).say
        named = {
            "handle": conversation.handle,
            "name": conversation.customer.name or conversation.address,
            "since": clock(wait.since, box),
            "deadline": clock(deadline, box),
        }
        if wait.stage == LATE:
            text = say("{handle} {name} has waited since {since}; the answer was due at {deadline}.", **named)
        else:
            text = say("{handle} {name} has waited since {since}; the answer is due at {deadline}.", **named)
        told += unhurried(text, owner, surface, box, conversation.number)
    return told


def clock(moment: datetime, box: Letterbox) -> str:
    """The time of day in the shop, with the date where that is another day."""
    here = moment.astimezone(box.hours.zone) if box.hours else moment
    today = box.now.astimezone(here.tzinfo).date()
    return f"{here:%H:%M}" if here.date() == today else f"{here:%Y-%m-%d %H:%M}"


def listed(_: Mapping[str, object], box: Letterbox) -> Decision:
    """All that waits longer than it should, the longest wait first: told at once."""
    late = [found for found in waiting(box) if found.late]
    if not late:
        return Decision("no longer needed")
    told: list[Effect] = []
    for owner, surface in box.policy.surfaces():
        spoken = language(owner.language)
        head = spoken.count(
            "{number} customer has waited for an answer longer than they should:",
            "{number} customers have waited for an answer longer than they should:",
            len(late),
        )
        told += unhurried("\n".join([head, *lines(late, spoken, box)]), owner, surface, box)
    return Decision("overdue listed", tuple(told))


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """A customer who waits, since when, and until when they should have an answer (None: no target)."""

    conversation: Conversation
    since: datetime
    deadline: datetime | None
    late: bool


def waiting(box: Letterbox) -> list[Waiting]:
    """Everybody who waits for the shop, the longest wait first."""
    found = [one for one in box.book.unfinished(MOST) if one.state is State.OPEN and not one.customer.blocked]
    return sorted((_waiting(one, box) for one in found), key=lambda one: (one.since, one.conversation.number))


def _waiting(conversation: Conversation, box: Letterbox) -> Waiting:
    since = box.book.waits_since(conversation.number) or conversation.changed_at
    # Who has an answer of a person's already waits for the next one.
    within = box.policy.next_response if conversation.person_answered_at else box.policy.first_response
    wait = _Wait(conversation=conversation.number, since=since, within=within, stage=LATE, due_at=since)
    deadline = _moment(wait, 1.0, box) if within else None
    return Waiting(
        conversation=conversation, since=since, deadline=deadline, late=deadline is not None and deadline <= box.now
    )


def lines(found: Sequence[Waiting], spoken: Language, box: Letterbox) -> list[str]:
    """One line each, and how many there are that are not shown."""
    shown = [_line(one, spoken, box) for one in found[:LISTED]]
    more = len(found) - LISTED
    return [*shown, *([spoken.say("… and {number} more: `list`", number=more)] if more > 0 else [])]


def _line(one: Waiting, spoken: Language, box: Letterbox) -> str:
    who = sender(one.conversation, box.policy.label(one.conversation.connector))
    named = {"handle": one.conversation.handle, "who": who, "since": clock(one.since, box)}
    if one.deadline is None:
        return spoken.say("{handle} {who}, since {since}", **named)
    named["deadline"] = clock(one.deadline, box)
    if one.late:
        return spoken.say("{handle} {who}, since {since}; was due {deadline}", **named)
    return spoken.say("{handle} {who}, since {since}; due {deadline}", **named)
