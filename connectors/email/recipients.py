"""Whom a mail was sent to: which of its addresses are ours, the token in one of them, and who else got it. Pure.

Nothing is guessed. Two tokens of the same standing are none, and a field in which programs would disagree on who is
meant names nobody: a copy that goes to a stranger is worse than one that is not sent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from email.message import Message as Header

from connectors.email.address import ascii_domain, is_address
from connectors.email.author import ADDRESSES_LIMIT, addresses, fields, is_plain
from connectors.email.reply_address import is_made_like, token_in

MOST_COPIES = 20
"""A mail to more people than this is answered to its sender alone."""
_MOST_LOOKED_AT = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Ours:
    """The addresses of an account, in lower case, and the template of its addresses for answers."""

    addresses: frozenset[str]
    template: str = ""

    @staticmethod
    def of(facts: Mapping[str, object]) -> Ours:
        """What the facts `account`, `own` and `reply_to` say."""
        template = facts.get("reply_to")
        named = [facts.get("account"), *_listed(facts.get("own"))]
        own = frozenset(_known_as(one) for one in named if isinstance(one, str) and one)
        return Ours(addresses=own, template=template if isinstance(template, str) else "")

    def takes(self, address: str) -> bool:
        """Whether it is one of them, or one with a token."""
        return _known_as(address) in self.addresses or bool(token_in(self.template, address))

    def holds(self, address: str) -> bool:
        """Whether mail to this address may come to us: one with anything in the token's place, too."""
        return _known_as(address) in self.addresses or is_made_like(self.template, address)


def token(header: Header, facts: Mapping[str, object], ours: Ours) -> str:
    """The token of the address that a mail was sent to: by its envelope, else by what servers wrote into it, else by
    its To and Cc. Empty where there is none, or two that differ.
    """
    envelope = [one for one in _listed(facts.get("rcpt_tos")) if isinstance(one, str)]
    delivered = _named(header, ("delivered-to", "x-original-to", "envelope-to"))
    for looked_at in (envelope, delivered, _named(header, ("to", "cc"))):
        found = {token_in(ours.template, one) for one in looked_at[:_MOST_LOOKED_AT]} - {""}
        if found:
            return found.pop() if len(found) == 1 else ""
    return ""


def copies(header: Header, ours: Ours, senders: Collection[str]) -> tuple[str, ...]:
    """The others in To and Cc, in lower case; none where they are more than MOST_COPIES, or not sure."""
    left_out = {one.lower() for one in senders}
    found: dict[str, None] = {}
    for name in ("to", "cc"):
        values = fields(header, name)
        if len(values) != 1 or len(values[0]) > ADDRESSES_LIMIT or not is_plain(values[0], several=True):
            continue
        for _, address in addresses(values):
            if is_address(address) and address.lower() not in left_out and not ours.holds(address):
                found[address.lower()] = None
    return tuple(found) if len(found) <= MOST_COPIES else ()


def _known_as(address: str) -> str:
    """One spelling of an address: a domain in any letters is the same as its A-labels (RFC 5890)."""
    return ascii_domain(address.lower())


def _named(header: Header, names: Iterable[str]) -> list[str]:
    return [address for name in names for _, address in addresses(fields(header, name)[:10])]


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []
