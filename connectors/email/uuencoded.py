"""Files that stand in a text as uuencode, the way before MIME; some machines still write so. Pure, linear."""

from __future__ import annotations

import binascii
import re

from bridge.connector import Attachment

_BEGIN = re.compile(r"begin [0-7]{3,4} (\S.{0,200})")
# A line of data has no lower case: so no data run over a "begin", and each line is looked at twice at most.
_DATA = re.compile(r"[ -`]{1,90}")
_MOST_FILES = 20


def taken_out(text: str) -> tuple[str, list[Attachment]]:
    """The text without them, and the files. What only looks like one stays in the text."""
    if "\nend" not in text or "begin " not in text:
        return text, []
    lines = text.split("\n")
    kept: list[str] = []
    files: list[Attachment] = []
    number = 0
    while number < len(lines):
        begun = _BEGIN.fullmatch(lines[number].rstrip()) if len(files) < _MOST_FILES else None
        after = _data_end(lines, number + 1) if begun else 0
        content = _decoded(lines[number + 1 : after - 1]) if after else None
        if begun and content is not None:
            files.append(Attachment(name=begun[1], content=content))
            number = after
        else:
            kept.append(lines[number])
            number += 1
    return "\n".join(kept), files


def _data_end(lines: list[str], number: int) -> int:
    """The line after the "end" of data that begin here; 0 where they do not end so."""
    while number < len(lines) and _DATA.fullmatch(lines[number].rstrip("\r")) and lines[number].rstrip() != "end":
        number += 1
    return number + 1 if number < len(lines) and lines[number].rstrip() == "end" else 0


def _decoded(data: list[str]) -> bytes | None:
    try:
        return b"".join(binascii.a2b_uu(line.rstrip("\r")) for line in data if line.strip())
    except (binascii.Error, ValueError):
        return None
