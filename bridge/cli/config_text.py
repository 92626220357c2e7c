"""Writing a configuration file: texts that TOML reads back unchanged, and a file that only its owner may read."""

from __future__ import annotations

import json
import os
from pathlib import Path

from bridge.valid import one_line


def quoted(text: str) -> str:
    """One line as a TOML basic string (toml.io 1.0: its escapes are a superset of JSON's, U+007F aside)."""
    return json.dumps(one_line(text), ensure_ascii=False)


def write_private(path: Path, text: str, *, replace: bool = False) -> None:
    """Write a file with mode 0600, and the folders above it. Raises FileExistsError unless `replace`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if replace else os.O_EXCL)
    with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(text)
