"""What a letter is made of besides what it says: greetings, pleasantries, closing words, signatures, quotes.

Mails arrive with their quotes mostly cut (the email connector does that); other connectors, and an owner who tries a
text, do not cut. The phrases of a dozen languages stand in `letter_phrases.toml`.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

_PHRASES: dict[str, list[str]] = tomllib.loads(
    (Path(__file__).parent / "letter_phrases.toml").read_text(encoding="utf-8")
)


def _any(kind: str) -> str:
    return f"(?:{'|'.join(_PHRASES[kind])})"


def _line(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"^\s*{pattern}$", re.IGNORECASE)


_NAME = r"[^\W\d_]+(?:[ -][^\W\d_]+)?(?=\s*[,!:\n])|(?-i:[A-Z][^\W\d_]+(?:[ -][A-Z][^\W\d_]+)?)(?=\s*$)"
"""A name before a comma, or one with capitals that ends the line."""

_CLOSE = "[\\s,!.:\u2026\u2013-]*"

greeting = re.compile(
    rf"^\s*{_any('hello')}\b(?:[ ,]+{_any('whom')}\b\.?){{0,4}}(?:[ ]+(?:{_NAME}))?{_CLOSE}",
    re.IGNORECASE,
)
"""At the start of a sentence: "Hi there," "Dear Ms Keller:" "Guten Tag zusammen!"."""

closing = _line(_any("closing") + r"\s*[,.!:)]*\s*[^\W\d_]{0,15}[,.!]?\s*")
"""A line of its own that ends a letter: "Best regards," "Viele Grüße"."""

signature = _line(_any("signature"))
"""What stands above a signature, or is one."""

opens_quote = _line(_any("quote") + r"\s*")
"""The line above a quoted mail."""

pleasantry = _line(_any("pleasantry") + r"[\s.,!\u2600-\u27bf\U0001f300-\U0001faff\ufe0f]*")
"""A sentence that asks nothing: "Thank you in advance." "I hope you are well."."""
