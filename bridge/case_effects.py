"""What may come of a decision about cases, but for what is a change of the conversation itself (a snooze, a tag)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Postpone:
    """Words of the bridge's own for this owner's address are kept for later."""

    connector: str
    address: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What was kept for this address has been said."""

    connector: str
    address: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Absent:
    """An owner is away until then; None: is back."""

    owner: str
    until: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Merge:
    """All that is `gone`'s is `kept`'s from now on: messages, what was shown, answers; `gone` leads to `kept`.

    `version` is the version that `gone` was read at, and is checked.
    """

    kept: int
    gone: int
    version: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Split:
    """What was said in `source` from this message on, and what was shown and sent of it, is `opened`'s."""

    source: int
    opened: int
    message: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Promise:
    """What an owner has promised, or may have: `offered`, `open`, `done` or `dropped`. A later one of the same id
    replaces it; one that is offered drops others of the conversation that are only offered.
    """

    id: int
    conversation: int
    owner: str
    words: str
    due_at: datetime
    state: str
    made_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """A trouble that many have. A later one of the same number replaces it. `told` is what all were told last."""

    number: int
    words: str
    opened_at: datetime
    closed_at: datetime | None = None
    told: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Concern:
    """A conversation is one of a problem's; `told`: it has had the problem's latest words. `gone`: it is none."""

    problem: int
    conversation: int
    told: bool = False
    gone: bool = False


CaseEffect = Postpone | Told | Absent | Merge | Split | Promise | Problem | Concern
