"""A FAQ as Markdown: one `## question` for each entry. Text in; what was written, and what is wrong, out. Pure.

    # The Flower Shop                     a title, and words for yourself: no customer sees them

    ## How long does delivery take?       the question
    id: delivery-time                     settings, `name: value`; several values with commas
    languages: en

    - When will my parcel arrive?         other ways to ask it
    - not: Where is my parcel?            what looks like it and is not

    Two or three days, {name}.            the answer: all the rest, up to the next `##`

A setting stands before the answer and is written in small letters. An answer that begins with a list has `answer:` on
a line of its own above it. `<!-- comments -->` are for yourself, anywhere but within a block of code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bridge.faq.faults import Fault, did_you_mean
from bridge.faq.fields import NAMES, Written

HEADING = re.compile(r"##[ \t]+(?P<question>.*?)(?:[ \t]+#+)?[ \t]*$")
ITEM = re.compile(r"[ ]{0,3}[-*+][ \t]+(?P<text>.*)$")
NOT_THIS = re.compile(r"not:[ \t]*", re.IGNORECASE)
SETTING = re.compile(r"(?P<name>[a-z][a-z_-]*):(?:[ \t]+(?P<value>.*))?$")
LISTS = ("languages", "tags", "channels")
_SETTINGS = tuple(name for name in NAMES if name not in ("question", "also", "not_this"))
_TITLE = re.compile(r"#[ \t]")
_FENCE = re.compile(r"[ ]{0,3}(?P<mark>`{3,}|~{3,})(?P<rest>.*)")
_COMMENT = re.compile(r"<!--.*?(?P<end>-->|\Z)", re.DOTALL)


@dataclass(slots=True)
class Section:
    """One `##` and what stands below it. Lines count from 1; `body` holds them with their numbers."""

    line: int
    question: str
    body: list[tuple[int, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Entry:
    """What has been read of one section."""

    file: str
    section: Section
    values: dict[str, object] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def blame(self, line: int, what: str, todo: str) -> None:
        label = str(self.values.get("id") or self.section.question)[:60]
        self.faults.append(Fault(file=self.file, line=line, entry=label, what=what, todo=todo))


def read_markdown(text: str, file: str) -> tuple[Sequence[Written], Sequence[Fault]]:
    """The entries as written, and what is wrong with the file's form. Line ends in `text` are LF."""
    found, faults = list[Written](), list(_endless(text, file))
    _, *rest = sections(text)
    if not rest and any(line.strip() and not _TITLE.match(line) for line in text.split("\n")):
        todo = "begin each with a line like this: ## How long does delivery take?"
        faults.append(Fault(file=file, line=1, what="there is no question in it", todo=todo))
    for section in rest:
        entry = _read(section, file)
        broken = bool(entry.faults)
        found.append(Written(file=file, line=section.line, values=entry.values, lines=entry.lines, broken=broken))
        faults += entry.faults
    return found, faults


def sections(text: str) -> list[Section]:
    """What stands above the first question, then each question; comments are left out, each line keeps its number."""
    parts = [Section(line=1, question="")]
    fence = ""
    for number, line in enumerate(_uncommented(text).split("\n"), 1):
        heading = None if fence else HEADING.match(line)
        fence = fenced(line, fence)
        if heading:
            parts.append(Section(line=number, question=heading["question"].strip()))
        elif not fence and _TITLE.match(line):
            # A title ends the entry above it: the words below are for the owner.
            parts.append(Section(line=number, question="\0"))
        else:
            parts[-1].body.append((number, line))
    return [parts[0], *(one for one in parts[1:] if one.question != "\0")]


def fenced(line: str, fence: str) -> str:
    """The mark of the block of code that goes on after this line, "" for none."""
    found = _FENCE.match(line)
    if not found:
        return fence
    if not fence:
        return found["mark"]
    ends = found["mark"].startswith(fence) and not found["rest"].strip()
    return "" if ends else fence


def _uncommented(text: str) -> str:
    """The text with comments blanked; within a block of code nothing is a comment."""
    return _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), _code_kept(text)).replace("<\0--", "<!--")


def _code_kept(text: str) -> str:
    """The text with what looks like the beginning of a comment marked where it stands in a block of code."""
    fence, kept = "", list[str]()
    for line in text.split("\n"):
        before, fence = fence, fenced(line, fence)
        kept.append(line.replace("<!--", "<\0--") if before or fence else line)
    return "\n".join(kept)


def _endless(text: str, file: str) -> Iterator[Fault]:
    kept = _code_kept(text)
    for found in _COMMENT.finditer(kept):
        if not found["end"]:
            line = kept.count("\n", 0, found.start()) + 1
            what = "a comment begins here and does not end: all that follows is left out"
            yield Fault(file=file, line=line, what=what, todo="write --> where it ends")


def _read(section: Section, file: str) -> _Entry:
    entry = _Entry(file=file, section=section, values={"question": section.question}, lines={"question": section.line})
    rest = _settings(entry, section.body)
    if "answer" not in entry.lines:
        rest = _phrasings(entry, rest)
        if rest and (found := SETTING.match(rest[0][1])) and found["name"] == "answer":
            _set(entry, rest[0][0], "answer", (found["value"] or "").strip())
            rest = rest[1:]
        elif rest and ITEM.match(rest[0][1]):
            todo = "other ways to ask stand in one list; above an answer that begins with a list put a line answer:"
            entry.blame(rest[0][0], "a second list begins here, and it is not clear whether it is the answer", todo)
    if not rest and "also" in entry.values and "answer" not in entry.lines:
        todo = "write it below the list; if the list is the answer, put a line answer: above it"
        entry.blame(section.line, "has no answer below its list of other ways to ask", todo)
        entry.values["answer"] = "-"
    else:
        begun = str(entry.values.get("answer", ""))
        answer = "\n".join([begun, *(line for _, line in rest)]).strip("\n ")
        entry.values["answer"] = answer or ("-" if entry.faults else "")  # one fault at a time
        entry.lines.setdefault("answer", rest[0][0] if rest else section.line)
    return entry


def _settings(entry: _Entry, body: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """Takes the settings; returns what stands below them, from the first line with words in it."""
    for index, (number, line) in enumerate(body):
        if not line.strip():
            continue
        found = SETTING.match(line)
        if not found:
            return list(body[index:])
        _set(entry, number, found["name"], (found["value"] or "").strip())
        if found["name"] == "answer":
            return list(body[index + 1 :])
    return []


def _set(entry: _Entry, number: int, name: str, value: str) -> None:
    if name not in _SETTINGS:
        hint = did_you_mean(name, _SETTINGS)
        todo = f"{hint} If the answer begins here, put a line answer: above it"
        entry.blame(number, f"there is no setting {name!r}", todo)
    elif name in entry.lines:
        entry.blame(number, f"{name} stands there twice", "keep one of them")
    else:
        entry.lines[name] = number
        parts = [part.strip() for part in value.split(",")]
        entry.values[name] = [part for part in parts if part] if name in LISTS else value


def _phrasings(entry: _Entry, body: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """Takes the list of other ways to ask; returns what stands below it, from the first line with words in it."""
    also, not_this = list[str](), list[str]()
    for number, text in _items(body):
        name, phrasings = ("not_this", not_this) if NOT_THIS.match(text) else ("also", also)
        phrasings.append(NOT_THIS.sub("", text, count=1) if name == "not_this" else text)
        entry.lines.setdefault(name, number)
    entry.values.update({name: value for name, value in (("also", also), ("not_this", not_this)) if value})
    taken = _length(body) if also or not_this else 0
    return _from_words(body[taken:])


def _items(body: Sequence[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """The items of the list that the lines begin with; an indented line goes on with the item above it."""
    number, text = 0, ""
    for line_number, line in body[: _length(body)]:
        if found := ITEM.match(line):
            if number:
                yield number, text
            number, text = line_number, found["text"].strip()
        else:
            text = f"{text} {line.strip()}"
    if number:
        yield number, text


def _length(body: Sequence[tuple[int, str]]) -> int:
    """How many lines the list has that the lines begin with. An empty line ends it."""
    for index, (_, line) in enumerate(body):
        goes_on = ITEM.match(line) or (index and line[:1] in " \t" and line.strip())
        if not goes_on:
            return index
    return len(body)


def _from_words(body: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    first = next((index for index, (_, line) in enumerate(body) if line.strip()), len(body))
    return list(body[first:])
