"""What a mail says: the one function that the bridge's parsing worker calls. Pure.

Theory of operation. `mime.py` takes the mail apart, `author.py` and `automatic.py` read its header, this file puts the
text together. Of alternatives the plain one is the text, where it says anything; every other part is an attachment.
All of it works on bounded pieces, so that a hostile mail costs a second at most; what a bound cut off is attached.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.message import Message as Header
from email.utils import parsedate_to_datetime

from bridge.connector import Attachment, InboundEvent, Message, RawItem, Span, Text, one_line
from connectors.email.address import NULL_SENDER
from connectors.email.author import answered, author, fields, message_ids
from connectors.email.automatic import automatic
from connectors.email.bounce import delivery_reports
from connectors.email.charsets import decode, decode_field
from connectors.email.html_text import MOST_SPANS, html_text
from connectors.email.mime import MAX_INNER_LINES, Part, parts, read_header

# What a mail's texts may be in all, in characters: the one that passes it is cut, and the whole of it attached.
TEXT_LIMIT = 500_000
HTML_LIMIT = 500_000
_ENDINGS = {
    "text/plain": ".txt",
    "text/html": ".html",
    "text/calendar": ".ics",
    "text/vcard": ".vcf",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "application/pdf": ".pdf",
    "message/rfc822": ".eml",
}
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s{0,5}=\s{0,5}[\"']?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)


def parse_mail(item: RawItem) -> Sequence[InboundEvent]:
    """The mail as a `Message`, and a `DeliveryReport` for each of our mails that it reports on.

    Looks at the facts `mail_from` (the envelope's sender) and `account` (our own address).
    """
    assert isinstance(item.raw, bytes)
    mail_from, account = _fact(item, "mail_from"), _fact(item, "account")
    header, leaves = parts(item.raw)
    machine = automatic(header, [part.media_type for part in leaves], mail_from, account)
    sender = author(header, mail_from, account, automatic=machine is not None)
    text, attachments = contents(leaves)
    message = Message(
        address=sender.address,
        name=sender.name,
        text=text,
        native_id=next(iter(message_ids(fields(header, "message-id"))), ""),
        replies_to=answered(header, account),
        threaded=True,
        subject=one_line(decode_field(next(iter(fields(header, "subject")), "")), 500),
        attachments=attachments,
        automatic=machine,
        sent_at=_date(header),
    )
    return [message, *delivery_reports(header, leaves)]


def _fact(item: RawItem, name: str) -> str:
    value = item.facts.get(name)
    return value if isinstance(value, str) else NULL_SENDER if name == "mail_from" else ""


def _date(header: Header) -> datetime | None:
    value = next(iter(fields(header, "date")), "")[:200]
    try:
        moment = parsedate_to_datetime(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def contents(leaves: Sequence[Part]) -> tuple[Text, tuple[Attachment, ...]]:
    """The text of a mail, and its attachments in their order."""
    bodies = {number for number, part in enumerate(leaves) if _is_body(part, first=number == 0)}
    plain_in = {leaves[number].alternative for number in bodies if _is_plain(leaves[number])}
    texts: list[Text] = []
    attachments: list[Attachment] = []
    room = {"text/plain": TEXT_LIMIT, "text/html": HTML_LIMIT}
    for number, part in enumerate(leaves):
        if number not in bodies:
            attachments.append(_attachment(part))
        elif part.alternative == 0 or (part.media_type != "text/html") == (part.alternative in plain_in):
            text, whole = _text(part, room)
            texts.append(text)
            attachments += [] if whole else [_attachment(part, name="message")]
    return _joined(texts), tuple(attachments)


def _is_plain(part: Part) -> bool:
    return part.media_type != "text/html" and bool(part.body.strip())


def _is_body(part: Part, *, first: bool = False) -> bool:
    """Whether a part is shown as text. A name makes it a file, unless it is all there is or one of alternatives."""
    disposition = str(part.header.get("content-disposition", "")).strip().lower()
    if part.media_type.startswith("multipart/"):
        return first
    if part.media_type not in ("text/plain", "text/html") or disposition.startswith("attachment"):
        return False
    return first or part.alternative > 0 or not _file_name(part.header)


def _text(part: Part, room: dict[str, int]) -> tuple[Text, bool]:
    """A part's text as far as there is room for it, and whether that was all of it. Takes from `room`."""
    content = part.content()
    decoded = decode(content, _charset(part, content)).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    kind = "text/html" if part.media_type == "text/html" else "text/plain"
    shown = decoded[: room[kind]]
    room[kind] -= len(shown)
    text = html_text(shown) if kind == "text/html" else Text(shown.strip("\n"))
    return text, len(shown) == len(decoded)


def _charset(part: Part, content: bytes) -> str:
    try:
        declared = part.header.get_content_charset("")
    except (ValueError, LookupError, UnicodeError):
        declared = ""
    if not declared and part.media_type == "text/html":
        found = _META_CHARSET.search(content, 0, 4096)
        return found[1].decode("ascii") if found else ""
    return declared


def _joined(texts: Iterable[Text]) -> Text:
    """The texts one after another, a blank line between them."""
    plain, spans = "", list[Span]()
    for text in texts:
        if not text:
            continue
        plain += "\n\n" if plain else ""
        spans += [
            Span(start=span.start + len(plain), end=span.end + len(plain), kind=span.kind, target=span.target)
            for span in text.spans[: MOST_SPANS - len(spans)]
        ]
        plain += text.plain
    return Text(plain, tuple(spans))


def _attachment(part: Part, name: str = "") -> Attachment:
    content = part.content()
    name = name or _file_name(part.header)
    ending = _ENDINGS.get(part.media_type, "")
    if not name and part.media_type == "message/rfc822":
        forwarded, _ = read_header(content, MAX_INNER_LINES)
        name = one_line(decode_field(next(iter(fields(forwarded, "subject")), "")), 100).replace("/", "-")
    if "." not in name or (part.media_type == "message/rfc822" and not name.lower().endswith(ending)):
        name = (name or "unnamed") + ending
    disposition = str(part.header.get("content-disposition", "")).strip().lower()
    inline = disposition.startswith("inline") or (part.related and "content-id" in part.header)
    return Attachment(name=name, media_type=part.media_type, content=content, inline=inline)


def _file_name(header: Header) -> str:
    """The name that the sender gave, decoded (RFC 2231, and RFC 2047 as many programs write it); or nothing."""
    try:
        return one_line(decode_field(header.get_filename("")), 255)
    except (ValueError, LookupError, UnicodeError, TypeError):
        return ""
