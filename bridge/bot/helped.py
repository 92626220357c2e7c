"""What follows when a customer says whether an automatic answer did help. Pure.

    yes    the conversation is done, unless the customer has asked something else since
    no     it waits for the shop, the owner reads what was tried, and the bot is silent in it from then on

A customer's no is no verdict on the entry: the owner says whether the answer was wrong (`no 42`).
"""

from __future__ import annotations

from dataclasses import replace

from bridge import rooming
from bridge.bot.drafting import automatic
from bridge.bot.words import a_person_will_answer, customers_language
from bridge.cases import overdue
from bridge.conversation import Conversation, Happening, State, after
from bridge.decision import Change, Decision, Effect, Log, Question, Remember, Send
from bridge.happened import HELPED, NOT_HELPED
from bridge.language import language
from bridge.learned import Fate, Remembered
from bridge.letterbox import Letterbox
from bridge.marks import notice
from bridge.outbound import Choice
from bridge.owners.choices import NO, of_match
from bridge.text import Text


def latest(question: Question, conversation: Conversation, box: Letterbox) -> bool:
    """Whether the shop has said nothing since the automatic answer, so that a bare yes or no is about that."""
    match = _match(question, box)
    return match is not None and match.fate is Fate.ANSWERED and not conversation.person_answered_at


def _match(question: Question, box: Letterbox) -> Remembered | None:
    number = question.about.partition(".")[0]  # of a merged case, the number of then
    matches = box.book.matches(int(number)) if number.isdecimal() else ()
    return next((one for one in matches if one.id == question.about), None)


def said(question: Question, choice: str, conversation: Conversation, box: Letterbox) -> Decision:
    """The customer chose "yes" or "no"."""
    match = _match(question, box)
    if match is None or match.fate is not Fate.ANSWERED:
        return Decision("answered what nobody asks any more")
    return _yes(match, conversation, box) if choice == "yes" else _no(match, conversation, box)


def said_late(conversation: Conversation, box: Letterbox) -> Decision:
    """The customer chose "no" where nothing is asked any more: it hands over all the same, if nobody has taken over."""
    answered = [one for one in box.book.matches(conversation.number) if one.fate is Fate.ANSWERED]
    if not answered or conversation.person_answered_at:
        return Decision("chosen, but nothing was asked")
    return _no(answered[-1], conversation, box)


def _voted(kind: str, match: Remembered, conversation: Conversation) -> Log:
    """What the customer said of it, for the log (`votes.py` reads it)."""
    data = {"entry": match.entry, "match": match.id, "asked_at": match.at.isoformat()}
    return Log(kind=kind, conversation=conversation.number, data=data)


def _yes(match: Remembered, conversation: Conversation, box: Letterbox) -> Decision:
    effects: list[Effect] = [
        Remember(match=replace(match, fate=Fate.HELPED)),
        _voted(HELPED, match, conversation),
    ]
    if conversation.state is State.WAITING and not conversation.person_answered_at:
        closed = replace(conversation, state=after(conversation.state, Happening.CLOSED), changed_at=box.now)
        by = Log(kind="closed", conversation=conversation.number, data={"by": "customer"})
        effects += [Change(after=closed), by, *rooming.close(box.policy, conversation)]
    return Decision("helped", tuple(effects))


def _no(match: Remembered, conversation: Conversation, box: Letterbox) -> Decision:
    state = after(conversation.state, Happening.CUSTOMER_WROTE)
    opened = replace(conversation, state=state, changed_at=box.now)
    effects: list[Effect] = [
        Remember(match=replace(match, fate=Fate.NOT_HELPED)),
        Change(after=opened),
        _voted(NOT_HELPED, match, conversation),
    ]
    if not conversation.person_answered_at:
        effects.append(promise(match.language, conversation, box))
    effects += overdue.begun(conversation, opened, box)
    return Decision("not helped", (*effects, *_told(match, conversation, box)))


def promise(spoken: str, conversation: Conversation, box: Letterbox) -> Send:
    """A person will answer, and the customer is told so."""
    words = a_person_will_answer(customers_language(spoken or conversation.language, box.policy.language))
    draft = automatic(Text(words), conversation, box)
    return Send(draft=draft)


def _told(match: Remembered, conversation: Conversation, box: Letterbox) -> list[Send]:
    told = []
    for owner, surface in box.policy.surfaces():
        say = language(owner.language).say
        words = say(
            "{handle} {name}: the automatic answer {entry} did not help. They wait for a person. Was it wrong? "
            "`no {number}` says so.",
            handle=conversation.handle,
            name=conversation.customer.name or conversation.address,
            entry=f"#{match.entry}",
            number=conversation.number,
        )
        choices = (Choice(id=of_match(NO, match.id), label=say("Wrong"), word="no"),) if surface.buttons else ()
        told.append(Send(draft=replace(notice(surface, words, conversation.number), choices=choices)))
    return told
