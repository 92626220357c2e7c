"""What follows when an owner writes. Pure.

An owner's line goes where `relay.resolve` says; what is unclear is held back and asked about, with numbered choices,
and only the bare number sends it. Any other line drops the held one, and the owner reads that it was not sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bridge.book import Pending
from bridge.bot import teaching
from bridge.cases.uniting import MERGE, merge_confirmed
from bridge.conversation import Conversation
from bridge.decision import Answered, Ask, Decision, Effect, Log, Question, Reword
from bridge.messages import Deletion, Edit, Message
from bridge.owners.answering import Answer, answer, take_back
from bridge.owners.asking import NOBODY, TO_ALL, answer_or_ask, ask_which, files_not_sent, not_sent
from bridge.owners.choosing import NEXT, NEXT_NOTE
from bridge.owners.commands import carry_out, noted, reads_as_command
from bridge.owners.correcting import HAS_LEFT, corrected, correction, taken_back
from bridge.owners.relay import Standing, Target, ToCommand, ToCustomer, ToNote, Unclear, read, resolve
from bridge.owners.turn import Turn


def wrote(message: Message, turn: Turn) -> Decision:
    """A line, or a file, of an owner's."""
    if message.unreadable:
        not_read = turn.speech.say(
            "Not sent: your line is encrypted with {how} and cannot be read here. Switch encryption off for this chat.",
            how=message.unreadable,
        )
        return Decision("unreadable", (turn.tell(not_read),))
    if _came_before(turn):
        return Decision("owner's line again")
    words = message.text if message.visible is None else message.visible
    if message.text and not words:
        return Decision("owner's words unclear", (_whose_words(turn),))
    given = Answer(text=words, attachments=message.attachments, native_id=message.native_id)
    held = turn.book.question(turn.line.connector, turn.line.address, turn.now)
    dropped: list[Effect] = []
    others = held if held is not None and held.owner not in ("", turn.owner.name) else None
    if others is not None:
        held = None  # it was asked of another owner, who shares this address
    if held is not None and held.kind in (NEXT, NEXT_NOTE):
        return _as_said(held, message, given, turn)
    here = held is not None and held.room == turn.line.room
    if held is not None and here:
        chosen = held.options.get(words.plain.strip().casefold())
        if chosen is not None and _answers_the_question(message, chosen, turn):
            return _chosen(held, chosen, turn)
        dropped = [_answered(turn), not_sent(held, turn)]
    reason, effects = _follow(resolve(words, _standing(message, turn)), given, turn)
    lost = others if held is None or here else held
    if lost is not None and lost.text and any(isinstance(effect, Ask) for effect in effects):
        # One question at a time: what was held in another room, or of another owner, is not sent; that is said there.
        there = replace(turn, line=replace(turn.line, room=lost.room))
        dropped = [not_sent(lost, there)]
    return Decision(reason, (*dropped, *effects))


def _as_said(held: Question, message: Message, given: Answer, turn: Turn) -> Decision:
    """The line after a tap on "Answer" or "Note": as if it quoted what was tapped, unless it quotes something."""
    if given.text.plain.strip() == NOBODY:
        return Decision("not sent", (_answered(turn), turn.tell(turn.speech.say("Good: it goes nowhere."))))
    standing = _standing(message, turn)
    if standing.quoted is None and not standing.room:
        standing = replace(standing, quoted=(int(held.options[""]),), room=0)
    target = resolve(given.text, standing)
    if held.kind == NEXT_NOTE and isinstance(target, ToCustomer):
        target = ToNote(number=target.number, text=target.text)
    reason, effects = _follow(target, given, turn)
    return Decision(reason, (_answered(turn), *effects))


def _came_before(turn: Turn) -> bool:
    """Whether this very line became an answer before: a mail that somebody sent again."""
    return turn.by_token and turn.book.from_line(turn.line) is not None


def _whose_words(turn: Turn) -> Effect:
    """The connector could not tell an owner's words from a quote: better nothing than a customer's own words."""
    unclear = turn.speech.say("Not sent: your words could not be told from what you quote. Write them above the quote.")
    return turn.tell(unclear, turn.number)


def _answers_the_question(message: Message, chosen: str, turn: Turn) -> bool:
    """A number that quotes a line is meant for a customer; by mail, whatever is typed answers some mail."""
    if turn.by_token:
        return turn.number == 0 or str(turn.number) == chosen
    return not message.replies_to


def _follow(target: Target, given: Answer, turn: Turn) -> tuple[str, Sequence[Effect]]:
    if isinstance(target, ToCustomer):
        target = teaching.order(target, turn) or target
    if isinstance(target, ToCommand):
        effects = carry_out(target, given, turn)
        if effects is not None:
            return "command", effects
        target = Unclear(candidates=(), text=given.text)
    conversation = None if isinstance(target, Unclear) else turn.book.conversation(target.number)
    if isinstance(target, Unclear) or conversation is None:
        if isinstance(target, Unclear):
            return "asked", ask_which(target, given, turn)
        return "asked", ask_which(Unclear(candidates=(), text=target.text), given, turn, missing=target.number)
    if isinstance(target, ToNote):
        return "noted", [*noted(turn, conversation, target.text), *files_not_sent(given, turn, conversation.number)]
    if not target.text and not given.attachments:
        return "asked", [turn.tell(turn.speech.say("There was nothing to send."), conversation.number)]
    return "answered", _answer(conversation, replace(given, text=target.text), turn)


def _answer(conversation: Conversation, given: Answer, turn: Turn) -> Sequence[Effect]:
    effects = answer_or_ask(turn, conversation, given)
    asked = any(isinstance(effect, Ask) for effect in effects)
    return effects if asked else [*effects, *teaching.corrected(turn, conversation)]


def _standing(message: Message, turn: Turn) -> Standing:
    connector, book = turn.line.connector, turn.book

    def leads_to(number: int) -> int:
        found = book.conversation(number)
        return found.number if found else number

    quoted = tuple(dict.fromkeys(book.referred(connector, message.replies_to))) if message.replies_to else None
    if turn.by_token:
        # Where a mail went says what it answers; what its references name must not differ.
        named = (turn.number,) if turn.number else ()
        return Standing(quoted=tuple(dict.fromkeys((*named, *(quoted or ())))) or None, leads_to=leads_to)
    room = book.in_room(connector, turn.surface.address, message.room) if message.room else 0
    return Standing(quoted=quoted, room=room, leads_to=leads_to)


def _answered(turn: Turn) -> Answered:
    return Answered(connector=turn.line.connector, address=turn.line.address)


def _chosen(held: Question, chosen: str, turn: Turn) -> Decision:
    conversation = turn.book.conversation(int(chosen)) if chosen else None
    if conversation is None:
        return Decision("not sent", (_answered(turn), not_sent(held, turn)))
    if held.kind == MERGE:
        return Decision("command", (_answered(turn), *merge_confirmed(turn, held, conversation)))
    given = Answer(text=held.text, native_id=held.native_id, to_all=TO_ALL.get(held.kind))
    if held.kind in TO_ALL:
        return Decision("answered", (_answered(turn), *answer(turn, conversation, given)))
    # A note stays a note, and a command a command, now that it is known whom they are about.
    reason, effects = _follow(read(held.text, conversation.number), given, turn)
    return Decision(reason, (_answered(turn), *effects))


def edited(event: Edit, turn: Turn) -> Decision:
    """An owner changed a line of theirs: an answer that still waits changes with it, one that has left is corrected."""
    sent = turn.book.from_line(replace(turn.line, native_id=event.native_id))
    if sent is None:
        return Decision("edit of nothing known")
    conversation = turn.book.conversation(sent.conversation)
    if conversation is None or sent.state not in ("waiting", *HAS_LEFT):
        return Decision("edited too late", (_too_late(sent, turn),))
    target = resolve(event.text, Standing(quoted=(sent.conversation,)))
    if not isinstance(target, ToCustomer) or not target.text or reads_as_command(event.text.plain):
        if sent.state != "waiting":
            return Decision("edited too late", (_too_late(sent, turn),))
        unchanged = turn.speech.say("Not changed: the first wording still waits. `undo` takes it back.")
        return Decision("edit unclear", (turn.tell(unchanged, sent.conversation),))
    if sent.state != "waiting":
        return corrected(turn, sent, conversation, target.text)
    text = correction(turn, conversation, target.text) if sent.changes else target.text
    told = turn.tell(
        turn.speech.say("Changed before it was sent: {whom}", whom=turn.whom(conversation)), sent.conversation
    )
    log = Log(kind="reworded", conversation=sent.conversation, data={"owner": turn.owner.name})
    return Decision("reworded", (Reword(outbound_id=sent.id, text=text, connector=sent.connector), log, told))


def deleted(event: Deletion, turn: Turn) -> Decision:
    """An owner deleted a line of theirs: an answer that still waits is taken back, as by `undo`; one that has left,
    where its network can.
    """
    sent = turn.book.from_line(replace(turn.line, native_id=event.native_id))
    if sent is None or sent.state == "cancelled":
        return Decision("deletion of nothing known")
    if sent.state == "waiting":
        return Decision("undone", (*take_back(turn, sent), *teaching.unapproved(turn, sent)))
    conversation = turn.book.conversation(sent.conversation)
    if conversation is not None and sent.state in HAS_LEFT and sent.connector in turn.policy.edits:
        return taken_back(turn, sent, conversation)
    late = turn.speech.say("Too late to take back: it has left. The customer has it, or may have it.")
    return Decision("deleted too late", (turn.tell(late, sent.conversation),))


def _too_late(sent: Pending, turn: Turn) -> Effect:
    return turn.tell(turn.speech.say("Too late to change: the customer has the first wording."), sent.conversation)
