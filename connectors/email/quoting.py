"""Which lines of a mail are quotes. Pure, linear.

What follows the announcement of an original mail is quote to the end; what follows an attribution is, too, unless it
is marked with `>` or by the HTML: then the marks tell where it ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.email import quote_phrases as table
from connectors.email.folding import fold
from connectors.email.lines import Line
from connectors.email.phrases import folded, pattern
from connectors.email.quote_heads import Head, HeadKind, heads

# With no more than this above it, a mail that is passed on is what the mail is about.
_LITTLE = 600
# A hint that answers stand below is a short mail's.
_HINT = 300
# From this length on a quoted line may have been broken.
_FULL_LINE = 55
_ANSWERS_BELOW = pattern(folded(table.ANSWERS_BELOW))


@dataclass(frozen=True, kw_only=True, slots=True)
class Quoting:
    """`lines` says of each line whether it is quoted, `by_program` whether a program announced it or the HTML says so.

    From the line `rest` on all is quote. `passed_on` says that the quote is content.
    """

    lines: Sequence[bool]
    by_program: Sequence[bool]
    rest: int
    passed_on: bool = False


def quoting(found: Sequence[Line], *, answer: bool) -> Quoting:
    """What of the lines is quote; `answer` says whether the mail answers one at all."""
    quoted = [line.quoted for line in found]
    by_program = [line.quoted and not line.marked for line in found]
    _join_wrapped(found, quoted)
    for head in heads(found):
        following = next((line for line in found[head.after : head.after + 4] if not line.blank), None)
        passed_on = head.kind is HeadKind.FORWARDED or _is_content(found, head, answer=answer)
        if passed_on or following is None or not following.quoted:
            return Quoting(lines=quoted, by_program=by_program, rest=head.first, passed_on=passed_on)
        for number in range(head.first, head.after):
            quoted[number] = by_program[number] = True
    return Quoting(lines=quoted, by_program=by_program, rest=len(found))


def points_below(words: str) -> bool:
    """Whether a writer says here that the answers stand in the quote below."""
    return len(words) < _HINT and _ANSWERS_BELOW.search(fold(words)) is not None


def _join_wrapped(found: Sequence[Line], quoted: list[bool]) -> None:
    """The end of a long quoted line, which a program put on a line of its own without the mark."""
    for number in range(1, len(found) - 1):
        before, line, after = found[number - 1 : number + 2]
        if before.marked and after.marked and not line.blank and not line.marked:
            length = before.end - before.start
            broken = length >= _FULL_LINE and not before.folded.endswith((".", "?", "!", ":"))
            quoted[number] = broken and line.end - line.start < length


def _is_content(found: Sequence[Line], head: Head, *, answer: bool) -> bool:
    """Whether what is announced is what the mail is about, or holds the answers."""
    if answer and head.kind is HeadKind.ATTRIBUTION and head.after < len(found) and found[head.after].marked:
        return False
    above = " ".join(line.folded for line in found[: head.first] if line.folded and not line.quoted)
    if not answer:
        return head.kind is HeadKind.ORIGINAL and len(above) <= _LITTLE
    return points_below(above)
