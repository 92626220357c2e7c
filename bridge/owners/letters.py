"""Dead letters, as owners read them and try them again. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.decision import Effect, Log, Revive
from bridge.owners.relay import excerpt
from bridge.owners.turn import Turn


def listed(turn: Turn) -> str:
    """The dead letters, latest first, each with the word for `retry`."""
    letters = turn.book.letters()
    if not letters:
        return turn.speech.say("No dead letters.")
    lines = [
        f"{letter.id}  {turn.clock(letter.at)}  {excerpt(letter.what, 100)}: {letter.reason}" for letter in letters
    ]
    return "\n".join([*lines, turn.speech.say("`retry ID` tries one again.")])


def retried(turn: Turn, letter: str) -> Sequence[Effect]:
    """Try one again."""
    known = next((found for found in turn.book.letters(limit=10_000) if found.id == letter), None)
    if known is None:
        return [turn.tell(turn.speech.say("There is no dead letter {id}. `dead` lists them.", id=letter))]
    told = turn.tell(turn.speech.say("Tried again: {id}", id=letter), known.conversation)
    log = Log(kind="retried", conversation=known.conversation, data={"letter": letter, "owner": turn.owner.name})
    return [Revive(letter=letter), log, told]
