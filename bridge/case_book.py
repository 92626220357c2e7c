"""What decisions about cases look up: a part of the shop's book (`bridge/book.py`). Reading only."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bridge.case_effects import Concern, Problem, Promise
from bridge.conversation import Conversation, State


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which conversations a list shall have: in one of these states; with this tag, and this owner's, where named."""

    states: Collection[State]
    tag: str = ""
    assigned_to: str = ""


class CaseBook(Protocol):
    """Look-ups. None, or nothing, where there is nothing of the kind."""

    def listed(self, wanted: Wanted, limit: int) -> Sequence[Conversation]:
        """Those that wait for the shop first, then by priority, then those that have waited longest."""

    def asleep_until(self, now: datetime, limit: int) -> Sequence[Conversation]:
        """Snoozed conversations whose moment has come, the earliest first."""

    def away_until(self, owner: str) -> datetime | None:
        """Until when an owner is, or was, away."""

    def postponed(self, connector: str, address: str) -> Sequence[str]:
        """What was kept for an owner's address, oldest first."""

    def shown_message(self, connector: str, native_ids: Sequence[str]) -> int | None:
        """The recorded message that an owner was shown under the first of these ids that is known."""

    def shown_together(self, connector: str, native_id: str) -> int:
        """How many messages of customers an owner was shown in the one of this id; 0 unless they are several."""

    def told_since(self, customer: str, kind: str, since: datetime) -> bool:
        """Whether the log has an event of a kind about any of a customer's conversations from then on."""

    def happened_in(self, number: int, kinds: Sequence[str], since: datetime) -> bool:
        """Whether the log has an event of these kinds about this conversation from then on."""

    def ended_before(self, number: int) -> bool:
        """Whether a wait of this conversation's customer has ended before: by a person's answer, or without one."""

    def next_promise(self) -> int:
        """The id of the next promise."""

    def promise(self, promise: int) -> Promise | None:
        """By its id."""

    def promises(self, state: str, *, conversation: int = 0, owner: str = "") -> Sequence[Promise]:
        """Those in a state, of one conversation or one owner where it is named; what is due first comes first."""

    def next_problem(self) -> int:
        """The number of the next problem."""

    def problem(self, number: int) -> Problem | None:
        """By its number."""

    def problems(self, limit: int) -> Sequence[Problem]:
        """All of them, those that are open first, then the latest."""

    def concerned(self, problem: int) -> Sequence[Concern]:
        """The conversations of a problem."""
