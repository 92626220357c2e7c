"""`inbox-bridge faq test`: questions whose entries are known, looked up; how many are answered, and rightly."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from bridge.cli.faq_source import ConfigOption, FaqOption, PercentOption, Source, ready, source, usable
from bridge.cli.options import JsonOption
from bridge.cli.output import fail
from bridge.faq.faults import did_you_mean
from bridge.faq.judge import OtherLanguage
from bridge.faq.scoring import Outcome, Score, score

LONGEST_LINE = 4 * 1024 * 1024

QuestionsArgument = Annotated[
    Path, typer.Argument(metavar="QUESTIONS.jsonl", help='One object a line: {"id": 1, "text": "...", "entry": "id"}.')
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """One line: `id` is any JSON value; `known` says whether it names its entry, None for a question without one.
    `wrong` is what is wrong with the entry that it names: it is looked up, and counts for nothing.
    """

    id: Any
    text: str
    known: bool
    entry: str | None
    wrong: str = ""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("test")(measure)


def measure(
    questions: QuestionsArgument,
    config: ConfigOption,
    *,
    faq: FaqOption = None,
    right_percent: PercentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look questions up, as if every entry had earned its trust, and count those that were answered rightly.

    With --json one object a line for each question on standard output; the summary goes to standard error. Exit code 1
    if a line cannot be read, or names an entry that is not there: it is looked up and not counted.
    """
    found = usable(source(faq, config, right_percent))
    outcomes, bad = list[Outcome](), 0
    try:
        with questions.open("rb") as lines:
            for line in _judged(found, _Reader(lines, str(questions), _ids(found))):
                if isinstance(line, str):
                    typer.echo(line, err=True)
                    bad += 1
                    continue
                question, outcome = line
                if question.wrong:
                    typer.echo(question.wrong, err=True)
                    bad += 1
                _print(_plain(question, outcome) if as_json else _row(question, outcome))
                if question.known:
                    outcomes.append(outcome)
    except BrokenPipeError:  # whoever reads the answers has read enough: `| head`
        raise
    except OSError as error:
        fail(f"{questions} cannot be read: {error.strerror}")
    _summary(outcomes, as_json=as_json)
    if bad:
        raise typer.Exit(1)


class _Reader:
    """The lines of a file, each a question or what is wrong with it; `known` are the entries' ids."""

    def __init__(self, lines: Any, name: str, known: Collection[str]) -> None:
        self._lines, self._name, self._known = lines, name, known

    def __iter__(self) -> Iterator[Question | str]:
        number = 0
        while line := self._lines.readline(LONGEST_LINE + 1):
            number += 1
            if len(line) > LONGEST_LINE:
                while not line.endswith(b"\n") and (line := self._lines.readline(LONGEST_LINE)):
                    pass
                yield f"{self._name}:{number}: is longer than {LONGEST_LINE // 1024 // 1024} MB; left out"
            elif line.strip():
                yield self._read(line, f"{self._name}:{number}")

    def _read(self, line: bytes, place: str) -> Question | str:
        question = _question(line)
        if isinstance(question, str):
            return f"{place}: {question}; left out"
        if wrong := _wrong(question.entry, self._known):
            return replace(question, known=False, entry=None, wrong=f"{place}: {wrong}; not counted")
        return question


def _ids(found: Source) -> Collection[str]:
    return frozenset(entry.id for entry in found.faq.entries)


def _question(line: bytes) -> Question | str:
    try:
        data = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return "is not UTF-8 text"
    except (ValueError, RecursionError) as error:
        return f"is not JSON ({getattr(error, 'msg', 'it is nested too deeply')})"
    if not isinstance(data, dict) or not isinstance(data.get("text"), str) or "id" not in data:
        return 'must be an object with "id" and a "text" in quotes'
    return Question(id=data["id"], text=data["text"], known="entry" in data, entry=data.get("entry"))


def _wrong(entry: object, known: Collection[str]) -> str:
    """What is wrong with the entry that a question names, "" for nothing."""
    if entry is not None and not isinstance(entry, str):
        return '"entry" must be an id in quotes, or null'
    if entry is None or entry in known:
        return ""
    return f"there is no entry {entry!r} in the FAQ ({did_you_mean(entry, known, 'null is for none')})"


def _judged(found: Source, questions: _Reader) -> Iterator[tuple[Question, Outcome] | str]:
    finder = ready(found)
    rules = finder.rules(found.right_percent, OtherLanguage(found.other_language))
    for question in questions:
        if isinstance(question, str):
            yield question
            continue
        match, verdict = finder.judge(question.text, rules)
        best = verdict.entry or (match.best.entry if match.best else "")
        yield (
            question,
            Outcome(
                entry=best,
                confidence=verdict.confidence,
                answered=verdict.answered,
                reason=verdict.reason,
                truth=question.entry,
            ),
        )


def _plain(question: Question, outcome: Outcome) -> str:
    record = {
        "id": question.id,
        "entry": outcome.entry or None,
        "confidence": round(outcome.confidence, 4),
        "answered": outcome.answered,
        "reason": str(outcome.reason),
    }
    return json.dumps(record, ensure_ascii=False)


def _row(question: Question, outcome: Outcome) -> str:
    mark = " " if not question.known or not outcome.answered else "+" if outcome.right else "-"
    answer = outcome.entry if outcome.answered else f"({outcome.entry or 'nothing'}: {outcome.reason})"
    return f"{mark} {outcome.confidence:4.2f}  {question.id}  {answer}"


def _print(line: str) -> None:
    # As bytes: a question may hold any character, whatever the terminal's language is.
    sys.stdout.buffer.write(line.encode("utf-8", "surrogatepass") + b"\n")
    sys.stdout.buffer.flush()


def _summary(outcomes: list[Outcome], *, as_json: bool) -> None:
    if not outcomes:
        return
    reached = score(outcomes)
    if as_json:
        typer.echo(json.dumps({"summary": _figures(reached)}), err=True)
    else:
        typer.echo(_told(reached))


def _figures(reached: Score) -> Mapping[str, float | int | None]:
    return {
        "questions": reached.questions,
        "answered": reached.answered,
        "right": reached.right,
        "precision": _rounded(reached.precision),
        "coverage": _rounded(reached.coverage),
        "out_of_scope": reached.out_of_scope,
        "out_of_scope_answered": _rounded(reached.out_of_scope_answered),
        "best_is_right": _rounded(reached.best_is_right),
    }


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def _told(reached: Score) -> str:
    def percent(share: float | None) -> str:
        return "-" if share is None else f"{share:.1%}"

    return (
        f"\n{reached.answered} of {reached.questions} questions answered, {reached.right} of them rightly "
        f"({percent(reached.precision)}).\n"
        f"Of those that have an entry {percent(reached.coverage)} got its answer; for {percent(reached.best_is_right)} "
        f"it was the nearest entry.\n"
        f"Of {reached.out_of_scope} without an entry {percent(reached.out_of_scope_answered)} were answered."
    )
