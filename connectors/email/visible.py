"""The customer's own new words: a mail's text without quotes, signature and footers. Pure, linear.

Theory of operation. A view only: the whole text stays. Cutting a customer's words is the bad error, leaving a quote
the mild one, so nothing is cut that is not sure, and where nothing would be left, all is shown.

1. `quoting.py` says which lines are quotes, by their announcements, their marks, and the HTML's structure.
2. From the end backwards, quotes, signatures and footers go, until somebody's words are reached.
3. Quotes before somebody's words stay: an answer between quotes makes no sense without them ("> On Sunday too?" "No").
   But one quote that a program put there, with all of the answer on one side of it, is only the mail that is answered:
   it goes.
4. A mail that is passed on is content. So is a quote whose author says that the answers stand in it.
"""

from __future__ import annotations

from collections.abc import Sequence

from bridge.connector import Span, Text
from connectors.email.lines import Line, Ranges, lines
from connectors.email.quoting import Quoting, quoting
from connectors.email.signatures import is_sent_from, words_end

# A greeting, or a closing with a name, is no longer than this.
_GREETING = 60
# Quotes and footers by turns, from the end backwards: nobody's mail has more of them.
_MOST_ENDINGS = 5
_NONE = Ranges()


def visible(text: Text, quoted: Ranges = _NONE, signed: Ranges = _NONE, *, answer: bool = True) -> Text:
    """The text's own new words; the same text where nothing is to be cut.

    `quoted` and `signed` are what the HTML's structure says of it; `answer` says whether the
    mail answers one at all: if not, a mail that stands in it is what it is about.
    """
    found = lines(text.plain, quoted, signed)
    whole = not found or found[-1].end == len(text.plain)
    kept = _kept(found, quoting(found, answer=answer), whole=whole)
    if not kept:
        return text
    stretches = [(found[first].start, found[last - 1].end) for first, last in kept]
    if kept[-1][1] == len(found):
        # The end of what was looked at is somebody's words: what follows may be, too.
        stretches[-1] = (stretches[-1][0], len(text.plain))
    return cut_out(text, stretches)


def _kept(found: Sequence[Line], quote: Quoting, *, whole: bool) -> list[tuple[int, int]]:
    """The stretches of lines to show, [first, last); none where all is to be shown."""
    if quote.passed_on:
        return []
    # Of a text that is longer than what was looked at, nobody knows the end.
    end = _own_end(found, quote.lines, quote.rest) if whole or quote.rest < len(found) else len(found)
    start = 0
    while start < end and (found[start].blank or is_sent_from(found[start].folded)):
        start += 1
    kept = _without_the_answered(found, quote, start, end)
    words = (number for first, last in kept for number in range(first, last) if not found[number].blank)
    return kept if any(not quote.lines[number] for number in words) else []


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


def _without_the_answered(found: Sequence[Line], quote: Quoting, start: int, end: int) -> list[tuple[int, int]]:
    """Without the mail that is answered, where it is the only quote and a program put it there.

    With much said on both sides of it, it stands in the middle for a reason: then it stays.
    """
    runs = _runs(found, quote.lines, start, end)
    if len(runs) != 1 or not any(quote.by_program[runs[0][0] : runs[0][1]]):
        return [(start, end)]
    first, last = runs[0]
    if min(_length(found, start, first), _length(found, last, end)) > _GREETING:
        return [(start, end)]
    while first > start and found[first - 1].blank:
        first -= 1
    while last < end and first == start and found[last].blank:
        last += 1
    return [one for one in ((start, first), (last, end)) if one[0] < one[1]]


def _length(found: Sequence[Line], first: int, last: int) -> int:
    return sum(len(line.folded) for line in found[first:last])


def _runs(found: Sequence[Line], quoted: Sequence[bool], start: int, end: int) -> list[tuple[int, int]]:
    """The quotes among these lines, two at most; blank lines within one are a part of it."""
    runs: list[tuple[int, int]] = []
    apart = True
    for number in range(start, end):
        if quoted[number] and apart:
            runs.append((number, number + 1))
            apart = False
            if len(runs) > 1:
                break
        elif quoted[number]:
            runs[-1] = (runs[-1][0], number + 1)
        elif not found[number].blank:
            apart = True
    return runs


def cut_out(text: Text, stretches: Sequence[tuple[int, int]]) -> Text:
    """These stretches of the text, one below the other, with their spans."""
    pieces: list[str] = []
    spans: list[Span] = []
    length = 0
    for start, end in stretches:
        spans += _moved(text.spans, start, end, length)
        pieces.append(text.plain[start:end])
        length += end - start + 1
    plain = "\n".join(pieces)
    return text if plain == text.plain else Text(plain, tuple(spans))


def _moved(spans: Sequence[Span], start: int, end: int, to: int) -> list[Span]:
    """The parts of the spans that lie in [start, end), moved to begin at `to`."""
    shift = to - start
    inside = [(max(one.start, start), min(one.end, end), one) for one in spans]
    return [
        Span(start=first + shift, end=last + shift, kind=one.kind, target=one.target)
        for first, last, one in inside
        if first < last
    ]
