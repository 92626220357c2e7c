"""The table `[owner_check]`: how the connector finds out whether a mail in an owner's name is the owner's."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from bridge.connector import Settings, one_line

_BRACKETED = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::([0-9]{1,5}))?")
_WITH_PORT = re.compile(r"([0-9.]+):([0-9]{1,5})")


def dns_server(text: str) -> tuple[str, int]:
    """The address and port in "ADDRESS", "ADDRESS:PORT" or "[ADDRESS]:PORT". Raises ValueError."""
    found = _BRACKETED.fullmatch(text) or _WITH_PORT.fullmatch(text)
    address, port = (found[1], int(found[2] or 53)) if found else (text, 53)
    if not 0 < port < 65536:
        raise ValueError(f"{port} is not a port")
    return str(ipaddress.ip_address(address)), port


def _checked_server(text: str) -> str:
    try:
        dns_server(text)
    except ValueError as error:
        raise ValueError(
            f"{one_line(text, 80)!r} is not a DNS server; write it as an IP address, with a port if it has another "
            "than 53, like 127.0.0.1:5353 or [::1]:5353"
        ) from error
    return text


def _checked_id(text: str) -> str:
    if text and (not text.isascii() or not text.isprintable() or set(text) & set(' "()=;@,') or len(text) > 253):
        raise ValueError(
            f"{one_line(text, 80)!r} is no name that a mail server calls itself in Authentication-Results; copy the "
            "word that stands before the first semicolon there, like mx.example.com"
        )
    return text


class OwnerCheck(Settings):
    """The table `[owner_check]`: anybody can write an owner's address into a mail, so each such mail is checked.

    By default by its DKIM signature alone, which needs no setting.
    """

    trusted_authserv: Annotated[str, AfterValidator(_checked_id)] = ""
    """The name by which your own mail server calls itself in the Authentication-Results fields that it adds; its word
    then counts. Set it only if nobody else can hand mail to the bridge, and your server removes such fields from mail
    that comes in."""
    own_received: int = Field(default=0, ge=0, le=10)
    """How many Received fields of your own servers stand above that Authentication-Results field."""
    spf: bool = False
    """Look at SPF, too. Only where senders' servers connect to [listen] themselves: with a mail server of yours in
    between it would vouch for mail of anybody's."""
    strict: bool = False
    """Take the very domain of the owner's address only, not its subdomains or the domain above it."""
    dns: tuple[Annotated[str, AfterValidator(_checked_server)], ...] = ()
    """DNS servers to ask, as addresses, with a port if it is not 53. Without any, the system's."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.spf and self.trusted_authserv:
            raise ValueError(
                "spf is for mail that comes straight from its sender's server, trusted_authserv for mail that your own "
                "server has checked; leave one out"
            )
        if self.own_received and not self.trusted_authserv:
            raise ValueError("own_received has no use without trusted_authserv; set that, or leave both out")
        return self

    @property
    def dns_servers(self) -> tuple[tuple[str, int], ...]:
        """The servers as pairs of address and port."""
        return tuple(dns_server(text) for text in self.dns)
