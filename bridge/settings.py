"""The building blocks of every settings model, the bridge's own and each connector's: strict tables, secrets, folders.

Validation gets a context (`SettingsContext`), so that a model needs no global to know where relative paths begin.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationInfo

SECRET_LIMIT = 64 * 1024


class Settings(BaseModel):
    """A table of the configuration: unknown keys are errors, values never change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


@dataclass(frozen=True, slots=True)
class SettingsContext:
    """Where relative paths begin (`state_dir`) and where systemd put credentials, if it did."""

    state_dir: Path
    credentials_dir: Path | None = None


def _context(info: ValidationInfo) -> SettingsContext:
    if isinstance(info.context, SettingsContext):
        return info.context
    return SettingsContext(state_dir=Path.cwd())


def _read_secret(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(SECRET_LIMIT + 1)
    except OSError as error:
        raise ValueError(f"the secret's file {path} cannot be read: {error.strerror}") from error
    if len(raw) > SECRET_LIMIT:
        raise ValueError(f"the secret's file {path} is larger than {SECRET_LIMIT} bytes: is it the right file?")
    try:
        return raw.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise ValueError(f"the secret's file {path} is not UTF-8 text") from error


def _resolve_secret(value: object, info: ValidationInfo) -> object:
    if not isinstance(value, str):
        return value
    kind, colon, rest = value.partition(":")
    if not colon or kind not in ("file", "env", "credential"):
        return value
    if kind == "env":
        if rest not in os.environ:
            raise ValueError(f"the environment variable {rest} is not set")
        return os.environ[rest]
    if kind == "credential":
        folder = _context(info).credentials_dir
        if folder is None:
            raise ValueError(f"systemd passed no credentials; add LoadCredential={rest}:/path to the unit")
        return _read_secret(folder / rest)
    return _read_secret(_context(info).state_dir / rest)


def _resolve_path(value: object, info: ValidationInfo) -> object:
    if not isinstance(value, str | Path):
        return value
    return _context(info).state_dir / Path(value).expanduser()


Secret = Annotated[str, BeforeValidator(_resolve_secret)]
"""A password or token: itself, or `file:PATH`, `env:NAME`, `credential:NAME` (systemd). A model must also give such a
field `Field(repr=False)`."""

StatePath = Annotated[Path, BeforeValidator(_resolve_path)]
"""A path; a relative one begins at the folder that the configuration names as `state_dir`."""
