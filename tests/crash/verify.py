"""What must hold after any number of crashes, as functions of what was seen and what is stored. Each names faults."""

from __future__ import annotations

from collections.abc import Iterator

from crash.found import Found
from crash.ledger import Ledger, customer_of


def faults(ledger: Ledger, found: Found) -> list[str]:
    """Everything that is wrong, once the daemon has had the time to finish; empty if all is well."""
    checks = (_lost, _relayed, _order, _mailed, _wired, _echoed, _left, _timers)
    return [fault for check in checks for fault in check(ledger, found)]


def lost(ledger: Ledger, found: Found) -> list[str]:
    """Tokens of mails that were acknowledged and are not in the store."""
    return sorted(token for token in ledger.acknowledged if not found.items[token])


def _lost(ledger: Ledger, found: Found) -> Iterator[str]:
    for token in lost(ledger, found):
        yield f"{token} was acknowledged and is lost"
    for token, count in found.items.items():
        if token and count > 1:
            yield f"{token} is stored {count} times"
    for token in ledger.on_the_wire:
        if not found.items[token]:
            yield f"{token}, a line on the wire, is not stored"


def _relayed(ledger: Ledger, found: Found) -> Iterator[str]:
    """Every stored message reached the owner, and twice only where the second says so."""
    relays = ledger.relays()
    for token in found.items:
        if token and token not in found_answers(ledger) and token not in relays:
            yield f"{token} is stored and was never shown to the owner"
    for token, copies in relays.items():
        unmarked = [shown for shown in copies if not shown.marked]
        if len(unmarked) > 1:
            yield f"{token} was shown {len(unmarked)} times without a mark"
    seen = set[str]()
    for shown in ledger.shown:
        if shown.id in seen and not shown.marked and shown.address == "owner":
            before = [other for other in ledger.shown if other.id == shown.id and not other.marked]
            if len(before) > 1:
                yield f"{shown.kind} {shown.id} was shown again without a mark: {shown.bare[:60]}"
        seen.add(shown.id)


def found_answers(ledger: Ledger) -> frozenset[str]:
    """Tokens that stand in the store only as an answer's: none, since an answer repeats a message's token."""
    return frozenset(token for token in ledger.answered if not token)


def _order(ledger: Ledger, found: Found) -> Iterator[str]:
    """The owner reads each customer's messages in the order in which they were written."""
    last: dict[int, str] = {}
    seen = set[str]()
    for shown in ledger.shown:
        token = _token_of_relay(shown.kind, shown.bare)
        if not token or token in seen:
            continue
        seen.add(token)
        before = last.get(customer_of(token), "")
        if token < before:
            yield f"{token} was shown after {before}"
        last[customer_of(token)] = token
