"""What follows when a timer is due. Pure. Whether it still applies is asked now, not when it was set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from bridge.bot import acknowledging, autoanswer, learning
from bridge.bot.drafting import automatic
from bridge.bot.loops import sign
from bridge.bot.unreadable import TIMER as UNREADABLE
from bridge.bot.words import cannot_be_read, customers_language
from bridge.cases import night, overdue, weekly
from bridge.cases.quiet import unhurried
from bridge.conversation import Conversation, State
from bridge.customers.customer import FLOOD_WINDOW
from bridge.customers.filed import COUNTED, HELD, SPAM, digest
from bridge.decision import Decision, Effect, Log, Send
from bridge.language import language
from bridge.letterbox import Letterbox
from bridge.marks import notice
from bridge.text import Text

_DAY = timedelta(days=1)


def due(data: Mapping[str, object], box: Letterbox) -> Decision:
    """A timer's moment has come."""
    kind = str(data.get("timer"))
    if kind in _OF_THE_SHOP:
        return _OF_THE_SHOP[kind](data, box)
    number = data.get("conversation")
    conversation = box.book.conversation(number) if isinstance(number, int) else None
    if conversation is None:
        return Decision("timer of nothing known")
    follow = _OF_A_CONVERSATION.get(kind)
    return follow(data, conversation, box) if follow else Decision("timer of no known kind")


def _digest(data: Mapping[str, object], box: Letterbox) -> Decision:
    since = datetime.fromisoformat(str(data["since"]))
    lines = box.book.filed((SPAM, HELD), since, COUNTED)
    if not lines:
        return Decision("no longer needed")
    told: list[Effect] = []
    for owner, surface in box.policy.surfaces():
        told += unhurried(digest(lines, language(owner.language)), owner, surface, box)
    return Decision("digest", tuple(told))


def _acknowledge(_: Mapping[str, object], conversation: Conversation, box: Letterbox) -> Decision:
    policy = box.policy
    if conversation.state is not State.OPEN or conversation.person_answered_at or conversation.customer.blocked:
        return Decision("no longer needed")
    # The moment the timer was set counts: after a long stop nobody wants to hear that their mail has just arrived.
    if box.now - conversation.changed_at > policy.automatic_max_age or not acknowledging.wanted(box):
        return Decision("too late")
    if acknowledging.told_before(conversation, box):
        return Decision("acknowledged before")
    return _say(conversation, acknowledging.words(conversation, box), "acknowledged", box)


def _unreadable(data: Mapping[str, object], conversation: Conversation, box: Letterbox) -> Decision:
    if conversation.state is not State.OPEN or conversation.person_answered_at or conversation.customer.blocked:
        return Decision("no longer needed")
    if box.now - conversation.changed_at > box.policy.automatic_max_age:
        return Decision("too late")
    speech = customers_language(conversation.language, box.policy.language)
    words = cannot_be_read(speech, str(data.get("how", "")), box.policy.business)
    return _say(conversation, words, "told that it cannot be read", box)


def _say(conversation: Conversation, words: str, kind: str, box: Letterbox) -> Decision:
    """Something automatic to a customer, unless a machine may listen."""
    why = sign(conversation, words, box.policy.automatic_per_day, box)
    if why:
        return _loop(conversation, why, box)
    draft = automatic(Text(words), conversation, box)
    return Decision(kind, (Send(draft=draft), Log(kind=kind, conversation=conversation.number, sends=True)))


def _loop(conversation: Conversation, why: str, box: Letterbox) -> Decision:
    """No automatic word; the first time in a day the owners read why."""
    log = Log(kind="loop", conversation=conversation.number, data={"sign": why})
    if box.book.logged("loop", box.now - _DAY):
        return Decision(why, (log,))
    sends = []
    for owner, surface in box.policy.surfaces():
        text = language(owner.language).say(
            "{handle} {name} may be a machine that answers by itself: it gets no automatic confirmation. For a day you "
            "read no more of this kind; what is written there is shown as ever.",
            handle=conversation.handle,
            name=conversation.customer.name or conversation.address,
        )
        sends.append(Send(draft=notice(surface, text, conversation.number)))
    return Decision(why, (log, *sends))


def _flood(data: Mapping[str, object], conversation: Conversation, box: Letterbox) -> Decision:
    since = datetime.fromisoformat(str(data["since"]))
    written = box.book.messages_between(conversation.customer.id, since, since + FLOOD_WINDOW)
    unseen = written - box.policy.flood_limit
    if unseen <= 0:
        return Decision("no longer needed")
    name = conversation.customer.name or conversation.address
    sends = []
    for owner, surface in box.policy.surfaces():
        text = language(owner.language).count(
            "{handle} {name} writes very fast: {number} more message, not shown here. `show {n}` shows the last ones.",
            "{handle} {name} writes very fast: {number} more messages, not shown here. `show {n}` shows the last ones.",
            unseen,
            handle=conversation.handle,
            name=name,
            n=conversation.number,
        )
        sends.append(Send(draft=notice(surface, text, conversation.number)))
    return Decision("flood told", tuple(sends))


_OF_THE_SHOP: Mapping[str, Callable[[Mapping[str, object], Letterbox], Decision]] = {
    "digest": _digest,
    learning.CHANGE_TIMER: learning.learnt,
    overdue.LIST_TIMER: overdue.listed,
    night.TIMER: night.due,
    weekly.TIMER: weekly.due,
}
"""What follows from the timers that are about no single conversation."""

_OF_A_CONVERSATION: Mapping[str, Callable[[Mapping[str, object], Conversation, Letterbox], Decision]] = {
    "acknowledge": _acknowledge,
    "flood": _flood,
    UNREADABLE: _unreadable,
    autoanswer.TIMER: autoanswer.due,
    overdue.TIMER: overdue.due,
}
