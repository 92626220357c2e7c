"""The text of a mail, and its attachments: what of its parts is shown, and what is a file. Pure.

Of alternatives the plain one is the text, where it says anything; every other part is an attachment. A `winmail.dat`
is unpacked, an invitation is named in the text, a file that stands in the text (uuencoded) is taken out of it. What a
bound cuts off is attached whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.message import Message as Header

from bridge.connector import Attachment, Span, Text, one_line
from connectors.email.author import fields
from connectors.email.charsets import BROKEN_LIMIT, decode, decode_field
from connectors.email.flowed import is_flowed, unflowed
from connectors.email.html_text import MOST_SPANS, ReadHtml, read_html
from connectors.email.invitation import invitation
from connectors.email.mime import MAX_INNER_LINES, Part, read_header
from connectors.email.uuencoded import taken_out
from connectors.email.winmail import is_winmail, unpacked

# What a mail's texts may be in all, in characters: the one that passes it is cut, and the whole of it attached.
TEXT_LIMIT = 500_000
HTML_LIMIT = 500_000
_FIRST_LIMIT = 50_000
# So many are unpacked, each of which may hold a page of HTML; any more are files.
_MOST_WINMAIL = 5
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
_PART_FIELD = re.compile(r"(?:Content-[A-Za-z-]{1,30}:|[ \t]+(?:boundary|charset|name)=)", re.IGNORECASE)
_SHOWN = frozenset({"text/plain", "text/html"})

Stretches = tuple[tuple[int, int], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Contents:
    """A mail's text and files; `quoted` and `signed` are stretches of the text that its HTML calls so."""

    text: Text
    attachments: tuple[Attachment, ...] = ()
    quoted: Stretches = ()
    signed: Stretches = ()


def contents(leaves: Sequence[Part], mail: bytes) -> Contents:
    """The text of a mail, and its attachments in their order; `leaves` are the parts of `mail`."""
    found = _contents(leaves)
    if found.text or found.attachments:
        return found
    return Contents(text=Text(_outside_of_parts(mail)))


def _outside_of_parts(mail: bytes) -> str:
    """What a mail says outside of its parts, where there is nothing in them: boundaries that were mangled."""
    _, body = read_header(mail)
    lines = decode(body[:TEXT_LIMIT]).replace("\r\n", "\n").replace("\0", "").split("\n")
    kept = [line for line in lines if not line.startswith("--") and _PART_FIELD.match(line) is None]
    return "\n".join(kept).strip("\n") if any(line.strip() for line in kept) else ""


def _contents(leaves: Sequence[Part]) -> Contents:
    bodies = {number for number, part in enumerate(leaves) if _is_body(part, first=number == 0)}
    plain_in = {leaves[number].alternative for number in bodies if _is_plain(leaves[number])}
    texts: list[ReadHtml] = []
    attachments: list[Attachment] = []
    invitations: list[str] = []
    room = {"text/plain": TEXT_LIMIT, "text/html": HTML_LIMIT, "winmail.dat": _MOST_WINMAIL}
    for number, part in enumerate(leaves):
        if number in bodies:
            if part.alternative == 0 or (part.media_type != "text/html") == (part.alternative in plain_in):
                text, files = _text(part, room)
                texts.append(text)
                attachments += files
            continue
        more, files = _file(part, room)
        attachments += files
        if part.media_type == "text/calendar":
            invitations.append(more)
        elif more and not any(text.text for text in texts):
            texts.append(ReadHtml(text=Text(more)))
    joined = _joined(texts)
    named = [one for one in dict.fromkeys(invitations) if one and not _is_named(one, joined.text.plain)]
    if named:
        joined = _joined([joined, *(ReadHtml(text=Text(one)) for one in named[:5])])
    return Contents(text=joined.text, attachments=tuple(attachments), quoted=joined.quoted, signed=joined.signed)


def _is_named(one: str, text: str) -> bool:
    """Whether the text speaks of this invitation already: Google's and Outlook's do."""
    title = one.split("\n", 1)[0].partition(": ")[2]
    return title.casefold() in text.casefold()


def _is_plain(part: Part) -> bool:
    return part.media_type != "text/html" and bool(part.body.strip())


def _is_body(part: Part, *, first: bool = False) -> bool:
    """Whether a part is shown as text. A name makes it a file, unless it is all there is or one of alternatives."""
    disposition = str(part.header.get("content-disposition", "")).strip().lower()
    if part.media_type.startswith("multipart/"):
        return first
    if part.media_type not in _SHOWN or disposition.startswith("attachment"):
        return False
    return first or part.alternative > 0 or not file_name(part.header)


def _text(part: Part, room: dict[str, int]) -> tuple[ReadHtml, list[Attachment]]:
    """A part's text as far as there is room for it, and the files that it held. Takes from `room`."""
    content = part.content()
    text = _decoded(part, content)
    kind = "text/html" if part.media_type == "text/html" else "text/plain"
    shown = text[: room[kind]]
    room[kind] -= len(shown)
    cut = len(shown) < len(text) or len(content) > BROKEN_LIMIT
    files = [_attachment(part, name="message")] if cut else []
    if kind == "text/html":
        return read_html(shown), files
    if is_flowed(part.header):
        shown = unflowed(shown, part.header)
    shown, inner = taken_out(shown)
    return ReadHtml(text=Text(shown.strip("\n"))), [*files, *inner]


def decoded(part: Part) -> str:
    """A part's content as text, its lines ended by LF, without NUL."""
    return _decoded(part, part.content())


def _decoded(part: Part, content: bytes) -> str:
    return decode(content, _charset(part, content)).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def first_text(leaves: Sequence[Part]) -> str:
    """The beginning of the first part that is a text: where a machine says what it is."""
    part = next((part for part in leaves if part.media_type in _SHOWN), None)
    if part is None:
        return ""
    text = decoded(part)[:_FIRST_LIMIT]
    return read_html(text).text.plain if part.media_type == "text/html" else text


def _charset(part: Part, content: bytes) -> str:
    try:
        declared = part.header.get_content_charset("")
    except (ValueError, LookupError, UnicodeError):
        declared = ""
    if not declared and part.media_type == "text/html":
        found = _META_CHARSET.search(content, 0, 4096)
        return found[1].decode("ascii") if found else ""
    return declared


def _joined(texts: Iterable[ReadHtml]) -> ReadHtml:
    """The texts one after another, a blank line between them."""
    plain, spans = "", list[Span]()
    quoted, signed = list[tuple[int, int]](), list[tuple[int, int]]()
    for one in texts:
        if not one.text:
            continue
        plain += "\n\n" if plain else ""
        at = len(plain)
        spans += [
            Span(start=span.start + at, end=span.end + at, kind=span.kind, target=span.target)
            for span in one.text.spans[: MOST_SPANS - len(spans)]
        ]
        quoted += [(start + at, end + at) for start, end in one.quoted]
        signed += [(start + at, end + at) for start, end in one.signed]
        plain += one.text.plain
    return ReadHtml(text=Text(plain, tuple(spans)), quoted=tuple(quoted), signed=tuple(signed))


def _file(part: Part, room: dict[str, int]) -> tuple[str, list[Attachment]]:
    """The attachments that a part is, and the text that they bring: an invitation's, or a winmail.dat's. Takes from
    `room`.
    """
    attachment = _attachment(part)
    if part.media_type == "text/calendar":
        return invitation(decoded(part)), [attachment]
    if is_winmail(part.media_type, attachment.name) and room["winmail.dat"]:
        room["winmail.dat"] -= 1
        found = unpacked(attachment)
        return found.text, list(found.attachments)
    return "", [attachment]


def _attachment(part: Part, name: str = "") -> Attachment:
    content = part.content()
    name = name or file_name(part.header)
    ending = _ENDINGS.get(part.media_type, "")
    if not name and part.media_type == "message/rfc822":
        forwarded, _ = read_header(content, MAX_INNER_LINES)
        name = one_line(decode_field(next(iter(fields(forwarded, "subject")), "")), 100).replace("/", "-")
    if "." not in name or (part.media_type == "message/rfc822" and not name.lower().endswith(ending)):
        name = (name or "unnamed") + ending
    disposition = str(part.header.get("content-disposition", "")).strip().lower()
    inline = disposition.startswith("inline") or (part.related and "content-id" in part.header)
    return Attachment(name=name, media_type=part.media_type, content=content, inline=inline)


def file_name(header: Header) -> str:
    """The name that the sender gave, decoded (RFC 2231, and RFC 2047 as many programs write it); or nothing."""
    try:
        return one_line(decode_field(header.get_filename("")), 255)
    except (ValueError, LookupError, UnicodeError, TypeError):
        return ""
