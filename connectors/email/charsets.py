"""Bytes as text, whatever their label says: charsets that are unknown, that lie, or that would hang. Pure.

Never raises and loses nothing that can be read. Labels are taken as the WHATWG Encoding Standard takes them: what
calls itself Latin-1 or ASCII is Windows-1252, GB2312 is GB18030, and so on, since that is what senders mean.
"""

from __future__ import annotations

import codecs
import re
from email.errors import HeaderParseError
from email.header import decode_header

# A header value is decoded up to this length: the decoder takes quadratic time.
HEADER_LIMIT = 8192
BROKEN_LIMIT = 4 * 1024 * 1024
"""Of bytes that are not in their charset so many are decoded: each wrong one takes Python's codecs a tenth of a
microsecond, and much more than this is shown of no text."""

_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "latin_1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "tis-620": "cp874",
    "iso8859-11": "cp874",
    "big5": "big5hkscs",
}
# Codecs that are no charsets, or take quadratic time.
_NOT_CHARSETS = frozenset(
    {
        "idna",
        "punycode",
        "unicode_escape",
        "raw_unicode_escape",
        "unicode-escape",
        "raw-unicode-escape",
        "undefined",
        "mbcs",
        "oem",
    }
)
_ALIASES = {
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-6-i": "iso8859-6",
    "x-gbk": "gb18030",
    "x-sjis": "cp932",
    "ks_c_5601-1987": "cp949",
    "unicode-1-1-utf-7": "utf-7",
    "x-mac-roman": "mac_roman",
    "x-user-defined": "cp1252",
}
# The five bytes that it leaves open become U+FFFD.
_WINDOWS_1252 = bytes(range(256)).decode("cp1252", "replace")
_WINDOWS = re.compile(r"(?:x-)?(?:windows|cp|win|ibm|dos)[-_]?(\d{3,5})")


def codec_of(label: str) -> str:
    """The name of Python's codec for a charset's label; empty for none, an unknown or a dangerous one."""
    label = label.strip().strip("\"'").lower()[:40]
    label = _ALIASES.get(label, label)
    windows = _WINDOWS.fullmatch(label)
    for candidate in (label, f"cp{windows[1]}" if windows else "", label.replace("_", "-")):
        try:
            name = codecs.lookup(candidate).name if candidate else ""
        except (LookupError, ValueError):
            continue
        if name and name not in _NOT_CHARSETS:
            return _SUPERSETS.get(name, name)
    return ""


def decode(content: bytes, label: str = "") -> str:
    """The text of `content`, which claims to be in the charset `label`; of broken content only the first
    BROKEN_LIMIT bytes.
    """
    codec = codec_of(label)
    # Text that is valid UTF-8 and holds more than ASCII is UTF-8, whatever one-byte charset it claims.
    if codec in ("", "cp1252", "utf-8"):
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            content = content[:BROKEN_LIMIT]
            return _not_quite_utf8(content) if codec == "utf-8" else _windows_1252(content)
    try:
        return content.decode(codec)
    except (UnicodeError, LookupError):
        pass
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return _replaced(content[:BROKEN_LIMIT], codec)


def _replaced(content: bytes, codec: str) -> str:
    try:
        return content.decode(codec, "replace")
    except (UnicodeError, LookupError):
        # A codec that is for bytes only (zlib) or takes no part of it.
        return _windows_1252(content)


def _windows_1252(content: bytes) -> str:
    return codecs.charmap_decode(content, "strict", _WINDOWS_1252)[0]


def _not_quite_utf8(content: bytes) -> str:
    """A few broken characters in UTF-8, or another charset altogether: what has more sense."""
    text = content.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    beyond_ascii = sum(not one.isascii() for one in text) - broken
    return text if beyond_ascii >= broken else _windows_1252(content)


def decode_field(value: str) -> str:
    """A header field's value as text: encoded words (RFC 2047) decoded, raw 8-bit bytes (surrogates) read.

    Only the first `HEADER_LIMIT` characters.
    """
    value = value[:HEADER_LIMIT]
    if not value.isascii():
        value = decode(value.encode("utf-8", "surrogateescape"))
    value = re.sub(r"[\r\n]+[ \t]*", " ", value)
    if "=?" not in value:
        return value
    try:
        chunks = decode_header(value)
    except (HeaderParseError, ValueError):
        return value
    return "".join(_chunk(content, charset) for content, charset in chunks)


def _chunk(content: bytes | str, charset: str | None) -> str:
    if isinstance(content, str):
        return content
    if charset is None:
        # decode_header turned this stretch, which was no encoded word, into bytes itself.
        return content.decode("raw_unicode_escape", "replace")
    return decode(content, charset.partition("*")[0])
