"""The table [targets]: how soon customers are to be answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from bridge.reports.waits import Kind
from bridge.settings import Settings

Hours = Annotated[float, Field(ge=0, le=10_000)]


class TargetSettings(Settings):
    """How soon customers are to be answered, in business hours ([hours]). 0 is no target."""

    first_response_hours: Hours = 0
    """From a conversation's first message to a person's answer."""
    next_response_hours: Hours = 0
    """From any later message that waits for an answer."""
    resolution_hours: Hours = 0
    """From a conversation's first message, or the first after it was closed, to its closing."""

    remind_at: Annotated[float, Field(gt=0, le=1)] = 0.75
    """Owners are reminded of who waits once this share of the time has gone by, and again when all of it has."""

    def targets(self) -> Mapping[Kind, timedelta]:
        """Those that are set."""
        named = {
            Kind.FIRST: self.first_response_hours,
            Kind.NEXT: self.next_response_hours,
            Kind.RESOLUTION: self.resolution_hours,
        }
        return {kind: timedelta(hours=hours) for kind, hours in named.items() if hours}
