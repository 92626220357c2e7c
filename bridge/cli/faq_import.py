"""`inbox-bridge faq import`: questions and answers from a spreadsheet or another program, as entries of the FAQ."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.output import counted, fail
from bridge.faq.faq_file import LARGEST_FILE, Faq, read_table
from bridge.faq.faq_writing import Unwritable
from bridge.faq.toml_writing import toml_of
from bridge.steps.faq_folder import add_entries


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(import_)


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Columns: question, answer; also, id, tags ...")],
    *,
    to: Annotated[
        Path | None,
        typer.Option("--to", help="The FAQ file that they are added to. Without it they are printed, as TOML."),
    ] = None,
) -> None:
    """Turn a table (CSV, UTF-8) of questions and answers into entries of the FAQ.

    Exit code 1 if a row cannot be used; the others are.
    """
    found = _read(file)
    for fault in found.faults:
        typer.echo(str(fault), err=True)
    if to is None:
        typer.echo("\n".join(toml_of(entry) for entry in found.entries), nl=False)
    elif found.entries:
        _add(found, to)
    if found.errors or not found.entries:
        raise typer.Exit(1)


def _read(file: Path) -> Faq:
    try:
        with file.open("rb") as opened:
            return read_table(str(file), opened.read(LARGEST_FILE + 1))
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror}")


def _add(found: Faq, to: Path) -> None:
    try:
        file = add_entries(to, found.entries)
    except Unwritable as error:
        fail(str(error))
    except FileNotFoundError:
        fail(f"{to} cannot be written: there is no folder {to.parent}; make it, or name another file with --to")
    except OSError as error:
        fail(f"{to} cannot be written: {error.strerror}")
    typer.echo(f"{counted(len(found.entries), 'entry', 'entries')} added to {file}")
