"""SQLite's write-ahead log as bytes (sqlite.org/fileformat2.html#walformat): which frames a cut of it has committed."""

from __future__ import annotations

import re
import shutil
import sqlite3
import struct
from collections.abc import Mapping
from pathlib import Path

from crash.ledger import TOKEN

_HEADER, _FRAME_HEADER = 32, 24
_TOKEN = re.compile(TOKEN.pattern.encode())


def committed_at(log: bytes) -> Mapping[str, int]:
    """For each token in the log, the length that the log has to have for the first commit which holds it to count.

    A frame counts where its salts are the header's; a transaction where its last frame, which names the database's
    size, is there.
    """
    page_size, salts = struct.unpack(">8xI4x8s", log[:24])
    ends: dict[str, int] = {}
    size = _FRAME_HEADER + page_size
    open_tokens = set[str]()
    for start in range(_HEADER, len(log) - size + 1, size):
        commit, frame_salts = struct.unpack(">4xI8s", log[start : start + 16])
        if frame_salts != salts:
            break
        open_tokens |= {found.decode() for found in _TOKEN.findall(log, start + _FRAME_HEADER, start + size)}
        if commit:
            for token in open_tokens:
                ends.setdefault(token, start + size)
            open_tokens.clear()
    return ends


def opened_with(database: Path, log: bytes, token: str, folder: Path) -> int:
    """Really open the database with this log: how many items hold the token."""
    folder.mkdir()
    copy = folder / "cut.db"
    shutil.copyfile(database, copy)
    Path(f"{copy}-wal").write_bytes(log)
    connection = sqlite3.connect(copy)
    try:
        query = "SELECT count(*) FROM items WHERE instr(raw, CAST(? AS BLOB))"
        count: int = connection.execute(query, (token,)).fetchone()[0]
    except sqlite3.OperationalError:  # not even the tables are in it
        return 0
    finally:
        connection.close()
    return count
