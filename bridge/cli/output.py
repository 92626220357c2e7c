"""Saying things to a script, and saying that something is wrong."""

from __future__ import annotations

import json
import sys
from typing import NoReturn

import typer


def print_json(value: object) -> None:
    """One JSON document on standard output."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def counted(number: int, one: str, many: str = "") -> str:
    """A number of things in words: "1 entry", "2 entries"."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def fail(message: str) -> NoReturn:
    """Say what is wrong on standard error; exit code 1."""
    typer.echo(message, err=True)
    raise typer.Exit(1)
