"""The structure of a mail (RFC 2045, 2046), read with bounds on all of it: depth, parts, header sizes. Pure.

Theory of operation. Python's parser recurses into parts and keeps an object for each line of a bomb; so only its
object for the header of one part is used here (`Message`, policy compat32), filled with fields that were cut to size
first. The body is cut at its boundary by searching bytes, and the parts wait on a stack of our own. What lies beyond
a bound is not lost: it stays in the part that holds it, as one piece.
"""

from __future__ import annotations

import base64
import quopri
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message as Header
from email.policy import compat32

# The bounds. Real mails stay far below: a handful of levels, some dozens of parts, headers of some 10 KB.
MAX_DEPTH = 20
MAX_PARTS = 500
MAX_HEADER = 512 * 1024
MAX_LINES = 5000
MAX_INNER_LINES = 200
MAX_FIELD = 32 * 1024
# Bytes that cutting into parts may go over in all: nested boundaries read the same bytes again and again.
MAX_SCANNED = 200 * 1024 * 1024
# Content-Type and the like: their parameters take Python quadratic time.
MAX_STRUCTURED = 4096
MAX_PARAMETERS = 64

_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:[ \t]*(.*)", re.DOTALL)
_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_HEADER_END = re.compile(rb"\n\r?\n")
_DECLARED = re.compile(rb"boundary=\"?([^\"\s;]{1,200})", re.IGNORECASE)
_NOT_BASE64 = bytes(set(range(256)) - set(string.ascii_letters.encode() + string.digits.encode() + b"+/="))
_STRUCTURED = frozenset({"content-type", "content-disposition", "content-transfer-encoding"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A leaf of the tree: its header, and its body as it stands in the mail.

    `alternative` numbers the multipart/alternative that it belongs to, 0 for none; `related` says that it stands in a
    multipart/related; `reported` that it is a piece of a multipart/report.
    """

    header: Header
    body: bytes
    alternative: int = 0
    related: bool = False
    reported: bool = False

    @property
    def media_type(self) -> str:
        """type/subtype, in lower case."""
        return self.header.get_content_type()

    def content(self) -> bytes:
        """The body with its transfer encoding undone (RFC 2045 section 6), as far as it can be."""
        encoding = str(self.header.get("content-transfer-encoding", "")).strip().lower()
        if encoding == "quoted-printable":
            return quopri.decodestring(self.body)
        return _base64(self.body) if encoding == "base64" else self.body


def _base64(body: bytes) -> bytes:
    """Decoded up to where it ends or breaks; characters that do not belong are skipped."""
    packed = body.translate(None, _NOT_BASE64)
    end = packed.find(b"=")
    packed = packed if end < 0 else packed[:end]
    packed = packed[: len(packed) - (len(packed) % 4 == 1)]
    return base64.b64decode(packed + b"=" * (-len(packed) % 4))


def read_header(content: bytes, max_lines: int = MAX_LINES) -> tuple[Header, bytes]:
    """The header, its fields cut to size, and the body that follows."""
    header = Header(policy=compat32)
    end = _header_end(content)
    field = bytearray()
    for number, line in enumerate(_LINE.finditer(content, 0, min(end, MAX_HEADER))):
        text = line[0].rstrip(b"\r\n")
        if number >= max_lines:
            break
        if field and text[:1] in (b" ", b"\t"):
            field += b"\r\n" + text if len(field) < MAX_FIELD else b""
            continue
        if _FIELD.match(text) is None and not (number == 0 and text.startswith((b"From ", b">From "))):
            # The header ends here for want of a blank line.
            end = line.start()
            break
        _add(header, bytes(field))
        field = bytearray(text[:MAX_FIELD])
    _add(header, bytes(field))
    return header, _without_first_line_end(content[end:])


def _header_end(content: bytes) -> int:
    if content.startswith((b"\n", b"\r\n")):
        return 0
    found = _HEADER_END.search(content)
    return found.start() + 1 if found else len(content)


def _add(header: Header, field: bytes) -> None:
    found = _FIELD.match(field)
    if found is None:
        return
    name, value = found[1].decode("ascii"), found[2]
    if name.lower() in _STRUCTURED:
        value = b";".join(value[:MAX_STRUCTURED].split(b";")[:MAX_PARAMETERS])
    # compat32 keeps a value as it is; its bytes beyond ASCII travel as surrogates.
    header[name] = value.decode("ascii", "surrogateescape")


@dataclass(frozen=True, slots=True)
class _Waiting:
    content: bytes
    depth: int
    alternative: int
    related: bool
    reported: bool
    digest: bool


def parts(mail: bytes) -> tuple[Header, list[Part]]:
    """The mail's own header, and its leaves in the order in which they stand."""
    if b"\n" not in mail:
        # Lines ended as on old Macs.
        mail = mail.replace(b"\r", b"\n")
    top, _ = read_header(mail)
    return top, list(_leaves(mail))


def _leaves(mail: bytes) -> Iterator[Part]:
    waiting = [_Waiting(mail, 0, 0, False, False, False)]  # noqa: FBT003 - a private row
    seen = alternatives = scanned = 0
    while waiting:
        one = waiting.pop()
        header, body = read_header(one.content, MAX_INNER_LINES if one.depth else MAX_LINES)
        if one.digest and "content-type" not in header:
            header["Content-Type"] = "message/rfc822"
        kind = header.get_content_type()
        boundary = _boundary(header) if kind.startswith("multipart/") else b""
        inner: list[bytes] = []
        if boundary and one.depth < MAX_DEPTH and scanned < MAX_SCANNED:
            scanned += len(body)
            most, keeps_open = MAX_PARTS - seen - len(waiting), closes_like_inner(body, boundary)
            inner = split(body, boundary, most, keeps_open=keeps_open)
        if not inner:
            seen += 1
            yield Part(
                header=header, body=body, alternative=one.alternative, related=one.related, reported=one.reported
            )
            continue
        alternatives += kind == "multipart/alternative"
        alternative = alternatives if kind == "multipart/alternative" else one.alternative
        related, reported = one.related or kind == "multipart/related", one.reported or kind == "multipart/report"
        digest = kind == "multipart/digest"
        waiting += [_Waiting(piece, one.depth + 1, alternative, related, reported, digest) for piece in reversed(inner)]


def _boundary(header: Header) -> bytes:
    try:
        boundary = header.get_boundary("")
    except (ValueError, LookupError, UnicodeError):
        return b""
    return boundary.encode("utf-8", "surrogateescape")[:200]


def closes_like_inner(body: bytes, boundary: bytes) -> bool:
    """Whether an inner part has this boundary with "--" behind it: then its lines look like the closing one."""
    longer = boundary + b"--"
    return any(found[1] == longer for found in _DECLARED.finditer(body, 0, MAX_HEADER))


def split(body: bytes, boundary: bytes, most: int, *, keeps_open: bool = False) -> list[bytes]:
    """The parts of a multipart body, at most `most`, the last of them with all the rest. Empty without a boundary.

    The preamble and what follows the closing boundary are for programs that know no MIME (RFC 2046 section 5.1.1).
    With `keeps_open` what looks like the closing line is an inner part's.
    """
    own = re.escape(boundary)
    if keeps_open:
        own = rb"(?!" + own + rb"--(?:--)?[ \t]*\r?(?:\n|\Z))" + own
    line = rb"--" + own + rb"(--)?[ \t]*\r?(?:\n|\Z)"
    mark = re.compile(line).match(body) or re.compile(rb"\n" + line).search(body)
    if mark is None:
        # Some program put words behind it.
        line = rb"--" + own + rb"(--)?[ \t][^\n]{0,200}(?:\n|\Z)"
        mark = re.compile(line).match(body) or re.compile(rb"\n" + line).search(body)
    following = re.compile(rb"\n" + line)
    pieces: list[bytes] = []
    while mark is not None and mark[1] is None:
        # The line end before a boundary belongs to it, and may be the one that ended the boundary before.
        start = mark.end()
        mark = following.search(body, max(0, start - 1)) if len(pieces) + 1 < most else None
        piece = body[start : max(start, mark.start())] if mark is not None else body[start:]
        pieces.append(piece.removesuffix(b"\r") if mark is not None else piece)
    return pieces


def _without_first_line_end(body: bytes) -> bytes:
    return body[1:] if body.startswith(b"\n") else body.removeprefix(b"\r\n")
