"""An outbound as the bytes of a mail (RFC 5322), the same bytes on every attempt. Pure.

Receivers know a mail that comes twice by its Message-ID, made of the outbound's id; the date is the outbound's own,
and the MIME boundaries are derived from the id, so that nothing depends on when or where this runs. What the mail says
is `answer_mail.py` for customers, `owner_mail.py` for owners.
"""

from __future__ import annotations

import hashlib
import re
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from bridge.connector import Attachment, Outbound, one_line
from connectors.email.address import ascii_domain, domain_of
from connectors.email.answer_mail import answer_draft
from connectors.email.draft import Draft
from connectors.email.envelope import copies_of
from connectors.email.fields import address_field, addresses_field, ids_field, text_field
from connectors.email.owner_mail import TO_OWNERS, owner_draft
from connectors.email.reply_address import token_address
from connectors.email.sender import Sender

# 7bit, so that no server on the way has to convert anything.
_POLICY = SMTP.clone(cte_type="7bit")
_NAME_LIMIT = 200
_MOST_REFERENCES = 50
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,63}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,63}")
_UNSAFE_ID = re.compile(r"[^A-Za-z0-9._-]")


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
    draft = owner_draft(outbound, sender) if outbound.kind in TO_OWNERS else answer_draft(outbound, sender)
    return b"".join(_fields(outbound, sender, draft)) + _content(outbound, draft).as_bytes(policy=_POLICY)


def _fields(outbound: Outbound, sender: Sender, draft: Draft) -> list[bytes]:
    name = one_line(draft.from_name, _NAME_LIMIT)
    answers_to = token_address(sender.reply_to, outbound.token) if sender.reply_to and outbound.token else ""
    return [
        address_field("From", name, ascii_domain(sender.address)),
        address_field("To", "", ascii_domain(outbound.address)),
        addresses_field("Cc", copies_of(outbound)),
        address_field("Reply-To", name, answers_to) if answers_to else b"",
        text_field("Subject", draft.subject),
        f"Date: {format_datetime(outbound.created_at)}\r\n".encode("ascii"),
        ids_field("Message-ID", [message_id(outbound.id, sender.address)]),
        ids_field("In-Reply-To", draft.references[-1:]),
        # The thread's first message and the latest ones: RFC 5322 section 3.6.4 has no limit, servers do.
        ids_field("References", [*draft.references[:1], *draft.references[1:][-_MOST_REFERENCES:]]),
        draft.fields,
    ]


def _content(outbound: Outbound, draft: Draft) -> EmailMessage:
    mail = EmailMessage(policy=_POLICY)
    mail.set_content(draft.plain, charset="utf-8", cte=_encoding(draft.plain))
    if draft.html:
        mail.add_alternative(draft.html, subtype="html", charset="utf-8", cte=_encoding(draft.html))
    for attachment in outbound.attachments:
        _attach(mail, attachment)
    digest = hashlib.sha256(outbound.id.encode("utf-8", "surrogatepass")).hexdigest()[:40]
    for depth, part in enumerate(one for one in mail.walk() if one.is_multipart()):
        part.set_boundary(f"=_{digest}{depth or ''}")
    return mail


def _encoding(text: str) -> str:
    short = all(len(line) <= 76 for line in text.split("\n"))
    # In quoted-printable no line can look like a boundary of ours.
    return "7bit" if text.isascii() and short and "=_" not in text else "quoted-printable"


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
