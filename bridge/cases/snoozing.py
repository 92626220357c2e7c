"""Conversations that sleep until a moment which an owner named. Pure.

snooze 42 fri 9:00    it sleeps, and a timer is set, as a row of the queue like any other
the moment comes      all that are due wake together, and owners read it once: a clock that jumps, or a daemon that
                      was down for a day, makes one list of it and no storm
the customer writes   it wakes at once, and its timer finds nothing to do; "Thanks!" does not wake it
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bridge.cases import overdue
from bridge.cases.future import future, when_said
from bridge.cases.moments import moment, said
from bridge.cases.quiet import unhurried
from bridge.cases.waiting import began
from bridge.conversation import Conversation, Happening, State, after
from bridge.decision import Change, Decision, Effect, Log, Remind
from bridge.language import language
from bridge.letterbox import Letterbox
from bridge.owners.relay import excerpt
from bridge.owners.turn import Turn
from bridge.policy import Owner, SurfaceAddress

TIMER = "wake"
AT_ONCE = 200
"""So many wake in one decision; the others have timers of their own."""
APART = 3
"""Up to so many are told one by one; more are a list."""


def snooze(turn: Turn, conversation: Conversation, words: str) -> Sequence[Effect]:
    """The conversation sleeps until the moment that these words name; or the owner reads why not."""
    until, number = future(turn, words), conversation.number
    if isinstance(until, str):
        return [turn.tell(until, number)]
    state = after(conversation.state, Happening.SNOOZED)
    changed = replace(conversation, state=state, snoozed_until=until, changed_at=turn.now)
    data = {"timer": TIMER, "conversation": number, "until": until.isoformat()}
    log = {"owner": turn.owner.name, "until": until.isoformat(), "before": str(conversation.state)}
    told = turn.speech.say("Snoozed until {when}: {whom}", when=when_said(until, turn), whom=turn.whom(conversation))
    return [
        Change(after=changed),
        Remind(key=f"{TIMER}:{number}:{until.isoformat()}", due_at=until, data=data),
        Log(kind="snoozed", conversation=number, data=log),
        turn.tell(told, number),
    ]


def read_number(number: str, words: str, *, stands: bool, turn: Turn) -> tuple[str, str]:
    """A number before a moment may be a part of it: `!snooze 3 days`, typed in a customer's room. What is the number
    of the conversation ("" for none), and what the moment.
    """
    together = f"{number} {words}"
    if not number or not stands or re.match(r"\S", words) is None:
        return number, words
    meant = moment(together, turn.now, turn.policy.timezone, turn.owner.language)
    return ("", together) if meant is not None else (number, words)


def woken_by_words(before: Conversation | None, now: Conversation) -> list[Log]:
    """What is logged where a customer's words woke a conversation, or opened it again."""
    if before is None or now.state is not State.OPEN:
        return []
    kinds = {State.SNOOZED: "woken", State.CLOSED: "reopened"}
    kind = kinds.get(before.state)
    return [Log(kind=kind, conversation=now.number, data={"by": "customer"})] if kind else []


def wake(box: Letterbox) -> Decision:
    """Everything whose moment has come is open again, and owners are told."""
    sleepers = box.book.asleep_until(box.now, AT_ONCE)
    if not sleepers:
        return Decision("no longer needed")
    effects: list[Effect] = []
    for sleeper in sleepers:
        awake = replace(sleeper, state=after(sleeper.state, Happening.WOKE), changed_at=box.now)
        effects += [Change(after=awake), Log(kind="woken", conversation=sleeper.number, data={"by": "clock"})]
        effects += overdue.resumed(awake, began(sleeper, box), box)
    for owner, surface in box.policy.surfaces():
        effects += _told(sleepers, owner, surface, box)
    return Decision("woken", tuple(effects))


def _told(sleepers: Sequence[Conversation], owner: Owner, surface: SurfaceAddress, box: Letterbox) -> Sequence[Effect]:
    speech = language(owner.language)
    lines = [f"{sleeper.handle} {_who(sleeper)}{_last_words(sleeper, box)}" for sleeper in sleepers]
    if len(sleepers) > APART:
        head = speech.say("Snoozed until now, and open again:")
        return unhurried("\n".join([head, *lines]), owner, surface, box)
    told: list[Effect] = []
    for sleeper, line in zip(sleepers, lines, strict=True):
        told += unhurried(speech.say("Snoozed until now: {line}", line=line), owner, surface, box, sleeper.number)
    return told


def _who(conversation: Conversation) -> str:
    return conversation.customer.name or conversation.address


def _last_words(conversation: Conversation, box: Letterbox) -> str:
    heard = box.book.last_heard(conversation.number)
    return f": {excerpt(heard.text.plain, 80)}" if heard else ""


def until_words(until: datetime | None, turn: Turn) -> str:
    """Until when, for a list."""
    return said(until, turn.policy.timezone, turn.speech) if until else ""
