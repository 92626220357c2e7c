"""A FAQ as TOML: one `[[entry]]` table for each question. Text in; what was written, and what is wrong, out. Pure.

`tomllib` reads the values and knows no lines, so a scan of the same text finds where each table and each key begins.
Where the file as a whole is not valid, each table is read for itself: one missing quote hides no other fault.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bridge.faq.faults import Fault, did_you_mean
from bridge.faq.fields import Written

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""'
    r"|'''.*?'''"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*"
    r"|^[ \t]*(?P<table>\[[^\n]*)"
    r"|^[ \t]*(?P<key>[A-Za-z0-9_-]+)[ \t]*=",
    re.DOTALL | re.MULTILINE,
)
_ENTRY = re.compile(r"\[\[[ \t]*[\"']?entry[\"']?[ \t]*\]\]")
_AT_LINE = re.compile(r"\s*\(at line (\d+), column \d+\)")
_AT_END = " (at end of document)"


@dataclass(slots=True)
class _Block:
    """The text of one table, or what stands above the first: its first line, and the line of each key in it."""

    start: int
    line: int
    lines: dict[str, int] = field(default_factory=dict)


def read_toml(text: str, file: str) -> tuple[Sequence[Written], Sequence[Fault]]:
    """The entries as written, and what is wrong with the file's form. Line ends in `text` are LF."""
    blocks = _blocks(text)
    data, fault = _loaded(text, file, 1)
    if data is not None:
        return _from(data, blocks, file)
    found: list[Written] = []
    faults: list[Fault] = []
    ends = [*(block.start for block in blocks[1:]), len(text)]
    for block, end in zip(blocks, ends, strict=True):
        data, wrong = _loaded(text[block.start : end], file, block.line)
        if data is None:
            faults += [wrong] if wrong else []
            continue
        top = _Block(start=0, line=block.line, lines=block.lines)
        written, said = _from(data, [top, block], file)
        found += written
        faults += said
    # Each part may be right where the whole is not: the same table twice, one way and the other.
    return found, faults or ([fault] if fault else [])


def _loaded(text: str, file: str, line: int) -> tuple[Mapping[str, object] | None, Fault | None]:
    try:
        return tomllib.loads(text), None
    except tomllib.TOMLDecodeError as error:
        said, at = str(error), _AT_LINE.search(str(error))
        last = line + text.rstrip("\n").count("\n")
        where = line + int(at[1]) - 1 if at else last
        what = _AT_LINE.sub("", said).replace(_AT_END, "")
        return None, Fault(file=file, line=where, what=f"is not valid TOML here: {what}", todo=_todo(text))
    except (ValueError, RecursionError):  # a number of 5,000 digits, 1,000 brackets
        what = "is not valid TOML: a number is too long, or brackets are nested too deeply"
        return None, Fault(file=file, line=line, what=what, todo="take it out")


def _todo(text: str) -> str:
    if text.count('"""') % 2 or text.count("'''") % 2:
        return 'a text over several lines begins with """ and ends with """'
    return 'a text needs quotes on both sides; over several lines three: answer = """..."""'


def _from(data: Mapping[str, object], blocks: Sequence[_Block], file: str) -> tuple[list[Written], list[Fault]]:
    top = blocks[0]
    faults = list(_unknown(data, top, file))
    tables = data.get("entry", [])
    if not isinstance(tables, list):
        what = "entry must be a list of tables"
        fault = Fault(file=file, line=top.lines.get("entry", 1), what=what, todo="write [[entry]], with two brackets")
        return [], [*faults, fault]
    places = blocks[1:] if len(blocks) - 1 == len(tables) else [top] * len(tables)
    written = []
    for table, place in zip(tables, places, strict=True):
        if isinstance(table, dict):
            written.append(Written(file=file, line=place.line, values=table, lines=place.lines))
        else:
            todo = "write [[entry]] on a line of its own, its settings below"
            faults.append(Fault(file=file, line=place.line, what="an entry must be a table", todo=todo))
    return written, faults


def _unknown(data: Mapping[str, object], top: _Block, file: str) -> Iterator[Fault]:
    for name in data:
        if name != "entry":
            otherwise = "a FAQ file has [[entry]] tables and nothing else"
            hint = did_you_mean(name, ["entry"], otherwise)
            yield Fault(file=file, line=top.lines.get(name, top.line), what=f"there is no {name!r} here", todo=hint)


def _blocks(text: str) -> list[_Block]:
    """What stands above the first entry, then each entry."""
    blocks = [_Block(start=0, line=1)]
    line, done = 1, 0
    for token in _TOKEN.finditer(text):
        line += text.count("\n", done, token.start())
        done = token.start()
        if token["table"] and _ENTRY.match(token["table"]):
            blocks.append(_Block(start=done, line=line))
        elif token["table"]:
            name = token["table"].strip("[ \t").partition("]")[0].strip().strip("\"'").partition(".")
            blocks[-1 if name[0] == "entry" and name[1] else 0].lines.setdefault(name[2] or name[0], line)
        elif token["key"]:
            blocks[-1].lines.setdefault(token["key"], line)
    return blocks


def entry_lines(text: str) -> Sequence[tuple[int, Mapping[str, int]]]:
    """The line of each `[[entry]]`, and the lines of its keys by name."""
    return [(block.line, block.lines) for block in _blocks(text)[1:]]
