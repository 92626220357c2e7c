"""Where the commands of `inbox-bridge faq` find the FAQ: the file or folder that is named, else the configuration's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.options import ConfigOption, loaded
from bridge.cli.output import fail
from bridge.extras import remedy
from bridge.faq.faq_file import Faq
from bridge.faq.finder import Finder, opened
from bridge.faq.fitted import fitted
from bridge.steps.faq_folder import read_folder

__all__ = ["ConfigOption", "FaqOption", "PercentOption", "Source", "missing", "ready", "source", "usable"]

FaqOption = Annotated[
    Path | None,
    typer.Option("--faq", help="The FAQ: a file or a folder. Without it, the configuration's.", show_default=False),
]


PERCENTS = (90, 95, 96, 97, 98, 99)
"""How many of a hundred answers may be asked to be right: what was measured."""


def _measured(percent: int | None) -> int | None:
    if percent is not None and percent not in PERCENTS:
        raise typer.BadParameter(f"there are {', '.join(map(str, PERCENTS))}")
    return percent


PercentOption = Annotated[
    int | None,
    typer.Option(
        "--right-percent",
        callback=_measured,
        help="So many of a hundred answers are to be right. Without it, the configuration's, or 97.",
        show_default=False,
    ),
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A FAQ as it was read, and how it is to be used: [faq]'s settings, or their defaults where a file was named."""

    path: Path
    faq: Faq
    right_percent: int = 97
    other_language: str = "never"
    model: Path | None = None


def source(path: Path | None, config: Path, right_percent: int | None = None) -> Source:
    """The FAQ; exit code 1 or 2 where there is none. `right_percent` instead of what is configured."""
    found = _source(path, config)
    return found if right_percent is None else replace(found, right_percent=right_percent)


def _source(path: Path | None, config: Path) -> Source:
    if path is not None:
        return Source(path=path, faq=read_folder(path))
    shop = loaded(config)
    settings = shop.faq
    if settings is None:
        fail(f"{config} has no table [faq]; add one, or name the FAQ with --faq")
    return Source(
        path=settings.path,
        faq=fitted(read_folder(settings.path), connectors=shop.connectors, has_hours=shop.hours is not None),
        right_percent=settings.right_percent,
        other_language=settings.other_language,
        model=settings.model,
    )


def usable(found: Source) -> Source:
    """The same, where it has an entry; its faults are said. Exit code 1 where it has none."""
    for fault in found.faq.faults:
        typer.echo(str(fault), err=True)
    if not found.faq.entries:
        fail(f"there is no entry to look for in {found.path}")
    return found


def missing() -> str:
    """What is said where not even words can be compared."""
    return f"NumPy is missing; {remedy('faq')}"


def ready(found: Source) -> Finder:
    """The FAQ, ready for questions."""
    try:
        return opened(found.faq.entries, model=found.model)
    except ImportError:
        fail(missing())
