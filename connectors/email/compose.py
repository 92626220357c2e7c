"""An outbound as the bytes of a mail (RFC 5322), the same bytes on every attempt. Pure.

Receivers know a mail that comes twice by its Message-ID, made of the outbound's id; the date is the outbound's own,
and the MIME boundary is derived from the id, so that nothing depends on when or where this runs.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from bridge.connector import Attachment, Outbound, one_line
from connectors.email.address import ascii_domain, domain_of
from connectors.email.fields import address_field, ids_field, is_message_id, text_field
from connectors.email.markup import render
from connectors.email.subject import answer_subject

# 7bit, so that no server on the way has to convert anything.
_POLICY = SMTP.clone(cte_type="7bit")
_SUBJECT_LIMIT = 500
_MOST_REFERENCES = 50
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,63}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,63}")
_UNSAFE_ID = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Sender:
    """Whose mail it is: the business's address and name."""

    address: str
    name: str = ""


def message_id(outbound_id: str, own_address: str) -> str:
    """The Message-ID of an outbound, without its angle brackets."""
    return f"{_UNSAFE_ID.sub('_', outbound_id)}@{domain_of(ascii_domain(own_address))}"


def needs_smtputf8(*addresses: str) -> bool:
    """Whether mail between these needs the extension of RFC 6531: where a part before an @ is not ASCII."""
    return not all(ascii_domain(address).isascii() for address in addresses)


def compose(outbound: Outbound, sender: Sender) -> bytes:
    """The mail, with CR LF line ends of at most 998 octets.

    Raises ValueError, with words for the owner, where no mail can be made of it: an address that is none.
    """
    return b"".join(_fields(outbound, sender)) + _content(outbound).as_bytes(policy=_POLICY)


def _fields(outbound: Outbound, sender: Sender) -> list[bytes]:
    references = [one for one in outbound.replies_to if is_message_id(one)]
    subject = one_line(outbound.subject, _SUBJECT_LIMIT)
    fields = [
        address_field("From", one_line(outbound.from_name or sender.name, 200), ascii_domain(sender.address)),
        address_field("To", "", ascii_domain(outbound.address)),
        text_field("Subject", answer_subject(subject) if references else subject),
        f"Date: {format_datetime(outbound.created_at)}\r\n".encode("ascii"),
        ids_field("Message-ID", [message_id(outbound.id, sender.address)]),
        ids_field("In-Reply-To", references[-1:]),
        # The thread's first message and the latest ones: RFC 5322 section 3.6.4 has no limit, servers do.
        ids_field("References", [*references[:1], *references[1:][-_MOST_REFERENCES:]]),
    ]
    if outbound.automatic:
        # RFC 3834 section 5; the second is what Exchange looks at.
        fields.append(b"Auto-Submitted: auto-replied\r\nX-Auto-Response-Suppress: All\r\n")
    return fields


def _content(outbound: Outbound) -> EmailMessage:
    mail = EmailMessage(policy=_POLICY)
    mail.set_content(_body(outbound), charset="utf-8", cte=_encoding(_body(outbound)))
    for attachment in outbound.attachments:
        _attach(mail, attachment)
    if mail.is_multipart():
        mail.set_boundary("=_" + hashlib.sha256(outbound.id.encode("utf-8", "surrogatepass")).hexdigest()[:40])
    return mail


def _body(outbound: Outbound) -> str:
    text = render(outbound.text)
    if outbound.choices:
        text += "\n\n" + "\n".join(f"{choice.word} - {choice.label}" for choice in outbound.choices)
    return text


def _encoding(text: str) -> str:
    short = all(len(line) <= 76 for line in text.split("\n"))
    return "7bit" if text.isascii() and short else "quoted-printable"


def _attach(mail: EmailMessage, attachment: Attachment) -> None:
    if attachment.content is None:
        raise ValueError(f"the content of the attachment {attachment.name} is missing")
    media_type = attachment.media_type if _MEDIA_TYPE.fullmatch(attachment.media_type) else ""
    if not media_type or media_type.lower().startswith(("multipart/", "message/")):
        # Those two may not be encoded (RFC 2045 section 6.4), and other people's bytes can't go out as they are.
        media_type = "application/octet-stream"
    maintype, _, subtype = media_type.partition("/")
    mail.add_attachment(
        attachment.content,
        maintype=maintype,
        subtype=subtype,
        filename=attachment.name,
        disposition="inline" if attachment.inline else "attachment",
    )
