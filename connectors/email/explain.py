"""How a mail that stands in a file is understood, and why: what `inbox-bridge explain` shows. Pure.

A file has no envelope: its Return-Path, where a server wrote one, tells of it; else the author counts as the sender.
"""

from __future__ import annotations

from collections.abc import Mapping

from bridge.connector import Attachment, AutomaticKind, one_line
from connectors.email.author import addresses, author, fields
from connectors.email.automatic import automatic
from connectors.email.bounce import Verdict, verdict
from connectors.email.contents import contents
from connectors.email.mime import parts
from connectors.email.parse import subject_of, visible_of


def explain_mail(raw: bytes) -> Mapping[str, object]:
    """What the bridge makes of a mail: JSON values. Raises nothing that a parser does not."""
    header, leaves = parts(raw)
    written = next(iter(addresses(fields(header, "from")[:1])), ("", ""))
    returned = [address for _, address in addresses(fields(header, "return-path")[:1])]
    mail_from = returned[0] if returned else written[1] or "unknown"
    machine = automatic(header, leaves, mail_from, "")
    answer_to = author(header, mail_from, _nobody, automatic=machine is not None)
    found = contents(leaves, raw)
    subject = subject_of(header)
    bounced = None
    if machine is not None and machine.kind in (AutomaticKind.BOUNCE, AutomaticKind.AUTO_GENERATED):
        bounced = verdict(header, leaves, sure=machine.kind is AutomaticKind.BOUNCE)
    return {
        "from": one_line(written[1]),
        "from_name": written[0],
        "answer_to": answer_to.address,
        "subject": subject,
        "text": found.text.plain,
        "visible": visible_of(found, header).plain,
        "attachments": [_attachment(one) for one in found.attachments],
        "automatic": None if machine is None else {"kind": machine.kind.value, "reason": machine.reason},
        "bounce": None if bounced is None else _bounce(bounced),
    }


def _nobody(_address: str) -> bool:
    """No address is ours: a file says nothing of the account it came to."""
    return False


def _attachment(one: Attachment) -> Mapping[str, object]:
    return {"name": one.name, "type": one.media_type, "size": one.size}


def _bounce(bounced: Verdict) -> Mapping[str, object]:
    return {
        "recipient": bounced.recipient,
        "status": bounced.status,
        "permanent": bounced.permanent,
        "refers_to": bounced.refers_to,
        "reason": bounced.reason,
    }
