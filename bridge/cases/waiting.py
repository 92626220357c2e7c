"""Who waits for the shop, since when and until when, and in which order owners read it. Pure.

Lists of who waits are in the order of `urgency`: what an owner has given a high priority, then the most valuable
customers, then who should have had an answer by now, then who has waited longest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bridge.case_book import Wanted
from bridge.conversation import Conversation, State
from bridge.language import Language
from bridge.language import message as translated
from bridge.letterbox import Letterbox
from bridge.owners.relay import sender
from bridge.owners.turn import Turn
from bridge.targets import Group, Kind, Subject

LISTED = 30
MOST = 1000
"""So many are looked at."""

PRIORITIES: Mapping[int, str] = {
    1: translated("high priority"),
    0: translated("normal priority"),
    -1: translated("low priority"),
}

World = Letterbox | Turn
"""What has the book, the rules, the hours and the time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """A customer who waits, since when, and until when they should have an answer (None: no target). `value` is that
    of the most valuable group they are in, if it has one, and `group` its name.
    """

    conversation: Conversation
    since: datetime
    deadline: datetime | None
    late: bool
    value: int = 0
    group: str = ""


def urgency(one: Waiting) -> tuple[int, int, bool, datetime, int]:
    """What comes first in a list of who waits has the smallest of these: a high priority, a customer of value, an
    answer that is overdue, the longest wait.
    """
    conversation = one.conversation
    return (-conversation.priority, -one.value, not one.late, one.since, conversation.number)


def waiting(box: Letterbox) -> list[Waiting]:
    """Everybody who waits for the shop, in the order of `urgency`."""
    # Those that have waited longest, whatever else was answered and never closed since.
    found = [one for one in box.book.listed(Wanted(states=(State.OPEN,)), MOST) if waits(one)]
    return sorted((waiting_since(one, began(one, box), box) for one in found), key=urgency)


def waits(conversation: Conversation) -> bool:
    """Whether its customer waits for the shop."""
    return conversation.state is State.OPEN and not conversation.customer.blocked


def waiting_since(conversation: Conversation, since: datetime, world: World) -> Waiting:
    """A customer who waits since then."""
    within = target(conversation, world)
    deadline = reached(since, within, world) if within else None
    late = deadline is not None and deadline <= world.now
    found = Waiting(conversation=conversation, since=since, deadline=deadline, late=late)
    valued = [group for group in groups_of(conversation, world) if group.value]
    best = max(valued, key=lambda group: group.value, default=None)
    return replace(found, value=best.value, group=best.name) if best else found


def began(conversation: Conversation, world: World) -> datetime:
    """Since when the customer of an open conversation waits."""
    return world.book.waits_since(conversation.number) or conversation.changed_at


def target(conversation: Conversation, world: World) -> timedelta | None:
    """How much business time the wait may take that goes on, or begins now; None where there is no target."""
    targets = world.policy.targets
    if not targets:
        return None
    kind = Kind.NEXT if world.book.ended_before(conversation.number) else Kind.FIRST
    groups = groups_of(conversation, world) if targets.asks_groups() else ()
    subject = Subject(
        channel=conversation.connector, tags=conversation.tags, groups=tuple(group.name for group in groups)
    )
    return targets.within(kind, subject)


def groups_of(conversation: Conversation, world: World) -> tuple[Group, ...]:
    """The groups that its customer is in."""
    if not world.policy.targets.groups:
        return ()
    known = world.book.addresses_of(conversation.customer.id)
    # Who has written for the first time is in no book yet.
    here = (conversation.address, *(address for _, address in conversation.places))
    return world.policy.targets.groups_of({*here, *(address for _, address in known)})


def reached(since: datetime, business: timedelta, world: World) -> datetime | None:
    """When so much business time since then has gone by; None where the shop never opens again."""
    return since + business if world.hours is None else world.hours.after(since, business)


def clock(moment: datetime, world: World) -> str:
    """The time of day in the shop, with the date where that is another day."""
    here = moment.astimezone(world.hours.zone if world.hours else ZoneInfo(world.policy.timezone))
    today = world.now.astimezone(here.tzinfo).date()
    return f"{here:%H:%M}" if here.date() == today else f"{here:%Y-%m-%d %H:%M}"


def lines(found: Sequence[Waiting], spoken: Language, box: Letterbox) -> list[str]:
    """One line each, and how many there are that are not shown."""
    shown = [line(one, spoken, box) for one in found[:LISTED]]
    more = len(found) - LISTED
    return [*shown, *([spoken.say("… and {number} more: `list`", number=more)] if more > 0 else [])]


def line(one: Waiting, spoken: Language, box: Letterbox) -> str:
    """Who waits, where, since when and until when."""
    who = sender(one.conversation, box.policy.label(one.conversation.connector)) + _why(one, spoken)
    named = {"handle": one.conversation.handle, "who": who, "since": clock(one.since, box)}
    if one.deadline is None:
        return spoken.say("{handle} {who}, since {since}", **named)
    named["deadline"] = clock(one.deadline, box)
    if one.late:
        return spoken.say("{handle} {who}, since {since}; was due {deadline}", **named)
    return spoken.say("{handle} {who}, since {since}; due {deadline}", **named)


def _why(one: Waiting, spoken: Language) -> str:
    """Why they stand where they do, beside how long they wait: ` [high priority, regulars]`."""
    priority = one.conversation.priority
    said = [*([spoken.say(PRIORITIES[priority])] if priority else []), *([one.group] if one.group else [])]
    return f" [{', '.join(said)}]" if said else ""
