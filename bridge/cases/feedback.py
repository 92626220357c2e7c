"""One question to a customer after a person has closed their case: how was it, 1 to 5. Off unless it is wanted. Pure.

Never where only the bot has answered, where nobody has written, after a case that closed by itself, or to who is
blocked, held, or has said `stop`; and once in a month at most. Only the bare number answers: all else is a message like
any other, so that nobody's "3 tulips, please" is taken for a mark. A low mark opens the case, and owners read it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bridge import rooming
from bridge.cases import overdue
from bridge.conversation import Conversation, Happening, State, after
from bridge.decision import Ask, Change, Decision, Draft, Effect, Log, Question, Remind, Send
from bridge.language import language
from bridge.letterbox import Letterbox
from bridge.marks import notice
from bridge.outbound import Choice, OutboundKind
from bridge.policy import Policy
from bridge.text import Text

TIMER = "feedback"
FEEDBACK = "feedback"
"""The kind of the question."""
STOP = "stop"
MARKS = ("1", "2", "3", "4", "5")
LOW = ("1", "2")

ASKED, REFUSED, GIVEN = "feedback asked", "feedback refused", "feedback"
"""What the log calls it."""

AGAIN_AFTER = timedelta(days=30)
OPEN_FOR = timedelta(days=7)
_DAY = timedelta(days=1)
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


def later(policy: Policy, conversation: Conversation, now: datetime) -> list[Remind]:
    """The timer of the question, for a case that an owner closes now."""
    if not policy.feedback or not conversation.person_answered_at:
        return []
    number = conversation.number
    data = {"timer": TIMER, "conversation": number}
    return [Remind(key=f"{TIMER}:{number}:{now.isoformat()}", due_at=now + policy.feedback_after, data=data)]


def due(conversation: Conversation, box: Letterbox) -> Decision:
    """The customer is asked, if that is still right."""
    why_not = _why_not(conversation, box)
    if why_not:
        return Decision(why_not)
    spoken = language(box.policy.language)
    choices = [Choice(id=mark, label=mark, word=mark) for mark in MARKS]
    choices.append(Choice(id=STOP, label=spoken.say("No such questions"), word=STOP))
    text = spoken.say(
        "How did we do, from 1 (badly) to 5 (very well)? The number alone will do; `stop` and you are asked no more. "
        "(This question is automatic.) {business}",
        business=box.policy.business,
    )
    draft = Draft(
        kind=OutboundKind.AUTOMATIC,
        connector=conversation.connector,
        address=conversation.address,
        text=Text(text),
        conversation=conversation.number,
        subject=conversation.subject,
        replies_to=tuple(box.book.thread_ids(conversation.number)),
        choices=tuple(choices),
        expires_at=box.now + box.policy.automatic_expires,
    )
    options = {choice.word: choice.id for choice in choices}
    question = Question(kind=FEEDBACK, options=options, text=Text(), about=f"{conversation.number}.")
    ask = Ask(
        connector=conversation.connector,
        address=conversation.address,
        question=question,
        expires_at=box.now + OPEN_FOR,
    )
    return Decision("asked how it was", (Send(draft=draft), ask, Log(kind=ASKED, conversation=conversation.number)))


def _why_not(conversation: Conversation, box: Letterbox) -> str:
    customer, book, now = conversation.customer, box.book, box.now
    if not box.policy.feedback or conversation.state is not State.CLOSED or not conversation.person_answered_at:
        return "no longer needed"
    if now - conversation.changed_at > box.policy.feedback_after + _DAY:
        return "too late"
    here = (conversation.connector, conversation.address)
    enough = box.policy.automatic_per_day
    reasons = {
        "a third person": bool(conversation.about),
        "nobody to ask": customer.blocked or customer.held or book.last_heard(conversation.number) is None,
        "wants no questions": book.told_since(customer.id, REFUSED, _EVER),
        "asked before": book.told_since(customer.id, ASKED, now - AGAIN_AFTER),
        "enough for today": book.question(*here, now) or book.automatic_since(*here, now - _DAY) >= enough,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def latest(question: Question, conversation: Conversation, box: Letterbox) -> bool:  # noqa: ARG001 - as for all kinds
    """Whether the case is still closed: in one that goes on, "5" may be how many they want."""
    return conversation.state is State.CLOSED


def said(question: Question, choice: str, conversation: Conversation, box: Letterbox) -> Decision:  # noqa: ARG001 - a Follow
    """The customer has answered."""
    number = conversation.number
    if choice == STOP:
        return Decision("wants no questions", (Log(kind=REFUSED, conversation=number),))
    log = Log(kind=GIVEN, conversation=number, data={"score": int(choice), "owner": conversation.answered_by})
    if choice not in LOW:
        return Decision("feedback", (log,))
    opened = replace(
        conversation,
        state=after(conversation.state, Happening.CUSTOMER_WROTE),
        changed_at=box.now,
        opened_at=box.now if conversation.state is State.CLOSED else conversation.opened_at,
    )
    effects: list[Effect] = [
        log,
        Change(after=opened),
        Log(kind="reopened", conversation=number, data={"by": "feedback"}),
    ]
    if conversation.state is State.CLOSED:
        effects += rooming.reopen(box.policy, conversation)
    effects += overdue.begun(conversation, opened, box)
    return Decision("low feedback", (*effects, *_told(conversation, choice, box)))


def _told(conversation: Conversation, mark: str, box: Letterbox) -> list[Send]:
    told = []
    for owner, surface in box.policy.surfaces():
        text = language(owner.language).say(
            "{handle} {name} was not content: {mark} of 5. It is open again.",
            handle=conversation.handle,
            name=conversation.customer.name or conversation.address,
            mark=mark,
        )
        told.append(Send(draft=notice(surface, text, conversation.number)))
    return told
