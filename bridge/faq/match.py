"""What the matcher found for one message: a value that the decision gets, as it gets the time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """An entry, and how likely it is the right one for this message: P(correct), 0 to 1."""

    entry: str
    confidence: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """The entries nearest to a message, best first, at most three, each once.

    `asked` is the sentence that the best one was found by. `rival` is the entry that another sentence of the same
    message asks for, if any. `language` (BCP 47) is what the message is written in, "" where that is unsure. `lexical`
    says that only words were compared: the model or its libraries are missing.
    """

    candidates: tuple[Candidate, ...] = ()
    asked: str = ""
    rival: str = ""
    language: str = ""
    lexical: bool = False

    @property
    def best(self) -> Candidate | None:
        """The nearest entry, if there is any at all."""
        return self.candidates[0] if self.candidates else None
