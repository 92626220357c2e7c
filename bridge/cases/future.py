"""The moment that an owner names for what is to come, or what they read where it cannot be that. Pure.

The owner always reads what was understood: a date that is past, or years away, is named as it was read, so that it is
seen at once which part of it was meant otherwise.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bridge.cases.moments import LONGEST, read, said
from bridge.language import Language
from bridge.owners.relay import excerpt
from bridge.owners.turn import Turn

FAR = timedelta(days=180)
"""What is further away is said with how far it is: "1.11.", typed in December, is a day of the next year."""


def future(turn: Turn, words: str) -> datetime | str:
    """The moment; or why there is none, in the owner's language."""
    found = read(words, turn.now, turn.policy.timezone, turn.owner.language)
    if found is None:
        return _not_understood(words, turn.speech)
    named = {"words": excerpt(words, 60), "when": said(found, turn.policy.timezone, turn.speech)}
    if found <= turn.now:
        return turn.speech.say('"{words}" was read as {when}, and that is past. Nothing was changed.', **named)
    if found - turn.now > LONGEST:
        return turn.speech.say('"{words}" was read as {when}, years from now. Nothing was changed.', **named)
    return found


def when_said(moment: datetime, turn: Turn) -> str:
    """The moment for the owner to read; and how far away it is, where that may be a surprise."""
    when, away = said(moment, turn.policy.timezone, turn.speech), moment - turn.now
    if away <= FAR:
        return when
    return turn.speech.count("{when} (in {number} day)", "{when} (in {number} days)", away.days, when=when)


def _not_understood(words: str, speech: Language) -> str:
    return speech.say(
        'When is "{words}"? Nothing was changed. Write it like: fri 9:00, tomorrow, in 3 days, 24.12. 14:00.',
        words=excerpt(words, 60),
    )
