"""`inbox-bridge faq stats`: how the FAQ fares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import typer

from bridge.cli.options import ConfigOption, DaysOption, JsonOption, in_the_last, loaded
from bridge.cli.output import counted, print_json
from bridge.faq.entry import Entry
from bridge.steps.faq_folder import read_folder

if TYPE_CHECKING:
    from bridge.store.faq_figures import EntryFigures


def register(group: typer.Typer) -> None:
    """Add the commands."""
    group.command("stats")(stats)


def stats(config: ConfigOption, *, days: DaysOption = 30, as_json: JsonOption = False) -> None:
    """Show how often each entry was suggested, sent, refused and answered with, and how far it is trusted."""
    from bridge.cli.store import with_store  # noqa: PLC0415 - the other commands of `faq` need no store
    from bridge.store import faq_figures  # noqa: PLC0415 - see above

    since = datetime.now(UTC) - timedelta(days=days)
    settings = loaded(config)
    found = with_store(settings, lambda store: store.transactions.run("read", lambda c: faq_figures.entries(c, since)))
    why = with_store(settings, lambda store: store.transactions.run("read", lambda c: faq_figures.reasons(c, since)))
    if as_json:
        print_json({"entries": [_plain(one) for one in found], "not_answered": dict(why)})
        return
    needed = settings.faq.approvals if settings.faq and settings.faq.trust != "at once" else 0
    known = {one.id: one for one in read_folder(settings.faq.path).entries} if settings.faq else {}
    for one in found:
        typer.echo(f"#{one.entry}{_doubt(one, known)}: {', '.join(_fared(one, needed))}")
    if not found:
        typer.echo(f"no entry was matched {in_the_last(days)}")
    if why:
        typer.echo("not answered: " + ", ".join(f"{reason} {count}" for reason, count in why.items()))


def _doubt(one: EntryFigures, known: Mapping[str, Entry]) -> str:
    """What the figures are of, where that is not the entry as it stands in the FAQ."""
    entry = known.get(one.entry)
    if entry is None:
        return " (no longer in the FAQ)"
    return "" if entry.answer_hash == one.trust.answer_hash else " (with an earlier answer)"


def _fared(one: EntryFigures, needed: int) -> Iterator[str]:
    """`needed` approvals make an entry answer by itself; 0: none are asked for."""
    trust, by_itself = one.trust, one.trust.promoted or not needed
    yield "answers by itself" if by_itself else f"suggests ({trust.approvals} of {counted(needed, 'approval')})"
    if one.suggested:
        otherwise = one.suggested - one.approved - one.refused - one.waiting
        parts = {"sent": one.approved, "wrong": one.refused, "answered otherwise": otherwise, "open": one.waiting}
        yield f"suggested {counted(one.suggested, 'time')}{_of(parts)}"
    if one.answered:
        parts = {"helped": one.helped, "did not help": one.not_helped, "wrong": one.wrong}
        yield f"answered {counted(one.answered, 'time')}{_of(parts)}"
    if one.withheld:
        yield f"withheld {counted(one.withheld, 'time')}"


def _of(parts: Mapping[str, int]) -> str:
    told = [f"{count} {what}" for what, count in parts.items() if count]
    return f" ({', '.join(told)})" if told else ""


def _plain(one: EntryFigures) -> dict[str, Any]:
    figures = {field.name: getattr(one, field.name) for field in fields(one) if field.name != "trust"}
    trust = {field.name: getattr(one.trust, field.name) for field in fields(one.trust)}
    return {**trust, **figures}
