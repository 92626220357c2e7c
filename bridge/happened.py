"""What stands in the append-only log, and means what. Every clock and report is computed from it.

    kind                what happened                                   data (all may lack in old logs)
    customer wrote      words that wait for the shop                    connector, received_at
    held                words of a stranger, filed until accepted       connector, received_at
    accepted            the stranger may come in                        owner
    answered            an owner has answered                           owner, outbound; elsewhere: without the bridge
    bot answered        the bridge has answered by itself               outbound, entry
    helped, not helped  the customer says so of the bridge's answer     entry, match, asked_at
    approved            an owner sent what was suggested                owner, entry, match, asked_at
    unapproved          and took it back in time                        owner, entry, match, asked_at
    refused             an owner says that it is wrong, or put right    owner, entry, match, asked_at, automatic
                        what the bridge had answered (corrected)        (it was sent), corrected
    acknowledged        the bridge has confirmed: no answer             outbound
    delivery            what came of an outbound to a customer          outbound, state (sent, maybe, dead, ...), by
    reported            what its network said of it later               outbound, status (bounced, ...), permanent
    undone, taken back  an owner took an answer back before, after      owner, outbound
                        it left
    closed              the conversation is done                        owner; without: by itself, the customer (by)
    blocked             an owner blocked the customer                   owner; without: words of one who is blocked
    tagged              the conversation's tags are these now           tags, owner
    assigned            whose it is                                     to ("" for nobody), owner, by: command, answer
    feedback asked      a customer is asked how it was                  owner (who answered)
    feedback            and says so                                     score (1 to 5), owner (who answered)
    feedback solved     whether the problem was solved                  solved
    feedback ease       how easy it was to reach the shop               ease (1 to 5)
    feedback reason     words that came while more was asked
    feedback refused    no more such questions

A case that is merged while it waits is `closed` (`merged`: the kept one), and its wait goes on in the kept one, as
`customer wrote` (`moved`) with the moment at which it began. A case that waits no longer since its last words were
split off is `closed`, too (`split`: the new one). So a wait that moves is one wait, where it is now.

    kind                what happened                                   data
    customer thanked    words that ask for nothing                      connector, received_at
    customer answered   a question of the bridge's                      connector, received_at
     a question
    snoozed             an owner put it to sleep                        owner, until, before (the state)
    woken, reopened     it no longer sleeps; is open again              by: clock, customer
    prioritised         an owner said how soon                          level, owner
    merged              it is a part of another one                     into, owner
    split               it was a part of another one                    from, owner
    promised            an owner is to be reminded                       owner, due
    promise due, kept                                                   owner
    away, back          an owner                                        owner, until
    problem opened, added (a case), removed, told, closed               problem, owner

Kinds that clocks have no use for, too: automatic, spam, doubtful, edited, reworded, noted, retried, copy bounced, loop,
linked, unlinked, forwarded, unblocked, signed, sign not shown, due soon, overdue, faq changed, week told. `delivery`
names the owner who wrote in `by`, or "bridge".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

HEARD, HELD, ACCEPTED = "customer wrote", "held", "accepted"
ANSWERED, BOT_ANSWERED, ACKNOWLEDGED = "answered", "bot answered", "acknowledged"
HELPED, NOT_HELPED = "helped", "not helped"
APPROVED, UNAPPROVED, REFUSED = "approved", "unapproved", "refused"
FEEDBACK_ASKED, FEEDBACK_GIVEN, FEEDBACK_REFUSED = "feedback asked", "feedback", "feedback refused"
FEEDBACK_SOLVED, FEEDBACK_EASE, FEEDBACK_REASON = "feedback solved", "feedback ease", "feedback reason"
DELIVERY, REPORTED = "delivery", "reported"
UNDONE, TAKEN_BACK = "undone", "taken back"
CLOSED, BLOCKED, TAGGED, ASSIGNED, MERGED = "closed", "blocked", "tagged", "assigned", "merged"

TRACKED = (
    HEARD,
    HELD,
    ACCEPTED,
    ANSWERED,
    BOT_ANSWERED,
    HELPED,
    NOT_HELPED,
    APPROVED,
    UNAPPROVED,
    REFUSED,
    DELIVERY,
    REPORTED,
    UNDONE,
    TAKEN_BACK,
    CLOSED,
    BLOCKED,
    TAGGED,
    ASSIGNED,
    MERGED,
    FEEDBACK_ASKED,
    FEEDBACK_GIVEN,
    FEEDBACK_SOLVED,
    FEEDBACK_EASE,
    FEEDBACK_REASON,
    FEEDBACK_REFUSED,
)
"""What clocks are computed from."""

BRIDGE = "bridge"
"""Who an automatic outbound is by."""


class Happened(NamedTuple):
    """One event; `at` is in microseconds since 1970 (a report reads a million of them)."""

    conversation: int
    at: int
    kind: str
    data: Mapping[str, Any]


def moment_of(at: datetime) -> int:
    """A moment in microseconds since 1970."""
    return (at - _EPOCH) // _MICROSECOND


def at_moment(moment: int) -> datetime:
    """The other way."""
    return _EPOCH + timedelta(microseconds=moment)
