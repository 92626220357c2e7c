"""What owners put on a case: tags and a priority. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bridge.cases import overdue
from bridge.cases.waiting import PRIORITIES, began, clock, waiting_since, waits
from bridge.conversation import Conversation
from bridge.decision import Change, Effect, Log
from bridge.owners.turn import Turn

MOST = 20
"""Tags of one case."""

LEVELS: Mapping[str, int] = {"high": 1, "normal": 0, "low": -1}


def tag(turn: Turn, conversation: Conversation, word: str, *, put: bool) -> Sequence[Effect]:
    """The case has this tag; or no longer."""
    word = word.strip().lstrip("#").lower()
    others = tuple(one for one in conversation.tags if one != word)
    tags = (*others, word) if put else others
    number, whom = conversation.number, turn.whom(conversation)
    if len(tags) > MOST:
        return [turn.tell(turn.speech.say("{whom} has {n} tags already.", whom=whom, n=MOST), number)]
    told = f"{whom}: {' '.join(f'#{one}' for one in tags) or turn.speech.say('no tags')}"
    if set(tags) == set(conversation.tags):
        return [turn.tell(told, number)]
    log = Log(kind="tagged", conversation=number, data={"tags": list(tags), "owner": turn.owner.name})
    tagged = replace(conversation, tags=tags)
    due = _due(conversation, tagged, turn)
    timer = overdue.retargeted(tagged, turn) if due else []
    return [Change(after=tagged), log, turn.tell(f"{told}. {due}" if due else told, number), *timer]


def _due(before: Conversation, tagged: Conversation, turn: Turn) -> str:
    """Until when the customer should have an answer now; "" where that is as it was."""
    if not waits(before):
        return ""
    since, say = began(before, turn), turn.speech.say
    was, now = (waiting_since(one, since, turn) for one in (before, tagged))
    if was.deadline == now.deadline:
        return ""
    if now.deadline is None:
        return say("No answer is due by a target any more.")
    deadline = clock(now.deadline, turn)
    if now.late:
        return say("By that the answer was due at {deadline}.", deadline=deadline)
    return say("By that the answer is due at {deadline}.", deadline=deadline)


def prioritise(turn: Turn, conversation: Conversation, level: str) -> Sequence[Effect]:
    """The case has this priority: lists are in its order."""
    priority = LEVELS[level.casefold()]
    number = conversation.number
    told = turn.tell(f"{turn.whom(conversation)}: {turn.speech.say(PRIORITIES[priority])}", number)
    if priority == conversation.priority:
        return [told]
    log = Log(kind="prioritised", conversation=number, data={"level": level.casefold(), "owner": turn.owner.name})
    return [Change(after=replace(conversation, priority=priority)), log, told]


def labels(turn: Turn, conversation: Conversation) -> str:
    """What a list says of a case beside its state: ` [high priority, Paul, #wholesale]`; "" where there is nothing."""
    said = [turn.speech.say(PRIORITIES[conversation.priority])] if conversation.priority else []
    said += [conversation.assigned_to] if conversation.assigned_to else []
    said += [f"#{one}" for one in conversation.tags]
    return f" [{', '.join(said)}]" if said else ""
