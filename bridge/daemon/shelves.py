"""From the table [faq] of the configuration to the shelf that the running daemon takes its FAQ from."""

from __future__ import annotations

from bridge.configuration.config import Config
from bridge.faq.judge import OtherLanguage
from bridge.faq.judge import Rules as Judging
from bridge.faq.rules import Rules
from bridge.steps.library import Shelf

CACHE = "faq-cache"
"""Of the state folder: what making an FAQ ready took seconds for."""


def shelf(config: Config) -> Shelf | None:
    """Where the FAQ of this configuration lies, and how it is to be used; None where it has none."""
    settings = config.faq
    if settings is None:
        return None
    return Shelf(
        path=settings.path,
        connectors=frozenset(config.connectors),
        has_hours=config.hours is not None,
        model=settings.model,
        cache=config.state_dir / CACHE,
        precision=f"{settings.right_percent / 100:g}",
        rules=Rules(
            judging=Judging(other_language=OtherLanguage(settings.other_language)),
            at_once=settings.trust == "at once",
            approvals=settings.approvals,
            per_day=settings.per_day,
            ask_helped=settings.ask_helped,
        ),
    )
