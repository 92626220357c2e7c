"""Which entry of the FAQ a message asks for, and how sure that is.

A message is cut into sentences (`sentences.py`); each is compared with every phrasing, by meaning (`embed.py`) and by
words (`lexical.py`); what speaks for the best entries (`evidence.py`) is made P(correct) (`confidence.py`). The surest
sentence speaks for the message; another one that asks for another entry is named as its rival.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bridge.faq import cache as kept
from bridge.faq import confidence, index
from bridge.faq.centring import middle, seen_from
from bridge.faq.confidence import Confidence
from bridge.faq.embed import SHIPPED, Embedder, NoModel, loaded
from bridge.faq.entry import Entry
from bridge.faq.evidence import Scorer
from bridge.faq.index import Floats
from bridge.faq.match import Candidate, Match
from bridge.faq.memory import give_back
from bridge.faq.selfcheck import Check, checked
from bridge.faq.sentences import sentences
from bridge.faq.shorthand import written_out
from bridge.faq.spelling import Spelling
from bridge.tongues.tongue import tongue

MOST_CANDIDATES = 3
RIVAL = 0.4
"""A sentence is a rival of the best one when it asks for another entry with at least this confidence."""

FOREIGN = 1.5
"""An FAQ with more pieces a word than this is in a language that the model was not taught (English 1.1, German 1.7)."""

_WHOLE_WORDS = 45
"""A message of some short sentences is looked at as a whole, too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Heard:
    """What one sentence (or the whole message) asks for, best first."""

    text: str
    whole: bool
    candidates: tuple[Candidate, ...]

    @property
    def sure(self) -> float:
        return self.candidates[0].confidence


class Matcher:
    """An FAQ ready for questions. To make one takes seconds for hundreds of entries, less from the cache."""

    def __init__(
        self,
        entries: Sequence[Entry],
        *,
        model: Path | None = None,
        cache: Path | None = None,
        weights: Mapping[str, Confidence] | None = None,
    ) -> None:
        """`model`: a folder (`embed.py`), None for ours; `cache`: a folder to keep work in.

        `weights`: how sure to be, by kind ("dense", "foreign", "lexical"), None for the shipped ones.
        Without the model or its libraries only words are compared, and `lexical` says why.
        """
        self._entries = {entry.id: entry for entry in entries}
        self._said = index.rows(entries)
        self._embedder, self.lexical = _opened(model or SHIPPED)
        self._kind = self._known()
        self._confidence = weights[self._kind] if weights else confidence.shipped(self._kind)
        self._spelling = Spelling(self._said.texts, self._embedder.knows if self._embedder else _none)
        self._scorer = self._ready(cache) if self._said.entries else None
        give_back()

    @property
    def thresholds(self) -> Mapping[str, float]:
        """The confidence from which on ("0.95", ...) that share of answers is right."""
        return self._confidence.thresholds

    def match(self, text: str, *, languages: Collection[str] = ()) -> Match:
        """The entries nearest to a message. `languages` (BCP 47): those an answer may be in, () for any.

        Never fails on a text, however odd; past 6,000 characters and twelve sentences it is not looked at.
        """
        said = sentences(text)
        language = tongue(" ".join(said))
        if self._scorer is None or not said:
            return Match(language=language, lexical=bool(self.lexical))
        heard = self._heard(self._scorer, said, self._barred(languages))
        if not heard:
            return Match(language=language, lexical=bool(self.lexical))
        best = _surest(heard)
        return Match(
            candidates=_merged(best, heard),
            asked=best.text,
            rival=_rival(best, heard),
            language=language,
            lexical=bool(self.lexical),
        )

    def check(self, right_percent: int = 95) -> Check:
        """How the FAQ finds its own phrasings, which entries are too alike, how much it will answer at this setting.

        KeyError for a setting that was never measured.
        """
        threshold = self.thresholds[f"{right_percent / 100:g}"]
        vectors = self._vectors(self._said.texts) if self._said.entries else None
        return checked(
            self._said, vectors, lambda inputs: self._confidence(inputs) >= threshold, index.SHARES[self._kind]
        )

    def _known(self) -> str:
        """The kind of confidence: which view of the texts can be trusted."""
        if self._embedder is None:
            return "lexical"
        if self._embedder.folder != SHIPPED or not self._said.texts:
            return "dense"  # who names a model has chosen it for the language
        return "foreign" if self._embedder.pieces(self._said.texts) > FOREIGN else "dense"

    def _ready(self, folder: Path | None) -> Scorer:
        name = kept.key(self._said, self._embedder.fingerprint if self._embedder else "") if folder else ""
        arrays = kept.read(folder, name) if folder else None
        if arrays is None:
            vectors = self._embedder(self._said.texts) if self._embedder else None
            centre = np.zeros(0, np.float32)
            if vectors is not None and self._embedder and self._embedder.folder != SHIPPED:
                centre = middle(vectors)
                vectors = seen_from(centre, vectors)
            arrays = {**index.built(self._said, vectors, index.SHARES[self._kind]), "centre": centre}
            if folder:
                kept.write(folder, name, arrays)
        self._centre = arrays["centre"].astype(np.float32)
        return Scorer(self._said, arrays)

    def _vectors(self, texts: Sequence[str]) -> Floats | None:
        """The texts as the index has its own."""
        if self._embedder is None:
            return None
        vectors = self._embedder(texts)
        return seen_from(self._centre, vectors) if len(self._centre) else vectors

    def _barred(self, languages: Collection[str]) -> frozenset[int]:
        """The places of the entries that are in none of these languages."""
        wanted = {language.split("-")[0].lower() for language in languages}
        return frozenset(
            place
            for place, name in enumerate(self._said.ids)
            if wanted and (spoken := self._entries[name].languages)
            if not wanted & {language.split("-")[0].lower() for language in spoken}
        )

    def _heard(self, scorer: Scorer, said: Sequence[str], barred: frozenset[int]) -> list[_Heard]:
        texts = [*said]
        whole = " ".join(said)
        if len(said) > 1 and len(whole.split()) <= _WHOLE_WORDS:
            texts.append(whole)
        read = [self._read(text) for text in texts]
        seen = scorer.evidence(read, self._vectors(read))
        ranking = seen.ranking.copy()
        ranking[:, sorted(barred)] = -np.inf
        order = np.argsort(-ranking, axis=1)[:, : min(MOST_CANDIDATES, self._said.entries - len(barred))]
        sure = [self._sure(scorer.inputs(seen, order[:, place])) for place in range(order.shape[1])]
        return [
            _Heard(
                text=text,
                whole=row >= len(said),
                candidates=tuple(
                    Candidate(entry=self._said.ids[order[row, place]], confidence=float(sure[place][row]))
                    for place in range(order.shape[1])
                ),
            )
            for row, text in enumerate(texts)
            if order.shape[1]
        ]

    def _read(self, text: str) -> str:
        """The text as the FAQ would have written it."""
        if self._kind == "dense" and self._embedder and self._embedder.folder == SHIPPED:
            text = written_out(text, self._spelling.words)  # the one in the package knows English, another may not
        return self._spelling(text)

    def _sure(self, inputs: Floats) -> Floats:
        return self._confidence(inputs)


def _none(_word: str) -> bool:
    return False


def _opened(folder: Path) -> tuple[Embedder | None, str]:
    try:
        return loaded(folder), ""
    except NoModel as reason:
        return None, str(reason)


def _surest(heard: Sequence[_Heard]) -> _Heard:
    """The sentence, or the whole, that speaks for the message: less surely where the other hears another entry."""
    best = max(heard, key=lambda one: one.sure)
    other = [one for one in heard if one.whole != best.whole]
    if not other or (against := max(other, key=lambda one: one.sure)).candidates[0].entry == best.candidates[0].entry:
        return best
    first, *rest = best.candidates
    doubted = replace(first, confidence=first.confidence - against.sure / 2)
    return replace(best, candidates=(doubted, *rest))


def _merged(best: _Heard, heard: Sequence[_Heard]) -> tuple[Candidate, ...]:
    """The best sentence's entry, then whatever else any sentence found, each once."""
    highest = {best.candidates[0].entry: best.sure}
    for candidate in sorted((c for one in heard for c in one.candidates), key=lambda c: -c.confidence):
        highest.setdefault(candidate.entry, min(candidate.confidence, best.sure))
    return tuple(Candidate(entry=entry, confidence=sure) for entry, sure in highest.items())[:MOST_CANDIDATES]


def _rival(best: _Heard, heard: Sequence[_Heard]) -> str:
    """Another sentence's entry. Where the message as a whole was heard best, its sentences may still disagree."""
    others = [one for one in heard if one.text != best.text and not one.whole and one.sure >= RIVAL]
    rivals = [one for one in others if one.candidates[0].entry != best.candidates[0].entry]
    return max(rivals, key=lambda one: one.sure).candidates[0].entry if rivals else ""


__all__ = ["MOST_CANDIDATES", "RIVAL", "Check", "Confidence", "Matcher"]
