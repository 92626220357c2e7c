"""What a mail in an owner's name claims: from whom it is, and which answer-address of ours it was written to. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bridge.connector import Message, RawItem
from connectors.email.alignment import a_label, ascii_lower, organisational
from connectors.email.evidence import Doubtful
from connectors.email.from_field import from_address, names_address, same_address
from connectors.email.strict_header import StrictMail, read_strictly


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """A mail that can be read in one way only, from one plain address at `domain` (A-labels), to the token's address.

    `facts` are the connector's, as in RawItem.
    """

    mail: StrictMail
    address: str
    domain: str
    received_at: datetime
    facts: Mapping[str, object]


def claim_of(item: RawItem, content: bytes, message: Message, reply_to: str) -> Claim:
    """The claim of a mail with this content. Raises Doubtful where it makes none that could be checked.

    The address with the token has to stand in To or Cc: so a mail that an owner once signed cannot be sent again to
    another conversation, nor one that was written to somebody else.
    """
    mail = read_strictly(content)
    address = from_address(mail)
    if not same_address(address, message.address):
        raise Doubtful("its From field names somebody else")
    domain = a_label(address.rpartition("@")[2])
    # Some letters become others when owners are looked up without regard to capitals ("\u017f" an s, "\u00df" two).
    if not domain or address.casefold() != ascii_lower(address):
        raise Doubtful("its From field is not one plain address")
    if not organisational(domain):
        raise Doubtful("its domain is one that strangers share")
    if not reply_to or not message.token:
        raise Doubtful("it was not written to an address that answers go to")
    if not names_address([*mail.values("to"), *mail.values("cc")], reply_to.replace("{token}", message.token)):
        raise Doubtful("the address that it came to stands neither in its To nor in its Cc field")
    return Claim(mail=mail, address=address, domain=domain, received_at=item.received_at, facts=item.facts)
