"""The shop's FAQ as decisions need it: its entries and its rules. Values only, replaced as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bridge.faq import judge
from bridge.faq.entry import Entry


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """`judging` says how sure is sure enough. `at_once`: entries need not earn their trust; else `approvals` of them
    without a refusal promote one. `per_day`: so many automatic answers a day go to one address. `ask_helped`: each
    answer asks whether it did help.
    """

    entries: Mapping[str, Entry] = field(default_factory=dict)
    judging: judge.Rules = field(default_factory=judge.Rules)
    at_once: bool = False
    approvals: int = 5
    per_day: int = 10
    ask_helped: bool = True
