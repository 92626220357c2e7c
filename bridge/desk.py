"""What the steps work with at the moment: the policy and the connectors. Replaced as a whole when either changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.connector import Connector
from bridge.policy import Policy


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """The policy, and the connectors by name."""

    policy: Policy
    connectors: Mapping[str, Connector]
