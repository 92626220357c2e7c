"""Which texts the code says, and whether a catalogue has them. Pure: source and catalogue in, findings out.

A text is the first argument of `.say("...")`, the first two of `.count("...", "...")`, or that of `message("...")`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import Formatter

import polib


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """One text of the code; `many` is its plural, empty if it has none. `file` is where it stands."""

    one: str
    many: str = ""
    file: str


def said_in(source: str, file: str) -> list[Said]:
    """Every text in this source, in order. Raises ValueError for one that is put together and cannot be looked up."""
    nodes = list(ast.walk(ast.parse(source)))
    takers = {"say", "message", *_other_names(nodes)}
    calls = [node for node in nodes if isinstance(node, ast.Call) and node.args]
    found = [_said(call, takers, file) for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset))]
    return [said for said in found if said]


def _other_names(nodes: Sequence[ast.AST]) -> Iterator[str]:
    """What a file calls `message`: `from bridge.language import message as translated`."""
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module == "bridge.language":
            yield from (alias.asname for alias in node.names if alias.name == "message" and alias.asname)


def _said(call: ast.Call, takers: set[str], file: str) -> Said | None:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    texts = [node.value for node in call.args if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    if name == "count" and len(texts) == 2:  # str.count has one text at most
        return Said(one=texts[0], many=texts[1], file=file)
    if name in takers and isinstance(call.args[0], ast.JoinedStr | ast.BinOp):
        raise ValueError(f"{file}:{call.lineno}: write the text as one literal with {{names}}, or no catalogue has it")
    if name in takers and texts[:1] and isinstance(call.args[0], ast.Constant):
        return Said(one=texts[0], file=file)
    return None


def asked_of(catalogue: polib.POFile, said: Sequence[Said]) -> Sequence[Said]:
    """The texts that the catalogue is to have: all, or those of the files that its header `X-Texts` names.

    So there can be a language that customers are spoken to in, and owners are not.
    """
    files = str(catalogue.metadata.get("X-Texts", "")).split()
    return [text for text in said if not files or text.file in files]


def faults(catalogue: polib.POFile, said: Sequence[Said]) -> list[str]:
    """What is wrong with a catalogue: texts that are missing, untranslated, stale, or lost a placeholder."""
    entries = {(entry.msgid, entry.msgid_plural): entry for entry in catalogue if not entry.obsolete}
    wanted = {(text.one, text.many): text for text in said}
    found = [f"stale: {one!r} is said nowhere" for one, many in entries.keys() - wanted.keys()]
    for key, text in wanted.items():
        if key not in entries:
            found.append(f"missing: {text.one!r} ({text.file})")
        elif not entries[key].translated():
            found.append(f"untranslated: {text.one!r} ({text.file})")
        else:
            found += _wrong_placeholders(entries[key])
    return sorted(found)


def _wrong_placeholders(entry: polib.POEntry) -> Iterator[str]:
    allowed = placeholders(entry.msgid) | placeholders(entry.msgid_plural or "")
    forms = list(entry.msgstr_plural.values()) or [entry.msgstr]
    for form in forms:
        exact = placeholders(form) == allowed
        # A form for exactly one may leave the number out.
        if not exact and not (entry.msgid_plural and placeholders(form) | {"number"} == allowed | {"number"}):
            yield f"placeholders: {form!r} has not those of {entry.msgid!r}"


def placeholders(text: str) -> set[str]:
    """The names in braces. Raises ValueError where a brace stands alone."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def update(catalogue: polib.POFile, said: Sequence[Said]) -> None:
    """Make the catalogue hold exactly what is said, in the code's order; translations that are there stay."""
    known = {(entry.msgid, entry.msgid_plural): entry for entry in catalogue if not entry.obsolete}
    files: dict[tuple[str, str], list[str]] = {}
    for text in said:
        places = files.setdefault((text.one, text.many), [])
        places += [] if text.file in places else [text.file]
    catalogue.clear()
    for (one, many), places in files.items():
        entry = known.get((one, many)) or polib.POEntry(msgid=one, msgid_plural=many)
        if many and not entry.msgstr_plural:
            entry.msgstr_plural = {0: "", 1: ""}
        entry.occurrences = [(place, "") for place in places]
        catalogue.append(entry)
