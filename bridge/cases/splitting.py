"""Two cases out of one: `split`. Pure. One out of two is in `uniting.py`.

What must hold: nobody gets somebody else's answer (invariant 5). An answer goes to the place that the customer's last
message came from, in each of the two; where that is not known any more, nothing is split. All that was shown or sent of
a message that was split off leads to the new case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bridge.book import Line
from bridge.case_effects import Split
from bridge.cases import overdue
from bridge.cases.uniting import wait_begun
from bridge.conversation import Conversation, State
from bridge.decision import Change, Direction, Effect, Log, Open
from bridge.happened import CLOSED
from bridge.owners.relay import excerpt
from bridge.owners.turn import Turn

LOOKED_AT = 500
"""So many of a case's last messages can be split off."""

Places = tuple[tuple[str, str], ...]


def split(turn: Turn, source: Conversation) -> Sequence[Effect]:
    """The customer's message that the owner quotes, or without a quote the last one, begins a new case."""
    lines = turn.book.history(source.number, LOOKED_AT)
    first = _first_to_move(turn, lines)
    if first is None:
        quote = turn.speech.say("Not split: answer the customer's message that the new case shall begin with.")
        return [turn.tell(quote, source.number)]
    stay, move = [line for line in lines if line.id < first.id], [line for line in lines if line.id >= first.id]
    if not any(line.direction == Direction.IN for line in stay):
        return [turn.tell(turn.speech.say("Not split: it would leave nothing behind."), source.number)]
    if not (_known(stay, source) and _known(move, source)):
        unknown = turn.speech.say("Not split: it is not known any more from where its messages came.")
        return [turn.tell(unknown, source.number)]
    opened = _opened(turn, source, move)
    left = _left(turn, source, stay)
    waited = source.state is State.OPEN and left.state is not State.OPEN
    words = excerpt(first.text.plain, 60)
    told = turn.speech.say('Split: {whom} begins with "{words}"', whom=turn.whom(opened), words=words)
    return [
        Open(conversation=opened),
        Change(after=left),
        Split(source=source.number, opened=opened.number, message=first.id),
        Log(kind="split", conversation=opened.number, data={"from": source.number, "owner": turn.owner.name}),
        *([wait_begun(opened.number, opened.connector, first.at)] if opened.state is State.OPEN else []),
        *overdue.resumed(opened, first.at, turn),
        *([Log(kind=CLOSED, conversation=source.number, data={"split": opened.number})] if waited else []),
        turn.tell(told, opened.number),
        *turn.tell_in_rooms(told, opened.number),
    ]


def _first_to_move(turn: Turn, lines: Sequence[Line]) -> Line | None:
    heard = [line for line in lines if line.direction == Direction.IN]
    if not turn.quotes:
        return heard[-1] if heard else None
    message = turn.book.shown_message(turn.line.connector, turn.quotes)
    return next((line for line in heard if line.id == message), None)


def _known(lines: Sequence[Line], source: Conversation) -> bool:
    """Whether it is sure where each message of the customer's came from, where it could be several places; old ones do
    not say it.
    """
    return not source.places or all((line.connector, line.address) in _every(source) for line in _heard(lines, source))


def _heard(lines: Sequence[Line], source: Conversation) -> list[Line]:
    """What the customer wrote; not those in copy, and no machine."""
    theirs = [line for line in lines if line.direction == Direction.IN and not line.automatic]
    places = _every(source)
    return [line for line in theirs if line.address not in source.copies or (line.connector, line.address) in places]


def _every(source: Conversation) -> Places:
    return (*source.places, (source.connector, source.address))


def _at(lines: Sequence[Line], source: Conversation) -> Conversation:
    """The case where these are all that was said: an answer goes to where the last message came from."""
    heard = [(line.connector, line.address) for line in _heard(lines, source)]
    theirs = [place for place in heard if place in source.places]
    if not theirs:
        return source
    places = tuple(place for place in source.places if place in theirs)
    return replace(source, connector=theirs[-1][0], address=theirs[-1][1], places=places if len(places) > 1 else ())


def _opened(turn: Turn, source: Conversation, move: Sequence[Line]) -> Conversation:
    said = _last_said(move, source)
    return replace(
        _at(move, source),
        number=turn.book.next_number(),
        version=0,
        copies=(),
        state=State.WAITING if said and _answered(move) else State.OPEN,
        subject=move[0].subject or source.subject,
        opened_at=move[0].at,
        changed_at=turn.now,
        person_answered_at=said.at if said else None,
        answered_by=said.author if said else "",
        snoozed_until=None,
        tags=(),
        priority=0,
        split_from=source.number,
    )


def _left(turn: Turn, source: Conversation, stay: Sequence[Line]) -> Conversation:
    """What remains."""
    said = _last_said(stay, source)
    state = source.state
    if state in (State.OPEN, State.WAITING):
        state = State.WAITING if said and _answered(stay) else State.OPEN
    return replace(
        _at(stay, source),
        # Whom a message went to besides is not remembered with it: nobody is better than the wrong one.
        copies=(),
        state=state,
        changed_at=turn.now,
        person_answered_at=said.at if said else None,
        answered_by=said.author if said else "",
    )


def _last_said(lines: Sequence[Line], source: Conversation) -> Line | None:
    """A person's last answer since the case was opened."""
    said = [line for line in lines if line.direction == Direction.OUT and not line.automatic]
    return said[-1] if said and (said[-1].at >= source.opened_at) else None


def _answered(lines: Sequence[Line]) -> bool:
    spoken = [line for line in lines if line.direction in (Direction.IN, Direction.OUT) and not line.automatic]
    return bool(spoken) and spoken[-1].direction == Direction.OUT
