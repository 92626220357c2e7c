"""Owners who are away: what can wait for them does, and the others know. Pure.

Customers are told by the shop's hours and closures, not by this: one owner of several may be away.
"""

from __future__ import annotations

from collections.abc import Sequence

from bridge.case_effects import Absent, Told
from bridge.cases.future import future, when_said
from bridge.cases.moments import said
from bridge.cases.others import tell_others
from bridge.cases.quiet import kept_words
from bridge.decision import Effect, Log, Send
from bridge.language import Language
from bridge.marks import notice
from bridge.owners.turn import Turn


def away(turn: Turn, words: str) -> Sequence[Effect]:
    """The owner is away until then."""
    until, name = future(turn, words), turn.owner.name
    if isinstance(until, str):
        return [turn.tell(until)]
    when = when_said(until, turn)

    def words_for(speech: Language) -> str:
        return speech.say("{owner} is away until {when}.", owner=name, when=said(until, turn.policy.timezone, speech))

    told = turn.speech.say(
        "You are away until {when}. What customers write is shown as ever; what can wait does. `back` ends it.",
        when=when,
    )
    log = Log(kind="away", data={"owner": name, "until": until.isoformat()})
    return [Absent(owner=name, until=until), log, turn.tell(told), *tell_others(turn, words_for, 0)]


def back(turn: Turn) -> Sequence[Effect]:
    """The owner is back, and reads what was kept."""
    effects: list[Effect] = [
        Absent(owner=turn.owner.name, until=None),
        Log(kind="back", data={"owner": turn.owner.name}),
    ]
    effects.append(turn.tell(turn.speech.say("Welcome back.")))
    for surface in turn.owner.surfaces:
        kept = turn.book.postponed(surface.connector, surface.address)
        if kept:
            effects.append(Told(connector=surface.connector, address=surface.address))
            effects.append(Send(draft=notice(surface, kept_words(kept, turn.speech))))
    return effects
