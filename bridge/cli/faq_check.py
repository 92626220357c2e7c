"""`inbox-bridge faq check`: what is wrong with the FAQ, what could be better, and how much it will answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

from bridge.abilities import FindingLevel
from bridge.cli.faq_model import model
from bridge.cli.faq_source import ConfigOption, FaqOption, PercentOption, Source, missing, source
from bridge.cli.options import JsonOption
from bridge.cli.output import counted, print_json
from bridge.faq.entry import Entry, Mode
from bridge.faq.faults import Fault

if TYPE_CHECKING:
    from bridge.faq.selfcheck import Check

EXAMPLE = "faq.example.toml shows how one is written"
FEW = 4
"""Fewer phrasings than this, the question included, and an entry is found less than half as often."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check")(check)


def check(
    config: ConfigOption, *, faq: FaqOption = None, right_percent: PercentOption = None, as_json: JsonOption = False
) -> None:
    """Check the FAQ: errors, entries that are taken for each other, entries with few phrasings, how much is answered.

    Exit code 1 if an entry or a file cannot be used.
    """
    found = source(faq, config, right_percent)
    tried, lexical = _tried(found)
    if as_json:
        print_json(_plain(found, tried, lexical))
    else:
        typer.echo("\n".join(_told(found, tried, lexical)))
    if found.faq.errors or not found.faq.entries:
        raise typer.Exit(1)


def _tried(found: Source) -> tuple[Check | None, str]:
    """What the FAQ says of itself when each phrasing is looked up in the others, and why only words count, if so."""
    entries = [entry for entry in found.faq.entries if entry.mode is not Mode.OFF]
    if not entries:
        return None, ""
    try:
        from bridge.faq.matcher import Matcher  # noqa: PLC0415 - NumPy and the model: an empty FAQ needs neither
    except ImportError:
        return None, missing()
    matcher = Matcher(entries, model=found.model)
    return matcher.check(found.right_percent), matcher.lexical


def few_phrasings(entries: Sequence[Entry]) -> list[Entry]:
    """The entries that would be found more often with more phrasings, the poorest first."""
    poor = [entry for entry in entries if entry.mode is not Mode.OFF and len(entry.phrasings) < FEW]
    return sorted(poor, key=lambda entry: len(entry.phrasings))


def _told(found: Source, tried: Check | None, lexical: str) -> Iterator[str]:
    faq = found.faq
    yield from (str(fault) for fault in faq.faults)
    if tried is not None:
        for pair in tried.confused:
            yield f"{pair.first} and {pair.second} are easily taken for each other:"
            yield f'    "{pair.phrasings[0]}" and "{pair.phrasings[1]}"'
    for entry in few_phrasings(faq.entries):
        ways = "1 way" if len(entry.phrasings) == 1 else f"{len(entry.phrasings)} ways"
        yield f"{entry.id} has {ways} to ask it; with five or more it is found more often"
    if lexical:
        yield f"only words are compared, not meaning: {lexical}" if tried else lexical
    if not faq.entries and not faq.faults:
        yield f"{found.path} has no entry; {EXAMPLE}"
    yield f"{found.path}: {counted(len(faq.entries), 'entry', 'entries')}, {counted(len(faq.errors), 'error')}."
    if tried:
        warnings = (one for one in model(faq.entries, found.model) if one.level is FindingLevel.WARNING)
        yield from (f"{one.what}; {one.todo}" for one in warnings)
    if tried is not None and tried.coverage is not None and tried.accuracy is not None:
        yield f"Each phrasing tried with the others: {tried.accuracy:.0%} find their entry,"
        yield f"{tried.coverage:.0%} surely enough to be answered without you, {found.right_percent} of 100 rightly."


def _plain(found: Source, tried: Check | None, lexical: str) -> Mapping[str, Any]:
    confused = () if tried is None else tried.confused
    return {
        "path": str(found.path),
        "entries": len(found.faq.entries),
        "faults": [_fault(fault) for fault in found.faq.faults],
        "few_phrasings": [entry.id for entry in few_phrasings(found.faq.entries)],
        "confused": [
            {"entries": [one.first, one.second], "likeness": round(one.likeness, 3), "phrasings": one.phrasings}
            for one in confused
        ],
        "accuracy": None if tried is None else tried.accuracy,
        "coverage": None if tried is None else tried.coverage,
        "lexical": lexical,
    }


def _fault(fault: Fault) -> dict[str, object]:
    return {
        "file": fault.file,
        "line": fault.line,
        "entry": fault.entry,
        "what": fault.what,
        "todo": fault.todo,
        "weight": fault.weight,
    }
