"""The list of cases, as an owner asks for it. Pure."""

from __future__ import annotations

from bridge.case_book import Wanted
from bridge.cases.labelling import labels
from bridge.cases.snoozing import until_words
from bridge.conversation import Conversation, State
from bridge.decision import Direction
from bridge.owners.relay import excerpt
from bridge.owners.searching import LINES, ago
from bridge.owners.turn import Turn

_LATEST = 10
"""Of so many messages the last one that was said is shown: a note beside them was said to nobody."""

_UNFINISHED = (State.OPEN, State.WAITING, State.SNOOZED)


def listed(turn: Turn, which: str = "") -> str:
    """Those that are not closed, who waits for the shop first; `which` is "", mine, snoozed or #tag."""
    found = turn.book.listed(wanted(turn, which), LINES + 1)
    if not found:
        return turn.speech.say("Nobody waits.") if not which else turn.speech.say("There are none.")
    lines = [_line(turn, conversation) for conversation in found[:LINES]]
    return "\n".join([*lines, *(["…"] if len(found) > LINES else [])])


def wanted(turn: Turn, which: str) -> Wanted:
    """What a list is asked for by these words."""
    which = which.lower()
    if which.startswith("#"):
        return Wanted(states=_UNFINISHED, tag=which[1:])
    if which == "snoozed":
        return Wanted(states=(State.SNOOZED,))
    return Wanted(states=_UNFINISHED, assigned_to=turn.owner.name if which == "mine" else "")


def _line(turn: Turn, conversation: Conversation) -> str:
    said = [line for line in turn.book.history(conversation.number, _LATEST) if line.direction != Direction.NOTE]
    words = excerpt(said[-1].text.plain, 60) if said else ""
    since = ago(turn.now - conversation.changed_at)
    state = f"{_state(turn, conversation)}, {since}"
    return f"{turn.whom(conversation)} - {state}{labels(turn, conversation)}: {words}"


def _state(turn: Turn, conversation: Conversation) -> str:
    say = turn.speech.say
    if conversation.state is State.SNOOZED and conversation.snoozed_until:
        return say("snoozed until {when}", when=until_words(conversation.snoozed_until, turn))
    return say("waits for you") if conversation.state is State.OPEN else say("answered")
