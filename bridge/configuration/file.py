"""Reading a configuration file that may be anything: absent, a folder, a pipe, huge, or not text."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from pathlib import Path

from bridge.configuration.errors import ConfigError, Problem

FILE_LIMIT = 1024 * 1024


def read(path: Path) -> tuple[dict[str, object], int]:
    """The file's tables, and its permission bits. Raises ConfigError with the one thing that is wrong."""
    raw, mode = _read_bytes(path)
    try:
        # A byte order mark, as Windows editors write it, is no part of the first key.
        return tomllib.loads(raw.decode("utf-8-sig")), mode
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _error(path, f"is not UTF-8 text (line {line})", "save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        todo = _todo(str(error), raw.decode("utf-8-sig"))
        raise _error(path, f"is not valid TOML: {error}", todo) from error
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits, 1,000 brackets
        raise _error(path, "is not valid TOML: a number is too long, or brackets are nested too deeply") from error


_IN_LINE = re.compile(r"\(at line (\d+)")
_CURLY = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2018\u2019"
_BOOLEAN = re.compile(r"=\s*(?:yes|no|on|off|true|false)\b", re.IGNORECASE)


def _todo(said: str, text: str) -> str:
    if said.startswith(("Cannot declare", "Cannot overwrite", "Cannot mutate")):
        return "the same name stands there twice, there and further up: put all of a table in one place"
    found = _IN_LINE.search(said)
    line = text.split("\n")[int(found[1]) - 1] if found else ""
    if set(line) & set(_CURLY):
        return 'quotes have to be straight ones: "like this"'
    if "\\" in line:
        return "a text with backslashes in it goes between single quotes: 'like this'"
    if _BOOLEAN.search(line):
        return "write true or false, in small letters and without quotes"
    return "a text needs quotes on both sides, on one line; a table begins with [name]"


def _read_bytes(path: Path) -> tuple[bytes, int]:
    try:
        status = path.stat()
        _refuse_unfit(path, status)  # before opening it: to open a named pipe is to wait for a writer
        with path.open("rb") as file:
            raw = file.read(FILE_LIMIT + 1)
    except FileNotFoundError as error:
        todo = "write one with 'inbox-bridge init', or name it with --config"
        raise _error(path, "there is no such file", todo) from error
    except OSError as error:
        raise _error(path, f"cannot be read: {error.strerror}", "name a file that this user may read") from error
    if len(raw) > FILE_LIMIT:
        raise _error(path, f"is larger than {FILE_LIMIT // 1024} KB", "is it the right file?")
    return raw, stat.S_IMODE(status.st_mode)


def _refuse_unfit(path: Path, status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise _error(path, "is a folder", "name the file in it")
    if not stat.S_ISREG(status.st_mode):
        raise _error(path, "is not a regular file", "save the configuration in a file of its own")


def _error(path: Path, what: str, todo: str = "") -> ConfigError:
    return ConfigError([Problem(file=path, what=what, todo=todo)])
