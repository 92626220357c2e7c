"""A ready FAQ on disk, so that the second start does not embed and fit anew. One file for one content.

The name of a file is the hash of all that went into it: texts, model, and the way of making it. What cannot be read is
made again; what is no longer asked for goes when a new one comes.
"""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from bridge.faq.index import Arrays, Rows

_VERSION = "3"
"""Of the way of making an index; another one makes all files void."""

_KEPT = 6


def key(said: Rows, model: str) -> str:
    """Of an FAQ and the model (its fingerprint, "" for none) that it is made ready with."""
    digest = hashlib.sha256(f"{_VERSION}\0{model}\0{said.entries}\0".encode())
    for text, owner in zip(said.texts, said.owners, strict=True):
        digest.update(f"{owner}\0{text}\0".encode(errors="surrogatepass"))
    return digest.hexdigest()[:32]


def read(folder: Path, name: str) -> Arrays | None:
    """The arrays kept under `name`, None where there are none or they are broken."""
    try:
        with _path(folder, name).open("rb") as file, np.load(file, allow_pickle=False) as kept:
            return {array: kept[array] for array in kept.files}
    except (OSError, ValueError, KeyError, EOFError, BadZipFile, zlib.error):
        return None


def write(folder: Path, name: str, arrays: Arrays) -> None:
    """Keep the arrays. A folder that cannot be written costs time at the next start and nothing else."""
    path = _path(folder, name)
    part = path.with_suffix(".part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
        part.replace(path)
        older = sorted(folder.glob("faq-*.npz"), key=lambda kept: kept.stat().st_mtime, reverse=True)
        for old in older[_KEPT:]:
            old.unlink(missing_ok=True)
    except OSError:
        return


def _path(folder: Path, name: str) -> Path:
    return folder / f"faq-{name}.npz"
