"""Tables of phrases as one regular expression each, on folded text. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from connectors.email.folding import fold



def folded(table: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """All phrases of all languages."""
    return frozenset(fold(phrase) for phrases in table.values() for phrase in phrases)


def pattern(phrases: Iterable[str]) -> re.Pattern[str]:
    """Finds any of the folded phrases as whole words. Has no repetition, so that it is linear in the line."""
    ordered = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    return re.compile("|".join(_whole_words(phrase) for phrase in ordered))


def _whole_words(phrase: str) -> str:
    before = r"(?<!\w)" if phrase[0].isalnum() and not _runs_on(phrase[0]) else ""
    after = r"(?!\w)" if phrase[-1].isalnum() and not _runs_on(phrase[-1]) else ""
    return before + re.escape(phrase) + after


def _runs_on(letter: str) -> bool:
    """Whether its script does without blanks between words (Thai, Korean's particles, Chinese, Japanese)."""
    return "\u0e00" <= letter < "\u1200" or letter >= "\u2e80"


def stems(phrases: Iterable[str]) -> re.Pattern[str]:
    """Finds any word that begins with one of the folded phrases."""
    ordered = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    return re.compile("|".join(("" if _runs_on(one[0]) else r"(?<!\w)") + re.escape(one) for one in ordered))
