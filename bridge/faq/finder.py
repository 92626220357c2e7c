"""A shop's FAQ made ready: the entries that a message is nearest to, in the customer's own language where there is one.

The matcher knows meaning; what language a message, and an answer, is written in is found here. Where the language is
sure and somebody answers in it, entries in other languages are not looked at. Where nobody does, all are, and the judge
has the last word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from bridge.faq.entry import Entry, Mode
from bridge.faq.judge import OtherLanguage, Rules, Verdict, judge
from bridge.faq.match import Match
from bridge.faq.sentences import sentences
from bridge.faq.signals import signals
from bridge.faq.spoken_language import spoken_language, written_in

RIGHT_PERCENT = 95
"""How many of a hundred automatic answers are to be right where an owner has not said otherwise."""


class Matches(Protocol):
    """What is asked of a matcher. `thresholds`: the confidence from which on a share of that many ("0.95") is right."""

    @property
    def thresholds(self) -> Mapping[str, float]:
        """By share."""
        ...

    def match(self, text: str, *, languages: Sequence[str] = ()) -> Match:
        """The nearest entries, of those that are in one of the languages."""
        ...


class Finder:
    """Entries, and how a message is looked up among them. `written_in` is each answer's language where it is sure and
    the entry does not say it.
    """

    def __init__(self, entries: Sequence[Entry], matcher: Matches, *, written: Mapping[str, str] | None = None) -> None:
        """`matcher` knows the entries as `spoken` made them; `written` is theirs, found anew without it."""
        self.entries = {entry.id: entry for entry in entries}
        self.written_in = languages_of(entries) if written is None else written
        self._matcher = matcher
        said = [code for entry in entries if entry.mode is not Mode.OFF for code in entry.languages]
        self._languages = frozenset(_primary(code) for code in (*said, *self.written_in.values()))

    def find(self, text: str, *, other_language: OtherLanguage = OtherLanguage.NEVER) -> Match:
        """The nearest entries, and the message's language. Never fails on a text, however odd."""
        language = _primary(spoken_language(" ".join(sentences(text)), self._languages))
        restricted = language in self._languages and other_language is OtherLanguage.NEVER
        found = self._matcher.match(text, languages=(language,) if restricted else ())
        return replace(found, language=language)

    def rules(self, right_percent: int = RIGHT_PERCENT, other_language: OtherLanguage = OtherLanguage.NEVER) -> Rules:
        """The rules by which so many of a hundred answers are right. KeyError for a share that was never measured."""
        threshold = self._matcher.thresholds[f"{right_percent / 100:g}"]
        return Rules(threshold=threshold, other_language=other_language, written_in=self.written_in)

    def judge(self, text: str, rules: Rules, *, channel: str = "") -> tuple[Match, Verdict]:
        """What is found for a message, and whether it is answered: for looking on, not for the flow of messages."""
        found = self.find(text, other_language=rules.other_language)
        return found, judge(found, signals(text), self.entries, rules=rules, channel=channel)


def languages_of(entries: Sequence[Entry]) -> Mapping[str, str]:
    """What each answer is written in, by entry, for entries that do not say it and where it is sure."""
    found = ((entry.id, written_in(entry)) for entry in entries if not entry.languages)
    return {entry: language for entry, language in found if language}


def spoken(entries: Sequence[Entry], written: Mapping[str, str]) -> list[Entry]:
    """The entries with their answers' languages filled in: as the matcher should know them."""
    return [
        replace(entry, languages=(written[entry.id],)) if entry.id in written and not entry.languages else entry
        for entry in entries
    ]


def opened(entries: Sequence[Entry], *, model: Path | None = None, cache: Path | None = None) -> Finder:
    """The entries made ready, which takes seconds. `model` and `cache` are the matcher's folders."""
    from bridge.faq.matcher import Matcher  # noqa: PLC0415 - NumPy and the model take 100 MB: not before they are used

    written = languages_of(entries)
    return Finder(entries, Matcher(spoken(entries, written), model=model, cache=cache), written=written)


def _primary(code: str) -> str:
    """The language without its country: de of de-AT."""
    return code.partition("-")[0].casefold()
