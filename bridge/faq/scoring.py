"""How well a FAQ did on questions whose entries are known. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of one question: the nearest entry, whether it was answered; `truth` is its entry, None for none."""

    entry: str
    confidence: float
    answered: bool
    reason: str
    truth: str | None

    @property
    def right(self) -> bool:
        """Whether the nearest entry is the right one."""
        return self.truth is not None and self.entry == self.truth


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """Counts, and shares from 0 to 1; a share of nothing is None.

    `precision` is the share of right ones among the answers, `coverage` that of questions with an entry that got it,
    `best_is_right` that of those whose nearest entry was the right one, answered or not.
    """

    questions: int
    answered: int
    right: int
    out_of_scope: int
    precision: float | None
    coverage: float | None
    best_is_right: float | None
    out_of_scope_answered: float | None


def score(outcomes: Sequence[Outcome]) -> Score:
    """The figures for these questions."""
    answered = [one for one in outcomes if one.answered]
    right = sum(one.right for one in answered)
    inside = [one for one in outcomes if one.truth is not None]
    outside = [one for one in outcomes if one.truth is None]
    return Score(
        questions=len(outcomes),
        answered=len(answered),
        right=right,
        out_of_scope=len(outside),
        precision=_share(right, len(answered)),
        coverage=_share(right, len(inside)),
        best_is_right=_share(sum(one.right for one in inside), len(inside)),
        out_of_scope_answered=_share(sum(one.answered for one in outside), len(outside)),
    )


def _share(some: int, of_all: int) -> float | None:
    return some / of_all if of_all else None
