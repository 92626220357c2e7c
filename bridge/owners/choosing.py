"""What follows when an owner presses a button under something that was shown. Pure.

`Close` and `Block` do what the commands do. `Answer` and `Note` say where the owner's next line goes: it is read as if
it answered that message, so the one tap is as good as a quote. A line that names another conversation goes there, or is
asked about, as ever; a bare 0 goes nowhere.
"""

from __future__ import annotations

from bridge.bot import teaching
from bridge.cases import promising
from bridge.conversation import Conversation
from bridge.decision import Ask, Decision, Question
from bridge.messages import Chosen
from bridge.owners import choices
from bridge.owners.answering import Answer
from bridge.owners.asking import not_sent
from bridge.owners.commands import carry_out
from bridge.owners.relay import ToCommand
from bridge.owners.turn import Turn
from bridge.text import Text

NEXT = "next"
NEXT_NOTE = "next note"
"""The kinds of question that say whom an owner's next line is for; its only option is the conversation."""


def pressed(event: Chosen, turn: Turn) -> Decision:
    """An owner's choice."""
    shown = turn.book.outbound(event.outbound_id, turn.line.connector)
    # What was shown to somebody else is nobody's to press.
    if shown is None or (shown.connector, shown.address) != (turn.line.connector, turn.surface.address):
        return Decision("chosen under nothing known")
    conversation = turn.book.conversation(shown.conversation)
    if conversation is None:
        return Decision("chosen under nothing known")
    if event.choice_id in choices.COMMANDS:
        order = ToCommand(words=event.choice_id, number=conversation.number, sure=True)
        return Decision("command", tuple(carry_out(order, Answer(text=Text()), turn) or ()))
    if event.choice_id in (choices.ANSWER, choices.NOTE):
        return _next_line(conversation, turn, note=event.choice_id == choices.NOTE)
    return _about_one(event, conversation, turn)


def _about_one(event: Chosen, conversation: Conversation, turn: Turn) -> Decision:
    """A button that says which match, or promise, it is about."""
    if event.choice_id.startswith(promising.CHOICE):
        return promising.taken_by_button(turn, event.choice_id, conversation.number)
    verb, _, match = event.choice_id.partition(":")
    follow = {choices.OK: teaching.ok, choices.NO: teaching.no}.get(verb)
    if follow is None:
        return Decision("chosen, but nothing was asked")
    return Decision("command", tuple(follow(turn, conversation, match)))


def _next_line(conversation: Conversation, turn: Turn, *, note: bool) -> Decision:
    whom = turn.whom(conversation)
    if note:
        asked = turn.speech.say("Your next line is a note beside {whom}. 0 takes that back.", whom=whom)
    else:
        asked = turn.speech.say("Your next line goes to {whom}. 0 takes that back.", whom=whom)
    question = Question(
        kind=NEXT_NOTE if note else NEXT,
        options={"": str(conversation.number)},
        text=Text(),
        room=turn.line.room,
        owner=turn.owner.name,
    )
    ask = Ask(
        connector=turn.line.connector,
        address=turn.line.address,
        question=question,
        expires_at=turn.now + turn.policy.question_expires,
    )
    held = turn.book.question(turn.line.connector, turn.line.address, turn.now)
    dropped = [not_sent(held, turn)] if held is not None and held.text else []
    return Decision("asked", (*dropped, ask, turn.tell(asked, conversation.number)))
