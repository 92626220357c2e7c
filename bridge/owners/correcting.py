"""What follows when an owner edits, or deletes, the line of an answer that has left already. Pure.

the network can change what was sent     the customer's copy is changed, or taken back, by an outbound behind it
it can't, or the answer left in parts    an edit follows as a message of its own, which says that it is a
                                         correction; for a deletion it is too late, where the network can't
it failed, or nobody knows               it is too late for either
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bridge.book import Pending
from bridge.bot import words
from bridge.conversation import Conversation
from bridge.decision import Change, Decision, Direction, Draft, Effect, Log, Record, Send
from bridge.outbound import OutboundKind
from bridge.owners.answering import Answer, answer, unanswered
from bridge.owners.relay import excerpt, headed
from bridge.owners.turn import Turn
from bridge.text import Text

HAS_LEFT = ("sending", "sent", "delivered", "read")


def corrected(turn: Turn, sent: Pending, conversation: Conversation, text: Text) -> Decision:
    """The answer `sent`, which has left, is to say this instead."""
    if text == sent.text:
        return Decision("edit of nothing")
    if sent.connector in turn.policy.edits and not sent.part_of and not sent.changes:
        return Decision("edited", tuple(_edited(turn, sent, conversation, text)))
    given = Answer(text=correction(turn, conversation, text), native_id=turn.line.native_id)
    late = turn.speech.say("It has left; your new words follow as a correction.")
    follows = [_correcting(effect, sent) for effect in answer(turn, conversation, given)]
    return Decision("corrected", (turn.tell(late, conversation.number), *follows))


def correction(turn: Turn, conversation: Conversation, text: Text) -> Text:
    """New words for a customer who has the old ones."""
    return headed(words.correction(words.customers_language(conversation.language, turn.policy.language)), text)


def _correcting(effect: Effect, sent: Pending) -> Effect:
    if isinstance(effect, Send) and effect.draft.kind is OutboundKind.ANSWER:
        return Send(draft=replace(effect.draft, changes=sent.id))
    return effect


def _edited(turn: Turn, sent: Pending, conversation: Conversation, text: Text) -> Sequence[Effect]:
    record = Record(
        conversation=conversation.number,
        direction=Direction.OUT,
        connector=turn.line.connector,
        text=text,
        author=turn.owner.name,
    )
    log = Log(kind="edited", conversation=conversation.number, data={"owner": turn.owner.name})
    return [record, Send(draft=_draft(turn, sent, OutboundKind.EDIT, text)), log]


def taken_back(turn: Turn, sent: Pending, conversation: Conversation) -> Decision:
    """The answer `sent`, which has left, is to be taken back; in all its parts."""
    number = conversation.number
    words = turn.speech.say("Taken back: {words}", words=excerpt(sent.text.plain, 500))
    effects: list[Effect] = [
        Send(draft=replace(_draft(turn, sent, OutboundKind.DELETION, sent.text), changes=part))
        for part in turn.book.parts_of(sent.id)
    ]
    effects.append(
        Record(
            conversation=number,
            direction=Direction.NOTE,
            connector=turn.line.connector,
            text=Text(words),
            author=turn.owner.name,
        )
    )
    if turn.book.answers(number) <= 1:
        effects.append(Change(after=unanswered(turn, conversation)))
    data = {"owner": turn.owner.name, "outbound": sent.part_of or sent.id}
    return Decision("taken back", (*effects, Log(kind="taken back", conversation=number, data=data)))


def _draft(turn: Turn, sent: Pending, kind: OutboundKind, text: Text) -> Draft:
    return Draft(
        kind=kind,
        connector=sent.connector,
        address=sent.address,
        text=text,
        conversation=sent.conversation,
        author=turn.owner.name,
        origin=turn.line,
        changes=sent.id,
    )
