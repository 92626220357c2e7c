"""The language of a text by its script and its smallest words. No library: a guess that would rather say nothing."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from bridge.tongues.words import words

_SCRIPTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile("[\u3040-\u30ff]"), "ja"),
    (re.compile("[\uac00-\ud7af]"), "ko"),
    (re.compile("[\u4e00-\u9fff]"), "zh"),
    (re.compile("[\u0e00-\u0e7f]"), "th"),
    (re.compile("[\u0370-\u03ff]"), "el"),
    (re.compile("[\u0590-\u05ff]"), "he"),
)


def tongue(text: str) -> str:
    """BCP 47 of what `text` is written in, "" where that is unsure (always for Cyrillic, Arabic, Devanagari)."""
    for script, language in _SCRIPTS:
        if len(script.findall(text)) >= 2:
            return language
    hits = sorted(((count, name) for name, count in small_words(text).items()), reverse=True)
    (most, language), (next_most, _) = hits[0], hits[1]
    return language if most >= 2 and most > next_most * 1.3 else ""


def small_words(text: str) -> Mapping[str, int]:
    """How many of its words are among the smallest words of each language."""
    said = words(text)
    return {name: sum(word in known for word in said) for name, known in _known().items()}


@cache
def _known() -> Mapping[str, frozenset[str]]:
    listed = tomllib.loads((Path(__file__).parent / "small_words.toml").read_text(encoding="utf-8"))
    return {language: frozenset(line.split()) for language, line in listed.items()}
