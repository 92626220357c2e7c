"""The shop's FAQ as decisions need it: its entries and its rules. Values only, replaced as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bridge.faq.entry import Entry


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """`threshold` is the P(correct) from which an entry is sure enough. `at_once`: entries need not earn their trust;
    else `approvals` of them without a refusal promote one. `per_day`: so many automatic answers a day go to one
    address. `ask_helped`: each answer asks whether it did help. `other_languages`: an answer may be in a language that
    the customer did not use, where there is no other.
    """

    entries: Mapping[str, Entry] = field(default_factory=dict)
    threshold: float = 0.95
    at_once: bool = False
    approvals: int = 5
    per_day: int = 10
    ask_helped: bool = True
    other_languages: bool = False
    values: Mapping[str, str] = field(default_factory=dict)
