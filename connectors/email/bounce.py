"""A delivery status notification (RFC 3464) as reports on our outbounds. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from email.message import Message as Header

from bridge.connector import DeliveryReport, DeliveryStatus, one_line
from connectors.email.address import is_address
from connectors.email.author import fields, message_ids
from connectors.email.charsets import decode_field
from connectors.email.mime import Part, read_header

_STATUS_LIMIT = 64 * 1024
_MOST_RECIPIENTS = 50
_RETURNED = frozenset({"message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"})
_ACTIONS = {
    "failed": DeliveryStatus.BOUNCED,
    "delayed": DeliveryStatus.BOUNCED,
    "delivered": DeliveryStatus.DELIVERED,
    "relayed": DeliveryStatus.ACCEPTED,
    "expanded": DeliveryStatus.ACCEPTED,
}


def delivery_reports(header: Header, leaves: Sequence[Part]) -> list[DeliveryReport]:
    """One report a recipient; none for a mail that is no such notification.

    `refers_to` is the Message-ID of the mail that was returned, or of the one that the notification answers; empty
    where neither is told.
    """
    statuses = [part for part in leaves if part.media_type == "message/delivery-status"]
    returned = _returned_id(header, leaves) if statuses else ""
    reports: list[DeliveryReport] = []
    for part in statuses:
        if len(reports) < _MOST_RECIPIENTS:
            reports += [report for group in _groups(part.content()) if (report := _report(group, returned))]
    return reports[:_MOST_RECIPIENTS]


def _groups(content: bytes) -> Iterator[Header]:
    """The groups of fields, the one about the mail as a whole too (it has no recipient)."""
    rest = content[:_STATUS_LIMIT].lstrip()
    for _ in range(_MOST_RECIPIENTS + 1):
        if not rest:
            return
        header, after = read_header(rest, 100)
        yield header
        rest = after.lstrip() if len(after) < len(rest) else b""


def _report(group: Header, returned: str) -> DeliveryReport | None:
    action = _value(group, "action").lower()
    recipient = _recipient(group)
    if action not in _ACTIONS or not recipient:
        return None
    status = _value(group, "status")
    words = decode_field(_value(group, "diagnostic-code").partition(";")[2] or _value(group, "diagnostic-code"))
    return DeliveryReport(
        refers_to=returned,
        status=_ACTIONS[action],
        reason=one_line(f"{status} {words.strip()}".strip() or action, 300),
        # Whatever its status says: who reports a failure has given up (RFC 3464 section 2.3.3), even on a 4.4.7.
        permanent=action == "failed",
        recipient=recipient,
    )


def _recipient(group: Header) -> str:
    for name in ("original-recipient", "final-recipient"):
        address = _value(group, name).rpartition(";")[2].strip().strip("<>")
        if is_address(address):
            return address.lower()
    return one_line(_value(group, "final-recipient").rpartition(";")[2], 254)


def _value(group: Header, name: str) -> str:
    return next((value.strip() for value in fields(group, name)), "")


def _returned_id(header: Header, leaves: Sequence[Part]) -> str:
    for part in [part for part in leaves if part.media_type in _RETURNED][:2]:
        mail, _ = read_header(part.content().lstrip())
        if ids := message_ids(fields(mail, "message-id")):
            return ids[0]
    ids = [*message_ids(fields(header, "in-reply-to")), *reversed(message_ids(fields(header, "references")))]
    return ids[0] if ids else ""
