"""Lines that say who wrote the quote below them and when: "On Monday Anna wrote:". Pure, linear.

Theory of operation. An attribution is known by several of its pieces at once: a date, a time, an address, a verb of
the tables, a colon at the end. No one order of them is asked for, so a language or a program that is not in the tables
is found too where it gives a date, a time and an address. Without an address more is asked, since a customer may begin
a sentence with a date. Lines are judged in windows of four, each cut to a length: the time is linear.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from connectors.email import quote_phrases as table
from connectors.email.lines import ADDRESS, TIME, Line, next_words
from connectors.email.phrases import folded, pattern

ENDING = " -_>=~|"
"""What programs put behind the colon, or instead of one."""

_LONGEST_ATTRIBUTION = 400
_MOST_WRAPPED = 4

VERB = pattern(folded(table.WROTE))
_LEAD = re.compile(
    r"(?:" + "|".join(sorted((re.escape(one) for one in folded(table.LEADS)), key=len, reverse=True)) + r")(?!\w)"
)
_DATE = re.compile(
    r"(?<!\d)(?:\d{1,2}\s?[./-]\s?\d{1,2}\s?[./-]\s?(?:19|20)?\d\d|(?:19|20)\d\d\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{1,2}"
    r"|(?:19|20)\d\d ?\u5e74)(?!\d)"
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_DAY = re.compile(r"(?<!\d)[0-3]?\d(?!\d)")
# A person who speaks of you and me is a customer, not a program.
_PERSONAL = pattern(folded({"": table.PERSONAL}))
_NUMBER_AT_END = re.compile(r"\d\.$")
_DAY_OR_WEEKDAY = re.compile(r"\d|^\S+ \w{2,4}[.,]")


def attribution_start(lines: Sequence[Line], last: int) -> int | None:
    """The first line of the attribution that ends with this line; None where none does."""
    following = next_words(lines, last + 1)
    quoted = following < len(lines) and lines[following].quoted
    if not _may_end(lines[last].folded, quoted=quoted):
        return None
    window, found = "", None
    for first in range(last, max(-1, last - _MOST_WRAPPED), -1):
        line = lines[first]
        if line.blank or line.marked or len(window) + len(line.folded) > _LONGEST_ATTRIBUTION:
            break
        if found is not None and not _belongs(line.folded, window):
            break
        window = f"{line.folded} {window}".strip()
        if _is_attribution(window, quoted=quoted):
            found = first
    return found


def _may_end(line: str, *, quoted: bool) -> bool:
    words = line.rstrip(ENDING)
    if words.endswith(":") or (quoted and ADDRESS.search(words[-100:])):
        return True
    ending = words[-40:]
    if any(found.end() >= len(ending) - 1 for found in VERB.finditer(ending)):
        return True
    return VERB.search(words) is not None and (words.endswith((">", ")")) or _glued(words) > 0)


def _glued(words: str) -> int:
    """Where an attribution ends in a line that goes on with the quote itself; 0 where it does not."""
    if not _begins(words):
        return 0
    for verb in VERB.finditer(words[:250]):
        rest = words[verb.end() :].lstrip(" )")
        if rest.startswith(":") and ADDRESS.search(words[: verb.start()]):
            return len(words) - len(rest) + 1
    return 0


def _belongs(line: str, window: str) -> bool:
    """Whether a line before an attribution is the beginning of it: it has what the window lacks."""
    dated = _DATE.search(window) or _YEAR.search(window)
    if dated and _LEAD.match(window):
        return False
    if window.startswith("<"):
        # The name before an address.
        return len(line) < 120 and not line.endswith((".", "!", "?", ":", ";", ","))
    led = _LEAD.match(line) is not None and len(line) < 80
    if line.endswith((".", "!", "?", ":", ";")) and not (_NUMBER_AT_END.search(line) or (led and len(line) < 40)):
        return False
    has_date = _DATE.search(line) or _YEAR.search(line)
    if has_date:
        return not dated and _begins(line)
    if _PERSONAL.search(line):
        return False
    return (
        (led and _DAY_OR_WEEKDAY.search(line) is not None)
        or line.count("<") > line.count(">")
        or (ADDRESS.search(line) is not None and ADDRESS.search(window) is None)
        or (VERB.search(line) is not None and VERB.search(window) is None)
    )


def _is_attribution(window: str, *, quoted: bool) -> bool:
    """Whether this names who wrote the quote that follows; `quoted` says that its lines are marked."""
    words = window[: _glued(window) or None].rstrip(ENDING)
    date = _DATE.search(words) or (_YEAR.search(words) if len(_DAY.findall(words)) else None)
    time, address, verb = TIME.search(words), ADDRESS.search(words), VERB.search(words)
    colon, personal = words.endswith(":"), _PERSONAL.search(words) is not None
    if address is None:
        return _without_address(words, _Signs(bool(date), bool(time), bool(verb)), quoted=quoted)
    closes = address.end() >= len(words.rstrip(": >)]\"'"))
    if verb is not None and (date is not None or time is not None):
        return colon or not personal
    if verb is not None and colon and len(words) < 160 and (quoted or not personal):
        return closes or verb.end() >= len(words) - 3
    if quoted and date is not None and closes:
        return True
    early = date is not None and time is not None and min(date.start(), time.start()) < 40
    return colon and early and (closes or quoted)


class _Signs(NamedTuple):
    """What was found in a line."""

    date: bool
    time: bool
    verb: bool


def _without_address(words: str, has: _Signs, *, quoted: bool) -> bool:
    colon, begins = words.endswith(":"), _begins(words)
    if quoted and len(words) < 200:
        return (has.verb and (colon or has.date)) or (colon and has.date and has.time and begins)
    if not (colon and has.verb and has.date) or len(words) > 160 or _PERSONAL.search(words):
        return False
    closes = words.rstrip(": ")[-1:].isdigit() or words.rstrip(": ").endswith("uhr")
    return (has.time and (begins or closes)) or _LEAD.match(words) is not None


def _begins(words: str) -> bool:
    """Whether it begins as attributions do: with a preposition of dates, a number, or a weekday and a number."""
    return _LEAD.match(words) is not None or bool(re.match(r"\D{0,16}\d", words))
