"""Text whose lines a program broke to be joined again (RFC 3676, format=flowed). Pure, linear."""

from __future__ import annotations

from email.message import Message as Header


def is_flowed(header: Header) -> bool:
    """Whether a part says so of itself."""
    return _parameter(header, "format") == "flowed"


def unflowed(text: str, header: Header) -> str:
    """The text with its paragraphs on one line each, quotes with their marks (section 4.5)."""
    without_blank = _parameter(header, "delsp") == "yes"
    out: list[str] = []
    depth_before, open_ = -1, False
    for line in text.split("\n"):
        words = line.lstrip(">")
        depth = len(line) - len(words)
        # The stuffed blank is not the writer's (section 4.4).
        words = words.removeprefix(" ")
        flows = words.endswith(" ") and words != "-- "
        part = words[:-1] if flows and without_blank else words
        if open_ and depth == depth_before and words != "-- ":
            out[-1] += part
        else:
            out.append((">" * depth + " " if depth else "") + part)
        depth_before, open_ = depth, flows
    return "\n".join(out)


def _parameter(header: Header, name: str) -> str:
    try:
        value = header.get_param(name, "")
    except (ValueError, LookupError, UnicodeError):
        return ""
    return value.strip().lower() if isinstance(value, str) else ""
