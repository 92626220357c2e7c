"""Who may connect to the listener, and how many at once.

A connection is counted, and refused with 421 where a cap is passed, before any of aiosmtpd's objects exist for it:
those take far longer to make than a flood takes to ask. No address is exempt from the caps.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections import Counter
from collections.abc import Callable
from typing import Protocol, cast


def peer_of(transport: asyncio.BaseTransport) -> str:
    """The other side's IP address, an IPv4 one in its own form; empty for a socket that has none."""
    name = transport.get_extra_info("peername")
    return str(name[0]).removeprefix("::ffff:") if isinstance(name, tuple) and name else ""


def network_of(peer: str) -> str:
    """What counts as one address: all of IPv4's, a /64 of IPv6, where a single customer has that many."""
    if ":" not in peer:
        return peer
    return str(ipaddress.ip_network((peer.partition("%")[0], 64), strict=False))


class Guest(Protocol):
    """A connection that was let in."""

    def leave(self) -> None:
        """End in good manners, soon."""

    def abort(self) -> None:
        """End now."""


class Gate:
    """Counts connections, and the bytes of unfinished mails over all of them."""

    def __init__(self, *, connections: int, per_address: int, memory: int) -> None:
        self._connections = connections
        self._per_address = per_address
        self._memory = memory
        self._counts: Counter[str] = Counter()
        self._guests: set[Guest] = set()
        self._closed = False
        self.held = 0
        self.empty = asyncio.Event()
        self.empty.set()

    def refusal(self, peer: str) -> str:
        """The reply that turns a new connection away; empty when it may come in."""
        if self._closed:
            return "421 4.3.2 the service is stopping, try again later"
        if len(self._guests) >= self._connections:
            return "421 4.3.2 too many connections, try again later"
        if self._counts[network_of(peer)] >= self._per_address:
            return "421 4.7.0 too many connections from your address, try again later"
        return ""

    def enter(self, peer: str, guest: Guest) -> None:
        """Count a connection in."""
        self._counts[network_of(peer)] += 1
        self._guests.add(guest)
        self.empty.clear()

    def leave(self, peer: str, guest: Guest) -> None:
        """Count it out again."""
        network = network_of(peer)
        self._counts[network] -= 1
        if not self._counts[network]:
            del self._counts[network]
        self._guests.discard(guest)
        if not self._guests:
            self.empty.set()

    def close(self) -> None:
        """Let nobody in any more, and ask those inside to leave."""
        self._closed = True
        for guest in list(self._guests):
            guest.leave()

    def abort(self) -> None:
        """Cut the connections of those who did not leave."""
        for guest in list(self._guests):
            guest.abort()

    @property
    def full(self) -> bool:
        """Whether the mails under way hold all the memory that they may."""
        return self.held > self._memory


class Doorkeeper(asyncio.Protocol):
    """Stands where a connection begins: refuses it, or hands it over to the protocol that `admit` makes."""

    def __init__(self, gate: Gate, admit: Callable[[], asyncio.Protocol]) -> None:
        self._gate = gate
        self._admit = admit

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Decide at once; the transport then belongs to the other protocol, or is closed."""
        # uvloop's transports are of no asyncio class.
        transport = cast("asyncio.Transport", transport)
        refusal = self._gate.refusal(peer_of(transport))
        if refusal:
            transport.write(refusal.encode() + b"\r\n")
            transport.close()
            return
        protocol = self._admit()
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
