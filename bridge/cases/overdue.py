"""Reminders: what owners are told before and when a customer should have had an answer. Pure.

A wait begins with the words that a customer is owed an answer for, and ends as `track.py` has it. It is told of at
most twice: when `remind_at` of its time has gone by, and when all of it has. Both are moments of business time, so that
nobody is woken at night. After a stop, or a clock that jumped, what should have been told long ago is told in one list.

A timer only asks to look: how much time the wait may take is found out when it rings (`waiting.target`). Where that has
become more, the timer is set again; where it has become less (a tag was put on), a timer was set then (`changed`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bridge.cases.quiet import unhurried
from bridge.cases.waiting import World, began, clock, lines, reached, target, waiting, waiting_since, waits
from bridge.conversation import Conversation, State
from bridge.decision import Decision, Effect, Log, Remind
from bridge.language import language
from bridge.letterbox import Letterbox

TIMER = "target"
LIST_TIMER = "overdue"
SOON, LATE = "soon", "late"
_LOGGED: Mapping[str, str] = {SOON: "due soon", LATE: "overdue"}

LONG_AGO = timedelta(minutes=10)
"""A reminder that comes so long after its moment is one of many: it goes into the list."""

LIST_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Wait:
    """One wait: since when, how long it may last (business time), and what is told next."""

    conversation: int
    since: datetime
    within: timedelta
    stage: str

    def due_at(self, world: World) -> datetime | None:
        """When that is to be told."""
        return reached(self.since, self.within * self._share(world), world)

    def _share(self, world: World) -> float:
        return world.policy.remind_at if self.stage == SOON else 1.0


def begun(before: Conversation | None, opened: Conversation, box: Letterbox) -> list[Effect]:
    """The timer of a wait that begins with a customer's words; none where they belong to one that goes on."""
    if before is not None and before.state is State.OPEN:
        return []
    return _set(opened, box.now, box)


def retargeted(conversation: Conversation, world: World) -> list[Effect]:
    """The timer of a wait whose target has changed while it goes on; one that is late by it is told of now."""
    return _set(conversation, began(conversation, world), world) if waits(conversation) else []


def resumed(conversation: Conversation, since: datetime, world: World) -> list[Effect]:
    """The timer of a wait that goes on in another conversation, or after a sleep. Who has just seen to it, or read of
    it, need not be told that it is late.
    """
    late = waiting_since(conversation, since, world).late
    return _set(conversation, since, world) if waits(conversation) and not late else []


def _set(conversation: Conversation, since: datetime, world: World) -> list[Effect]:
    within = target(conversation, world)
    if within is None:
        return []
    wait = _Wait(conversation=conversation.number, since=max(since, conversation.opened_at), within=within, stage=SOON)
    late = replace(wait, stage=LATE)
    due_at = late.due_at(world)
    at_once = world.policy.remind_at >= 1 or (due_at is not None and due_at <= world.now)
    return _timer(late if at_once else wait, world, earliest=world.now)


def _timer(wait: _Wait, world: World, earliest: datetime | None = None) -> list[Effect]:
    due_at = wait.due_at(world)
    if due_at is None:  # the shop never opens again
        return []
    due_at = max(due_at, earliest or due_at)
    data = {
        "timer": TIMER,
        "conversation": wait.conversation,
        "since": wait.since.isoformat(),
        "stage": wait.stage,
        "due": due_at.isoformat(),
    }
    key = f"{TIMER}:{wait.conversation}:{wait.since.isoformat()}:{wait.stage}:{due_at.isoformat()}"
    return [Remind(key=key, due_at=due_at, data=data)]


def due(data: Mapping[str, object], conversation: Conversation, box: Letterbox) -> Decision:
    """So much of the time may have gone by."""
    since, stage = datetime.fromisoformat(str(data["since"])), str(data["stage"])
    within = target(conversation, box) if _goes_on(since, conversation) else None
    if within is None:
        return Decision("no longer needed")
    wait = _Wait(conversation=conversation.number, since=since, within=within, stage=stage)
    following = _timer(replace(wait, stage=LATE), box) if stage == SOON else []
    if box.book.happened_in(conversation.number, (_LOGGED[stage], _LOGGED[LATE]), since):
        return Decision("told before", tuple(following))
    due_at = wait.due_at(box)
    if due_at is None or due_at > box.now:
        return Decision("not yet", tuple(_timer(wait, box)))
    log = Log(kind=_LOGGED[stage], conversation=conversation.number)
    if box.now - datetime.fromisoformat(str(data["due"])) > LONG_AGO:
        listed = Remind(key=LIST_TIMER, due_at=box.now + LIST_AFTER, data={"timer": LIST_TIMER})
        return Decision("told in a list", (listed, log, *following))
    return Decision(_LOGGED[stage], (log, *_told(wait, conversation, box), *following))


def _goes_on(since: datetime, conversation: Conversation) -> bool:
    """Whether the customer still waits as they did when the timer was set."""
    answered_at = conversation.person_answered_at
    later = conversation.opened_at > since or (answered_at is not None and answered_at >= since)
    return waits(conversation) and not later


def _told(wait: _Wait, conversation: Conversation, box: Letterbox) -> list[Effect]:
    """Before it is late, whoever has the conversation; when it is, everybody."""
    deadline = replace(wait, stage=LATE).due_at(box) or box.now
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


def listed(_: Mapping[str, object], box: Letterbox) -> Decision:
    """All that waits longer than it should, in the order of `waiting.urgency`: told at once."""
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
