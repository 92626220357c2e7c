"""Web addresses in a text as links of HTML that say where they lead. Pure, linear."""

from __future__ import annotations

import re
from html import escape

_SAFE = re.compile(r"(?:https?://|mailto:)[^\s<>\"]+", re.IGNORECASE)
_URL = re.compile(r"(?<![\w/])https?://[^\s<>\"'`\u2028\u2029]{1,2000}", re.IGNORECASE)
_AFTER = ".,;:!?*_)]}"


def is_web_link(target: str) -> bool:
    """Whether a link may lead there: the web, or a mail."""
    return _SAFE.fullmatch(target) is not None


def linked(text: str) -> str:
    """The text escaped, each web address in it a link to what it says."""
    pieces, last = [], 0
    for found in _URL.finditer(text):
        url = found[0].rstrip(_AFTER)
        if found[0][len(url) : len(url) + 1] == ")" and url.count("(") > url.count(")"):
            url += ")"
        pieces.append(escape(text[last : found.start()]))
        pieces.append(f'<a href="{escape(url)}">{escape(url)}</a>')
        last = found.start() + len(url)
    pieces.append(escape(text[last:]))
    return "".join(pieces)
