"""What customers said of how it was, counted, with the conversations behind each number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bridge.clocks.surveys import Survey

CONTENT = (4, 5)
"""These marks are good ones."""


class Asked(StrEnum):
    """What customers are asked."""

    SCORE = "score"
    SOLVED = "solved"
    EASE = "ease"


@dataclass(frozen=True, kw_only=True, slots=True)
class Opinion:
    """The answers to one question: the conversations of each answer, the best first ("5" to "1"; "yes", "no"), and how
    many of all are good ones.
    """

    cases: Mapping[str, Sequence[int]]
    good: int
    answered: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Opinions:
    """All of it: the conversations in which customers were asked, wrote a reason, wanted no more; and the answers."""

    asked: Sequence[int]
    reasons: Sequence[int]
    refused: Sequence[int]
    answers: Mapping[Asked, Opinion]


def opinions(surveys: Iterable[Survey]) -> Opinions:
    """What these surveys come to."""
    known = sorted(surveys)
    return Opinions(
        asked=[one.case for one in known],
        reasons=[one.case for one in known if one.reason],
        refused=[one.case for one in known if one.refused],
        answers={
            Asked.SCORE: _marks((one.case, one.score) for one in known),
            Asked.SOLVED: _solved(known),
            Asked.EASE: _marks((one.case, one.ease) for one in known),
        },
    )


def _marks(given: Iterable[tuple[int, int | None]]) -> Opinion:
    pairs = [(case, mark) for case, mark in given if mark is not None]
    cases = {f"{mark}": [case for case, other in pairs if other == mark] for mark in (5, 4, 3, 2, 1)}
    good = sum(mark in CONTENT for _, mark in pairs)
    return _opinion(cases, good)


def _solved(known: Sequence[Survey]) -> Opinion:
    yes = [one.case for one in known if one.solved]
    return _opinion({"yes": yes, "no": [one.case for one in known if one.solved is False]}, len(yes))


def _opinion(cases: Mapping[str, Sequence[int]], good: int) -> Opinion:
    said = {answer: numbers for answer, numbers in cases.items() if numbers}
    return Opinion(cases=said, good=good, answered=sum(map(len, said.values())))
