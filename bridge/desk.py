"""What the steps work with at the moment: the policy and the connectors. Replaced as a whole when either changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from bridge.abilities import Splits
from bridge.connector import Connector
from bridge.hours import Hours
from bridge.parts import Split
from bridge.policy import Policy


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The policy, the connectors by name, and when the shop is open (None: nobody has said)."""

    policy: Policy
    connectors: Mapping[str, Connector]
    hours: Hours | None = None

    @cached_property
    def splits(self) -> Mapping[str, Split]:
        """How long texts are split, for each connector whose network has a longest message."""
        return {name: found.split for name, found in self.connectors.items() if isinstance(found, Splits)}
