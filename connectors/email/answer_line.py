"""The lines around what an owner is shown by mail, by which the answer is told from what it answers. Pure.

Theory of operation. The customer's words must never be taken for the owner's, and an owner's mail quotes them. So a
mail to an owner begins with the line "answer above this line" and ends with another one, each with a sign that stands
nowhere else: a customer's text that holds one is changed before it is shown. In the answer, then:

1. What stands above the first line is the owner's, without the "On Monday Shop wrote:" that their program put there.
2. With nothing above it, what follows the last line is the owner's (who answers below), if the quote itself is marked:
   behind `>`, or by the HTML.
3. Where words stand between the two lines, or both above and below with the ones above pointing down, nobody can tell:
   then there are no words, and the owner is asked. So it is where a line was lost.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bridge.connector import Text
from connectors.email.letter_words import WORDS
from connectors.email.lines import ADDRESS, Line, Ranges, lines
from connectors.email.quote_heads import heads
from connectors.email.quoting import points_below, quoting
from connectors.email.signatures import is_sent_from, words_end
from connectors.email.visible import cut_out, visible

_ABOVE, _END = "[ib-above]", "[ib-end]"
_SIGN = re.compile(r"\[(\s*ib-(?:above|end)\s*)\]", re.IGNORECASE)
# An attribution takes no more lines than this.
_MOST_WRAPPED = 4


def between_lines(text: str, language: str) -> str:
    """What an owner is shown, between the two lines."""
    words = WORDS[language]
    shown = _SIGN.sub(r"(\1)", text)
    return f"-- {words.above} -- {_ABOVE}\n\n{shown}\n\n-- {words.end} -- {_END}"


def owners_words(text: Text, quoted: Ranges, signed: Ranges) -> Text | None:
    """The words of whoever answers a mail of ours to an owner, empty where they are not sure; None for another mail.

    `quoted` and `signed` are what the HTML's structure says of the text.
    """
    folded = text.plain.lower()
    if _ABOVE not in folded and _END not in folded:
        return None
    found = lines(text.plain, quoted, signed)
    first = next((number for number, line in enumerate(found) if _holds(text, line, _ABOVE)), None)
    if first is None:
        return Text()
    above = _words(text, found, 0, _above(found, first), signed)
    if not found[first].quoted:
        return above
    last = max((number for number, line in enumerate(found) if line.quoted and _holds(text, line, _END)), default=None)
    if _between(found, first, last):
        return Text()
    below = Text() if last is None else _words(text, found, last + 1, len(found), signed)
    if above and below and _points_down(above.plain):
        return Text()
    return above or below


def _holds(text: Text, line: Line, sign: str) -> bool:
    return sign in text.plain[line.start : line.end].lower()


def _above(found: Sequence[Line], first: int) -> int:
    """Up to where the lines above the first of ours are the writer's: without what announces the quote."""
    announced = {head.after: head.first for head in heads(found[: first + 1])}
    end = first
    while end and (found[end - 1].blank or found[end - 1].quoted or end in announced):
        end = announced.get(end, end - 1)
    return end if end in announced.values() else _unknown_announcement(found, end)


def _unknown_announcement(found: Sequence[Line], end: int) -> int:
    """Before the last lines where they name an address: no language's table knows this "On Monday Shop wrote:"."""
    start = end
    while start > max(0, end - _MOST_WRAPPED) and not found[start - 1].blank:
        start -= 1
    named = [number for number in range(start, end) if ADDRESS.search(found[number].folded)]
    return start if named and found[end - 1].folded.endswith((":", ">", "\uff1a")) else end


def _words(text: Text, found: Sequence[Line], start: int, end: int, signed: Ranges) -> Text:
    """What is said in these lines, without a signature; empty where nothing is."""
    while start < end and (found[start].blank or is_sent_from(found[start].folded)):
        start += 1
    if start >= end or words_end(found, start, end) <= start:
        return Text()
    at, until = found[start].start, found[end - 1].end
    inside = [(max(first, at), min(last, until)) for first, last in signed.pairs]
    own_signed = Ranges([(first - at, last - at) for first, last in inside if first < last])
    return visible(cut_out(text, [(at, until)]), signed=own_signed)


def _between(found: Sequence[Line], first: int, last: int | None) -> bool:
    """Whether words stand within the quote that are not a part of it."""
    is_quote = quoting(found, answer=True).lines
    if last is None:
        last = max(number for number, line in enumerate(found) if line.quoted)
    return any(not found[number].blank and not is_quote[number] for number in range(first, last))


def _points_down(words: str) -> bool:
    """Whether the words above are only the beginning of what is said: "Dear Anna," or "see below"."""
    return words.rstrip().endswith((",", ":")) or points_below(words)
