"""What follows when a mail server takes a mail for some of its recipients and refuses it for others. Pure.

    refused                           what happens
    the one it is for, for now        nobody gets it yet; all of it is tried again
    the one it is for, for good       nobody gets it; a dead letter
    a copy, for good                  the others get it; the owners are told whom it did not reach
    a copy, for now                   nobody gets it yet, so that nobody gets it twice; after a while as for good

It is decided when every recipient has been named and no data have been sent (RFC 5321 section 3.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.connector import PermanentFailure, TemporaryFailure


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """One recipient that a server did not take: the code of its reply, and the reply in its own words."""

    recipient: str
    code: int
    words: str

    @property
    def permanent(self) -> bool:
        """Whether another try would come to the same (RFC 5321 section 4.2.1)."""
        return 500 <= self.code < 600


def settle(recipient: str, refused: Sequence[Refusal], *, patient: bool) -> Sequence[Refusal]:
    """The copies that it goes without. Raises TemporaryFailure or PermanentFailure where it does not go at all.

    `recipient` is whom the mail is for; `patient` says that a copy that is refused for now is worth waiting for.
    """
    for refusal in refused:
        if refusal.recipient == recipient:
            raise _failure(refusal)
    if patient:
        for refusal in refused:
            if not refusal.permanent:
                raise TemporaryFailure(
                    f"the mail server refused the copy to {refusal.recipient} for now ({refusal.words}); "
                    "nobody has got it yet, so that nobody gets it twice"
                )
    return refused


def _failure(refusal: Refusal) -> PermanentFailure | TemporaryFailure:
    if refusal.permanent:
        return PermanentFailure(f"the mail server refused it: {refusal.words}")
    return TemporaryFailure(f"the mail server refused it for now: {refusal.words}")


def told(missed: Sequence[Refusal]) -> str:
    """In words for the owner: whom a mail did not reach, and why; empty where it reached all."""
    return "; ".join(f"{refusal.recipient}: {refusal.words}" for refusal in missed)
