"""Outlook's winmail.dat (TNEF, [MS-OXTNEF]) as the files and the text that it holds. Pure.

Theory of operation. `tnefparse` reads it, but trusts its numbers: a count of four billion properties keeps it busy for
hours, and it copies the rest of the stream for each object. So the stream is walked here first, by its lengths alone;
only objects that are asked for and whose numbers fit their sizes are handed on. What is not unpacked soundly stays
attached as it came: nothing is lost.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from tnefparse import TNEF
from tnefparse.tnef import TNEFAttachment

from bridge.connector import Attachment, one_line
from connectors.email.charsets import decode
from connectors.email.html_text import html_text

_SIGNATURE = 0x223E9F78
_MOST_OBJECTS = 400
_MOST_COPIED = 2_000_000_000
_MOST_BYTES = 60 * 1024 * 1024
# The objects that are of use here: attachments, the text, the code page.
_PROPERTIES, _ATTACHMENT = 0x9003, 0x9005
_WANTED = frozenset({0x800C, 0x800F, 0x8010, 0x9002, 0x9007, _PROPERTIES, _ATTACHMENT})
_FIXED = {0x02: 2, 0x0B: 2, 0x03: 4, 0x04: 4, 0x0A: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x14: 8, 0x40: 8, 0x48: 16}
_VARIABLE = frozenset({0x00, 0x0D, 0x1E, 0x1F, 0x102})
_MULTIPLE, _NAMED = 0x1000, 0x8000
_EMBEDDED = b"\x07\x03\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x46"
# What the library raises on broken input, by what was seen and by what it calls.
_BROKEN = (ValueError, LookupError, struct.error, TypeError, AttributeError, UnboundLocalError, AssertionError)


@dataclass(frozen=True, kw_only=True, slots=True)
class Unpacked:
    """What a winmail.dat held; the file itself where it could not be read."""

    text: str = ""
    attachments: tuple[Attachment, ...] = ()


def is_winmail(media_type: str, name: str) -> bool:
    """Whether a part is one, by its type or its name."""
    return media_type in ("application/ms-tnef", "application/vnd.ms-tnef") or name.lower() == "winmail.dat"


def unpacked(file: Attachment) -> Unpacked:
    """Its files and its text. Never raises."""
    content = file.content or b""
    whole = Unpacked(attachments=(file,))
    if len(content) > _MOST_BYTES or len(content) < 6 or struct.unpack_from("<I", content)[0] != _SIGNATURE:
        return whole
    sound, complete = _sound(content)
    try:
        tnef = TNEF(sound, do_checksum=False)
        files = [_attachment(one) for one in tnef.attachments]
        text = _text(tnef)
    except _BROKEN:
        return whole
    kept = [one for one in files if one is not None]
    # A text in RTF alone is read by nothing here: then the file stays, for a program that does.
    hidden = not complete or len(kept) < len(files) or (not text and tnef.rtfbody is not None)
    return Unpacked(text=text, attachments=(*kept, file) if hidden or not (kept or text) else tuple(kept))


def _sound(content: bytes) -> tuple[bytes, bool]:
    """The stream with those objects only that are wanted and can be read, and whether all that are wanted can."""
    objects: list[bytes] = []
    complete, size = True, 6
    for name, whole, data in _objects(content):
        if name not in _WANTED:
            continue
        readable = name not in (_PROPERTIES, _ATTACHMENT) or (_EMBEDDED not in data and _properties_fit(data))
        size += len(whole)
        if not readable or len(objects) >= _MOST_OBJECTS or size * len(objects) > _MOST_COPIED:
            complete = False
            continue
        objects.append(whole)
    # The library stops short of the last twelve bytes.
    return content[:6] + b"".join(objects) + b"\0" * 13, complete


def _objects(content: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Each object: its name, all of its bytes, its data ([MS-OXTNEF] section 2.1.3.1)."""
    offset = 6
    while offset + 11 <= len(content):
        _, name, _, length = struct.unpack_from("<BHHI", content, offset)
        if offset + 11 + length > len(content):
            return
        yield name, content[offset : offset + 11 + length], content[offset + 9 : offset + 9 + length]
        offset += 11 + length


def _properties_fit(data: bytes) -> bool:
    """Whether a block of MAPI properties has the sizes that it says (section 2.1.3.4)."""
    try:
        (count,) = struct.unpack_from("<I", data)
        offset = 4
        for _ in range(min(count, len(data))):
            offset = _after_property(data, offset)
        return count <= len(data) and offset <= len(data)
    except (struct.error, ValueError):
        return False


def _after_property(data: bytes, offset: int) -> int:
    kind, name = struct.unpack_from("<HH", data, offset)
    offset += 4
    if name >= _NAMED:
        (by_name,) = struct.unpack_from("<I", data, offset + 16)
        offset += 24 if by_name == 0 else 24 + _padded(*struct.unpack_from("<I", data, offset + 20))
    count = 1
    if kind & _MULTIPLE:
        kind ^= _MULTIPLE
        (count,) = struct.unpack_from("<I", data, offset)
        offset += 4
    elif kind in _VARIABLE:
        (count,) = struct.unpack_from("<I", data, offset)
        offset += 4
    if kind in _FIXED:
        size = _FIXED[kind] * count
        offset += size + (2 if size % 4 else 0)
    elif kind in _VARIABLE:
        offset = _after_values(data, offset, count)
    else:
        raise ValueError(f"MAPI type {kind:#x}")
    if offset > len(data):
        raise ValueError("longer than its block")
    return offset


def _after_values(data: bytes, offset: int, count: int) -> int:
    if count * 4 > len(data):
        raise ValueError("more values than bytes")
    for _ in range(count):
        offset += 4 + _padded(*struct.unpack_from("<I", data, offset))
    return offset


def _padded(length: int) -> int:
    return length + -length % 4


def _attachment(one: TNEFAttachment) -> Attachment | None:
    if not isinstance(one.data, bytes) or not one.data:
        return None
    return Attachment(name=one_line(_string(one.long_filename()), 255).rstrip("\0"), content=one.data)


def _text(tnef: TNEF) -> str:
    body = _string(tnef.body).strip()
    return body or html_text(_string(tnef.htmlbody)[:500_000]).plain.strip()


def _string(value: object) -> str:
    """A text as the library gives it: decoded, as bytes, or in a list."""
    if isinstance(value, list | tuple):
        value = value[0] if value else ""
    text = decode(value) if isinstance(value, bytes) else value if isinstance(value, str) else ""
    return text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")[:500_000]
