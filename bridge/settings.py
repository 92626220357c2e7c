"""The building blocks of every settings model, the bridge's own and each connector's: strict tables, secrets, folders.

Validation gets a context (`SettingsContext`), so that a model needs no global to know where relative paths begin.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationInfo, WithJsonSchema

SECRET_LIMIT = 64 * 1024
_REFERENCES = ("file", "env", "credential")


class Settings(BaseModel):
    """A table of the configuration: unknown keys are errors, values never change after loading.

    Give every field a `Field(description=...)`: it is what an operator reads in the reference and beside an error.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, allow_inf_nan=False, use_attribute_docstrings=True
    )


@dataclass(frozen=True, slots=True)
class SettingsContext:
    """Where relative paths begin (`state_dir`), where systemd put credentials, if it did, and the environment.

    `literals` is filled while validating: the names of the fields whose secret stands in the file itself.
    """

    state_dir: Path
    credentials_dir: Path | None = None
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    literals: list[str] = field(default_factory=list)


class Hidden(str):
    """A string whose repr does not show it, so that no repr of settings, no traceback and no log line does either."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'**********'"


def context_of(info: ValidationInfo) -> SettingsContext:
    """The context that the loader passed, or one for models that are made without a loader."""
    if isinstance(info.context, SettingsContext):
        return info.context
    return SettingsContext(state_dir=Path.cwd())


def _read_secret(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(SECRET_LIMIT + 1)
    except FileNotFoundError as error:
        raise ValueError(
            f"there is no file {path}, from which the secret is to be read; make it, with the secret in it and nothing "
            f"else: nano {shlex.quote(str(path))}, then chmod 600 {shlex.quote(str(path))}"
        ) from error
    except OSError as error:
        raise ValueError(f"the secret's file {path} cannot be read: {error.strerror}") from error
    if len(raw) > SECRET_LIMIT:
        raise ValueError(f"the secret's file {path} is larger than {SECRET_LIMIT} bytes: is it the right file?")
    try:
        return raw.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise ValueError(f"the secret's file {path} is not UTF-8 text") from error


def is_reference(value: str) -> bool:
    """Whether the text says where a secret is (`file:`, `env:`, `credential:`) instead of being one."""
    kind, colon, _ = value.partition(":")
    return bool(colon) and kind in _REFERENCES


def follow_reference(value: str, context: SettingsContext) -> str:
    """The secret that `file:PATH`, `env:NAME` or `credential:NAME` names. Raises ValueError, without the secret."""
    kind, _, rest = value.partition(":")
    if kind == "env":
        if rest not in context.environ:
            raise ValueError(f"the environment variable {rest} is not set")
        return context.environ[rest]
    if kind == "credential":
        if context.credentials_dir is None:
            raise ValueError(f"systemd passed no credentials; add LoadCredential={rest}:/path to the unit")
        return _read_secret(context.credentials_dir / rest)
    return _read_secret(context.state_dir / Path(rest).expanduser())


def _resolve_secret(value: object, info: ValidationInfo) -> object:
    if not isinstance(value, str) or not value:
        return value
    context = context_of(info)
    if is_reference(value):
        return follow_reference(value, context)
    context.literals.append(info.field_name or "")
    return value


def _resolve_path(value: object, info: ValidationInfo) -> object:
    if not isinstance(value, str | Path):
        return value
    return context_of(info).state_dir / Path(value).expanduser()


Secret = Annotated[
    str,
    BeforeValidator(_resolve_secret),
    AfterValidator(Hidden),
    WithJsonSchema({"type": "string", "format": "secret"}),
]
"""A password or token: itself, or `file:PATH`, `env:NAME`, `credential:NAME` (systemd). Its repr does not show it."""

StatePath = Annotated[Path, BeforeValidator(_resolve_path)]
"""A path; a relative one begins at the folder that the configuration names as `state_dir`."""
