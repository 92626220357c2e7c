"""`inbox-bridge faq ask`: what would be answered to this message, and why?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Annotated, Any

import typer

from bridge.cli.faq_source import ConfigOption, FaqOption, ready, source, usable
from bridge.cli.options import JsonOption
from bridge.cli.output import print_json
from bridge.faq.finder import Finder
from bridge.faq.judge import OtherLanguage, Verdict
from bridge.faq.match import Match
from bridge.faq.reasons import in_words
from bridge.faq.signals import Signals, signals
from bridge.language import language

_SIGNALS = {
    "numbers": "a number",
    "sums": "a sum",
    "money": "money",
    "complaint": "a complaint",
    "defect": "something wrong",
    "health": "health",
    "unwanted": "not wanted",
    "person": "a person",
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("ask")(ask)


def ask(
    text: Annotated[str, typer.Argument(help="What a customer writes.")],
    config: ConfigOption,
    *,
    faq: FaqOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show whether a message would be answered, why, and the three entries that are nearest to it.

    As if every entry had earned its trust.
    """
    found = usable(source(faq, config))
    finder = ready(found)
    match, verdict = finder.judge(text, finder.rules(found.right_percent, OtherLanguage(found.other_language)))
    if as_json:
        print_json(_plain(match, verdict, signals(text)))
    else:
        typer.echo("\n".join(_told(match, verdict, signals(text), finder)))


def _told(match: Match, verdict: Verdict, seen: Signals, finder: Finder) -> Iterator[str]:
    why = in_words(verdict, language("en"))
    yield f"answered    yes, with {verdict.entry}: {why}" if verdict.answered else f"answered    no: {why}"
    for number, one in enumerate(match.candidates):
        question = finder.entries[one.entry].question
        yield f"{'' if number else 'nearest':12}{one.confidence:4.2f}  {one.entry}  {question}"
    if match.asked:
        yield f"looked at   {match.asked}"
    yield f"language    {match.language or 'not sure'}"
    for name, words in _SIGNALS.items():
        if found := getattr(seen, name):
            yield f"{words:12}{', '.join(found)}"
    if verdict.answered:
        yield from ("", finder.entries[verdict.entry].answer)


def _plain(match: Match, verdict: Verdict, seen: Signals) -> Mapping[str, Any]:
    return {
        "answered": verdict.answered,
        "entry": verdict.entry or None,
        "confidence": round(verdict.confidence, 4),
        "reason": verdict.reason,
        "seen": verdict.seen,
        "nearest": [{"entry": one.entry, "confidence": round(one.confidence, 4)} for one in match.candidates],
        "asked": match.asked,
        "language": match.language,
        "signals": {field.name: getattr(seen, field.name) for field in fields(seen)},
        "lexical": match.lexical,
    }
