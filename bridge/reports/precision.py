"""How many of the bridge's own answers were right, of those that somebody has judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bridge.clocks.votes import RIGHT, Verdict, Vote


@dataclass(frozen=True, kw_only=True, slots=True)
class Precision:
    """Verdicts on answers of one sort, and the conversations of each."""

    right: int
    judged: int
    cases: Mapping[Verdict, Sequence[int]]


def precision(votes: Iterable[Vote], *, automatic: bool) -> Precision:
    """Of the answers that were given by themselves (`automatic`), or of those that were only suggested."""
    found: dict[Verdict, list[int]] = {}
    for vote in votes:
        if vote.automatic is automatic:
            found.setdefault(vote.verdict, []).append(vote.case)
    return Precision(
        right=sum(len(cases) for verdict, cases in found.items() if verdict in RIGHT),
        judged=sum(map(len, found.values())),
        cases={verdict: sorted(found[verdict]) for verdict in Verdict if verdict in found},
    )
