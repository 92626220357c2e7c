"""How an entry earns the right to answer by itself, and loses it. Pure.

an owner's ok      one approval; after so many without a refusal the entry answers by itself
an owner's no      back to suggesting, and it has to be surer from then on
"""

from __future__ import annotations

from dataclasses import replace

from bridge.learned import Trust

SUREST = 0.995
"""No entry is asked to be surer than this."""


def approved(trust: Trust, needed: int) -> Trust:
    """After an owner sent what was suggested. `needed` approvals without a refusal promote the entry."""
    approvals = trust.approvals + 1
    return replace(trust, approvals=approvals, promoted=trust.promoted or approvals >= needed)


def refused(trust: Trust) -> Trust:
    """After an owner said that it was wrong."""
    return replace(trust, approvals=0, refusals=trust.refusals + 1, promoted=False)


def withdrawn(trust: Trust, needed: int) -> Trust:
    """After an approval was taken back."""
    approvals = max(0, trust.approvals - 1)
    return replace(trust, approvals=approvals, promoted=trust.promoted and approvals >= needed)


def threshold(trust: Trust, base: float, needed: int) -> float:
    """How sure the matcher has to be of this entry: each refusal halves what may be missing to certainty, each
    `needed` approvals after it give one such step back.
    """
    steps = max(0, trust.refusals - trust.approvals // max(1, needed))
    return min(SUREST, 1 - (1 - base) * 0.5**steps) if steps else base
