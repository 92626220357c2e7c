"""A calendar's invitation in words: what, when, where (RFC 5545). Pure, linear.

Only the first event's fields are read; times stand as the calendar has them, with their zone's name, since converting
them takes a calendar's own definitions of zones.
"""

from __future__ import annotations

import re

from bridge.connector import one_line

_LIMIT = 64 * 1024
_FIELD = re.compile(r"([A-Za-z-]{1,40})((?:;[^:;\"]{0,200}(?:\"[^\"]{0,200}\")?){0,10}):(.{0,2000})")
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?")
_ZONE = re.compile(r";TZID=\"?([^\";:]{1,80})", re.IGNORECASE)
_TITLES = {"REQUEST": "Invitation", "CANCEL": "Cancelled", "REPLY": "Answer to an invitation", "COUNTER": "Proposal"}


def invitation(calendar: str) -> str:
    """Lines that name it; nothing where there is no event."""
    unfolded = re.sub(r"\n[ \t]", "", calendar[:_LIMIT])
    inside, method = False, ""
    found: dict[str, tuple[str, str]] = {}
    for line in unfolded.split("\n"):
        field = _FIELD.match(line.strip())
        if field is None:
            continue
        name, parameters, value = field[1].upper(), field[2], field[3].strip()
        if name in ("BEGIN", "END") and value.upper() in ("VEVENT", "VTODO"):
            if name == "END":
                break
            inside = True
        elif name == "METHOD":
            method = value.upper()
        elif inside:
            found.setdefault(name, (parameters, value))
    return _told(found, method) if found else ""


def _told(found: dict[str, tuple[str, str]], method: str) -> str:
    title = _words(found.get("SUMMARY", ("", ""))[1]) or "(no title)"
    lines = [f"{_TITLES.get(method, 'Event')}: {title}"]
    start, end = _moment(*found.get("DTSTART", ("", ""))), _moment(*found.get("DTEND", ("", "")))
    if start:
        until = end.removeprefix(start[:11]) if end[:11] == start[:11] and len(end) > 11 else end
        lines.append(f"When: {start}" + (f" - {until}" if until and until != start else ""))
    where = _words(found.get("LOCATION", ("", ""))[1])
    return "\n".join([*lines, f"Where: {where}"] if where else lines)


def _words(value: str) -> str:
    """A text value without its escapes (RFC 5545 section 3.3.11)."""
    return one_line(re.sub(r"\\([\\;,nN])", lambda one: " " if one[1] in "nN" else one[1], value), 200)


def _moment(parameters: str, value: str) -> str:
    at = _TIME.match(value)
    if at is None:
        return ""
    day = f"{at[1]}-{at[2]}-{at[3]}"
    if at[4] is None:
        return day
    zone = _ZONE.search(parameters)
    return f"{day} {at[4]}:{at[5]}" + (" UTC" if at[6] else f" ({one_line(zone[1], 80)})" if zone else "")
