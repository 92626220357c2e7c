"""One case out of two: `merge`. Pure. Two out of one are in `splitting.py`.

What must hold: nobody gets somebody else's answer (invariant 5). So a merge makes two customers one only after the
owner has said so, an answer goes to the place that the customer's last message came from, whom it reaches in copy is
what that message says, and no third person's conversation is ever put together with the one that it is about. All that
named the merged case leads to the kept one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bridge import rooming
from bridge.bot import autoanswer
from bridge.case_effects import Merge
from bridge.cases import overdue
from bridge.cases.labelling import MOST
from bridge.cases.others import tell_others
from bridge.cases.waiting import began, waits
from bridge.conversation import Conversation, State
from bridge.decision import Ask, Change, Effect, Link, Log, Question, WithdrawAutomatic
from bridge.happened import CLOSED, HEARD, TAGGED
from bridge.language import Language
from bridge.owners.turn import Turn
from bridge.text import Text

MERGE = "merge"
"""The kind of question that asks whether two customers are one."""


def merge_or_ask(turn: Turn, gone: Conversation, kept: Conversation) -> Sequence[Effect]:
    """`gone` becomes a part of `kept`; where their customers differ, the owner is asked first."""
    refused = _refused(turn, gone, kept)
    if refused:
        return [turn.tell(refused, kept.number)]
    if gone.customer.id == kept.customer.id:
        return merge(turn, gone, kept)
    asked = turn.speech.say(
        "{gone} and {kept} are two customers. Merged, they are one from then on, and an answer goes to where the last "
        "message came from. Type 1 to merge them, 0 not to.",
        gone=turn.whom(gone),
        kept=turn.whom(kept),
    )
    question = Question(
        kind=MERGE,
        options={"1": str(kept.number), "0": ""},
        text=Text(f"merge {gone.number} into {kept.number}"),
        room=turn.line.room,
        owner=turn.owner.name,
        about=str(gone.number),
    )
    expires_at = turn.now + turn.policy.question_expires
    ask = Ask(connector=turn.line.connector, address=turn.line.address, question=question, expires_at=expires_at)
    return [ask, turn.tell(asked, kept.number)]


def _refused(turn: Turn, gone: Conversation, kept: Conversation) -> str:
    say = turn.speech.say
    if gone.number == kept.number:
        return say("They are one already: {whom}", whom=turn.whom(kept))
    if gone.customer.id == kept.customer.id:
        return ""
    if gone.about or kept.about:
        return say("Not merged: in one of them a third person was asked about a customer.")
    if gone.customer.blocked or kept.customer.blocked:
        return say("Not merged: one of the customers is blocked.")
    return ""


def merge_confirmed(turn: Turn, held: Question, kept: Conversation) -> Sequence[Effect]:
    """The owner has said that the customers are one; all is looked at again, as it is now."""
    gone = turn.book.conversation(int(held.about))
    refused = _refused(turn, gone, kept) if gone else "-"
    return [turn.tell(refused, kept.number)] if gone is None or refused else merge(turn, gone, kept)


def merge(turn: Turn, gone: Conversation, kept: Conversation) -> Sequence[Effect]:
    """The effects of a merge."""
    united = _united(turn, gone, kept)

    def words(speech: Language) -> str:
        return speech.say("Merged: {gone} is a part of {kept}", gone=gone.handle, kept=turn.whom(united))

    effects: list[Effect] = [
        # The conversations first, and then the lanes of what is moved, in the order of every other decision.
        Change(after=united),
        Merge(kept=kept.number, gone=gone.number, version=gone.version),
        Log(kind="merged", conversation=gone.number, data={"into": kept.number, "owner": turn.owner.name}),
        *_tagged(turn, kept, united),
        *_waits_go_on(turn, gone, kept),
        # An answer to the one would leave the other's question without any.
        *(effect for one in (gone, kept) for effect in autoanswer.withheld(one, "merged", turn.book)),
    ]
    if gone.customer.id != kept.customer.id:
        effects.append(Link(first=kept.customer, second=gone.customer))
    if united.person_answered_at is not None:
        effects.append(WithdrawAutomatic(conversation=kept.number))
    effects += _reminders(turn, gone, kept, united)
    if kept.state is State.CLOSED and united.state is not State.CLOSED:
        effects += rooming.reopen(turn.policy, kept)
    effects += [turn.tell(words(turn.speech), kept.number), *tell_others(turn, words, kept.number)]
    return [*effects, *turn.tell_in_rooms(words(turn.speech), gone.number), *rooming.close(turn.policy, gone)]


def _waits_go_on(turn: Turn, gone: Conversation, kept: Conversation) -> list[Log]:
    """For the clocks: the wait of the merged one ends there, and goes on in the kept one since it began."""
    if gone.state is not State.OPEN:
        return []
    ended = Log(kind=CLOSED, conversation=gone.number, data={"owner": turn.owner.name, "merged": kept.number})
    return [ended, wait_begun(kept.number, gone.connector, turn.book.waits_since(gone.number) or gone.changed_at)]


def _reminders(turn: Turn, gone: Conversation, kept: Conversation, united: Conversation) -> list[Effect]:
    """The timers of both go on; another one, where the tags of both together ask for an answer sooner."""
    since = [began(one, turn) for one in (gone, kept) if waits(one)]
    return overdue.resumed(united, min(since), turn) if since else []


def wait_begun(number: int, connector: str, since: datetime) -> Log:
    """For the clocks: a wait that began elsewhere goes on in this conversation."""
    return Log(
        kind=HEARD, conversation=number, data={"connector": connector, "received_at": since.isoformat(), "moved": True}
    )


def _tagged(turn: Turn, kept: Conversation, united: Conversation) -> list[Log]:
    """For reports and targets: from now on the kept one has the tags of both."""
    data = {"tags": list(united.tags), "owner": turn.owner.name, "merged": kept.number}
    return [Log(kind=TAGGED, conversation=kept.number, data=data)] if united.tags != kept.tags else []


def _united(turn: Turn, gone: Conversation, kept: Conversation) -> Conversation:
    last = _last_heard(turn, gone, kept)
    answered = max(
        (gone, kept), key=lambda one: (one.person_answered_at is not None, one.person_answered_at or one.opened_at)
    )
    tags = tuple(dict.fromkeys((*kept.tags, *gone.tags)))[:MOST]
    asleep = gone if kept.state is State.CLOSED else kept
    return replace(
        kept,
        connector=last.connector,
        address=last.address,
        copies=last.copies,
        places=_places(kept, gone),
        state=State.OPEN if State.OPEN in (gone.state, kept.state) else asleep.state,
        snoozed_until=asleep.snoozed_until,
        opened_at=min(gone.opened_at, kept.opened_at),
        changed_at=turn.now,
        person_answered_at=answered.person_answered_at,
        answered_by=answered.answered_by,
        priority=max(gone.priority, kept.priority),
        assigned_to=kept.assigned_to or gone.assigned_to,
        tags=tags,
    )


def _last_heard(turn: Turn, gone: Conversation, kept: Conversation) -> Conversation:
    """The one in which the customer wrote last; where nobody has written, the kept one."""
    theirs, ours = turn.book.last_heard(gone.number), turn.book.last_heard(kept.number)
    return gone if theirs is not None and (ours is None or theirs.id > ours.id) else kept


def _places(*cases: Conversation) -> tuple[tuple[str, str], ...]:
    every = [place for one in cases for place in (*one.places, (one.connector, one.address))]
    places = tuple(dict.fromkeys(every))
    return places if len(places) > 1 else ()
