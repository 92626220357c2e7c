"""What follows when an owner writes. Pure.

An owner's line goes where `relay.resolve` says; what is unclear is held back and asked about, with numbered choices,
and only the bare number sends it. Any other line drops the held one, and the owner reads that it was not sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bridge.answering import Answer, answer, answered_by_another
from bridge.book import Pending
from bridge.commands import carry_out, noted
from bridge.conversation import Conversation
from bridge.decision import Answered, Ask, Decision, Effect, Log, Question, Reword
from bridge.messages import Edit, Message, Text
from bridge.relay import Standing, ToCommand, ToCustomer, ToNote, Unclear, excerpt, resolve
from bridge.turn import Turn

CHOICES = 5
_NOBODY = "0"


def wrote(message: Message, turn: Turn) -> Decision:
    """A line, or a file, of an owner's."""
    held = turn.book.question(turn.line.connector, turn.line.address, turn.now)
    dropped: list[Effect] = []
    if held is not None:
        chosen = held.options.get(message.text.plain.strip().casefold())
        if chosen is not None and not message.replies_to:
            return _chosen(held, chosen, turn)
        dropped = [_answered(turn), _not_sent(held, turn)]
    reason, effects = _follow(message, turn)
    return Decision(reason, (*dropped, *effects))


def _follow(message: Message, turn: Turn) -> tuple[str, Sequence[Effect]]:
    target = resolve(message.text, _standing(message, turn))
    if isinstance(target, ToCommand):
        effects = carry_out(target.words, target.number, turn, sure=target.sure)
        if effects is not None:
            return "command", effects
        target = Unclear(candidates=(), text=message.text)
    if isinstance(target, Unclear):
        return "asked", _ask_which(target, message, turn)
    conversation = turn.book.conversation(target.number)
    if conversation is None:
        return "asked", _ask_which(Unclear(candidates=(), text=target.text), message, turn)
    if isinstance(target, ToNote):
        return "noted", noted(turn, conversation, target.text)
    return _to_customer(target, conversation, message, turn)


def _to_customer(
    target: ToCustomer, conversation: Conversation, message: Message, turn: Turn
) -> tuple[str, Sequence[Effect]]:
    if not target.text and not message.attachments:
        return "asked", [turn.tell(turn.speech.say("There was nothing to send."), conversation.number)]
    if answered_by_another(turn, conversation):
        return "asked", _ask_whether(conversation, target.text, message, turn)
    given = Answer(text=target.text, attachments=message.attachments, native_id=message.native_id)
    return "answered", answer(turn, conversation, given)


def _standing(message: Message, turn: Turn) -> Standing:
    connector, book = turn.line.connector, turn.book
    quoted = tuple(dict.fromkeys(book.referred(connector, message.replies_to))) if message.replies_to else None
    if not message.room:
        return Standing(quoted=quoted)
    return Standing(quoted=quoted, room=None)


def _ask_which(unclear: Unclear, message: Message, turn: Turn) -> Sequence[Effect]:
    numbers = [found for number in unclear.candidates if (found := turn.book.conversation(number))]
    candidates = numbers or list(turn.book.unfinished(CHOICES))
    say = turn.speech.say
    if not candidates:
        return [turn.tell(say("Not sent: nobody waits. `to ADDRESS text` writes first, `help` lists the commands."))]
    options = {str(place): str(found.number) for place, found in enumerate(candidates, start=1)} | {_NOBODY: ""}
    lines = [f"{place}  {turn.whom(found)}" for place, found in enumerate(candidates, start=1)]
    asked = say('To whom shall "{words}" go? Type the number alone:', words=excerpt(unclear.text.plain, 60))
    text = "\n".join([asked, *lines, f"{_NOBODY}  {say('nobody')}"])
    return [
        _ask(Question(kind="which", options=options, text=unclear.text, native_id=message.native_id), turn),
        turn.tell(text),
    ]


def _ask_whether(conversation: Conversation, text: Text, message: Message, turn: Turn) -> Sequence[Effect]:
    options = {"1": str(conversation.number), _NOBODY: ""}
    asked = turn.speech.say(
        "{owner} has just answered {whom}. Send yours as well? Type 1 to send it, 0 not to.",
        owner=conversation.answered_by,
        whom=turn.whom(conversation),
    )
    question = Question(kind="whether", options=options, text=text, native_id=message.native_id)
    return [_ask(question, turn), turn.tell(asked, conversation.number)]


def _ask(question: Question, turn: Turn) -> Ask:
    expires_at = turn.now + turn.policy.question_expires
    return Ask(connector=turn.line.connector, address=turn.line.address, question=question, expires_at=expires_at)


def _answered(turn: Turn) -> Answered:
    return Answered(connector=turn.line.connector, address=turn.line.address)


def _not_sent(held: Question, turn: Turn) -> Effect:
    return turn.tell(turn.speech.say('Not sent: "{words}"', words=excerpt(held.text.plain, 60)))


def _chosen(held: Question, chosen: str, turn: Turn) -> Decision:
    conversation = turn.book.conversation(int(chosen)) if chosen else None
    if conversation is None:
        return Decision("not sent", (_answered(turn), _not_sent(held, turn)))
    given = Answer(text=held.text, native_id=held.native_id)
    return Decision("answered", (_answered(turn), *answer(turn, conversation, given)))


def edited(event: Edit, turn: Turn) -> Decision:
    """An owner changed a line of theirs: an answer that still waits changes with it."""
    sent = turn.book.from_line(replace(turn.line, native_id=event.native_id))
    if sent is None:
        return Decision("edit of nothing known")
    conversation = turn.book.conversation(sent.conversation)
    if conversation is None or sent.state != "waiting":
        return Decision("edited too late", (_too_late(sent, turn),))
    target = resolve(event.text, Standing(quoted=(sent.conversation,)))
    if not isinstance(target, ToCustomer) or not target.text:
        return Decision("edit unclear", (_too_late(sent, turn),))
    told = turn.tell(
        turn.speech.say("Changed before it was sent: {whom}", whom=turn.whom(conversation)), sent.conversation
    )
    log = Log(kind="reworded", conversation=sent.conversation, data={"owner": turn.owner.name})
    return Decision("reworded", (Reword(outbound_id=sent.id, text=target.text), log, told))


def _too_late(sent: Pending, turn: Turn) -> Effect:
    return turn.tell(turn.speech.say("Too late to change: the customer has the first wording."), sent.conversation)
