"""What is wrong with a FAQ file, told to the person who wrote it: where, what, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum


class Weight(StrEnum):
    """How much a fault matters."""

    ERROR = "error"  # the entry, or the file, cannot be used
    WARNING = "warning"  # it can, but not as its writer may think


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One thing to mend. `line` counts from 1; 0 where the file as a whole is meant. `entry` is an id or a question."""

    file: str
    what: str
    line: int = 0
    entry: str = ""
    todo: str = ""
    weight: Weight = Weight.ERROR

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        about = f": {self.entry}" if self.entry else ""
        kind = "" if self.weight is Weight.ERROR else "warning: "
        return f"{place}{about}: {kind}{self.what}" + (f"\n    {self.todo}" if self.todo else "")


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """The known word that was meant, as a hint; else `otherwise`, or the list of what there is."""
    names = sorted(known)
    close = get_close_matches(word.casefold(), names, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]}?"
    return otherwise or f"there are {', '.join(names)}"
