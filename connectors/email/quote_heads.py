"""Where a quote is announced: "On Monday Anna wrote:", "-----Original Message-----", a block of From, Sent, To. Pure.

Theory of operation. An attribution is known by several of its pieces at once: a date, a time, an address, a verb of
the tables, a colon at the end. No one order of them is asked for, so a language or a program that is not in the tables
is found too where it gives a date, a time and an address. Without an address more is asked, since a customer may begin
a sentence with a date. Lines are judged in windows of four, each cut to a length: the time is linear.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from connectors.email import quote_phrases as table
from connectors.email.folding import fold
from connectors.email.lines import ADDRESS, Line
from connectors.email.phrases import folded, pattern

_LONGEST_ATTRIBUTION = 400
_MOST_WRAPPED = 4
_BLOCK_LINES = 16

_VERB = pattern(folded(table.WROTE))
_LEAD = re.compile(
    r"(?:" + "|".join(sorted((re.escape(one) for one in folded(table.LEADS)), key=len, reverse=True)) + r")(?!\w)"
)
_DATE = re.compile(
    r"(?<!\d)(?:\d{1,2}\s?[./-]\s?\d{1,2}\s?[./-]\s?(?:19|20)?\d\d|(?:19|20)\d\d\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{1,2}"
    r"|(?:19|20)\d\d ?\u5e74|(?:19|20)\d\d ?\ub144)(?!\d)"
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_DAY = re.compile(r"(?<!\d)[0-3]?\d(?!\d)")
_TIME = re.compile(r"(?<!\d)[0-2]?\d\s?[:.h]\s?[0-5]\d(?!\d)|(?<!\d)[01]?\d ?[ap]\.?m\b")
# A person who speaks of you and me is a customer, not a program.
_PERSONAL = re.compile(r"(?<![\w'])(?:you|i|we|ich|sie|wir|du|ihr|vous|j'ai|nous|tu|usted|yo|u|jij|вы|я|ви|您|你|我)(?!\w)")
_ENDING = " -_>=~|"
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
        after = _block_end(lines, _next_words(lines, number + 1)) or number + 1
        return Head(_with_rule(lines, number), after, separator)
    after = _block_end(lines, number)
    if after:
        return Head(_with_rule(lines, number), after, HeadKind.ORIGINAL)
    first = _attribution_start(lines, number)
    return None if first is None else Head(first, number + 1, HeadKind.ATTRIBUTION)


def _next_words(lines: Sequence[Line], number: int, most: int = 3) -> int:
    """The next line that is not blank, looking a few lines far."""
    for one in range(number, min(number + most, len(lines))):
        if not lines[one].blank:
            return one
    return len(lines)


# -- lines between dashes --------------------------------------------------------------------------

_ORIGINAL, _FORWARDED = folded(table.ORIGINAL), folded(table.FORWARDED)
_ORIGINAL_START, _FORWARDED_START = pattern(_ORIGINAL), pattern(_FORWARDED)
_ABOVE = pattern(folded(table.ABOVE_THIS_LINE))


def _separator(lines: Sequence[Line], number: int) -> HeadKind | None:
    line = lines[number].folded
    if len(line) > 200:
        return None
    inner = line[_FRAME.match(line).end() :].rstrip(_ENDING + "+#<:")  # type: ignore[union-attr]
    framed = len(line) - len(inner) >= 4 and line[:2] in ("--", "__", "==", "##", "++", "~~", "- ", "<<", ">>")
    if _FORWARDED_START.match(inner) and (framed or (inner in _FORWARDED and line.endswith(":"))):
        return HeadKind.FORWARDED
    if _ORIGINAL_START.match(inner) and (framed or (inner in _ORIGINAL and _announces(lines, number))):
        return HeadKind.ORIGINAL
    if _ABOVE.search(inner) and (framed or line[:1] in "#[*-=" or len(inner) < 80):
        return HeadKind.ORIGINAL
    return None


def _announces(lines: Sequence[Line], number: int) -> bool:
    following = _next_words(lines, number + 1)
    return following < len(lines) and (lines[following].quoted or bool(_classes(lines[following].folded)))


def _with_rule(lines: Sequence[Line], number: int) -> int:
    """The line from which on the announcement stands: a rule above it, a few blank lines before, is a part of it."""
    before = number - 1
    while before >= 0 and lines[before].blank and before > number - 4:
        before -= 1
    is_rule = before >= 0 and not lines[before].marked and _RULE.fullmatch(lines[before].folded)
    return before if is_rule else number


# -- blocks of header fields -----------------------------------------------------------------------

_CLASSES: dict[str, frozenset[str]] = {}
for _class, _names in (
    ("from", table.HEADER_FROM),
    ("sent", table.HEADER_SENT),
    ("to", table.HEADER_TO),
    ("subject", table.HEADER_SUBJECT),
):
    for _name in folded(_names):
        _CLASSES[_name] = _CLASSES.get(_name, frozenset()) | {_class}
_LABEL_INSIDE = pattern(f"{name}:" for name in _CLASSES if len(name) > 1)


def _classes(line: str) -> frozenset[str]:
    """What fields this line may be, by the name before its colon; empty for none."""
    name, colon, _ = line.lstrip("|> -")[:40].partition(":")
    return _CLASSES.get(name.strip(), frozenset()) if colon else frozenset()


def _block_end(lines: Sequence[Line], number: int) -> int:
    """The line after the header block that begins with this one; 0 where none does."""
    if number >= len(lines) or not _classes(lines[number].folded):
        return 0
    seen: set[str] = set()
    after, others, fields = number + 1, 0, list[str]()
    for one in range(number, min(number + _BLOCK_LINES, len(lines))):
        line = lines[one]
        classes = _classes(line.folded)
        if not classes:
            others += 1
            if others > 3 or (line.blank and len(seen) >= 3):
                break
            continue
        # A name of two classes ("a", "data") counts as the one that is still missing.
        seen |= set(sorted(classes - seen)[:1])
        seen |= _labels_inside(line.folded)
        fields.append(line.folded)
        after, others = one + 1, 0
    return after if _is_complete(seen, fields) else 0


def _is_complete(seen: set[str], fields: Sequence[str]) -> bool:
    """Whether these fields are those of a mail, and not of a journey ("From: Paris, To: London")."""
    if {"from", "sent", "subject"} <= seen:
        return True
    if "sent" not in seen and not {"from", "to", "subject"} <= seen:
        return False
    if not any(ADDRESS.search(field) for field in fields):
        return False
    if "from" in seen and len(seen) >= 3:
        return True
    # Some programs name no author, or no other field: then it takes a moment and an address.
    return ("from" in seen or "to" in seen) and any(_TIME.search(field) for field in fields)


def _labels_inside(line: str) -> set[str]:
    """The fields of a block that stands in one line."""
    if line.count(":") < 3:
        return set()
    names = {found[0].rstrip(":") for found in _LABEL_INSIDE.finditer(line.replace(" :", ":"))}
    return {min(_CLASSES[name]) for name in names if name in _CLASSES} if len(names) >= 3 else set()


# -- attributions ----------------------------------------------------------------------------------


def _attribution_start(lines: Sequence[Line], last: int) -> int | None:
    """The first line of the attribution that ends with this line; None where none does."""
    following = _next_words(lines, last + 1)
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
    words = line.rstrip(_ENDING)
    if words.endswith(":") or (quoted and ADDRESS.search(words[-100:])):
        return True
    ending = words[-40:]
    if any(found.end() >= len(ending) - 1 for found in _VERB.finditer(ending)):
        return True
    return _VERB.search(words) is not None and (words.endswith((">", ")")) or _glued(words) > 0)


def _glued(words: str) -> int:
    """Where an attribution ends in a line that goes on with the quote itself; 0 where it does not."""
    if not _begins(words):
        return 0
    for verb in _VERB.finditer(words[:250]):
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
        return len(line) < 60 and not line.endswith((".", "!", "?", ":", ";", ","))
    if line.endswith((".", "!", "?", ":", ";")) and not (re.search(r"\d\.$", line) or (_LEAD.match(line) and len(line) < 40)):
        return False
    has_date = _DATE.search(line) or _YEAR.search(line)
    if has_date and dated:
        return False
    if has_date and _begins(line):
        return True
    if _LEAD.match(line) and len(line) < 80 and re.search(r"\d|^\S+ \w{2,4}[.,]", line) and not _PERSONAL.search(line):
        return True
    if line.count("<") > line.count(">") or (ADDRESS.search(line) and not ADDRESS.search(window)):
        return not _PERSONAL.search(line)
    return bool(_VERB.search(line)) and not _VERB.search(window) and not _PERSONAL.search(line)


def _is_attribution(window: str, *, quoted: bool) -> bool:
    """Whether this names who wrote the quote that follows; `quoted` says that its lines are marked."""
    words = window[: _glued(window) or None].rstrip(_ENDING)
    date = _DATE.search(words) or (_YEAR.search(words) if len(_DAY.findall(words)) else None)
    time, address, verb = _TIME.search(words), ADDRESS.search(words), _VERB.search(words)
    colon, personal = words.endswith(":"), _PERSONAL.search(words) is not None
    if address is None:
        return _without_address(words, bool(date), bool(time), bool(verb), quoted=quoted)
    closes = address.end() >= len(words.rstrip(": >)]\"'"))
    if verb is not None and (date is not None or time is not None):
        return colon or not personal
    if verb is not None and colon and len(words) < 160 and (quoted or not personal):
        return closes or verb.end() >= len(words) - 3
    if quoted and date is not None and closes:
        return True
    early = date is not None and time is not None and min(date.start(), time.start()) < 40
    return colon and early and (closes or quoted)


def _without_address(words: str, date: bool, time: bool, verb: bool, *, quoted: bool) -> bool:  # noqa: FBT001 - what was found
    colon, begins = words.endswith(":"), _begins(words)
    if quoted and len(words) < 200:
        return (verb and (colon or date)) or (colon and date and time and begins)
    if not (colon and verb and date) or len(words) > 160 or _PERSONAL.search(words):
        return False
    closes = words.rstrip(": ")[-1:].isdigit() or words.rstrip(": ").endswith("uhr")
    return (time and (begins or closes)) or _LEAD.match(words) is not None


def _begins(words: str) -> bool:
    """Whether it begins as attributions do: with a preposition of dates, a number, or a weekday and a number."""
    return _LEAD.match(words) is not None or bool(re.match(r"\D{0,16}\d", words))
