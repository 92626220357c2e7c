"""A contact's picture: its initials, drawn in white on a colour of its own. Pure.

A PNG (ISO/IEC 15948), since that is what every program shows as an avatar (XEP-0084 section 4.2.1). The colour is made
of the name as XEP-0392 makes it (section 5.1: an angle from SHA-1), so that programs which colour names agree. A letter
that the small font does not have leaves the square empty.
"""

from __future__ import annotations

import colorsys
import hashlib
import struct
import unicodedata
import zlib
from dataclasses import dataclass
from functools import lru_cache

SIDE = 64
"""Pixels; the picture is a square."""

_SCALE = 4
_WIDE, _HIGH = 5, 7

# Seven rows of five dots each, a row a number: the leftmost dot counts 16.
_FONT = {
    "A": "4AHHVHH", "B": "UHHUHHU", "C": "EHGGGHE", "D": "UHHHHHU", "E": "VGGUGGV", "F": "VGGUGGG", "G": "EHGNHHF",
    "H": "HHHVHHH", "I": "E44444E", "J": "72222IC", "K": "HIKOKIH", "L": "GGGGGGV", "M": "HRLLHHH", "N": "HPLLJHH",
    "O": "EHHHHHE", "P": "UHHUGGG", "Q": "EHHHLID", "R": "UHHUKIH", "S": "FGGE11U", "T": "V444444", "U": "HHHHHHE",
    "V": "HHHHHA4", "W": "HHHLLRH", "X": "HHA4AHH", "Y": "HHA4444", "Z": "V1248GV", "0": "EHJLPHE", "1": "4C4444E",
    "2": "EH1248V", "3": "V2421HE", "4": "26AIV22", "5": "VGU11HE", "6": "68GUHHE", "7": "V124888", "8": "EHHEHHE",
    "9": "EHHF12C",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG, and its SHA-1 in hexadecimal, by which it is known."""

    content: bytes
    digest: str


@lru_cache(maxsize=256)
def draw(letters: str, name: str) -> Picture:
    """The initials on the colour of the name."""
    plain = unicodedata.normalize("NFKD", letters).encode("ascii", "ignore").decode().upper()
    dots = _dots([_FONT[letter] for letter in plain[:2] if letter in _FONT])
    # A palette of two colours, one bit a pixel.
    rows = b"".join(b"\0" + _bits(row) for row in dots)
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 1, 3, 0, 0, 0)),
        (b"PLTE", _colour(name) + b"\xff\xff\xff"),
        (b"IDAT", zlib.compress(rows, 9)),
        (b"IEND", b""),
    )
    content = b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)
    return Picture(content, hashlib.sha1(content).hexdigest())  # noqa: S324 - what the protocol names a picture by


def _dots(letters: list[str]) -> list[list[bool]]:
    square = [[False] * SIDE for _ in range(SIDE)]
    width = len(letters) * (_WIDE + 1) - 1
    left, top = (SIDE - width * _SCALE) // 2, (SIDE - _HIGH * _SCALE) // 2
    for place, letter in enumerate(letters):
        for y, row in enumerate(int(sign, 32) for sign in letter):
            for x in range(_WIDE):
                if row & (1 << (_WIDE - 1 - x)):
                    _fill(square, left + (place * (_WIDE + 1) + x) * _SCALE, top + y * _SCALE)
    return square


def _fill(square: list[list[bool]], left: int, top: int) -> None:
    for y in range(top, top + _SCALE):
        square[y][left : left + _SCALE] = [True] * _SCALE


def _bits(row: list[bool]) -> bytes:
    return int("".join("1" if dot else "0" for dot in row), 2).to_bytes(SIDE // 8, "big")


def _colour(name: str) -> bytes:
    digest = hashlib.sha1(name.encode("utf-8", "replace")).digest()  # noqa: S324 - see XEP-0392
    angle = int.from_bytes(digest[:2], "little") / 65536
    return bytes(round(part * 255) for part in colorsys.hls_to_rgb(angle, 0.40, 0.55))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
