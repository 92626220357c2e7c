"""What one way of looking found out about a mail's author, and what all of them together say. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bridge.connector import TemporaryFailure, Vouched


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """`proof` that the mail is from its From address; without it `why` not, in words for the owner that hold nothing of
    the mail's. `later`: that could not be found out now.
    """

    proof: bool = False
    why: str = ""
    later: bool = False


class Doubtful(Exception):
    """The mail cannot be from whom it names, or nobody could tell: `why`, as in Evidence."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def decide(found: Iterable[Evidence]) -> Vouched:
    """One proof is enough. Raises TemporaryFailure where there is none and something could not be looked up."""
    found = list(found)
    if any(evidence.proof for evidence in found):
        return Vouched(sure=True)
    if any(evidence.later for evidence in found):
        raise TemporaryFailure("who wrote a mail could not be checked: the DNS does not answer")
    return Vouched(sure=False, why="; ".join(evidence.why for evidence in found if evidence.why))
