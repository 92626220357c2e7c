"""What the other owners, and an owner's own other surfaces, read of what one of them has just done. Pure."""

from __future__ import annotations

from collections.abc import Callable

from bridge.decision import Send
from bridge.language import Language, language
from bridge.marks import notice
from bridge.owners.turn import Turn


def tell_others(turn: Turn, words: Callable[[Language], str], conversation: int) -> list[Send]:
    """A notice everywhere but where the line stood."""
    here = (turn.line.connector, turn.surface.address)
    told = []
    for owner, surface in turn.policy.surfaces():
        # The same person is spared a mail about what they did themselves.
        if (surface.connector, surface.address) == here or (surface.quiet and owner.name == turn.owner.name):
            continue
        told.append(Send(draft=notice(surface, words(language(owner.language)), conversation)))
    return told
