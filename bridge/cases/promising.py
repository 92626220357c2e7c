"""Promises: an owner's answer that names a day gets the offer of a reminder, which is kept until it is done. Pure.

    "I'll send it on Friday."     the owner reads: promised for Friday; a button, or `remind`, takes the offer
    Friday comes                  the owner is told, and again each day, whatever the customer writes
    done 42                       it is kept; `promises` lists those that are not

Nothing is held for a promise but a row: no customer sees any of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bridge.case_effects import Promise
from bridge.cases.future import future, when_said
from bridge.cases.moments import moment, said
from bridge.cases.promise_words import SPOKEN
from bridge.cases.quiet import unhurried
from bridge.conversation import Conversation
from bridge.decision import Decision, Effect, Log, Remind, Send
from bridge.language import language
from bridge.letterbox import Letterbox
from bridge.outbound import Choice
from bridge.owners.relay import excerpt
from bridge.owners.turn import Turn
from bridge.text import Text

TIMER = "promise"
CHOICE = "remind:"
LOOKED_AT = 4_000
LONGEST = timedelta(days=60)
OFFER_LASTS = timedelta(days=1)
END_OF_DAY = time(17)
"""When a promise for "today" is due."""

_DAY = timedelta(days=1)
_SENTENCE = re.compile(r"[^.!?\n]*(?:\.(?=\S)[^.!?\n]*)*[.!?\n]?")
_TODAY = re.compile(r"(?:today|heute)", re.IGNORECASE)


def promised(text: str, now: datetime, zone: str) -> tuple[str, datetime] | None:
    """The first sentence that promises something for a day to come, and that moment; None where none surely does."""
    for found in _SENTENCE.finditer(text[:LOOKED_AT]):
        sentence = found[0].strip()
        if not sentence or sentence.endswith("?") or sentence.startswith(">"):
            continue
        due_at = _due(sentence, now, zone)
        if due_at is not None:
            return sentence, due_at
    return None


def _due(sentence: str, now: datetime, zone: str) -> datetime | None:
    for code, spoken in SPOKEN.items():
        day = spoken.days.search(sentence)
        if day is None or spoken.unless.search(sentence) or not spoken.promises.search(sentence):
            continue
        due_at = moment(day[0], now, zone, code)
        if due_at is not None and due_at <= now and _TODAY.fullmatch(day[0]):
            here = now.astimezone(ZoneInfo(zone))
            due_at = datetime.combine(here.date(), END_OF_DAY, here.tzinfo).astimezone(now.tzinfo)
        if due_at is not None and now < due_at <= now + LONGEST:
            return due_at
    return None


def offered(turn: Turn, conversation: Conversation, text: Text) -> list[Effect]:
    """The offer of a reminder for what an owner has just promised; none by mail, where each word is a mail."""
    found = None if turn.surface.quiet else promised(text.plain, turn.now, turn.policy.timezone)
    if found is None:
        return []
    words, due_at = found
    promise = Promise(
        id=turn.book.next_promise(),
        conversation=conversation.number,
        owner=turn.owner.name,
        words=words[:500],
        due_at=due_at,
        state="offered",
        made_at=turn.now,
    )
    asked = turn.speech.say(
        'Promised for {when}: "{words}". `{command}` reminds you then.',
        when=said(due_at, turn.policy.timezone, turn.speech),
        words=excerpt(words.rstrip("."), 80),
        command="!remind" if turn.line.room else "remind",
    )
    draft = turn.tell(asked, conversation.number).draft
    if turn.surface.buttons:
        choice = Choice(id=f"{CHOICE}{promise.id}", label=turn.speech.say("Remind me"), word="remind")
        draft = replace(draft, choices=(choice,))
    return [promise, Send(draft=draft)]


def taken_by_button(turn: Turn, choice: str, number: int) -> Decision:
    """The owner pressed the button under an offer that was made about this conversation."""
    name = choice.removeprefix(CHOICE)
    promise = turn.book.promise(int(name)) if re.fullmatch(r"[0-9]{1,15}", name) else None
    if promise is None or promise.state != "offered" or promise.conversation != number:
        return Decision("chosen, but nothing was asked")
    return Decision("command", tuple(_kept(turn, promise)))


def taken(turn: Turn, number: int) -> Sequence[Effect]:
    """`remind` alone: the offer that was made last, of the conversation that the line stands in where it does."""
    offers = turn.book.promises("offered", conversation=number, owner=turn.owner.name)
    fresh = [one for one in offers if turn.now - one.made_at <= OFFER_LASTS]
    if not fresh:
        return [turn.tell(turn.speech.say("Of what? `remind 42 fri 9:00` reminds you of 42."), number)]
    return _kept(turn, max(fresh, key=lambda one: one.id))


def remind(turn: Turn, conversation: Conversation, words: str) -> Sequence[Effect]:
    """The owner asks to be reminded of a case, whoever writes meanwhile."""
    due_at = future(turn, words)
    if isinstance(due_at, str):
        return [turn.tell(due_at, conversation.number)]
    promise = Promise(
        id=turn.book.next_promise(),
        conversation=conversation.number,
        owner=turn.owner.name,
        words="",
        due_at=due_at,
        state="open",
        made_at=turn.now,
    )
    return _kept(turn, promise)


def _kept(turn: Turn, promise: Promise) -> list[Effect]:
    conversation = turn.book.conversation(promise.conversation)
    when = when_said(promise.due_at, turn)
    whom = turn.whom(conversation) if conversation else f"#{promise.conversation}"
    told = turn.speech.say("You are reminded {when}: {whom}", when=when, whom=whom)
    data = {"owner": promise.owner, "due": promise.due_at.isoformat()}
    return [
        replace(promise, state="open"),
        _timer(promise.id, promise.due_at),
        Log(kind="promised", conversation=promise.conversation, data=data),
        turn.tell(told, promise.conversation),
    ]


def _timer(promise: int, due_at: datetime) -> Remind:
    key = f"{TIMER}:{promise}:{due_at.isoformat()}"
    return Remind(key=key, due_at=due_at, data={"timer": TIMER, "promise": promise})


def due(promise: int, box: Letterbox) -> Decision:
    """The owner is told, and told again each day until it is done."""
    found = box.book.promise(promise)
    conversation = box.book.conversation(found.conversation) if found else None
    if found is None or found.state != "open" or conversation is None:
        return Decision("no longer needed")
    effects: list[Effect] = [_timer(promise, box.now + _DAY), Log(kind="promise due", conversation=conversation.number)]
    name = conversation.customer.name or conversation.address
    known = box.policy.owner_named(found.owner) is not None
    places = [(owner, place) for owner in box.policy.owners for place in owner.surfaces]
    for owner, surface in [one for one in places if one[0].name == found.owner] if known else box.policy.surfaces():
        text = language(owner.language).say(
            "Due now: {handle} {name}{words}. `done {number}` when it is done; else you are reminded each day.",
            handle=conversation.handle,
            name=name,
            words=f': "{excerpt(found.words, 120)}"' if found.words else "",
            number=conversation.number,
        )
        effects += unhurried(text, owner, surface, box, conversation.number)
    return Decision("promise due", tuple(effects))


def done(turn: Turn, conversation: Conversation) -> Sequence[Effect]:
    """What was promised there is kept."""
    number = conversation.number
    promises = turn.book.promises("open", conversation=number)
    if not promises:
        return [turn.tell(turn.speech.say("Nothing is promised: {whom}", whom=turn.whom(conversation)), number)]
    kept = [replace(promise, state="done") for promise in promises]
    log = Log(kind="promise kept", conversation=number, data={"owner": turn.owner.name})
    return [*kept, log, turn.tell(turn.speech.say("Done: {whom}", whom=turn.whom(conversation)), number)]


def listed(turn: Turn) -> Sequence[Effect]:
    """What is promised and not done yet, what is due first."""
    lines = []
    for promise in turn.book.promises("open"):
        conversation = turn.book.conversation(promise.conversation)
        whom = turn.whom(conversation) if conversation else f"#{promise.conversation}"
        when = said(promise.due_at, turn.policy.timezone, turn.speech)
        words = f": {excerpt(promise.words, 80)}" if promise.words else ""
        lines.append(f"{when}  {whom} [{promise.owner}]{words}")
    return [turn.tell("\n".join(lines) or turn.speech.say("There are none."))]
