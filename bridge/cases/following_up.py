"""What is asked of a customer who has said how it was: was your problem solved, how easy was it to reach us. Pure.

    a mark                  was it solved? And: whatever you write about it, somebody reads
    yes or no               how easy was it, 1 to 5? A "no" opens the case, and owners read it
    1 to 5                  nothing more

Each follows at once upon an answer, in the same thread, at most two in a month; nothing follows upon an answer that is
old, or once a person has spoken. They are not counted against what an address may get in a day, since each answers the
customer's own word; but they count there for everything else.

Words in between are no answer. They are a message like any other, which owners read, and the log says that something
was written about the mark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bridge.bot import words
from bridge.bot.drafting import automatic
from bridge.cases.discontent import opened
from bridge.cases.survey import EASE, SOLVED, STOP, marks, no_more, put, refused, since_then, untouched
from bridge.conversation import Conversation, State
from bridge.decision import Decision, Effect, Log, Question, Send
from bridge.happened import FEEDBACK_EASE, FEEDBACK_REASON, FEEDBACK_SOLVED
from bridge.language import Language
from bridge.letterbox import Letterbox
from bridge.outbound import Choice
from bridge.text import Text

YES, NO = "solved:yes", "solved:no"
_EASE = "ease:"


def asked_on(conversation: Conversation, box: Letterbox) -> list[Effect]:
    """After the mark."""
    speech = words.customers_language(conversation.language, box.policy.language)
    yes, no = words.yes(speech), words.no(speech)
    choices = [Choice(id=YES, label=yes, word=yes), Choice(id=NO, label=no, word=no), no_more(speech)]
    return _asked(SOLVED, words.was_it_solved(speech, box.policy.business), choices, conversation, box)


def _asked(kind: str, text: str, choices: Sequence[Choice], conversation: Conversation, box: Letterbox) -> list[Effect]:
    fresh = box.now - box.received_at <= box.policy.automatic_max_age
    if not box.policy.feedback_more or not fresh or conversation.customer.blocked or conversation.customer.held:
        return []
    return [Send(draft=automatic(Text(text), conversation, box, choices)), put(kind, choices, conversation, box)]


def latest(question: Question, conversation: Conversation, box: Letterbox) -> bool:  # noqa: ARG001 - as for all kinds
    """Whether a bare word can be for this question alone: the case is still closed, or nothing has happened in it."""
    quiet = conversation.state is State.CLOSED or untouched(question, conversation)
    return quiet and since_then(question, conversation)


def solved(question: Question, choice: str, conversation: Conversation, box: Letterbox) -> Decision:
    """Yes or no."""
    if choice == STOP:
        return refused(conversation)
    said = not_solved(conversation, box) if choice == NO else Decision("solved", (_said(conversation, solved=True),))
    if not latest(question, conversation, box):
        return said
    speech = words.customers_language(conversation.language, box.policy.language)
    text = words.how_easy_was_it(speech, box.policy.business)
    return replace(said, effects=(*said.effects, *_asked(EASE, text, marks(speech, _EASE), conversation, box)))


def not_solved(conversation: Conversation, box: Letterbox) -> Decision:
    """The customer says so, in time or late."""
    told = opened(conversation, box, _is_not_solved)
    return Decision("not solved", (_said(conversation, solved=False), *told))


def _said(conversation: Conversation, *, solved: bool) -> Log:
    return Log(kind=FEEDBACK_SOLVED, conversation=conversation.number, data={"solved": solved})


def _is_not_solved(speech: Language, handle: str, name: str) -> str:
    return speech.say("{handle} {name} says that it is not solved. It is open.", handle=handle, name=name)


def ease(question: Question, choice: str, conversation: Conversation, box: Letterbox) -> Decision:  # noqa: ARG001 - a Follow
    """1 to 5."""
    if choice == STOP:
        return refused(conversation)
    data = {"ease": int(choice.removeprefix(_EASE))}
    return Decision("feedback", (Log(kind=FEEDBACK_EASE, conversation=conversation.number, data=data),))


def reason(conversation: Conversation, box: Letterbox) -> list[Log]:
    """A customer has written while they were asked more about their mark: that is about it, most likely."""
    question = box.book.question(box.connector, conversation.address, box.now)
    if question is None or question.kind not in (SOLVED, EASE):
        return []
    if question.about.partition(".")[0] != str(conversation.number):
        return []
    return [Log(kind=FEEDBACK_REASON, conversation=conversation.number)]
