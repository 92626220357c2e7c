"""What an event is decided with: where and when it came in, the shop's book, its rules and the time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bridge.book import Book
from bridge.faq.match import Match
from bridge.faq.rules import Rules
from bridge.hours import Hours
from bridge.policy import Policy
from bridge.reports.weeks import Weeks


@dataclass(frozen=True, kw_only=True, slots=True)
class Letterbox:
    """Where something came in and when, and what may be looked up about it.

    `hours` say when the shop is open; None: nobody has said, so it always is.
    `faq` are the entries and rules of the shop's FAQ, where it has one; `match` is what was found there for a message.
    `weeks` are the figures that a weekly report is made of.
    """

    connector: str
    received_at: datetime
    book: Book
    policy: Policy
    now: datetime
    hours: Hours | None = None
    faq: Rules | None = None
    match: Match | None = None
    weeks: Weeks | None = None
