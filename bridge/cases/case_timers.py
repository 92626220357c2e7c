"""What follows when a timer of a case's is due. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.cases import closing, feedback, promising, quiet, snoozing
from bridge.decision import Decision
from bridge.letterbox import Letterbox

TIMERS = frozenset([snoozing.TIMER, quiet.TIMER, closing.TIMER, promising.TIMER, feedback.TIMER])


def due(data: Mapping[str, object], box: Letterbox) -> Decision:
    """A timer's moment has come."""
    timer = data.get("timer")
    if timer == snoozing.TIMER:
        return snoozing.wake(box)
    if timer == quiet.TIMER:
        return quiet.morning(str(data["connector"]), str(data["address"]), box)
    if timer == promising.TIMER:
        return promising.due(int(str(data["promise"])), box)
    conversation = box.book.conversation(int(str(data["conversation"])))
    if conversation is None:
        return Decision("timer of nothing known")
    return feedback.due(conversation, box) if timer == feedback.TIMER else closing.due(conversation, box)
