"""Whose a case is: taken by an owner, given to one, given back. Pure.

It changes nothing of who is shown what: every owner still reads every message. It says who sees to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bridge.cases.others import tell_others
from bridge.conversation import Conversation
from bridge.decision import Change, Effect, Log
from bridge.language import Language
from bridge.owners.turn import Turn


def assign(turn: Turn, conversation: Conversation, name: str) -> Sequence[Effect]:
    """The case is this owner's."""
    owner = turn.policy.owner_named(name)
    if owner is None:
        known = ", ".join(found.name for found in turn.policy.owners)
        return [
            turn.tell(turn.speech.say("There is no owner {name}. There are: {known}", name=name, known=known)),
        ]
    if conversation.assigned_to == owner.name:
        same = turn.speech.say("{whom}: it is {owner}'s already.", whom=turn.whom(conversation), owner=owner.name)
        return [turn.tell(same, conversation.number)]
    return _given(turn, conversation, owner.name)


def release(turn: Turn, conversation: Conversation) -> Sequence[Effect]:
    """The case is nobody's."""
    return _given(turn, conversation, "")


def by_answering(turn: Turn, conversation: Conversation) -> str:
    """Whose a case is after this owner's answer: where there are several owners, one that was nobody's is theirs."""
    several = len(turn.policy.owners) > 1
    return conversation.assigned_to or (turn.owner.name if several else "")


def _given(turn: Turn, conversation: Conversation, name: str) -> Sequence[Effect]:
    whom, number = turn.whom(conversation), conversation.number

    def words(speech: Language) -> str:
        if not name:
            return speech.say("{whom}: it is nobody's now.", whom=whom)
        return speech.say("{whom}: it is {owner}'s now.", whom=whom, owner=name)

    log = Log(kind="assigned", conversation=number, data={"to": name, "owner": turn.owner.name, "by": "command"})
    changed = Change(after=replace(conversation, assigned_to=name))
    return [changed, log, turn.tell(words(turn.speech), number), *tell_others(turn, words, number)]
