"""The envelope of a mail of ours: who is told when it bounces, and who gets it. Pure."""

from __future__ import annotations

from bridge.connector import Outbound
from connectors.email.address import ascii_domain, is_address

NOBODY = ""
"""The empty sender of RFC 5321 section 4.5.5: nothing is ever sent back."""


def envelope_sender(outbound: Outbound, own_address: str) -> str:
    """Where bounces go.

    An acknowledgement is worth none, and a program at the other side must not answer it (RFC 3834 section 3.3). All
    else has our own address: a person's answer, mail to owners, and an automatic answer that asks something, since
    whoever waits for it has to hear that it did not arrive.
    """
    return NOBODY if outbound.automatic and not outbound.choices else ascii_domain(own_address)


def copies_of(outbound: Outbound) -> tuple[str, ...]:
    """The addresses for the Cc field, each once, in order, and not the customer's; what is no address is left out."""
    wanted = {one.lower(): ascii_domain(one) for one in outbound.copies if is_address(ascii_domain(one))}
    wanted.pop(outbound.address.lower(), None)
    return tuple(wanted.values())


def recipients(outbound: Outbound) -> tuple[str, ...]:
    """Everybody who gets it, the customer first."""
    return (ascii_domain(outbound.address), *copies_of(outbound))
