"""A mail that did not arrive: whose, why, for good or not, and which of our mails it was. Pure.

Theory of operation. A notification of RFC 3464 says all of it in fields (`dsn.py`). Many servers write their own words
instead, or wrong fields; `bounce_text.py` reads those. Which of our mails it was is told by its Message-ID, wherever it
stands: in the mail that is returned, as a part or as text, or in what the notification says that it answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message as Header

from bridge.connector import DeliveryReport, DeliveryStatus, one_line
from connectors.email.address import domain_of
from connectors.email.author import addresses, fields, message_ids
from connectors.email.bounce_text import begins_as_notice, is_notice, notice_lines, read_notice
from connectors.email.contents import decoded
from connectors.email.dsn import STATUS_TYPES, Fate, fates
from connectors.email.html_text import html_text
from connectors.email.mime import Part, read_header

_RETURNED = frozenset({"message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"})
_TEXTS = frozenset({"text/plain", "text/html"})
_STATUSES = {
    "failed": DeliveryStatus.BOUNCED,
    "delayed": DeliveryStatus.BOUNCED,
    "delivered": DeliveryStatus.DELIVERED,
    "relayed": DeliveryStatus.ACCEPTED,
    "expanded": DeliveryStatus.ACCEPTED,
}
_TEXT_LIMIT = 100_000
_MESSAGE_ID = re.compile(r"message-id\s{0,5}:\s{0,20}<([^<>\s]{1,500})>", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What a notice of non-delivery comes to. `permanent` is what the status says: class 5, or none at all."""

    recipient: str
    status: str
    permanent: bool
    reason: str
    refers_to: str


def verdict(header: Header, leaves: Sequence[Part], *, sure: bool = False) -> Verdict | None:
    """Of a machine's mail: the failure that it tells of; None where it tells of none.

    `sure` says that it is a notice of non-delivery, whatever its words: then there is a verdict.
    """
    told = fates(leaves)
    refers_to = next(_ids(header, leaves, ""), "")
    failure = next((fate for fate in told if fate.failed), None)
    if told and failure is None:
        return None
    if failure is not None and failure.status:
        return Verdict(
            recipient=failure.recipient,
            status=failure.status,
            permanent=not failure.status.startswith("4"),
            reason=failure.words,
            refers_to=refers_to,
        )
    return _told_in_words(header, leaves, failure, refers_to, sure=sure)


def _told_in_words(
    header: Header, leaves: Sequence[Part], failure: Fate | None, refers_to: str, *, sure: bool
) -> Verdict | None:
    lines = _notice(leaves)
    own = [address.lower() for name in ("from", "to") for _, address in addresses(fields(header, name)[:1])]
    notice = read_notice(lines, own)
    failed_recipients = addresses(fields(header, "x-failed-recipients")[:1])
    recipient = failure.recipient if failure else failed_recipients[0][1] if failed_recipients else notice.recipient
    sure = sure or failure is not None or bool(failed_recipients)
    if not sure and not is_notice(lines) and not (notice.status and notice.recipient):
        return None
    for_now = notice.status.startswith("4") or (failure is not None and failure.action == "delayed")
    return Verdict(
        recipient=recipient.lower(),
        status=notice.status,
        permanent=not for_now,
        reason=one_line(notice.words, 300),
        refers_to=refers_to,
    )


def speaks_of_failure(leaves: Sequence[Part]) -> bool:
    """Whether the first lines are a mail server's that could not deliver."""
    return is_notice(_notice(leaves))


def is_server_speaking(leaves: Sequence[Part]) -> bool:
    """Whether a mail server speaks from the first line on, with a code or the mail that it returns: no person does."""
    returned = any(part.media_type in _RETURNED or part.media_type in STATUS_TYPES for part in leaves)
    return begins_as_notice(_notice(leaves), returned=returned)


def _notice(leaves: Sequence[Part]) -> list[str]:
    """The lines of the notice, from the first part with text, and of a few more where the first says little."""
    lines: list[str] = []
    for part in leaves[:5]:
        if part.media_type in _RETURNED or len(lines) > 3:
            break
        if part.media_type in _TEXTS or part.media_type == "message/delivery-status":
            text = decoded(part)[:_TEXT_LIMIT]
            lines += notice_lines(html_text(text).plain if part.media_type == "text/html" else text)
    return lines


def delivery_reports(
    header: Header, leaves: Sequence[Part], *, account: str = "", machine: bool = True
) -> list[DeliveryReport]:
    """One report a recipient; none for a mail that is no notification, or that no machine wrote.

    `refers_to` is the Message-ID of the mail that was returned, one of `account`'s domain first, or of the one that the
    notification answers; empty where neither is told.
    """
    told = fates(leaves)
    if told:
        refers_to = next(_ids(header, leaves, domain_of(account)), "")
        return [_report(fate, refers_to) for fate in told]
    found = (
        None
        if not machine
        else _told_in_words(header, leaves, None, next(_ids(header, leaves, domain_of(account)), ""), sure=False)
    )
    if found is None or not found.refers_to:
        return []
    return [
        DeliveryReport(
            refers_to=found.refers_to,
            status=DeliveryStatus.BOUNCED,
            reason=f"{found.status} {found.reason}".strip(),
            # A notice in words is a delay only where it says that the server goes on trying.
            permanent=found.permanent or found.status != "4.4.7",
            recipient=found.recipient,
        )
    ]


def _report(fate: Fate, refers_to: str) -> DeliveryReport:
    return DeliveryReport(
        refers_to=refers_to,
        status=_STATUSES[fate.action],
        reason=one_line(f"{fate.status} {fate.words}".strip() or fate.action, 300),
        # Whatever its status says: who reports a failure has given up (RFC 3464 section 2.3.3), even on a 4.4.7.
        permanent=fate.action == "failed",
        recipient=fate.recipient,
    )


def _ids(header: Header, leaves: Sequence[Part], own_domain: str) -> Iterator[str]:
    """The ids of the mail that a notification is about, the likeliest first; those of our domain before all others."""
    found = list(dict.fromkeys(_all_ids(header, leaves)))
    own = [one for one in found if own_domain and domain_of(one) == own_domain]
    yield from dict.fromkeys([*own, *found])


def _all_ids(header: Header, leaves: Sequence[Part]) -> Iterator[str]:
    for part in [part for part in leaves if part.media_type in _RETURNED][:3]:
        mail, _ = read_header(part.content().lstrip())
        yield from message_ids(fields(mail, "message-id"))[:1]
    for part in leaves[:6]:
        if part.media_type in _TEXTS or part.media_type.startswith(("message/", "application/octet")):
            yield from (
                found[1] for _, found in zip(range(5), _MESSAGE_ID.finditer(decoded(part)[:_TEXT_LIMIT]), strict=False)
            )
    yield from message_ids(fields(header, "in-reply-to"))
    yield from reversed(message_ids(fields(header, "references")))
