"""Questions to the DNS, behind a small door: the system's servers, or those that the settings name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import dns.asyncresolver
import dns.exception
import dns.name
import dns.nameserver
import dns.resolver
from dns.rdtypes.ANY.TXT import TXT

Kind = Literal["TXT", "A", "AAAA", "MX", "PTR"]

# For one question, over all servers.
_SECONDS = 8.0


class DnsTrouble(Exception):
    """The DNS could not answer (a time-out, SERVFAIL): ask again later."""


class Resolver(Protocol):
    """Who is asked. Tests have one that knows its answers."""

    async def lookup(self, name: str, kind: Kind) -> Sequence[bytes]:
        """What a name has of a kind, in the order of preference; nothing for a name that is not there.

        A TXT in one piece, all others as text: addresses, host names without a last dot. Raises DnsTrouble.
        """


class SystemResolver:
    """The DNS. `servers` are pairs of address and port; without any, those of /etc/resolv.conf."""

    def __init__(self, servers: Sequence[tuple[str, int]] = ()) -> None:
        self._servers = servers
        self._resolver: dns.asyncresolver.Resolver | None = None

    async def lookup(self, name: str, kind: Kind) -> Sequence[bytes]:
        """See Resolver."""
        try:
            resolver = self._resolver = self._resolver or self._made()
            answer = await resolver.resolve(dns.name.from_text(name), kind, lifetime=_SECONDS, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ()
        except (dns.name.LabelTooLong, dns.name.NameTooLong, dns.name.EmptyLabel, dns.name.BadEscape, UnicodeError):
            return ()
        except (dns.exception.DNSException, OSError) as error:
            raise DnsTrouble(f"{kind} {name}: {type(error).__name__}") from error
        records = sorted(answer, key=lambda record: getattr(record, "preference", 0))
        return [_written(record) for record in records]

    def _made(self) -> dns.asyncresolver.Resolver:
        resolver = dns.asyncresolver.Resolver(configure=not self._servers)
        if self._servers:
            resolver.nameservers = [dns.nameserver.Do53Nameserver(address, port) for address, port in self._servers]
        return resolver


def _written(record: object) -> bytes:
    if isinstance(record, TXT):
        return b"".join(record.strings)
    for name in ("address", "exchange", "target"):
        value = getattr(record, name, None)
        if value is not None:
            return str(value).rstrip(".").encode("ascii", "replace")
    return b""
