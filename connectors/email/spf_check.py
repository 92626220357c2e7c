"""Whether SPF proves who sent a mail (RFC 7208): the server that handed it over may send for the author's domain.

pyspf does the work, in a thread, and asks through our resolver. Only the author's own domain is asked about. What the
mail says is not protected by it, nor does it help where a server of one's own stands in between.
"""

from __future__ import annotations

import asyncio
import ipaddress
import time
import warnings
from typing import Any

from connectors.email.address import ascii_domain, domain_of, is_address
from connectors.email.alignment import aligned
from connectors.email.claim import Claim
from connectors.email.evidence import Evidence
from connectors.email.resolver import DnsTrouble, Kind, Resolver

with warnings.catch_warnings():
    # It was written before Python minded "\d" in plain strings.
    warnings.simplefilter("ignore")
    import spf

_SECONDS = 15.0
_NOTHING = Evidence(why="SPF says nothing")


async def check_spf(claim: Claim, resolver: Resolver, *, strict: bool) -> Evidence:
    """Whether the peer may send for the envelope's sender, and that is of the author's domain."""
    peer, helo, sender = (str(claim.facts.get(name, "")) for name in ("peer", "helo", "mail_from"))
    if claim.facts.get("via") != "smtp" or not _far_away(peer) or not is_address(sender):
        return _NOTHING
    if not aligned(domain_of(sender), claim.domain, strict=strict):
        return Evidence(why="SPF speaks for another domain only")
    asked = _Asked(asyncio.get_running_loop(), resolver)
    result = await asyncio.to_thread(_result, asked, peer, ascii_domain(sender), helo)
    if result == "pass":
        return Evidence(proof=True)
    if result in ("fail", "softfail"):
        return Evidence(why="by SPF, it came from a server that may not send for its domain")
    return Evidence(why=_NOTHING.why, later=result == "temperror")


def _far_away(peer: str) -> bool:
    """Whether this is an address of the internet: what comes from near by went through a server of our own."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_global


def _result(asked: _Asked, peer: str, sender: str, helo: str) -> str:
    try:
        query: Any = spf.query(i=peer, s=sender, h=helo, strict=True, timeout=_SECONDS)
        query.dns = asked
        result = str(query.check()[0])
        if result == "pass" and str(query.mechanism).lstrip("+").lower() == "all":
            # "Everybody may": that proves nothing.
            return "neutral"
    except Exception:  # noqa: BLE001 - on odd records it raises anything, its own AssertionError too
        return "permerror"
    return result


class _Asked:
    """What pyspf calls for the DNS, in its thread; it counts the questions, we the time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, resolver: Resolver) -> None:
        self._loop = loop
        self._resolver = resolver
        self._until = time.monotonic() + _SECONDS
        self._void = 0

    def __call__(self, name: str, kind: Kind, cnames: object = None, *, ignore_void: bool = False) -> list[object]:
        """Values as pyspf wants them."""
        del cnames
        future = asyncio.run_coroutine_threadsafe(self._resolver.lookup(f"{name.rstrip('.')}.", kind), self._loop)
        try:
            found = future.result(max(0.0, self._until - time.monotonic()))
        except (DnsTrouble, TimeoutError) as error:
            future.cancel()
            raise spf.TempError("DNS") from error
        if not found and not ignore_void:
            self._count_void()
        if kind == "TXT":
            return [(one,) for one in found]
        texts = [one.decode("ascii", "replace") for one in found]
        return [*enumerate(texts)] if kind == "MX" else [*texts]

    def _count_void(self) -> None:
        self._void += 1
        if self._void > spf.MAX_VOID_LOOKUPS:
            raise spf.PermError("too many names that are not there")
