"""`inbox-bridge explain`: how would this mail be understood, and why?

Theory of operation. Each file is read and explained in a worker process with a limit on time and memory, as the daemon
does with what comes in; a file that oversteps costs its worker and gets a line that says so. Files are handed out a few
ahead of what is printed, so that thousands keep all workers busy and take no memory; the lines come in the order of the
arguments.
"""

from __future__ import annotations

import json
import os
import pickle
import sys
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from typing import Annotated, Any

import typer

from bridge.cli.explain_page import page
from bridge.cli.options import JsonOption
from bridge.cli.output import fail
from bridge.connector import Explain
from bridge.plugins import PluginError, Plugins
from bridge.steps.worker_pool import Allowed, Ended, NotStarted, OutOfMemory, Raised, TooSlow, WorkerPool

SECONDS = 8
MEMORY_MB = 512
LARGEST = 100 * 1024 * 1024
_AHEAD = 8

_Answer = tuple[dict[str, Any], str | None]
"""What the explainer says, and an error in words."""

_NOTHING: Mapping[str, object] = {
    "from": "",
    "from_name": "",
    "subject": "",
    "text": "",
    "visible": "",
    "attachments": [],
    "automatic": None,
    "bounce": None,
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("explain")(explain)


def explain(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Mails, one a file.")],
    *,
    as_json: JsonOption = False,
    type_name: Annotated[str, typer.Option("--type", help="The connector type whose messages these are.")] = "email",
) -> None:
    """Show how a mail would be understood: author, text, own words, files, machine or person, and the reasons.

    With --json one object a line, in the order of the files. Exit code 1 if a file cannot be read.
    """
    failed = 0
    for record in records(_explainer(type_name), files):
        failed += record["error"] is not None
        text = json.dumps(record, ensure_ascii=False) if as_json else page(record)
        # As bytes: a mail may hold any character, whatever the terminal's language is.
        sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape") + b"\n")
        sys.stdout.buffer.flush()
    if failed:
        raise typer.Exit(1)


def _explainer(type_name: str) -> Explain:
    try:
        found = Plugins().get(type_name).explain
    except PluginError as error:
        fail(str(error))
    if found is None:
        fail(f"messages of the type {type_name!r} are not kept as files; there is nothing to explain")
    return found


def records(explainer: Explain, files: Sequence[str]) -> Iterator[dict[str, object]]:
    """What there is to say of each file, in order. Never raises for a file."""
    workers = max(1, min(os.cpu_count() or 1, len(files) // 4))
    pool = WorkerPool(Allowed(seconds=SECONDS, memory_mb=MEMORY_MB, workers=workers))
    waiting: deque[tuple[str, Future[bytes]]] = deque()
    try:
        for file in files:
            waiting.append((file, pool.submit(_explained, explainer, file)))
            if len(waiting) >= workers * _AHEAD:
                yield _record(*waiting.popleft())
        while waiting:
            yield _record(*waiting.popleft())
    finally:
        pool.close()


def _record(file: str, answer: Future[bytes]) -> dict[str, object]:
    found: dict[str, Any] = {}
    error: str | None
    try:
        found, error = pickle.loads(answer.result())  # noqa: S301 - a worker of ours made it
    except TooSlow:
        error = f"reading it took more than {SECONDS} s"
    except Ended:
        error = "reading it ended the process that read it"
    except OutOfMemory:
        error = f"reading it took more than {MEMORY_MB} MB of memory"
    except Raised as raised:
        error = f"{raised} while reading it"
    except NotStarted as reason:
        error = f"no process to read it in can be started ({reason})"
    return {"file": file, **_NOTHING, **found, "error": error}


def _explained(explainer: Explain, file: str) -> bytes:
    """In the worker: what the explainer says, or an error in words."""
    return pickle.dumps(_answer(explainer, file))


def _answer(explainer: Explain, file: str) -> _Answer:
    try:
        with open(file, "rb") as opened:  # noqa: PTH123 - a name from the command line may hold any bytes
            raw = opened.read(LARGEST + 1)
        if len(raw) > LARGEST:
            return {}, f"it is larger than {LARGEST // 1024 // 1024} MB"
        return dict(explainer(raw)), None
    except OSError as error:
        return {}, f"it cannot be read: {error.strerror}"
    except MemoryError:
        raise  # said above, and its worker is of no use any more
    except Exception as error:  # noqa: BLE001 - a parser may raise anything; the other files have their turn
        return {}, f"{type(error).__name__} while reading it"
