"""Where a quote is announced: "On Monday Anna wrote:", "-----Original Message-----", a block of From, Sent, To. Pure.

Attributions are `attribution.py`, blocks of fields `header_block.py`; the lines between dashes are here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from connectors.email import quote_phrases as table
from connectors.email.attribution import ENDING, VERB, attribution_start
from connectors.email.header_block import block_end, field_classes
from connectors.email.lines import Line, next_words
from connectors.email.phrases import folded, pattern

_FRAME = re.compile(r"[-_=+#~<>\s]*")
_RULE = re.compile(r"[-_=+#~\u2500\u2501]{4,}")


class HeadKind(Enum):
    """What an announcement announces."""

    ATTRIBUTION = auto()  # a quote; where it ends is told by its marks
    ORIGINAL = auto()  # the mail that is answered, to the end
    FORWARDED = auto()  # a mail that is passed on


@dataclass(frozen=True, slots=True)
class Head:
    """The lines `first` up to, not including, `after` announce a quote."""

    first: int
    after: int
    kind: HeadKind


def heads(lines: Sequence[Line]) -> list[Head]:
    """All announcements outside of lines marked with `>`, in order, apart from each other."""
    found: list[Head] = []
    number = 0
    while number < len(lines):
        head = None if lines[number].blank or lines[number].marked else _head_at(lines, number)
        if head is not None and found and head.first < found[-1].after:
            head = Head(found[-1].after, head.after, head.kind) if head.after > found[-1].after else None
        if head is not None and head.first < head.after:
            found.append(head)
            number = head.after
        else:
            number += 1
    return found


def _head_at(lines: Sequence[Line], number: int) -> Head | None:
    """What is announced by this line, and by lines before it or after it."""
    separator = _separator(lines, number)
    if separator is not None:
        after = block_end(lines, next_words(lines, number + 1)) or number + 1
        return Head(_with_rule(lines, number), after, separator)
    after = block_end(lines, number)
    if after:
        return Head(_with_rule(lines, number), after, HeadKind.ORIGINAL)
    first = attribution_start(lines, number)
    return None if first is None else Head(first, number + 1, HeadKind.ATTRIBUTION)


# -- lines between dashes --------------------------------------------------------------------------

_ORIGINAL, _FORWARDED = folded(table.ORIGINAL), folded(table.FORWARDED)
_ORIGINAL_START, _FORWARDED_START = pattern(_ORIGINAL), pattern(_FORWARDED)
_ABOVE = pattern(folded(table.ABOVE_THIS_LINE))


def _separator(lines: Sequence[Line], number: int) -> HeadKind | None:
    line = lines[number].folded
    if len(line) > 200:
        return None
    inner = line[_FRAME.match(line).end() :].rstrip(ENDING + "+#<:")  # type: ignore[union-attr]
    framed = len(line) - len(inner) >= 4 and line[:2] in ("--", "__", "==", "##", "++", "~~", "- ", "<<", ">>")
    if _FORWARDED_START.match(inner) and (framed or (inner in _FORWARDED and line.endswith(":"))):
        return HeadKind.FORWARDED
    if _ORIGINAL_START.match(inner) and (framed or (inner in _ORIGINAL and _announces(lines, number))):
        return HeadKind.ORIGINAL
    verb = VERB.search(inner) if framed and line.endswith("--") else None
    above = _ABOVE.search(inner) is not None and (framed or line[:1] in "#[-=" or len(inner) < 80)
    return HeadKind.ORIGINAL if above or (verb is not None and verb.end() >= len(inner) - 1) else None


def _announces(lines: Sequence[Line], number: int) -> bool:
    following = next_words(lines, number + 1)
    return following < len(lines) and (lines[following].quoted or bool(field_classes(lines[following].folded)))


def _with_rule(lines: Sequence[Line], number: int) -> int:
    """The line from which on the announcement stands: a rule above it, a few blank lines before, is a part of it."""
    before = number - 1
    while before >= 0 and lines[before].blank and before > number - 4:
        before -= 1
    is_rule = before >= 0 and not lines[before].marked and _RULE.fullmatch(lines[before].folded)
    return before if is_rule else number
