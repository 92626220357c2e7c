"""`inbox-bridge faq`: look at the FAQ, try it, measure it, without a running daemon."""

from __future__ import annotations

import typer

from bridge.cli import faq_ask, faq_check, faq_import, faq_measure, faq_stats, faq_unanswered


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Check, try, measure and import the FAQ.", no_args_is_help=True)
    for module in (faq_check, faq_ask, faq_measure, faq_import, faq_stats, faq_unanswered):
        module.register(group)
    app.add_typer(group, name="faq")
