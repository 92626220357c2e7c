"""Who wrote a mail, where an answer goes, and which mails it answers (RFC 5322 sections 3.6.2 and 3.6.4). Pure.

An author is unsure where programs would disagree: two From fields, several addresses, a route or a group in them. Then
the envelope's sender is taken. A Reply-To is taken where it names one address: that is where the writer wants the
answer, and a contact form on a web site has the customer nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from email.message import Message as Header
from email.utils import getaddresses

from bridge.connector import one_line
from connectors.email.address import NULL_SENDER, domain_of, is_address
from connectors.email.charsets import decode_field

ADDRESSES_LIMIT = 2048
"""Characters of a field that are looked at: Python's address parser takes quadratic time."""
_MOST_IDS = 100
_IDS_LIMIT = 32 * 1024
_ID = re.compile(r"<\s{0,8}([^<>\s]{1,500})\s{0,8}>")
_BARE_ID = re.compile(r"[^<>\s]{1,500}@[^<>\s]{1,250}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Author:
    """Where an answer goes, lower case, "<>" for nowhere; and the name to show. `sure` is about the From field."""

    address: str
    name: str
    sure: bool


def fields(header: Header, name: str) -> list[str]:
    """All values of a field, unfolded no further than they came."""
    return [str(value) for key, value in header.raw_items() if key.lower() == name]


def addresses(values: Iterable[str]) -> list[tuple[str, str]]:
    """(display name, address) of each mailbox in the values of an address field, the name decoded."""
    capped = [value[:ADDRESSES_LIMIT] for value in values]
    readable = [value.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for value in capped]
    try:
        found = getaddresses(readable)
    except (ValueError, IndexError, TypeError, RecursionError):
        # RecursionError: hundreds of nested comments or groups, which nobody's address has.
        return []
    return [(one_line(decode_field(name), 200), address.strip()) for name, address in found if name or address]


def author(header: Header, mail_from: str, is_ours: Callable[[str], bool], *, automatic: bool = False) -> Author:
    """The author of a mail that came in this envelope; `is_ours` says of an address whether its mail comes to us.

    A machine's Reply-To is left alone: it gets no answer, and is known by its From.
    """
    from_fields = fields(header, "from")
    written = addresses(from_fields[:1])
    name = written[0][0] if written else ""
    sure = len(from_fields) == 1 and len(written) == 1 and is_address(written[0][1]) and is_plain(from_fields[0])
    if not automatic:
        reply_to = [one for one in addresses(fields(header, "reply-to")[:1]) if one[1]]
        if len(reply_to) == 1 and is_address(reply_to[0][1]) and not is_ours(reply_to[0][1]):
            return Author(address=reply_to[0][1].lower(), name=reply_to[0][0] or name, sure=sure)
    if sure:
        return Author(address=written[0][1].lower(), name=name, sure=True)
    sender = mail_from if is_address(mail_from) else next((one for _, one in written if is_address(one)), NULL_SENDER)
    return Author(address=sender.lower(), name=name, sure=False)


def is_plain(value: str, *, several: bool = False) -> bool:
    """Whether an address stands in it as one, with neither a route (<@a:b@c>) nor a group (name: a@b;).

    With `several`, each of the addresses between its commas.
    """
    outside = re.sub(r'"[^"]*"', "", value)
    if "<@" in outside.replace(" ", "") or ";" in outside:
        return False
    return all(one.count("<") <= 1 for one in (outside.split(",") if several else [outside]))


def message_ids(values: Iterable[str]) -> list[str]:
    """The message ids in the values of a field, without their brackets, in order."""
    found: list[str] = []
    for value in values:
        ids = _ID.findall(value[:_IDS_LIMIT])
        if not ids and _BARE_ID.fullmatch(value.strip()[:800]):
            ids = [value.strip()]
        found += ids
    return [one_line(one) for one in found]


def answered(header: Header, account: str) -> tuple[str, ...]:
    """The messages that a mail answers, nearest first; for one of ours also its outbound's id (see `compose`)."""
    references = message_ids(fields(header, "references"))
    ids = [*message_ids(fields(header, "in-reply-to")), *reversed(references)]
    kept = list(dict.fromkeys(ids))
    if len(kept) > _MOST_IDS:
        # The thread's first message is worth more than the middle.
        kept = [*kept[: _MOST_IDS - 1], kept[-1]]
    own = domain_of(account)
    both = [name for one in kept for name in _names(one, own)]
    return tuple(dict.fromkeys(both))


def _names(one: str, own_domain: str) -> tuple[str, ...]:
    local, _, domain = one.rpartition("@")
    return (one, local) if local and own_domain and domain.lower() == own_domain else (one,)
