"""The FAQ on the disk: a file, or a folder of files; reading, changing, and seeing that somebody changed it.

A change is written beside the file, synced, and put in its place in one step, so that whoever reads finds the old text
or the new one. A file that somebody else changes at the same moment is read again first: what they wrote is not lost.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import reduce
from pathlib import Path

from bridge.faq.entry import Entry
from bridge.faq.faq_file import FORMS, LARGEST_FILE, Faq, read_faq
from bridge.faq.faq_writing import Unwritable, with_entry, with_phrasing
from bridge.faq.faults import Fault

MOST_FILES = 200
_NEW = ".inbox-bridge-new"


def read_folder(path: Path) -> Faq:
    """The FAQ in this file or folder. Never raises: what cannot be read is among the faults."""
    files, faults = dict[str, bytes](), list[Fault]()
    try:
        paths = list(_paths(path))
    except OSError as error:
        return Faq(faults=(_unread(path, error),))
    for one in paths[:MOST_FILES]:
        try:
            files[str(one)] = _content(one)
        except OSError as error:
            faults.append(_unread(one, error))
    if len(paths) > MOST_FILES:
        what = f"holds more than {MOST_FILES} files"
        faults.append(Fault(file=str(path), what=what, todo="keep the FAQ in a folder of its own"))
    faq = read_faq(files)
    return replace(faq, faults=(*faults, *faq.faults))


def add_entries(path: Path, entries: Sequence[Entry]) -> Path:
    """Writes entries to the end of the file, or of the folder's file `added.toml`; the file they stand in then.

    All of them or none. Raises Unwritable, OSError.
    """
    file = path / "added.toml" if path.is_dir() else path
    taken = {entry.id for entry in entries} & set(read_folder(path).places if path.exists() else ())
    if taken:
        raise Unwritable(f"there are entries with these ids already: {', '.join(sorted(taken))}")
    _change(file, lambda raw: reduce(lambda text, entry: with_entry(str(file), text, entry), entries, raw))
    return file


def add_phrasing(path: Path, entry_id: str, phrasing: str, *, as_not_this: bool = False) -> Path:
    """Writes another way to ask for an entry, or what only looks like it, to the file that the entry stands in.

    Raises Unwritable, OSError.
    """
    place = read_folder(path).places.get(entry_id)
    if place is None:
        raise Unwritable(f"there is no entry {entry_id!r} in {path}")
    file = Path(place.file)
    _change(file, lambda raw: with_phrasing(str(file), raw, entry_id, phrasing, as_not_this=as_not_this))
    return file


def signature(path: Path) -> object:
    """What a change of the FAQ changes: its files, when each was written, how long it is. Cheap, and never raises."""
    try:
        found = [(str(one), one.stat()) for one in _paths(path)]
    except OSError as error:
        return str(error)
    return [(name, stat.st_mtime_ns, stat.st_size, stat.st_ino) for name, stat in found]


def _paths(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for one in sorted(path.iterdir()):
        if _counts(one) and one.is_file():
            yield one


def _counts(path: Path) -> bool:
    """Whether a file of the folder is part of the FAQ: hidden ones, drafts (_name) and a README are not."""
    return path.suffix.casefold() in FORMS and path.name[0] not in "._" and path.stem.casefold() != "readme"


def _content(path: Path) -> bytes:
    """The beginning, up to what is surely too much."""
    if not path.exists():
        raise FileNotFoundError(2, "there is no such file")
    if not path.is_file():  # to open a named pipe is to wait for a writer
        raise OSError(22, "it is no file")
    with path.open("rb") as file:
        return file.read(LARGEST_FILE + 1)


def _unread(path: Path, error: OSError) -> Fault:
    todo = "write one, or name another" if isinstance(error, FileNotFoundError) else "name one that this user may read"
    return Fault(file=str(path), what=f"cannot be read: {error.strerror}", todo=todo)


def _change(path: Path, change: Callable[[bytes], bytes]) -> None:
    """Replaces the file by what `change` makes of it; again, where somebody has written to it meanwhile."""
    path = path.resolve()  # a link stays one
    for _ in range(5):
        before = _content(path) if path.exists() else b""
        after = change(before)
        if after == before:
            return
        new = _written_beside(path, after)
        if (path.read_bytes() if path.exists() else b"") == before:
            new.replace(path)
            _sync(path.parent)
            return
        new.unlink()
    raise Unwritable(f"{path} is being written to by somebody else; try again")


def _written_beside(path: Path, content: bytes) -> Path:
    """A synced file with this content, in the same folder and with the same permissions."""
    new = path.with_name(f".{path.name}{_NEW}")
    with new.open("wb") as file:
        with suppress(FileNotFoundError):
            os.fchmod(file.fileno(), path.stat().st_mode & 0o7777)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return new


def _sync(folder: Path) -> None:
    """The change of name is on the disk, too."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
