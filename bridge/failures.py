"""What sending and receiving may raise. What happens next depends on the type alone."""

from __future__ import annotations

from datetime import timedelta

from bridge.valid import one_line

# Of sending:
#
#   DeliveryFailure
#   +-- TemporaryFailure   did not arrive; tried again, not before `retry_after`
#   +-- PermanentFailure   did not arrive and never will; a dead letter, the owner is told the reason
#   |   +-- RoomGone       as its room was deleted; a new one is opened, and it goes there
#   +-- OutcomeUnknown     may have arrived (the connection broke after the bytes had left)
#       +-- NeverKnown     and the network, which was asked, will never be able to tell
#
# Any other exception out of `send` counts as temporary: it is taken to have happened before the request left.


class DeliveryFailure(Exception):
    """An outbound was not confirmed. `reason` is for the owner's eyes: plain words, no secret, no customer's text."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = one_line(reason, 300)


class TemporaryFailure(DeliveryFailure):
    """Not delivered; worth another try, no sooner than `retry_after` where the network named a delay."""

    def __init__(self, reason: str, retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class PermanentFailure(DeliveryFailure):
    """Not delivered, and another try would not change that."""


class RoomGone(PermanentFailure):
    """Not delivered: the room that it was to stand in is no longer there. Another one is opened for it, once."""


class OutcomeUnknown(DeliveryFailure):
    """It may or may not have been delivered."""


class NeverKnown(OutcomeUnknown):
    """It may or may not have been delivered, and the network can never tell: it is not asked again."""


# Of receiving: what `receive` may raise.


class Unavailable(Exception):
    """Nothing was stored (database locked or gone): acknowledge nothing, offer the items again later (SMTP: 451)."""


class StoreFull(Unavailable):
    """Nothing was stored because the disk is full (SMTP: 452)."""


class Busy(Unavailable):
    """Nothing was stored because the bridge is stopping or overloaded."""
