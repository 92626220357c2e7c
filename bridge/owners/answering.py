"""What follows when an owner answers a customer, and when an owner thinks better of it. Pure.

An answer waits for the undo window, then leaves. The owner reads at once where it will go, the other owners and the
owner's other surfaces read that it is answered, and whatever automatic still waited for that customer is withdrawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bridge.book import Pending
from bridge.cases.assigning import by_answering
from bridge.cases.closing import close_later
from bridge.cases.others import tell_others
from bridge.cases.promising import offered
from bridge.conversation import Conversation, Happening, State, after
from bridge.customers.following import wanted
from bridge.decision import (
    Block,
    Change,
    Direction,
    Draft,
    Effect,
    Log,
    Record,
    Send,
    Withdraw,
    WithdrawAutomatic,
)
from bridge.messages import Attachment
from bridge.outbound import OutboundKind, Quoted
from bridge.owners.turn import Turn
from bridge.rooming import reopen
from bridge.text import Text

QUOTED_LIMIT = 20_000
"""Characters of a customer's message that go below an answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """An owner's words for a customer. `to_all`: to everybody who is in the conversation, or not; None as the shop has
    it.
    """

    text: Text
    attachments: tuple[Attachment, ...] = ()
    native_id: str = ""
    to_all: bool | None = None


def answered_by_another(turn: Turn, conversation: Conversation) -> bool:
    """Whether another owner has answered so lately that this one may not have seen it."""
    answered_at = conversation.person_answered_at
    return (
        answered_at is not None
        and conversation.answered_by != turn.owner.name
        and turn.now - answered_at < turn.policy.second_owner_asks
    )


def answer(turn: Turn, conversation: Conversation, given: Answer) -> list[Effect]:
    """The effects of an owner's answer."""
    return [
        Record(
            conversation=conversation.number,
            direction=Direction.OUT,
            connector=turn.line.connector,
            text=given.text,
            author=turn.owner.name,
            native_id=given.native_id,
            attachments=given.attachments,
        ),
        *wanted(
            given.attachments,
            turn.line.connector,
            turn.line.address,
            author=turn.owner.name,
            conversation=conversation.number,
        ),
        WithdrawAutomatic(conversation=conversation.number),
        *(reopen(turn.policy, conversation) if conversation.state is State.CLOSED else ()),
        Send(draft=_draft(turn, conversation, given)),
        _answered(turn, conversation),
        *_let_in(conversation),
        Log(kind="answered", conversation=conversation.number, data={"owner": turn.owner.name}, sends=True),
        *_claimed(turn, conversation),
        *close_later(turn.policy, conversation.number, turn.now),
        *_echo(turn, conversation, given),
        *_tell_the_others(turn, conversation),
        *offered(turn, conversation, given.text),
    ]


def say_to(turn: Turn, conversation: Conversation, given: Answer) -> list[Effect]:
    """The same words of an owner's for one of many: at once, with no mark and no echo of its own. Who waits for the
    shop has an answer then; a case that is closed or sleeps stays so.
    """
    record = Record(
        conversation=conversation.number,
        direction=Direction.OUT,
        connector=turn.line.connector,
        text=given.text,
        author=turn.owner.name,
    )
    draft = replace(_draft(turn, conversation, given), due_at=None, origin=None, author="")
    effects: list[Effect] = [record, WithdrawAutomatic(conversation=conversation.number), Send(draft=draft)]
    if conversation.state in (State.OPEN, State.WAITING):
        effects.append(_answered(turn, conversation))
        effects += close_later(turn.policy, conversation.number, turn.now)
    data = {"owner": turn.owner.name}
    return [*effects, Log(kind="answered", conversation=conversation.number, data=data, sends=True)]


def _draft(turn: Turn, conversation: Conversation, given: Answer) -> Draft:
    return Draft(
        kind=OutboundKind.ANSWER,
        connector=conversation.connector,
        address=conversation.address,
        text=given.text,
        conversation=conversation.number,
        subject=_subject(turn, conversation),
        replies_to=tuple(turn.book.thread_ids(conversation.number)),
        due_at=turn.now + turn.policy.undo,
        author=turn.owner.name,
        origin=replace(turn.line, native_id=given.native_id or turn.line.native_id),
        carries=bool(given.attachments),
        copies=_copies(turn, conversation, given),
        quoted=_quoted(turn, conversation),
    )


def _subject(turn: Turn, conversation: Conversation) -> str:
    """Of one that was merged from several, the subject of the message that is answered."""
    heard = turn.book.last_heard(conversation.number) if conversation.places else None
    return (heard.subject if heard else "") or conversation.subject


def _let_in(conversation: Conversation) -> list[Block]:
    """Whom an owner answers is no stranger any more."""
    customer = conversation.customer
    return [Block(customer=customer, blocked=customer.blocked)] if customer.held else []


def _copies(turn: Turn, conversation: Conversation, given: Answer) -> tuple[str, ...]:
    to_all = turn.policy.answer_all if given.to_all is None else given.to_all
    return conversation.copies if to_all else ()


def _quoted(turn: Turn, conversation: Conversation) -> Quoted | None:
    """What the customer wrote last, where an answer carries it below."""
    heard = turn.book.last_heard(conversation.number) if conversation.connector in turn.policy.quotes else None
    if heard is None:
        return None
    return Quoted(author=heard.author, at=heard.at, text=heard.text.plain[:QUOTED_LIMIT])


def _answered(turn: Turn, conversation: Conversation) -> Change:
    return Change(
        after=replace(
            conversation,
            state=after(conversation.state, Happening.PERSON_ANSWERED),
            changed_at=turn.now,
            person_answered_at=turn.now,
            answered_by=turn.owner.name,
            assigned_to=by_answering(turn, conversation),
        )
    )


def _claimed(turn: Turn, conversation: Conversation) -> list[Log]:
    whose = by_answering(turn, conversation)
    if whose == conversation.assigned_to:
        return []
    data = {"to": whose, "owner": turn.owner.name, "by": "answer"}
    return [Log(kind="assigned", conversation=conversation.number, data=data)]


def _needs_no_echo(turn: Turn, conversation: Conversation) -> bool:
    """A quiet surface spares it; but not where the line stands in no room of that customer's: there the number that was
    typed may be another's.
    """
    if not turn.surface.quiet:
        return False
    room = turn.line.room
    here = turn.book.in_room(turn.line.connector, turn.surface.address, room) if room else 0
    return not turn.surface.rooms or here == conversation.number


def _echo(turn: Turn, conversation: Conversation, given: Answer) -> list[Send]:
    if _needs_no_echo(turn, conversation):
        return []
    whom = turn.whom(conversation)
    copies = _copies(turn, conversation, given)
    if copies:
        whom = turn.speech.say("{whom} and {others}", whom=whom, others=", ".join(copies))
    seconds = round(turn.policy.undo.total_seconds())
    if seconds:
        whom = turn.speech.say("{whom} (undo within {seconds} s)", whom=whom, seconds=seconds)
    return [turn.tell(f"-> {whom}", conversation.number)]


def _tell_the_others(turn: Turn, conversation: Conversation) -> list[Send]:
    whom, owner = turn.whom(conversation), turn.owner.name
    return tell_others(
        turn, lambda speech: speech.say("{whom}: answered by {owner}", whom=whom, owner=owner), conversation.number
    )


def undo(turn: Turn) -> Sequence[Effect]:
    """Take back the owner's own last answer while it still waits."""
    waiting = turn.book.waiting_of(turn.owner.name)
    if waiting is None:
        return [turn.tell(turn.speech.say("Nothing to undo: no answer of yours is still waiting."))]
    return take_back(turn, waiting)


def take_back(turn: Turn, waiting: Pending) -> Sequence[Effect]:
    """An answer that still waits is not sent."""
    effects: list[Effect] = [
        Withdraw(outbound_id=waiting.id, reason="undone"),
        Log(
            kind="undone",
            conversation=waiting.conversation,
            data={"owner": turn.owner.name, "outbound": waiting.part_of or waiting.id},
        ),
    ]
    conversation = turn.book.conversation(waiting.conversation)
    if conversation is None:
        return [*effects, turn.tell(turn.speech.say("Taken back."))]
    if turn.book.answers(conversation.number) <= 1:
        effects.append(Change(after=unanswered(turn, conversation)))
    told = turn.speech.say("Taken back, not sent: {whom}", whom=turn.whom(conversation))
    return [*effects, turn.tell(told, conversation.number)]


def unanswered(turn: Turn, conversation: Conversation) -> Conversation:
    """The conversation without its answer."""
    return replace(
        conversation,
        state=after(conversation.state, Happening.ANSWER_FAILED),
        changed_at=turn.now,
        person_answered_at=None,
        answered_by="",
    )
