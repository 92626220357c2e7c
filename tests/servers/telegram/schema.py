"""Whether a call, or an object, is what the official Bot API schema says (schema.json, see make_schema.py)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_SCHEMA: dict[str, Any] = json.loads(Path(__file__).with_name("schema.json").read_text())
METHODS: Mapping[str, Mapping[str, tuple[str, bool]]] = _SCHEMA["methods"]
TYPES: Mapping[str, Mapping[str, Any]] = _SCHEMA["types"]
REACTIONS = frozenset(_SCHEMA["reactions"])
VERSION: str = _SCHEMA["version"]

# Method names do not depend on case: https://core.telegram.org/bots/api#making-requests
_BY_LOWER = {name.lower(): name for name in METHODS}


@dataclass(frozen=True)
class Uploaded:
    """A file that came with a request."""

    name: str
    content: bytes = field(repr=False)
    media_type: str = "application/octet-stream"


def method_called(name: str) -> str | None:
    """The method's name as the documentation writes it, if there is one."""
    return _BY_LOWER.get(name.lower())


def read_form(method: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """A form's texts as the values that the method wants; what cannot be read stays as it is."""
    kinds = METHODS[method]
    return {name: _read(kinds[name][0], value) if name in kinds else value for name, value in given.items()}


def _read(kind: str, value: Any) -> Any:
    if not isinstance(value, str) or kind in ("String", "InputFile or String", "InputFile"):
        return value
    if kind == "Integer or String" and not re.fullmatch(r"-?\d+", value):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def faults_of_call(method: str, given: Mapping[str, Any]) -> Iterator[str]:
    """What the schema has against these parameters. A file under an `attach://` name is no parameter."""
    kinds = METHODS[method]
    attached = set(re.findall(r"attach://([^\"\\]+)", json.dumps(given, default=str)))
    for name, value in given.items():
        if name in kinds:
            yield from faults_of(kinds[name][0], value, f"{method}.{name}")
        elif name not in attached:
            yield f"{method} has no parameter {name}"
    for name, (_, required) in kinds.items():
        if required and given.get(name) is None:
            yield f"{method} needs {name}"
    yield from (f"{method}: attach://{name} is not there" for name in attached - given.keys())


def faults_of(kind: str, value: Any, where: str) -> Iterator[str]:
    """What the schema has against a value of this type."""
    if kind.startswith("Array of "):
        if not isinstance(value, list):
            yield f"{where} is no list but {type(value).__name__}"
            return
        for number, one in enumerate(value):
            yield from faults_of(kind.removeprefix("Array of "), one, f"{where}[{number}]")
        return
    choices = re.split(r", | or | and ", kind)
    if len(choices) > 1:
        yield from _none_fits(choices, value, where)
    elif kind in _PLAIN:
        if not _PLAIN[kind](value):
            yield f"{where} is no {kind} but {type(value).__name__}"
    elif "one_of" in (known := TYPES.get(kind, {})):
        yield from _none_fits(known["one_of"], value, where)
    elif known or kind in TYPES:
        yield from _faults_of_object(kind, value, where)


def _none_fits(choices: list[str], value: Any, where: str) -> Iterator[str]:
    found = [list(faults_of(choice, value, where)) for choice in choices]
    if all(found):
        yield min(found, key=len)[0]


def _faults_of_object(kind: str, value: Any, where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where} is no {kind} but {type(value).__name__}"
        return
    fields = TYPES[kind]
    for name, held in value.items():
        if name not in fields:
            yield f"{where}: {kind} has no field {name}"
        else:
            yield from faults_of(fields[name][0], held, f"{where}.{name}")
    yield from (
        f"{where}: {kind} needs {name}" for name, (_, required) in fields.items() if required and name not in value
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_PLAIN: Mapping[str, Callable[[Any], bool]] = {
    "Integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "Float": _is_number,
    "String": lambda value: isinstance(value, str),
    "Boolean": lambda value: isinstance(value, bool),
    "True": lambda value: value is True,
    "InputFile": lambda value: isinstance(value, Uploaded),
}
