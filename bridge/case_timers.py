"""What follows when a timer of a case's is due. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from bridge import quiet, snoozing
from bridge.decision import Decision
from bridge.letterbox import Letterbox

TIMERS = frozenset([snoozing.TIMER, quiet.TIMER])


def due(data: Mapping[str, object], box: Letterbox) -> Decision:
    """A timer's moment has come."""
    timer = data.get("timer")
    if timer == snoozing.TIMER:
        return snoozing.wake(box)
    return quiet.morning(str(data["connector"]), str(data["address"]), box)
