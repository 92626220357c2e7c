"""A block of header fields above the mail that is answered: From, Sent, To, Subject. Pure, linear."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.email import quote_phrases as table
from connectors.email.lines import ADDRESS, TIME, Line
from connectors.email.phrases import folded, pattern

_BLOCK_LINES = 16
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


def field_classes(line: str) -> frozenset[str]:
    """What fields this line may be, by the name before its colon; empty for none."""
    name, colon, _ = line.lstrip("|> -")[:40].partition(":")
    return _CLASSES.get(name.strip(), frozenset()) if colon else frozenset()


def block_end(lines: Sequence[Line], number: int) -> int:
    """The line after the header block that begins with this one; 0 where none does."""
    if number >= len(lines) or not field_classes(lines[number].folded):
        return 0
    seen: set[str] = set()
    after, others, fields = number + 1, 0, list[str]()
    for one in range(number, min(number + _BLOCK_LINES, len(lines))):
        line = lines[one]
        classes = field_classes(line.folded)
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
    # Some programs name no author, or no other field: then it takes a moment, and an address of one who has mail.
    addressed = "from" in seen or any(ADDRESS.search(field) for field in fields if "to" in field_classes(field))
    return addressed and any(TIME.search(field) for field in fields)


def _labels_inside(line: str) -> set[str]:
    """The fields of a block that stands in one line."""
    if line.count(":") < 3:
        return set()
    names = {found[0].rstrip(":") for found in _LABEL_INSIDE.finditer(line.replace(" :", ":"))}
    return {min(_CLASSES[name]) for name in names if name in _CLASSES} if len(names) >= 3 else set()
