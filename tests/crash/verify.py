"""What must hold after any number of crashes, as functions of what was seen and what is stored. Each names faults."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from crash.found import Found
from crash.ledger import Ledger, customer_of


def faults(ledger: Ledger, found: Found) -> list[str]:
    """Everything that is wrong, once the daemon has had the time to finish; empty if all is well."""
    checks = (_stored, _relayed, _unmarked, _in_order, _mailed, _wired, _followed, _roomed, _echoed, _left, _timers)
    return [fault for check in checks for fault in check(ledger, found)]


def lost(ledger: Ledger, found: Found) -> list[str]:
    """Tokens of mails that were acknowledged and are not in the store."""
    return sorted(token for token in ledger.acknowledged if not found.items[token])


def _stored(ledger: Ledger, found: Found) -> Iterator[str]:
    """What was acknowledged is there, once."""
    for token in lost(ledger, found):
        yield f"{token} was acknowledged and is lost"
    for token in sorted(ledger.on_the_wire):
        if not found.items[token]:
            yield f"{token}, written on the wire, is not stored"
    for token in sorted(ledger.answered):
        if found.lines[token] != 1:
            yield f"the owner's answer to {token} is stored {found.lines[token]} times"
    for token, count in found.items.items():
        if token and count > 1:
            yield f"{token} is stored {count} times"


def _relayed(ledger: Ledger, found: Found) -> Iterator[str]:
    """Every stored message reached the owner."""
    relays = ledger.relays()
    for token in found.items:
        if token and token not in relays:
            yield f"{token} is stored and was never shown to the owner"


def _unmarked(ledger: Ledger, found: Found) -> Iterator[str]:
    """Nothing is shown twice but what says so, and no message comes back under another outbound's name."""
    plain = Counter(shown.id for shown in ledger.shown if not shown.marked)
    kinds = {shown.id: f"{shown.kind}: {shown.bare[:60]}" for shown in ledger.shown}
    for name, count in plain.items():
        if count > 1:
            yield f"shown {count} times without a mark: {kinds[name]}"
    for token, copies in ledger.relays().items():
        if len({shown.id for shown in copies}) > 1:
            yield f"{token} was relayed as two different outbounds"


def _in_order(ledger: Ledger, found: Found) -> Iterator[str]:
    """The owner reads each customer's messages in the order in which they were written."""
    last: dict[int, str] = {}
    for token in ledger.relays():  # in the order of their first showing
        if not token:
            continue
        before = last.get(customer_of(token), "")
        if token < before:
            yield f"{token} was shown after {before}"
        last[customer_of(token)] = token


def _mailed(ledger: Ledger, found: Found) -> Iterator[str]:
    """Every answer to a mail left, under one Message-ID: copies of it are recognisable."""
    mails = ledger.mails(automatic=False)
    for token, answered in ledger.answered.items():
        different = len(set(mails.get(token, ())))
        if not answered.by_wire and different != 1:
            yield f"the answer to {token} left as {different} mails"
    for token in mails.keys() - ledger.answered.keys():
        yield f"a mail about {token} left that nobody had written"


def _wired(ledger: Ledger, found: Found) -> Iterator[str]:
    """Every answer on the wire arrived once; or at most once, and the owner was told "maybe"."""
    wired, maybe = ledger.wired(), {out.token for out in found.outbox if out.state == "maybe"}
    for token, answered in ledger.answered.items():
        copies = len(wired.get(token, ()))
        if answered.by_wire and (copies > 1 or (copies == 0 and token not in maybe)):
            yield f"the answer to {token} came over the wire {copies} times"
    expected = Counter(out.conversation for out in found.outbox if out.state == "maybe")
    told = ledger.notices("Maybe sent")
    for conversation, count in expected.items():
        if told[conversation] != count:
            yield f"#{conversation}: {count} answers are maybe sent, and {told[conversation]} were told so"


def _followed(ledger: Ledger, found: Found) -> Iterator[str]:
    """Every file that came by reference was fetched and shown."""
    files = ledger.files()
    for token in sorted(ledger.on_the_wire):
        size = 100_000 if customer_of(token) % 2 else 10
        if files.get(token) != (size,):
            yield f"the file of {token} was shown as {files.get(token)}"


def _roomed(ledger: Ledger, found: Found) -> Iterator[str]:
    """What customers wrote stands in their conversation's room; where there are several of those, it was said."""
    for shown in ledger.shown:
        if shown.kind != "relay":
            continue
        title = ledger.rooms[int(shown.room.removeprefix("room-")) - 1] if shown.room else ""
        if not title.endswith(f" #{shown.conversation}"):
            yield f"a relay of #{shown.conversation} stands in the room {title!r}"
    said = {shown.conversation for shown in ledger.shown if shown.bare.startswith("Opening the room of ")}
    for number, count in Counter(int(title.rpartition("#")[2]) for title in ledger.rooms).items():
        if count > 1 and number not in said:
            yield f"#{number} has {count} rooms, and nothing was said of it"


def _echoed(ledger: Ledger, found: Found) -> Iterator[str]:
    """Every answer was echoed."""
    expected = Counter(answered.conversation for answered in ledger.answered.values())
    echoes = ledger.notices("-> ")
    for conversation, count in expected.items():
        if echoes[conversation] != count:
            yield f"#{conversation}: {count} answers, {echoes[conversation]} echoes"


def _left(ledger: Ledger, found: Found) -> Iterator[str]:
    """Nothing is left in any hands, and nothing is given up but what cannot be read."""
    yield from (f"unfinished: {left}" for left in found.unfinished)
    yield from (f"still waiting: {left}" for left in found.waiting)
    yield from (f"still claimed: {left}" for left in found.claimed)
    if found.dead != ledger.poisoned:
        yield f"{found.dead} dead letters of {ledger.poisoned} poisoned items"
    for out in found.outbox:
        if out.state not in ("sent", "maybe", "cancelled"):
            yield f"{out.kind} {out.token} in #{out.conversation} is {out.state}"


def _timers(ledger: Ledger, found: Found) -> Iterator[str]:
    """A timer that was due fired once: the event says so once, and one outbound came of it, sent or withdrawn."""
    states = Counter(out.state for out in found.outbox if out.kind == "automatic")
    if states.total() != found.acknowledged.total():
        yield f"{found.acknowledged.total()} acknowledgements were decided, {states.total()} put into the outbox"
    seen = {name for ids in ledger.mails(automatic=True).values() for name in ids}
    seen |= {shown.id for shown in ledger.shown if shown.kind == "automatic"}
    if not states["sent"] <= len(seen) <= states["sent"] + states["maybe"]:
        yield f"{states['sent']} acknowledgements were sent, {states['maybe']} maybe, and {len(seen)} were seen"
    written = Counter(copies[0].conversation for copies in ledger.relays().values())
    for conversation, count in found.acknowledged.items():
        if count > written[conversation]:
            yield f"#{conversation}: {written[conversation]} messages, acknowledged {count} times"
