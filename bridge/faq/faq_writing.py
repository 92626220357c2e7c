"""Changing a FAQ file: its bytes in, its new bytes out, or why not. Pure.

What is written is read back: an outcome that says anything but the entries there were, and the one change, is refused.
Line ends and a byte order mark stay as they are. `faq_folder` writes the disk.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from types import ModuleType

from bridge.faq import markdown_writing, toml_writing
from bridge.faq.entry import Entry
from bridge.faq.faq_file import FORMS, Faq, read_faq, text_of
from bridge.faq.fields import one_space
from bridge.faq.words_of import plain_words

_BOM = "\ufeff"


class Unwritable(Exception):
    """The file cannot be changed so; `str()` says why, and what to do."""


def with_entry(name: str, raw: bytes, entry: Entry) -> bytes:
    """The file with this entry at its end. Raises Unwritable."""
    wanted = (*read_faq({name: raw}).entries, entry)
    return _changed(name, raw, lambda form, text: str(form.with_entry(text, entry)), wanted)


def with_phrasing(name: str, raw: bytes, entry_id: str, phrasing: str, *, as_not_this: bool = False) -> bytes:
    """The file with another way to ask for an entry, or another message that looks like it and is not.

    The last word counts: where the opposite stands there, it is taken out. The same bytes where it stands there
    already. Raises Unwritable.
    """
    before, phrasing = read_faq({name: raw}), one_space(phrasing)
    at = next((at for at, entry in enumerate(before.entries) if entry.id == entry_id), None)
    if at is None:
        raise Unwritable(f"there is no entry {entry_id!r} in {name}")
    entry = before.entries[at]
    if as_not_this and plain_words(entry.question) == plain_words(phrasing):
        raise Unwritable(f"it is the very question of {entry_id!r}: change that one in {name}")
    taught = entry.taught(phrasing, as_not_this=as_not_this)
    if taught == entry:
        return raw
    number = _number(before, entry_id, raw, name)
    wanted = (*before.entries[:at], taught, *before.entries[at + 1 :])
    return _changed(name, raw, lambda form, text: _rewritten(form, text, number, (entry, taught)), wanted)


def _rewritten(form: ModuleType, text: str, number: int, change: tuple[Entry, Entry]) -> str:
    """The text with the phrasings of the second entry for those of the first, as its entry `number`."""
    before, after = change
    for name in ("also", "not_this"):
        had, has = getattr(before, name), getattr(after, name)
        for one in has:
            text = text if one in had else form.with_phrasing(text, number, name, one)
        for one in had:
            text = text if one in has else form.without_phrasing(text, number, name, one)
    return text


def _number(faq: Faq, entry_id: str, raw: bytes, name: str) -> int:
    """Which of the entries as written it is, those with faults included."""
    written, _ = FORMS[PurePath(name).suffix.casefold()](text_of(raw), name)
    line = faq.places[entry_id].line
    return next(at for at, one in enumerate(written) if one.line == line)


def _changed(name: str, raw: bytes, change: Callable[[ModuleType, str], str], wanted: tuple[Entry, ...]) -> bytes:
    form = {".toml": toml_writing}.get(PurePath(name).suffix.casefold(), markdown_writing)
    try:
        changed = _in_style(raw, change(form, text_of(raw)))
    except ValueError as error:  # the form cannot, or it is no UTF-8
        raise Unwritable(f"{name} could not be changed ({error}); change it by hand") from error
    after = read_faq({name: changed})
    if after.entries != wanted or len(after.errors) > len(read_faq({name: raw}).errors):
        raise Unwritable(f"{name} would not say the same afterwards; change it by hand, or write the entry in TOML")
    return changed


def _in_style(raw: bytes, text: str) -> bytes:
    """With the line ends and the byte order mark that the file has."""
    before = raw.decode()
    if "\r\n" in before and before.count("\r\n") == before.count("\n"):
        text = text.replace("\n", "\r\n")
    return f"{_BOM if before.startswith(_BOM) else ''}{text}".encode()
