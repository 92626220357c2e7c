"""`inbox-bridge list`, `show`, `find`, `dead`: the shop's book in a terminal, beside a running daemon."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from bridge.book import Letter, Line
from bridge.cli.options import ConfigOption, JsonOption, loaded
from bridge.cli.output import fail, print_json
from bridge.cli.store import with_store
from bridge.configuration.config import Config
from bridge.conversation import Conversation
from bridge.decision import Direction
from bridge.owners.relay import excerpt
from bridge.owners.searching import ago
from bridge.store.book import StoredBook
from bridge.store.store import Store

LINES = 1_000
_SIGNS = {Direction.IN: "<", Direction.OUT: ">", Direction.NOTE: "//"}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("list")(list_)
    app.command("show")(show)
    app.command("find")(find)
    app.command("dead")(dead)


def list_(config: ConfigOption, *, as_json: JsonOption = False) -> None:
    """List the conversations that are not closed, the latest first."""
    settings = loaded(config)
    found = with_store(settings, lambda store: _read(store, lambda book: book.unfinished(LINES)))
    if as_json:
        print_json([_conversation(one) for one in found])
        return
    now = datetime.now(UTC)
    for one in found:
        typer.echo(f"{_who(one, settings)}  {one.state}, {ago(now - one.changed_at)}: {one.subject}")


def show(number: Annotated[int, typer.Argument(min=1)], config: ConfigOption, *, as_json: JsonOption = False) -> None:
    """Show what was said in one conversation."""
    settings = loaded(config)
    found = with_store(settings, lambda store: _read(store, lambda book: book.conversation(number)))
    if found is None:
        fail(f"there is no conversation {number}; `inbox-bridge list` shows those that are open")
    lines = with_store(settings, lambda store: _read(store, lambda book: book.history(number, LINES)))
    if as_json:
        print_json({**_conversation(found), "messages": [_line(line) for line in lines]})
        return
    typer.echo(f"{_who(found, settings)} <{found.address}>  {found.state}: {found.subject}")
    _echo(lines, 10_000)


def find(words: Annotated[list[str], typer.Argument()], config: ConfigOption, *, as_json: JsonOption = False) -> None:
    """Find messages that hold all these words, the latest first."""
    found = with_store(loaded(config), lambda store: _read(store, lambda book: book.search(words, LINES)))
    if as_json:
        print_json([_line(line) for line in found])
        return
    _echo(found, 160)


def dead(config: ConfigOption, *, as_json: JsonOption = False) -> None:
    """List what could not be read or sent; `retry` takes the first word of a line."""
    letters = with_store(loaded(config), lambda store: _read(store, lambda book: book.letters(LINES)))
    if as_json:
        print_json([_letter(letter) for letter in letters])
        return
    for letter in letters:
        typer.echo(f"{letter.id}  {letter.at:%Y-%m-%d %H:%M}  {excerpt(letter.what, 100)}: {letter.reason}")


async def _read(store: Store, query: Any) -> Any:
    return await store.transactions.run("read", lambda connection: query(StoredBook(connection)))


def _who(conversation: Conversation, config: Config) -> str:
    table = config.connectors.get(conversation.connector)
    label = (table.label if table else "") or conversation.connector
    return f"{conversation.handle} {conversation.customer.name or conversation.address} ({label})"


def _echo(lines: Sequence[Line], limit: int) -> None:
    for line in lines:
        sign = _SIGNS[line.direction]
        typer.echo(
            f"#{line.conversation} {line.at:%Y-%m-%d %H:%M} {sign} {line.author}: {excerpt(line.text.plain, limit)}"
        )


def _conversation(found: Conversation) -> dict[str, object]:
    return {
        "number": found.number,
        "customer": found.customer.name,
        "connector": found.connector,
        "address": found.address,
        "state": found.state.value,
        "subject": found.subject,
        "opened_at": found.opened_at.isoformat(),
        "changed_at": found.changed_at.isoformat(),
    }


def _line(line: Line) -> dict[str, object]:
    return {
        "conversation": line.conversation,
        "direction": line.direction,
        "author": line.author,
        "text": line.text.plain,
        "subject": line.subject,
        "automatic": line.automatic,
        "attachments": line.attachments,
        "at": line.at.isoformat(),
    }


def _letter(letter: Letter) -> dict[str, object]:
    return {
        "id": letter.id,
        "what": letter.what,
        "reason": letter.reason,
        "conversation": letter.conversation,
        "at": letter.at.isoformat(),
    }
