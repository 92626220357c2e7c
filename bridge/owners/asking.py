"""What an owner is asked before something is sent: to whom, or whether at all. Pure.

The line is held back with the question; the bare number sends it, any other line drops it. A file cannot be held: the
owner reads that it was not sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from bridge.conversation import Conversation
from bridge.decision import Ask, Effect, Question
from bridge.owners.answering import Answer, answer, answered_by_another
from bridge.owners.relay import Unclear, excerpt
from bridge.owners.turn import Turn
from bridge.text import Text

CHOICES = 5
NOBODY = "0"
TO_ALL: Mapping[str, bool | None] = {"whether": None, "whether to all": True, "whether to one": False}
"""The kinds of question that ask whether to send at all, and `Answer.to_all` of the line that is held."""

LONGEST_BY_MAIL = timedelta(days=1)


def answer_or_ask(turn: Turn, conversation: Conversation, given: Answer) -> Sequence[Effect]:
    """An owner's answer; held back and asked about where another owner has only just answered."""
    if not answered_by_another(turn, conversation):
        return answer(turn, conversation, given)
    options = {"1": str(conversation.number), NOBODY: ""}
    whom = turn.whom(conversation)
    if given.attachments:
        return [_file_not_sent(given, turn, conversation.number)]
    asked = turn.speech.say(
        "{owner} has just answered {whom}. Send yours as well? Type 1 to send it, 0 not to.",
        owner=conversation.answered_by,
        whom=whom,
    )
    kind = next(kind for kind, to_all in TO_ALL.items() if to_all is given.to_all)
    question = Question(kind=kind, options=options, text=given.text, native_id=given.native_id, room=turn.line.room)
    return [_ask(question, turn), turn.tell(asked, conversation.number)]


def ask_which(unclear: Unclear, given: Answer, turn: Turn, missing: int = 0) -> Sequence[Effect]:
    """To whom an owner's words shall go: the conversations that they could be for, else those that are not closed.

    `missing` is the number that they named, where no conversation has it.
    """
    numbers = [found for number in unclear.candidates if (found := turn.book.conversation(number))]
    candidates = numbers or list(turn.book.unfinished(CHOICES))
    say = turn.speech.say
    if given.attachments:
        return [_file_not_sent(given, turn)]
    if not candidates:
        return [turn.tell(say("Not sent: nobody waits. `to ADDRESS text` writes first, `help` lists the commands."))]
    options = {str(place): str(found.number) for place, found in enumerate(candidates, start=1)} | {NOBODY: ""}
    lines = [f"{place}  {turn.whom(found)}" for place, found in enumerate(candidates, start=1)]
    words = excerpt(unclear.text.plain, 60)
    if unclear.text.plain.lstrip().startswith("//"):
        asked = say('About whom is the note "{words}"? No customer sees it. Type the number alone:', words=words)
    else:
        asked = say('To whom shall "{words}" go? Type the number alone:', words=words)
    if missing:
        asked = say("There is no {numbers}. Nothing was changed or sent.", numbers=f"#{missing}") + "\n" + asked
    text = "\n".join([asked, *lines, f"{NOBODY}  {say('nobody')}"])
    return [
        _ask(
            Question(kind="which", options=options, text=unclear.text, native_id=given.native_id, room=turn.line.room),
            turn,
        ),
        turn.tell(text),
    ]


def not_sent(held: Question, turn: Turn) -> Effect:
    """The owner reads that the line which was held is dropped."""
    return turn.tell(turn.speech.say('Not sent: "{words}"', words=excerpt(held.text.plain, 60)))


def files_not_sent(given: Answer, turn: Turn, number: int = 0) -> list[Effect]:
    """The owner reads that the files which came with a command, or a note, went nowhere."""
    files = tuple(file for file in given.attachments if not file.inline)
    return [_file_not_sent(Answer(text=Text(), attachments=files), turn, number)] if files else []


def _file_not_sent(given: Answer, turn: Turn, number: int = 0) -> Effect:
    names = [file.name for file in given.attachments]
    words = excerpt(" ".join([*names, given.text.plain]), 60)
    dropped = turn.speech.say('Not sent: "{words}"', words=words)
    how = turn.speech.say("A file is sent in answer to a line, or with the number before it: #42 your text.")
    return turn.tell(f"{dropped}\n{how}", number)


def _ask(question: Question, turn: Turn) -> Ask:
    lasts = turn.policy.question_expires
    # Who answers by mail does not look at once.
    expires_at = turn.now + (max(lasts, LONGEST_BY_MAIL) if turn.surface.quiet else lasts)
    question = replace(question, owner=turn.owner.name)
    return Ask(connector=turn.line.connector, address=turn.line.address, question=question, expires_at=expires_at)
