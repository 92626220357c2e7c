"""What follows when an owner puts a sign on something that they were shown. Pure.

on a customer's message, whose network has signs    the customer sees it there, in place of any earlier one
on one whose network has none                       it goes nowhere; the owner reads so, once a day for each customer
on several messages in one                          none is guessed; the owner reads so
on anything else                                    nothing: it is the owner's own

A sign is no answer: the customer still waits.
"""

from __future__ import annotations

from datetime import timedelta

from bridge.book import Line
from bridge.conversation import Conversation
from bridge.decision import Decision, Draft, Log, Send
from bridge.messages import Reaction
from bridge.outbound import OutboundKind
from bridge.owners.turn import Turn
from bridge.text import Text

NOT_SHOWN = "sign not shown"
TOLD_AGAIN = timedelta(days=1)


def signed(event: Reaction, turn: Turn) -> Decision:
    """A sign of an owner's, or that it was taken off."""
    shown = turn.book.shown_message(turn.line.connector, [event.native_id])
    line = turn.book.heard(shown) if shown else None
    conversation = turn.book.conversation(line.conversation) if line is not None else None
    if line is None or conversation is None:
        return _about_several(event, turn)
    if line.connector not in turn.policy.reacts or not line.native_id:
        return _not_shown(event, turn, conversation, line)
    draft = Draft(
        kind=OutboundKind.REACTION,
        connector=line.connector,
        address=line.address or conversation.address,
        text=Text(event.sign),
        conversation=conversation.number,
        replies_to=(line.native_id,),
        author=turn.owner.name,
        origin=turn.line,
    )
    log = Log(kind="signed", conversation=conversation.number, data={"owner": turn.owner.name})
    return Decision("owner's sign", (Send(draft=draft), log))


def _not_shown(event: Reaction, turn: Turn, conversation: Conversation, line: Line) -> Decision:
    told = turn.book.told_since(conversation.customer.id, NOT_SHOWN, turn.now - TOLD_AGAIN)
    if not event.sign or told:
        return Decision(NOT_SHOWN)
    words = turn.speech.say(
        "Your {sign} goes nowhere: {network} has no signs. Only words reach {whom}.",
        sign=event.sign,
        network=turn.policy.label(line.connector),
        whom=turn.whom(conversation),
    )
    log = Log(kind=NOT_SHOWN, conversation=conversation.number, data={"owner": turn.owner.name})
    return Decision(NOT_SHOWN, (turn.tell(words, conversation.number), log))


def _about_several(event: Reaction, turn: Turn) -> Decision:
    numbers = turn.book.referred(turn.line.connector, [event.native_id])
    conversation = turn.book.conversation(numbers[0]) if numbers else None
    together = len(numbers) > 1 or turn.book.shown_together(turn.line.connector, event.native_id) > 1
    if conversation is None or not together or not event.sign:
        return Decision("nothing follows from an owner's sign")
    if len(numbers) > 1:
        words = turn.speech.say("Your {sign} goes nowhere: several customers stand in that message.", sign=event.sign)
        return Decision("sign on several", (turn.tell(words),))
    words = turn.speech.say(
        "Your {sign} goes nowhere: several messages of {whom} stand in that one.",
        sign=event.sign,
        whom=turn.whom(conversation),
    )
    return Decision("sign on several", (turn.tell(words, conversation.number),))
