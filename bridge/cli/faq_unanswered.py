"""`inbox-bridge faq unanswered`: what several people asked and no entry answers, each with a draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from bridge.cli.faq_source import missing
from bridge.cli.options import ConfigOption, DaysOption, JsonOption, in_the_last, loaded
from bridge.cli.output import counted, fail, print_json
from bridge.configuration.config import Config
from bridge.faq.clusters import MOST, Asked, Cluster, clusters
from bridge.faq.phrasing import phrasing_of

NAMED = 10
"""So many conversations of a group are named."""

PeopleOption = Annotated[int, typer.Option("--people", min=2, max=1000, help="Asked by at least so many.")]


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command("unanswered")(unanswered)


def unanswered(
    config: ConfigOption, *, days: DaysOption = 7, people: PeopleOption = 3, as_json: JsonOption = False
) -> None:
    """Show what several people asked and no entry answers, each with a draft for the FAQ file."""
    settings = loaded(config)
    asked = _asked(settings, datetime.now(UTC) - timedelta(days=days))
    compared, lexical = _with_meaning(asked, settings.faq.model if settings.faq else None)
    found = clusters(compared, smallest=people)
    if as_json:
        print_json([_plain(one) for one in found])
        return
    if lexical and found:
        typer.echo(f"only words are compared, not meaning: {lexical}\n")
    if not asked:
        typer.echo(f"no question was left without an answer {in_the_last(days)}")
    elif not found:
        without = counted(len(asked), "question")
        typer.echo(f"{without} had no answer {in_the_last(days)}; no {people} people asked the same")
    for one in found:
        typer.echo(_told(one, days))


def _asked(settings: Config, since: datetime) -> list[Asked]:
    """What had no answer, the words that ask of it."""
    from bridge.cli.store import with_store  # noqa: PLC0415 - the other commands of `faq` need no store
    from bridge.store import faq_figures  # noqa: PLC0415 - see above

    found = with_store(
        settings,
        lambda store: store.transactions.run("read", lambda c: faq_figures.unanswered(c, since, MOST)),
    )
    each = [
        Asked(id=f"#{one.conversation}", text=phrasing_of(one.text), who=one.customer, answered=one.answered)
        for one in reversed(found)
    ]
    return [one for one in each if one.text]


def _with_meaning(asked: Sequence[Asked], model: Path | None) -> tuple[Sequence[Asked], str]:
    """The same with their vectors; or as they are, and why."""
    try:
        from bridge.faq.embed import SHIPPED, NoModel, loaded  # noqa: PLC0415 - NumPy and the model
        from bridge.faq.matcher import FOREIGN  # noqa: PLC0415 - see above
    except ImportError:
        fail(missing())
    try:
        embed = loaded(model or SHIPPED)
    except NoModel as error:
        return asked, str(error)
    texts = [one.text for one in asked]
    if not texts or (embed.folder == SHIPPED and embed.pieces(texts) > FOREIGN):
        return asked, ""  # in a language that it was not taught, words tell more
    vectors = embed(texts)
    return [replace(one, vector=tuple(map(float, row))) for one, row in zip(asked, vectors, strict=True)], ""


def _told(one: Cluster, days: int) -> str:
    numbers = list(dict.fromkeys(each.id for each in one.asked))
    named = ", ".join(numbers[:NAMED]) + (" …" if len(numbers) > NAMED else "")
    asked = f'{counted(one.people, "person", "people")} asked something like "{one.representative}" {in_the_last(days)}'
    lines = [asked, f"({named})."]
    if answered := next((each.id.removeprefix("#") for each in one.asked if each.answered), ""):
        lines.append(
            f"You have answered #{answered}: `faq add {answered}`, typed where you read, makes that an entry. Or"
        )
    lines.append(f"copy this into the FAQ, and write its answer:\n\n{one.draft_toml()}")
    return "\n".join(lines)


def _plain(one: Cluster) -> dict[str, Any]:
    return {
        "question": one.representative,
        "people": one.people,
        "conversations": [each.id for each in one.asked],
        "draft": one.draft_toml(),
    }
