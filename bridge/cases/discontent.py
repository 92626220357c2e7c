"""A customer is not content with what was done: the case is open again, and owners read it at once. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bridge import rooming
from bridge.cases import overdue
from bridge.conversation import Conversation, Happening, State, after
from bridge.decision import Change, Effect, Log, Send
from bridge.language import Language, language
from bridge.letterbox import Letterbox
from bridge.marks import notice

Words = Callable[[Language, str, str], str]
"""What an owner reads, in their language, of the case of this handle and of this customer."""


def opened(conversation: Conversation, box: Letterbox, words: Words) -> list[Effect]:
    """It is open again, if it was not, and every owner is told in these words. That a person had answered stays known:
    the bridge says nothing more in it by itself.
    """
    number = conversation.number
    if conversation.state is State.OPEN:
        return [*_told(conversation, words, box)]
    again = replace(
        conversation,
        state=after(conversation.state, Happening.CUSTOMER_WROTE),
        changed_at=box.now,
        opened_at=box.now if conversation.state is State.CLOSED else conversation.opened_at,
    )
    effects: list[Effect] = [Change(after=again), Log(kind="reopened", conversation=number, data={"by": "feedback"})]
    if conversation.state is State.CLOSED:
        effects += rooming.reopen(box.policy, conversation)
    return [*effects, *overdue.begun(conversation, again, box), *_told(conversation, words, box)]


def _told(conversation: Conversation, words: Words, box: Letterbox) -> list[Send]:
    name = conversation.customer.name or conversation.address
    return [
        Send(draft=notice(surface, words(language(owner.language), conversation.handle, name), conversation.number))
        for owner, surface in box.policy.surfaces()
    ]
