"""What became of a message of ours, by a stanza's word: receipts (XEP-0184), markers (XEP-0333), errors. Pure."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from bridge.connector import DeliveryReport, DeliveryStatus, Ignored, one_line
from connectors.xmpp.namespaces import MARKERS, RECEIPTS
from connectors.xmpp.stanza import child, condition


def report(message: ET.Element, recipient: str) -> DeliveryReport | None:
    """What the other side's client says of a message of ours. It names ours by an id that only its receiver knows."""
    received = child(message, "received", RECEIPTS, MARKERS)
    shown = child(message, "displayed", MARKERS)
    if shown is None:
        shown = child(message, "acknowledged", MARKERS)
    named = shown if shown is not None else received
    if named is None or not named.get("id"):
        return None
    status = DeliveryStatus.READ if shown is not None else DeliveryStatus.DELIVERED
    return DeliveryReport(refers_to=named.get("id", ""), status=status, recipient=recipient)


def bounced(message: ET.Element, recipient: str) -> DeliveryReport | Ignored:
    """A message of ours that came back (RFC 6120 section 8.3)."""
    if not message.get("id"):
        return Ignored(reason="an error that names no message")
    why, words = condition(message)
    reason = f"{why}: {one_line(words, 200)}" if words.strip() else why
    return DeliveryReport(
        refers_to=message.get("id", ""),
        status=DeliveryStatus.BOUNCED,
        reason=one_line(reason, 250),
        # The message is not on its way any more, whatever the type says: a server does not try again.
        permanent=True,
        recipient=recipient,
    )
