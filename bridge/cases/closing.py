"""Conversations that close by themselves: so many days after a person's answer, without a word of the customer. Pure.

"Thanks!" is a word, too: the days are counted from it. What a machine wrote is none. A case that sleeps, that waits for
the shop, or in which something is promised, stays.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bridge import rooming
from bridge.cases.quiet import unhurried
from bridge.conversation import Conversation, Happening, State, after
from bridge.decision import Change, Decision, Effect, Log, Remind
from bridge.language import language
from bridge.letterbox import Letterbox
from bridge.policy import Policy

TIMER = "close"
_DAY = timedelta(days=1)


def close_later(policy: Policy, number: int, since: datetime) -> list[Remind]:
    """The timer of a case that was answered; one that waits already stays as it is, and looks again."""
    if not policy.close_after:
        return []
    return [_timer(number, since + policy.close_after)]


def _timer(number: int, due_at: datetime) -> Remind:
    return Remind(key=f"{TIMER}:{number}", due_at=due_at, data={"timer": TIMER, "conversation": number})


def due(conversation: Conversation, box: Letterbox) -> Decision:
    """Its days may be over."""
    answered_at, days = conversation.person_answered_at, box.policy.close_after
    if not days or conversation.state is not State.WAITING or answered_at is None:
        return Decision("no longer needed")
    heard = box.book.last_heard(conversation.number)
    since = max(answered_at, heard.at) if heard else answered_at
    if box.now - since < days:
        return Decision("not yet", (_timer(conversation.number, since + days),))
    if box.book.promises("open", conversation=conversation.number):
        return Decision("something is promised", (_timer(conversation.number, box.now + _DAY),))
    state = after(conversation.state, Happening.CLOSED)
    effects: list[Effect] = [
        Change(after=replace(conversation, state=state, changed_at=box.now)),
        Log(kind="closed", conversation=conversation.number, data={"by": "time"}),
        *rooming.close(box.policy, conversation),
    ]
    if box.policy.close_told:
        effects += _told(conversation, box)
    return Decision("closed by itself", tuple(effects))


def _told(conversation: Conversation, box: Letterbox) -> list[Effect]:
    told: list[Effect] = []
    for owner, surface in box.policy.surfaces():
        text = language(owner.language).say(
            "{handle} {name}: closed by itself, nothing was written any more.",
            handle=conversation.handle,
            name=conversation.customer.name or conversation.address,
        )
        told += unhurried(text, owner, surface, box, conversation.number)
    return told
