"""What is wrong with a configuration, told to the person who wrote it: where, what, and what to do.

Pydantic names the place in the model; the operator knows the place in the file. `explain` walks the file's own data to
turn one into the other, and never looks at the value that was refused: it may be a secret.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

Place = tuple[str | int, ...]
"""Keys and list positions from the top of the file: ("owners", 0, "name")."""

_PLAIN = {
    "missing": "is missing",
    "string_too_short": "is empty",
    "string_type": 'must be a text: write it in quotes, "like this"',
    "bool_type": "must be true or false, without quotes",
    "bool_parsing": "must be true or false, without quotes",
    "int_type": "must be a whole number, without quotes",
    "int_parsing": "must be a whole number, without quotes",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number, without quotes",
    "float_parsing": "must be a number, without quotes",
    "dict_type": "must be a table: [name] on a line of its own, its settings below",
    "model_type": "must be a table: [name] on a line of its own, its settings below",
    "tuple_type": 'must be a list: ["one", "two"], or [[name]] on a line of its own where its items are tables',
}
"""Pydantic speaks of strings and tuples; whoever writes the file knows texts and lists."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One thing to mend. `key` is the path as it stands in the file, empty where the file as a whole is meant."""

    file: Path
    what: str
    key: str = ""
    todo: str = ""

    def __str__(self) -> str:
        where = f"{self.file}: {self.key}" if self.key else f"{self.file}"
        return f"{where}: {self.what}" + (f"\n    {self.todo}" if self.todo else "")


class ConfigError(Exception):
    """The configuration cannot be used. `problems` holds all that was found; `str()` is the report."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


def written(place: Place) -> str:
    """A place as the operator wrote it: `owners #1.surfaces #2.address`, with quotes where TOML needs them."""
    text = ""
    for part in place:
        if isinstance(part, int):
            text += f" #{part + 1}"  # people count from one
            continue
        key = part if re.fullmatch(r"[A-Za-z0-9_-]+", part) else json.dumps(part)
        text += f".{key}" if text else key
    return text


def explain(error: ValidationError, *, file: Path, data: object, model: type[BaseModel], under: Place) -> list[Problem]:
    """The problems that pydantic found in `data`, the table that stands at `under` in the file."""
    return [_problem(details, file, data, model, under) for details in error.errors(include_input=False)]


def _problem(details: ErrorDetails, file: Path, data: object, model: type[BaseModel], under: Place) -> Problem:
    place = _in_file(details["loc"], data)
    if details["type"] == "extra_forbidden":
        what, todo = "there is no such setting", _did_you_mean(str(place[-1]), _fields_at(model, place[:-1]))
    else:
        # A model's own words often end with what to do: that helps more than what the setting is for.
        what, _, todo = _what(details).partition("; ")
        todo = todo or _describe(model, place)
    return Problem(file=file, key=written(under + place), what=what, todo=todo)


def _in_file(loc: Place, data: object) -> Place:
    """`loc` without what stands in no file: the tags of unions, "[key]", the names of validators."""
    place: Place = ()
    for index, part in enumerate(loc):
        found, inner = _step(data, part)
        missing = index == len(loc) - 1 and isinstance(data, Mapping) and part != "[key]"
        if found or missing:
            place += (part,)
        if found:
            data = inner
    return place


def _step(data: object, part: str | int) -> tuple[bool, object]:
    if isinstance(data, Mapping) and part in data:
        return True, data[part]
    if isinstance(data, list) and isinstance(part, int) and part < len(data):
        return True, data[part]
    return False, None


def _what(details: ErrorDetails) -> str:
    if details["type"] == "string_pattern_mismatch":
        return f"may not be written so (it has to match {details['ctx']['pattern']})"
    if plain := _PLAIN.get(details["type"]):
        return plain
    message = details["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return message.replace("should be", "must be", 1)


def _did_you_mean(key: str, fields: Mapping[str, str]) -> str:
    close = get_close_matches(key, fields, n=1, cutoff=0.6) or [name for name in fields if name.startswith(key)]
    if close:
        return f"did you mean {close[0]}?"
    return f"remove it; the settings here are {', '.join(sorted(fields))}" if fields else "remove it"


def _describe(model: type[BaseModel], place: Place) -> str:
    names = [index for index, part in enumerate(place) if isinstance(part, str)]
    if not names:
        return ""
    last = names[-1]
    return _fields_at(model, place[:last]).get(str(place[last]), "")


def _fields_at(model: type[BaseModel], place: Place) -> dict[str, str]:
    """The settings that the table at `place` may hold, each with its description."""
    models = [model]
    for part in place:
        if isinstance(part, str):
            annotations = [found.model_fields[part].annotation for found in models if part in found.model_fields]
            models = [inner for annotation in annotations for inner in models_in(annotation)] or models
    fields = [item for found in models for item in found.model_fields.items()]
    return {name: " ".join((field.description or "").split()) for name, field in fields}


def models_in(annotation: object) -> Iterator[type[BaseModel]]:
    """Every settings model that an annotation mentions: itself, or within a list, a mapping, a union."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from models_in(argument)
