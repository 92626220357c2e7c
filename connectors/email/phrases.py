"""Tables of phrases as one regular expression each, on folded text. Pure.

The conditions on what stands around a phrase are outside of the alternatives: so the engine sees what letters they
begin with, and passes over most of a line at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from connectors.email.folding import fold, without_accents


def folded(table: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """All phrases of all languages."""
    return frozenset(fold(phrase) for phrases in table.values() for phrase in phrases)


def pattern(phrases: Iterable[str]) -> re.Pattern[str]:
    """Finds any of the folded phrases as whole words."""
    return _either(phrases, whole=True)


def stems(phrases: Iterable[str]) -> re.Pattern[str]:
    """Finds any word that begins with one of the folded phrases."""
    return _either(phrases, whole=False)


def any_of(alternatives: Iterable[str]) -> re.Pattern[str]:
    """Finds what any of these regular expressions finds; they are for folded text, but may be written with accents."""
    return re.compile("|".join(f"(?:{without_accents(one)})" for one in alternatives))


def _either(phrases: Iterable[str], *, whole: bool) -> re.Pattern[str]:
    groups: dict[tuple[str, str], list[str]] = {}
    for phrase in sorted(phrases, key=lambda one: (-len(one), one)):
        before = r"(?<!\w)" if phrase[0].isalnum() and not _runs_on(phrase[0]) else ""
        after = r"(?!\w)" if whole and phrase[-1].isalnum() and not _runs_on(phrase[-1]) else ""
        groups.setdefault((before, after), []).append(re.escape(phrase))
    alternatives = (f"{before}(?:{'|'.join(ones)}){after}" for (before, after), ones in groups.items())
    return re.compile("|".join(alternatives))


def _runs_on(letter: str) -> bool:
    """Whether its script does without blanks between words (Thai, Korean's particles, Chinese, Japanese)."""
    return "\u0e00" <= letter < "\u1200" or letter >= "\u2e80"
