"""Writing a FAQ's TOML: a new entry, and a phrasing more or less of one that is there. Text in, text out. Pure.

An entry is added below what is there, a phrasing put into its list by tomlkit, which keeps comments and layout. Whether
the outcome says what it should is checked by who calls (`faq_writing`), not here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from bridge.faq.entry import Entry, Mode
from bridge.faq.fields import one_space
from bridge.faq.toml_form import entry_lines

_WIDTH = 100


def toml_of(entry: Entry) -> str:
    """The entry as a `[[entry]]` table."""
    return "\n".join(["[[entry]]", *_lines(entry)]) + "\n"


def with_entry(text: str, entry: Entry) -> str:
    """The text with another entry at its end."""
    above = text.rstrip("\n")
    return f"{above}\n\n{toml_of(entry)}" if above else toml_of(entry)


def with_phrasing(text: str, number: int, name: str, phrasing: str) -> str:
    """The text with a phrasing more in the list `name` of its entry `number`, counted from 0.

    Raises ValueError where tomlkit cannot read the text or there is no such entry.
    """
    import tomlkit  # noqa: PLC0415 - 2 MB, for those who teach the FAQ

    try:
        document = tomlkit.parse(text)
        table = document["entry"][number]
        phrasings = table.get(name)
    except (tomlkit.exceptions.TOMLKitError, LookupError, AttributeError, RecursionError) as error:
        raise ValueError("the entry is not found by tomlkit") from error
    if isinstance(phrasings, tomlkit.items.Array):
        phrasings.append(one_space(phrasing))
        return tomlkit.dumps(document)
    return _with_list(text, number, name, phrasing)


def without_phrasing(text: str, number: int, name: str, phrasing: str) -> str:
    """The text with this phrasing taken out of the list `name` of its entry `number`, counted from 0.

    Raises ValueError where tomlkit cannot read the text or it does not stand there.
    """
    import tomlkit  # noqa: PLC0415 - as above

    try:
        document = tomlkit.parse(text)
        phrasings = document["entry"][number][name]
        del phrasings[[one_space(str(one)) for one in phrasings].index(phrasing)]
    except (tomlkit.exceptions.TOMLKitError, LookupError, AttributeError, TypeError, RecursionError) as error:
        raise ValueError("the phrasing is not found by tomlkit") from error
    return tomlkit.dumps(document)


def _with_list(text: str, number: int, name: str, phrasing: str) -> str:
    """The list is new: it stands below the question, or below the heading where the question is last."""
    places = entry_lines(text)
    if number >= len(places):
        raise ValueError("the entry does not stand in a table of its own")
    first, keys = places[number]
    after_question = [line for line in keys.values() if line > keys.get("question", 0)]
    at = min(after_question) - 1 if "question" in keys and after_question else first
    lines = text.split("\n")
    while at > first and not _is_value(lines[at - 1]):
        at -= 1  # comments and empty lines above the next setting are that one's
    return "\n".join([*lines[:at], f"{name} = {_list([phrasing])}", *lines[at:]])


def _is_value(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _lines(entry: Entry) -> Iterator[str]:
    yield f"id = {_text(entry.id)}"
    yield f"question = {_text(entry.question)}"
    for name in ("also", "not_this"):
        if phrasings := getattr(entry, name):
            yield f"{name} = {_list(phrasings)}"
    yield f"answer = {_long_text(entry.answer)}"
    for name in ("languages", "tags", "channels"):
        if values := getattr(entry, name):
            yield f"{name} = {_list(values)}"
    if entry.mode is not Mode.AUTO:
        yield f"mode = {_text(entry.mode)}"
    if entry.follow_up:
        yield f"follow_up = {_long_text(entry.follow_up)}"


def _list(values: Sequence[str]) -> str:
    quoted = [_text(one_space(value)) for value in values]
    line = f"[{', '.join(quoted)}]"
    return line if len(line) <= _WIDTH else "[\n" + "".join(f"  {value},\n" for value in quoted) + "]"


def _text(value: str) -> str:
    # TOML's escapes are a superset of JSON's, which leaves U+007F as it is.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _long_text(value: str) -> str:
    if "\n" not in value:
        return _text(value)
    # Every second quotation mark in a row is escaped, so that three never stand together.
    escaped = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", lambda found: f"\\u{ord(found[0]):04x}", value.replace("\\", "\\\\"))
    return '"""\n' + escaped.replace('""', '"\\"') + '\n"""'
