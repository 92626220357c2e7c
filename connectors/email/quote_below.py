"""What an answer answers, put below it as mail programs do. Pure."""

from __future__ import annotations

from datetime import datetime

from bridge.connector import Quoted, one_line
from connectors.email.letter_words import MONTHS, WORDS

MOST_CHARACTERS = 6_000
MOST_LINES = 120
"""Of a longer message the beginning is quoted: whoever wrote it has the rest."""


def attribution(quoted: Quoted, language: str, nobody: str) -> str:
    """The line above the quote. The time is told in the zone that it is given in; `nobody` stands for no name."""
    at = quoted.at
    return WORDS[language].wrote.format(
        day=at.day,
        month=MONTHS[at.month - 1],
        number=at.month,
        year=at.year,
        time=_time(at),
        author=one_line(quoted.author, 100) or nobody,
    )


def quoted_text(quoted: Quoted, language: str) -> str:
    """The words to quote, their lines ended by LF, with a line that says so where they were cut."""
    text = quoted.text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    kept = "\n".join(text[:MOST_CHARACTERS].split("\n")[:MOST_LINES])
    if len(kept) == len(text):
        return text
    if len(kept) == MOST_CHARACTERS:
        kept = kept[: max(kept.rfind(" "), kept.rfind("\n"), MOST_CHARACTERS - 100)]
    return f"{kept.rstrip()}\n{WORDS[language].shortened}"


def marked(text: str) -> str:
    """Each line behind the mark of a quote."""
    return "\n".join(f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in text.split("\n"))


def _time(at: datetime) -> str:
    return f"{at:%H:%M} UTC" if at.tzname() == "UTC" else f"{at:%H:%M}"
