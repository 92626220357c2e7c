"""A shop's FAQ made ready: the entries that a message is nearest to, in the customer's own language where there is one.

The matcher knows meaning; what language a message, and an entry, is written in is found here. Where the language is
sure and there are entries in it, those in other languages are not looked at. Where there are none, all are, and the
judge has the last word.

An entry that names no languages is for those that its answer is written in, and for those that its phrasings are: who
writes a German phrasing above an English answer means it for Germans, too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from bridge.faq.entry import Entry, Mode
from bridge.faq.judge import OtherLanguage, Rules, Verdict, judge
from bridge.faq.match import Match
from bridge.faq.sentences import sentences
from bridge.faq.signals import signals
from bridge.tongues.spoken_language import spoken_language

RIGHT_PERCENT = 97
"""How many of a hundred automatic answers are to be right where an owner has not said otherwise."""


Understood = Mapping[str, tuple[str, ...]]
"""The languages that an entry is for, by its id."""


class Matches(Protocol):
    """What is asked of a matcher. `thresholds`: the confidence from which on a share of that many ("0.95") is right.
    `lexical`: why only words are compared, "" where meaning is.
    """

    lexical: str

    @property
    def thresholds(self) -> Mapping[str, float]:
        """By share."""
        ...

    def match(self, text: str, *, languages: Sequence[str] = ()) -> Match:
        """The nearest entries, of those that are in one of the languages."""
        ...


class Finder:
    """Entries, and how a message is looked up among them. `understood` are the languages of each entry that does not
    name them, where they are sure.

    A connector that not all entries are for has a matcher of its own: two entries with the same phrasings, one for each
    connector, would take each other for a rival.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        matcher: Matches,
        *,
        understood: Understood | None = None,
        by_channel: Mapping[str, Matches] | None = None,
    ) -> None:
        """`matcher` knows the entries as `spoken` made them; `understood` is theirs, found anew without it.
        `by_channel` are the matchers of the connectors in `views`.
        """
        self.entries = {entry.id: entry for entry in entries}
        self.understood = languages_of(entries) if understood is None else understood
        self._matcher = matcher
        self._by_channel = by_channel or {}
        said = [code for entry in entries if entry.mode is not Mode.OFF for code in entry.languages]
        found = [code for codes in self.understood.values() for code in codes]
        self._languages = frozenset(_primary(code) for code in (*said, *found))

    def find(self, text: str, *, other_language: OtherLanguage = OtherLanguage.NEVER, channel: str = "") -> Match:
        """The nearest entries, and the message's language. Never fails on a text, however odd. `channel`: the connector
        that it came by, "" for none in particular.
        """
        language = _primary(spoken_language(" ".join(sentences(text)), self._languages))
        restricted = language in self._languages and other_language is OtherLanguage.NEVER
        matcher = self._by_channel.get(channel, self._matcher)
        found = matcher.match(text, languages=(language,) if restricted else ())
        return replace(found, language=language)

    @property
    def lexical(self) -> str:
        """Why only words are compared; "" where meaning is."""
        return self._matcher.lexical

    def rules(self, right_percent: int = RIGHT_PERCENT, other_language: OtherLanguage = OtherLanguage.NEVER) -> Rules:
        """The rules by which so many of a hundred answers are right. KeyError for a share that was never measured."""
        threshold = self._matcher.thresholds[f"{right_percent / 100:g}"]
        return Rules(threshold=threshold, other_language=other_language, understood=self.understood)

    def judge(self, text: str, rules: Rules, *, channel: str = "") -> tuple[Match, Verdict]:
        """What is found for a message, and whether it is answered: for looking on, not for the flow of messages."""
        found = self.find(text, other_language=rules.other_language, channel=channel)
        return found, judge(found, signals(text), self.entries, rules=rules, channel=channel)


def languages_of(entries: Sequence[Entry]) -> Understood:
    """Whom each entry is for, where it does not say it and its answer's language is sure."""
    # Short phrasings tell little by themselves; all of them together tell what the FAQ is asked in.
    everybody = spoken_language("\n".join(phrasing for entry in entries for phrasing in entry.phrasings[:3]))
    return {
        entry.id: tuple(sorted({answer, *_asked_in(entry, everybody)}))
        for entry in entries
        if not entry.languages and (answer := spoken_language(entry.answer))
    }


def _asked_in(entry: Entry, otherwise: str) -> set[str]:
    """The languages of its phrasings; where none is sure, that of the FAQ's."""
    found = {spoken_language(phrasing) for phrasing in entry.phrasings} - {""}
    return found or {otherwise} - {""}


def views(entries: Sequence[Entry], channels: Collection[str]) -> Mapping[str, Sequence[Entry]]:
    """The entries for each of these connectors that not all are for."""
    among = {channel: [one for one in entries if not one.channels or channel in one.channels] for channel in channels}
    return {channel: kept for channel, kept in among.items() if len(kept) < len(entries)}


def spoken(entries: Sequence[Entry], understood: Understood) -> list[Entry]:
    """The entries with the languages filled in that they do not name: as the matcher should know them."""
    return [
        replace(entry, languages=understood[entry.id]) if entry.id in understood and not entry.languages else entry
        for entry in entries
    ]


def opened(
    entries: Sequence[Entry], *, channels: Collection[str] = (), model: Path | None = None, cache: Path | None = None
) -> Finder:
    """The entries made ready for messages by these connectors, which takes seconds. `model` and `cache` are the
    matcher's folders.
    """
    from bridge.faq.matcher import Matcher  # noqa: PLC0415 - NumPy and the model take 100 MB: not before they are used

    understood = languages_of(entries)
    made: dict[tuple[str, ...], Matcher] = {}

    def matcher(of: Sequence[Entry]) -> Matcher:
        names = tuple(one.id for one in of)
        if names not in made:
            made[names] = Matcher(spoken(of, understood), model=model, cache=cache)
        return made[names]

    by_channel = {channel: matcher(of) for channel, of in views(entries, channels).items()}
    return Finder(entries, matcher(entries), understood=understood, by_channel=by_channel)


def _primary(code: str) -> str:
    """The language without its country: de of de-AT."""
    return code.partition("-")[0].casefold()
