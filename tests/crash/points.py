"""All crash points there are, found in the sources: every `reach("...")`, and three for each transaction's name.

Where a point lies says how a process is brought to it: `PROVOKED` by something that has to happen, `HURRIED` under the
start script that makes what is hourly happen at once, `COMMANDS` by a command of the command line. All others are
reached by a daemon that starts, takes mail and is answered.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENGINES = (ROOT / "bridge/store/sqlite.py", ROOT / "bridge/store/postgres.py")

HURRIED = frozenset(["bury", "forget", "forget.raw", "retry", "sweep", "work.failed"])
PROVOKED = {"announce": "break", "release": "stop"}
COMMANDS = {"counts": ("doctor",), "read": ("list",), "revive": ("retry", "i1")}

# A daemon that shares its store takes nothing over at its start, and keeps large contents in rows.
ONLY_SQLITE = frozenset(["takeover", "blob.file"])

# Those of connectors that need a server at hand, and of what only these can do: `tests/daemon/` dies at these.
ELSEWHERE = frozenset(["imap", "send.join", "shared", "telegram", "xmpp"])


def stem(point: str) -> str:
    """What a point is a moment of: a transaction's name, or what stands before the last dot."""
    return point.rpartition(".")[0]


def all_points(engine: str) -> list[str]:
    """Every point that exists on this engine."""
    named = [f"{name}.{moment}" for name in transactions() for moment in moments()]
    known = sorted(point for point in {*named, *reached()} if stem(point) not in ELSEWHERE)
    return known if engine == "sqlite" else [point for point in known if stem(point) not in ONLY_SQLITE]


def reached() -> set[str]:
    """The literals of all calls of `reach`."""
    return {str(call.args[0].value) for call in _calls("reach") if call.args and isinstance(call.args[0], ast.Constant)}


def transactions() -> set[str]:
    """The literal first arguments of all calls of `run` on transactions."""
    return {
        call.args[0].value
        for call in _calls("run")
        if len(call.args) == 2 and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)
    }


def moments() -> set[str]:
    """What the engine adds to a transaction's name: the text after the name in its calls of `reach`."""
    return {
        str(part.value).removeprefix(".")
        for engine in ENGINES
        for call in _calls("reach", engine)
        if isinstance(call.args[0], ast.JoinedStr)
        for part in call.args[0].values
        if isinstance(part, ast.Constant)
    }


def _calls(name: str, *files: Path) -> Iterator[ast.Call]:
    for file in files or [*(ROOT / "bridge").rglob("*.py"), *(ROOT / "connectors").rglob("*.py")]:
        if f"{name}(" in _text(file):  # few files have any, and to parse them all takes a second
            yield from (call for call in _calls_in(file) if _name(call.func) == name)


@cache
def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


@cache
def _calls_in(file: Path) -> Sequence[ast.Call]:
    """Every call in a file."""
    return [node for node in ast.walk(ast.parse(_text(file))) if isinstance(node, ast.Call)]


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
