"""What follows when a customer answers a question of the bridge's: with its bare word, or with its button. Pure.

Where a network has no buttons only the bare word answers; anything else is a message like any other, and the question
stays open until it expires. A word answers only what was said last: once a person has answered, "yes" or "5" may be
for what they asked, and taken for something else it would be hidden from them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bridge.book import Pending
from bridge.bot import helped
from bridge.bot.automatic_answer import HELPED
from bridge.cases import feedback, following_up
from bridge.cases.following_up import NO as NOT_SOLVED
from bridge.cases.survey import EASE, FEEDBACK, LOW, SOLVED
from bridge.conversation import Conversation
from bridge.customers.arrival import Arrival, logged, recorded
from bridge.customers.filed import HELD
from bridge.decision import Answered, Count, Decision, Question
from bridge.faq.short_reply import Said, short_reply
from bridge.happened import FEEDBACK_GIVEN, FEEDBACK_SOLVED
from bridge.letterbox import Letterbox
from bridge.messages import Chosen, Message
from bridge.outbound import OutboundKind
from bridge.owners.choices import NO

Follow = Callable[[Question, str, Conversation, Letterbox], Decision]
"""What follows from the choice of this id, in this conversation."""

FOLLOWS: Mapping[str, Follow] = {
    HELPED: helped.said,
    FEEDBACK: feedback.said,
    SOLVED: following_up.solved,
    EASE: following_up.ease,
}
"""The kinds of question that customers are asked."""

LATEST: Mapping[str, Callable[[Question, Conversation, Letterbox], bool]] = {
    HELPED: helped.latest,
    FEEDBACK: feedback.latest,
    SOLVED: following_up.latest,
    EASE: following_up.latest,
}
"""Whether the shop has said nothing since that a bare word could be for, by the kind of the question."""


def by_word(message: Message, arrival: Arrival, box: Letterbox) -> Decision | None:
    """The customer's message as an answer to what they were asked; None where it is none."""
    question = box.book.question(box.connector, message.address, box.now)
    conversation = arrival.conversation
    if question is None or question.kind not in FOLLOWS or conversation is None or message.attachments:
        return None
    if _conversation(question) != conversation.number or not LATEST[question.kind](question, conversation, box):
        return None
    words = message.text if message.visible is None else message.visible
    choice = _meant(words.plain, question)
    if choice is None:
        return None
    heard = (
        Count(customer=arrival.customer),
        recorded(message, conversation, box),
        logged("customer answered a question", conversation, box),
    )
    decision = _follow(question, choice, conversation, box)
    return replace(decision, effects=(*heard, *decision.effects))


def pressed(event: Chosen, box: Letterbox) -> Decision:
    """A customer pressed a button under something that they were sent."""
    sent = box.book.outbound(event.outbound_id, box.connector)
    conversation = box.book.conversation(sent.conversation) if sent is not None else None
    if sent is None or conversation is None or sent.address != event.address:
        return Decision("chosen, but nothing was asked")
    if conversation.customer.blocked or conversation.customer.held:
        return Decision("blocked" if conversation.customer.blocked else HELD)
    question = box.book.question(box.connector, event.address, box.now)
    if question is not None and _asks(question, event, conversation, box):
        return _follow(question, event.choice_id, conversation, box)
    if sent.kind == OutboundKind.AUTOMATIC:
        return _late(sent, event.choice_id, conversation, box)
    return Decision("chosen, but nothing was asked")


def _late(sent: Pending, choice: str, conversation: Conversation, box: Letterbox) -> Decision:
    """The question has ended, or another took its place: who is not content must not wait for nobody."""
    if choice == NO:
        return helped.said_late(conversation, box)
    if choice in LOW and not box.book.happened_in(conversation.number, (FEEDBACK_GIVEN,), sent.created_at):
        return feedback.low(choice, conversation, box)
    if choice == NOT_SOLVED and not box.book.happened_in(conversation.number, (FEEDBACK_SOLVED,), sent.created_at):
        return following_up.not_solved(conversation, box)
    return Decision("chosen, but nothing was asked")


def _asks(question: Question, event: Chosen, conversation: Conversation, box: Letterbox) -> bool:
    """Whether this is the question that was answered. One that was merged is about the case that it leads to."""
    about = box.book.conversation(_conversation(question))
    known = question.kind in FOLLOWS and event.choice_id in question.options.values()
    return known and about is not None and about.number == conversation.number


def _follow(question: Question, choice: str, conversation: Conversation, box: Letterbox) -> Decision:
    decision = FOLLOWS[question.kind](question, choice, conversation, box)
    done = Answered(connector=conversation.connector, address=conversation.address)
    # The question first: what follows may ask another.
    return replace(decision, effects=(done, *decision.effects))


def _conversation(question: Question) -> int:
    """What a question is about begins with its conversation: "42.3"."""
    number = question.about.partition(".")[0]
    return int(number) if number.isdigit() else 0


def _meant(words: str, question: Question) -> str | None:
    bare = words.strip().strip(".!,; ").casefold()
    if bare in question.options:
        return question.options[bare]
    said = short_reply(words)
    if said not in (Said.YES, Said.NO):
        return None
    # An id may begin with what it is about: "solved:yes".
    return next((choice for choice in question.options.values() if choice.rpartition(":")[2] == said), None)
