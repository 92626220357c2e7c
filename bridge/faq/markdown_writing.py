"""Writing a FAQ's Markdown: a new entry, and a phrasing more or less of one that is there. Text in, text out. Pure.

Lines are put in or taken out, none is changed. Whether the outcome says what it should is checked by who calls
(`faq_writing`), not here: an answer with a line "## so" of its own cannot be written in this form.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from bridge.faq.entry import Entry, Mode
from bridge.faq.fields import id_from, one_space
from bridge.faq.markdown_form import ITEM, NOT_THIS, SETTING, Section, sections

_MARKERS = {"also": "", "not_this": "not: "}


def markdown_of(entry: Entry) -> str:
    """The entry as a section."""
    return "\n".join(_lines(entry)) + "\n"


def with_entry(text: str, entry: Entry) -> str:
    """The text with another entry at its end."""
    above = text.rstrip("\n")
    return f"{above}\n\n{markdown_of(entry)}" if above else markdown_of(entry)


def with_phrasing(text: str, number: int, name: str, phrasing: str) -> str:
    """The text with a phrasing more in the list `name` of its entry `number`, counted from 0.

    Raises ValueError where there is no such entry.
    """
    found = sections(text)[1:]
    if number >= len(found):
        raise ValueError("there is no such entry")
    section, lines = found[number], text.split("\n")
    at, new = _place(section)
    bullet = next((line.lstrip()[0] for _, line in section.body[: at - section.line] if ITEM.match(line)), "-")
    item = f"{bullet} {_MARKERS[name]}{one_space(phrasing)}"
    if not new:
        return "\n".join([*lines[:at], item, *lines[at:]])
    before = [""] if at > section.line and lines[at - 1].strip() else []
    after = [""] if at < len(lines) and lines[at].strip() else []
    return "\n".join([*lines[:at], *before, item, *after, *lines[at:]])


def without_phrasing(text: str, number: int, name: str, phrasing: str) -> str:
    """The text with this phrasing taken out of the list `name` of its entry `number`, counted from 0.

    Raises ValueError where it does not stand there.
    """
    found = sections(text)[1:]
    if number >= len(found):
        raise ValueError("there is no such entry")
    body, lines = found[number].body, text.split("\n")
    for at, (first, line) in enumerate(body):
        if item := ITEM.match(line):
            going_on = takewhile(lambda one: one[1][:1] in (" ", "\t") and one[1].strip(), body[at + 1 :])
            more = [words for _, words in going_on if not ITEM.match(words)]
            if _says(" ".join([item["text"], *more]), name, phrasing):
                return "\n".join([*lines[: first - 1], *lines[first + len(more) :]])
    raise ValueError("there is no such phrasing")


def _says(item: str, name: str, phrasing: str) -> bool:
    """Whether an item of the list is this phrasing."""
    in_not_this = NOT_THIS.match(item) is not None
    return in_not_this == (name == "not_this") and one_space(NOT_THIS.sub("", item, count=1)) == phrasing


def _place(section: Section) -> tuple[int, bool]:
    """The number of lines above the new item, and whether the list is new."""
    begun = last = section.line
    items = False
    for number, line in section.body:
        setting = SETTING.match(line)
        if items and not (ITEM.match(line) or (line[:1] in " \t" and line.strip())):
            return last, False
        if ITEM.match(line):
            items = True
        elif line.strip() and (not setting or setting["name"] == "answer") and not items:
            return begun, True
        if line.strip():
            last = begun = number
    return last, not items


def _lines(entry: Entry) -> Iterator[str]:
    yield f"## {entry.question}"
    if entry.id != id_from(entry.question):
        yield f"id: {entry.id}"
    for name in ("languages", "tags", "channels"):
        if values := getattr(entry, name):
            yield f"{name}: {', '.join(values)}"
    if entry.mode is not Mode.AUTO:
        yield f"mode: {entry.mode}"
    if entry.follow_up:
        yield f"follow_up: {entry.follow_up}"
    if entry.also or entry.not_this:
        yield ""
        yield from (f"- {phrasing}" for phrasing in entry.also)
        yield from (f"- not: {phrasing}" for phrasing in entry.not_this)
    yield ""
    first = entry.answer.partition("\n")[0]
    if ITEM.match(first) or SETTING.match(first):
        yield "answer:"
    yield entry.answer
