"""The figures of a week beside those of the week before it, as a weekly report has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bridge.reports.figures import Report


@dataclass(frozen=True, kw_only=True, slots=True)
class Weeks:
    """The seven days before `day`, and the seven before those; each as it looks by now."""

    day: date
    this: Report
    before: Report
