"""The customer's own new words: a mail's text without quotes, signature and footers. Pure, linear.

Theory of operation. A view only: the whole text stays. Cutting a customer's words is the bad error, leaving a quote
the mild one, so nothing is cut that is not sure, and where nothing would be left, all is shown.

1. `quote_heads` finds where quotes are announced. What follows the announcement of an original mail is quote to the
   end; what follows an attribution is, too, unless it is marked with `>` (or by the HTML), when the marks tell.
2. From the end backwards, quotes, signatures and footers go, until somebody's words are reached.
3. Quotes before somebody's words stay: an answer between quotes makes no sense without them ("> On Sunday too?" "No").
   But one quote that a program put there, with all of the answer on one side of it, is only the mail that is answered:
   it goes.
4. A mail that is passed on is content. So is a quote whose author says that the answers stand in it.
"""

from __future__ import annotations

from collections.abc import Sequence

from bridge.connector import Span, Text
from connectors.email import quote_phrases as table
from connectors.email.lines import Line, Ranges, lines
from connectors.email.phrases import folded, pattern
from connectors.email.quote_heads import Head, HeadKind, heads
from connectors.email.signatures import is_sent_from, words_end

# With no more than this above a mail that is passed on, or a hint at answers below, what follows is content.
_LITTLE = 600
# A greeting or a closing with a name is no longer than this.
_GREETING = 60
# Quotes and footers by turns, from the end backwards: nobody's mail has more of them.
_MOST_ENDINGS = 5
_ANSWERS_BELOW = pattern(folded(table.ANSWERS_BELOW))


def visible(text: Text, quoted: Ranges = Ranges(), signed: Ranges = Ranges(), *, forwarded: bool = False) -> Text:  # noqa: B008 - frozen
    """The text's own new words; the same text where nothing is to be cut.

    `quoted` and `signed` are what the HTML's structure says of it; `forwarded` what the subject says.
    """
    found = lines(text.plain, quoted, signed)
    kept = _kept(found, forwarded=forwarded)
    rest = found[-1].end if found else 0
    if not kept:
        return text
    stretches = [(found[first].start, found[last - 1].end) for first, last in kept]
    if kept[-1][1] == len(found) and rest < len(text.plain):
        # The end of what was looked at is somebody's words: what follows may be, too.
        stretches[-1] = (stretches[-1][0], len(text.plain))
    return _cut(text, stretches)


def _kept(found: Sequence[Line], *, forwarded: bool) -> list[tuple[int, int]]:
    """The stretches of lines to show, [first, last); none where all is to be shown."""
    quote = _Quote(found, forwarded=forwarded)
    if quote.passed_on:
        return []
    end = _own_end(found, quote.lines, quote.rest)
    start = _own_start(found, quote, end)
    kept = _without_the_answered(found, quote, start, end)
    return kept if any(_has_words(found, quote.lines, *one) for one in kept) else []


def _has_words(found: Sequence[Line], quoted: Sequence[bool], first: int, last: int) -> bool:
    return any(not found[number].blank and not quoted[number] for number in range(first, last))


class _Quote:
    """What of the lines is quote: `lines` says it of each, `rest` from where on all is; `passed_on`: it is content."""

    def __init__(self, found: Sequence[Line], *, forwarded: bool) -> None:
        self.lines = [line.quoted for line in found]
        self.attributed = [line.quoted and not line.marked for line in found]
        self.rest = len(found)
        self.passed_on = False
        self._join_wrapped(found)
        for head in heads(found):
            if self._read(found, head, forwarded=forwarded):
                break

    def _join_wrapped(self, found: Sequence[Line]) -> None:
        """The end of a long quoted line, which a program put on a line of its own without the mark."""
        for number, (before, line, after) in enumerate(zip(found, found[1:], found[2:], strict=False), start=1):
            if before.marked and after.marked and not line.blank and not line.marked:
                full = before.end - before.start >= 55 and not before.folded.endswith((".", "?", "!", ":"))
                self.lines[number] = full and line.end - line.start < before.end - before.start

    def _read(self, found: Sequence[Line], head: Head, *, forwarded: bool) -> bool:
        """What an announcement means; whether all that follows is decided by it."""
        if head.kind is HeadKind.FORWARDED:
            self.passed_on = True
            return True
        following = next((line for line in found[head.after : head.after + 4] if not line.blank), None)
        if following is not None and following.quoted:
            size = head.after - head.first
            self.lines[head.first : head.after] = [True] * size
            self.attributed[head.first : head.after] = [True] * size
            return False
        self.passed_on = _is_content(found, head, forwarded=forwarded)
        self.rest = head.first
        return True


def _is_content(found: Sequence[Line], head: Head, *, forwarded: bool) -> bool:
    above = " ".join(line.folded for line in found[: head.first] if line.folded and not line.quoted)
    if len(above) > _LITTLE:
        return False
    return forwarded or (len(above) < _LITTLE // 2 and _ANSWERS_BELOW.search(above) is not None)


def _own_end(found: Sequence[Line], quoted: Sequence[bool], end: int) -> int:
    """Back over quotes, signatures and footers, to the end of somebody's words."""
    for _ in range(_MOST_ENDINGS):
        before = end
        while end and (found[end - 1].blank or quoted[end - 1]):
            end -= 1
        end = words_end(found, 0, end)
        if end == before:
            break
    return end


def _own_start(found: Sequence[Line], quote: _Quote, end: int) -> int:
    """The first line of words, where a phone's line stands above them."""
    start = 0
    while start < end and (found[start].blank or is_sent_from(found[start].folded)):
        start += 1
    return start


def _without_the_answered(found: Sequence[Line], quote: _Quote, start: int, end: int) -> list[tuple[int, int]]:
    """Without the mail that is answered, where it is the only quote and a program put it there.

    With much said on both sides of it, it stands in the middle for a reason: then it stays.
    """
    runs = _runs(found, quote.lines, start, end)
    if len(runs) != 1 or not any(quote.attributed[runs[0][0] : runs[0][1]]):
        return [(start, end)]
    first, last = runs[0]
    if min(_length(found, start, first), _length(found, last, end)) > _GREETING:
        return [(start, end)]
    while first > start and found[first - 1].blank:
        first -= 1
    return [one for one in ((start, first), (last, end)) if one[0] < one[1]]


def _length(found: Sequence[Line], first: int, last: int) -> int:
    return sum(len(line.folded) for line in found[first:last])


def _runs(found: Sequence[Line], quoted: Sequence[bool], start: int, end: int) -> list[tuple[int, int]]:
    """The quotes among these lines; blank lines within one are a part of it."""
    runs: list[tuple[int, int]] = []
    apart = True
    for number in range(start, end):
        if quoted[number]:
            runs[-1:] = [(runs[-1][0], number + 1)] if runs and not apart else [*runs[-1:], (number, number + 1)]
            apart = False
        elif not found[number].blank:
            apart = True
    return runs


def _cut(text: Text, stretches: Sequence[tuple[int, int]]) -> Text:
    """These stretches of the text, one below the other, with their spans."""
    pieces: list[str] = []
    spans: list[Span] = []
    length = 0
    for start, end in stretches:
        piece = text.plain[start:end]
        spans += _moved(text.spans, start, end, length)
        pieces.append(piece)
        length += len(piece) + 1
    plain = "\n".join(pieces)
    return text if plain == text.plain else Text(plain, tuple(spans))


def _moved(spans: Sequence[Span], start: int, end: int, to: int) -> list[Span]:
    return [
        Span(start=max(one.start, start) - start + to, end=min(one.end, end) - start + to, kind=one.kind, target=one.target)
        for one in spans
        if max(one.start, start) < min(one.end, end)
    ]
