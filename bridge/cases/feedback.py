"""One question to a customer after a person has closed their case: how was it, 1 to 5. Off unless it is wanted. Pure.

Never where only the bot has answered, where nobody but a machine has written, after a case that closed by itself, or to
who is blocked, held, or has said `stop`; and once in a month at most. Only the bare number answers: all else is a
message like any other, so that nobody's "3 tulips, please" is taken for a mark. A low mark opens the case, and owners
read it. Who has given a mark is asked two things more (`following_up.py`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bridge.bot import words
from bridge.bot.drafting import automatic
from bridge.cases.discontent import Words, opened
from bridge.cases.following_up import asked_on
from bridge.cases.survey import AGAIN_AFTER, FEEDBACK, LOW, STOP, marks, put, refused, since_then
from bridge.conversation import Conversation, State
from bridge.decision import Decision, Log, Question, Remind, Send
from bridge.happened import FEEDBACK_ASKED, FEEDBACK_GIVEN, FEEDBACK_REFUSED
from bridge.language import Language
from bridge.letterbox import Letterbox
from bridge.policy import Policy
from bridge.text import Text

TIMER = "feedback"
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
    speech = words.customers_language(conversation.language, box.policy.language)
    choices = marks(speech)
    text = Text(words.how_was_it(speech, box.policy.business))
    log = Log(kind=FEEDBACK_ASKED, conversation=conversation.number, data={"owner": conversation.answered_by})
    sent = Send(draft=automatic(text, conversation, box, choices))
    return Decision("asked how it was", (sent, put(FEEDBACK, choices, conversation, box), log))


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
        "wants no questions": book.told_since(customer.id, FEEDBACK_REFUSED, _EVER),
        "asked before": book.told_since(customer.id, FEEDBACK_ASKED, now - AGAIN_AFTER),
        "enough for today": book.question(*here, now) or book.automatic_since(*here, now - _DAY) >= enough,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def latest(question: Question, conversation: Conversation, box: Letterbox) -> bool:  # noqa: ARG001 - as for all kinds
    """Whether the case is still closed: in one that goes on, "5" may be how many they want."""
    return conversation.state is State.CLOSED and since_then(question, conversation)


def said(question: Question, choice: str, conversation: Conversation, box: Letterbox) -> Decision:
    """The customer has answered."""
    if choice == STOP:
        return refused(conversation)
    given = low(choice, conversation, box) if choice in LOW else Decision("feedback", (_given(choice, conversation),))
    if not latest(question, conversation, box):
        return given
    return replace(given, effects=(*given.effects, *asked_on(conversation, box)))


def low(choice: str, conversation: Conversation, box: Letterbox) -> Decision:
    """The customer was not content, and has said so in time or late."""
    told = opened(conversation, box, _was_not_content(choice))
    return Decision("low feedback", (_given(choice, conversation), *told))


def _given(choice: str, conversation: Conversation) -> Log:
    data = {"score": int(choice), "owner": conversation.answered_by}
    return Log(kind=FEEDBACK_GIVEN, conversation=conversation.number, data=data)


def _was_not_content(mark: str) -> Words:
    def words(speech: Language, handle: str, name: str) -> str:
        return speech.say(
            "{handle} {name} was not content: {mark} of 5. It is open again.", handle=handle, name=name, mark=mark
        )

    return words
