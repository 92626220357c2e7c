"""`inbox-bridge faq stats` and `faq unanswered`: how the FAQ fares, and what it lacks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bridge.cli.options import ConfigOption, JsonOption, loaded
from bridge.cli.output import print_json
from bridge.faq.clusters import Asked, Cluster, clusters
from bridge.learned import Fate

if TYPE_CHECKING:
    from bridge.store.faq_figures import EntryFigures

COMPARED = 1_000
DaysOption = Annotated[int, typer.Option("--days", min=1, max=3650, help="Of the last so many days.")]


def register(group: typer.Typer) -> None:
    """Add the commands."""
    group.command("stats")(stats)
    group.command("unanswered")(unanswered)


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
    for one in found:
        typer.echo(_line(one))
    if not found:
        typer.echo(f"no entry was matched in the last {days} days")
    if why:
        typer.echo("not answered: " + ", ".join(f"{reason} {count}" for reason, count in why.items()))


def _plain(one: EntryFigures) -> dict[str, Any]:
    return {
        "entry": one.entry,
        "answer_hash": one.trust.answer_hash,
        **{str(fate).replace(" ", "_"): count for fate, count in one.fates.items()},
        "approvals": one.trust.approvals,
        "refusals": one.trust.refusals,
        "promoted": one.trust.promoted,
    }


def _line(one: EntryFigures) -> str:
    counted = ", ".join(f"{fate} {one.fates[fate]}" for fate in Fate if fate in one.fates)
    trusted = "answers by itself" if one.trust.promoted else f"suggests ({one.trust.approvals} approvals)"
    refused = f", refused {one.trust.refusals} times" if one.trust.refusals else ""
    return f"#{one.entry}: {counted}; {trusted}{refused}"


def unanswered(config: ConfigOption, *, days: DaysOption = 7, as_json: JsonOption = False) -> None:
    """Show what several people asked and no entry answers, each with a draft for the FAQ file."""
    from bridge.cli.store import with_store  # noqa: PLC0415 - see stats
    from bridge.store import faq_figures  # noqa: PLC0415 - see stats

    since = datetime.now(UTC) - timedelta(days=days)
    found = with_store(
        loaded(config),
        lambda store: store.transactions.run("read", lambda c: faq_figures.unanswered(c, since, COMPARED)),
    )
    groups = clusters([Asked(id=f"#{one.conversation}", text=one.text) for one in found])
    if as_json:
        print_json([_cluster(group) for group in groups])
        return
    if not groups:
        typer.echo(f"{len(found)} messages had no answer in the last {days} days; no question came twice")
    for group in groups:
        _print(group, days)


def _print(group: Cluster, days: int) -> None:
    numbers = ", ".join(dict.fromkeys(one.id for one in group.asked))
    typer.echo(f'{len(group.asked)} people asked something like "{group.representative}" in the last {days} days')
    typer.echo(f"({numbers}). A draft:\n\n{group.draft_toml()}")


def _cluster(group: Cluster) -> dict[str, Any]:
    asked: Sequence[Asked] = group.asked
    return {
        "question": group.representative,
        "conversations": [one.id for one in asked],
        "draft": group.draft_toml(),
    }
