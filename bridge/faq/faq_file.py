"""Reading a FAQ: the bytes of its files in; its entries, where each stands, and all that is wrong with them, out. Pure.

What is right can be used whatever is wrong beside it; an entry with an error is left out. `faq_folder` reads the disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from bridge.faq.csv_form import read_csv
from bridge.faq.entry import Entry, Mode
from bridge.faq.faults import Fault, Weight
from bridge.faq.fields import Written, checked
from bridge.faq.markdown_form import read_markdown
from bridge.faq.thinning import MOST as MOST_COMPARED
from bridge.faq.thinning import shares
from bridge.faq.toml_form import read_toml
from bridge.faq.words_of import plain_words

LARGEST_FILE = 4 * 1024 * 1024
MOST_ENTRIES = 2_000

_Reader = Callable[[str, str], tuple[Sequence[Written], Sequence[Fault]]]
FORMS: Mapping[str, _Reader] = {".toml": read_toml, ".md": read_markdown, ".markdown": read_markdown}
"""What a FAQ may be written in, by the end of the file's name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where an entry stands: its file, and the line where it begins, from 1."""

    file: str
    line: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Faq:
    """The entries of a shop, in the order of the files, each with an id of its own."""

    entries: tuple[Entry, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    @property
    def errors(self) -> tuple[Fault, ...]:
        """The faults for which an entry or a file was left out."""
        return tuple(fault for fault in self.faults if fault.weight is Weight.ERROR)


def read_faq(files: Mapping[str, bytes]) -> Faq:
    """The FAQ in these files, by name. Never raises."""
    written, faults = list[Written](), list[Fault]()
    for name, raw in files.items():
        found, wrong = _read_file(name, raw, FORMS.get(PurePath(name).suffix.casefold()))
        written += found
        faults += wrong
    return _together(written, faults, list(files))


def read_table(name: str, raw: bytes) -> Faq:
    """The FAQ in a CSV file. Never raises."""
    return _together(*_read_file(name, raw, read_csv), [name])


def text_of(raw: bytes) -> str:
    """The file's text, without a byte order mark, its line ends LF. Raises UnicodeDecodeError."""
    return raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")


def _read_file(name: str, raw: bytes, reader: _Reader | None) -> tuple[Sequence[Written], Sequence[Fault]]:
    if reader is None:
        todo = f"give it a name that ends with {' or '.join(FORMS)}"
        return [], [Fault(file=name, what="it cannot be told what the file is written in", todo=todo)]
    if len(raw) > LARGEST_FILE:
        what = f"is larger than {LARGEST_FILE // 1024 // 1024} MB"
        return [], [Fault(file=name, what=what, todo="is it the right file?")]
    try:
        text = text_of(raw)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return [], [Fault(file=name, line=line, what="is not UTF-8 text", todo="save it as UTF-8")]
    return reader(text, name)


def _together(written: Sequence[Written], faults: Sequence[Fault], files: Sequence[str]) -> Faq:
    entries: dict[str, tuple[Entry, Written]] = {}
    said = list(faults)
    for one in written[:MOST_ENTRIES]:
        entry, wrong = checked(one)
        said += wrong
        if entry and entry.id in entries:
            said.append(_twice(entry, one, entries[entry.id][1]))
        elif entry:
            entries[entry.id] = (entry, one)
    if len(written) > MOST_ENTRIES:
        first = written[MOST_ENTRIES]
        what = f"there are more than {MOST_ENTRIES} entries; from here on they are left out"
        said.append(Fault(file=first.file, line=first.line, what=what, todo="bring alike questions together"))
    said += _shared(list(entries.values()))
    said += _too_many([entry for entry, _ in entries.values()], files)
    return Faq(
        entries=tuple(entry for entry, _ in entries.values()),
        places={name: Place(file=one.file, line=one.line) for name, (_, one) in entries.items()},
        faults=tuple(sorted(said, key=lambda fault: (files.index(fault.file), fault.line))),
    )


def _twice(entry: Entry, one: Written, first: Written) -> Fault:
    where = f"{first.file}:{first.line}"
    named = "id" in one.values
    what = f"the id {entry.id!r} is taken by {where}" if named else f"the same question stands in {where}"
    todo = "give one of them another id" if named else "keep one of them, or give each an id"
    return Fault(file=one.file, line=one.lines.get("id", one.line), entry=one.label, what=what, todo=todo)


def _too_many(entries: Sequence[Entry], files: Sequence[str]) -> Iterator[Fault]:
    """More phrasings than are compared."""
    open_ = [entry for entry in entries if entry.mode is not Mode.OFF]
    counts, denied = [len(entry.phrasings) for entry in open_], sum(len(entry.not_this) for entry in open_)
    if sum(counts) + denied > MOST_COMPARED:
        each, silent = shares(counts, denied)
        what = f"there are {sum(counts)} phrasings; {each} of each entry are compared"
        what += f", and {silent} of {denied} under not_this" if silent < denied else ""
        todo = f"keep those that differ: all of them together should be no more than {MOST_COMPARED}"
        yield Fault(file=files[0], what=what, todo=todo, weight=Weight.WARNING)


def _shared(entries: Sequence[tuple[Entry, Written]]) -> Iterator[Fault]:
    """Phrasings that two entries have, where both may answer the same customer."""
    seen: dict[str, list[tuple[Entry, Written]]] = {}
    for entry, written in entries:
        if entry.mode is Mode.OFF:
            continue
        for words, phrasing in {plain_words(one): one for one in reversed(entry.phrasings)}.items():
            for other, elsewhere in seen.get(words, []):
                if other.id != entry.id and entry.meets(other):
                    yield _shared_phrasing(phrasing, entry, written, f"{other.id} ({elsewhere.file}:{elsewhere.line})")
                    break
            seen.setdefault(words, []).append((entry, written))
        yield from _contradicted(entry, written)


def _shared_phrasing(phrasing: str, entry: Entry, written: Written, elsewhere: str) -> Fault:
    what = f'"{phrasing[:80]}" stands in {elsewhere} too, so neither is sure to be meant by it'
    todo = "keep it where it belongs, or make one entry of the two"
    return _warning(entry, written, "also" if phrasing in entry.also else "question", what, todo)


def _contradicted(entry: Entry, written: Written) -> Iterator[Fault]:
    own = {plain_words(phrasing) for phrasing in entry.phrasings}
    for one in entry.not_this:
        if plain_words(one) in own:
            what = f'"{one[:80]}" stands both among its phrasings and under not_this'
            yield _warning(entry, written, "not_this", what, "take it out of one of them")


def _warning(entry: Entry, written: Written, name: str, what: str, todo: str) -> Fault:
    line = written.lines.get(name, written.line)
    return Fault(file=written.file, line=line, entry=entry.id, what=what, todo=todo, weight=Weight.WARNING)
