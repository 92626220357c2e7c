"""Reading JSON of others: a field is what it should be, or an error names it, without its value. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]


class Unexpected(ValueError):
    """A field is missing, or of another type than the Bot API says."""


def json_object(holder: Json, name: str) -> Json:
    """The object in this field. Raises Unexpected."""
    held = holder.get(name)
    if not isinstance(held, dict):
        raise Unexpected(f"{name} is {_named(held)}, not an object")
    return held


def maybe_object(holder: Json, name: str) -> Json | None:
    """The object in this field, None where there is none. Raises Unexpected for anything else."""
    return json_object(holder, name) if holder.get(name) is not None else None


def objects(holder: Json, name: str) -> list[Json]:
    """The objects of the list in this field, none where it is missing. Raises Unexpected."""
    held = holder.get(name, [])
    if not isinstance(held, list) or not all(isinstance(one, dict) for one in held):
        raise Unexpected(f"{name} is {_named(held)}, not a list of objects")
    return held


def integer(holder: Json, name: str) -> int:
    """The whole number in this field. Raises Unexpected."""
    held = holder.get(name)
    if not isinstance(held, int) or isinstance(held, bool):
        raise Unexpected(f"{name} is {_named(held)}, not a whole number")
    return held


def maybe_integer(holder: Json, name: str) -> int:
    """The whole number in this field, 0 for anything else: for what is good to know, like a size."""
    held = holder.get(name)
    return held if isinstance(held, int) and not isinstance(held, bool) else 0


def string(holder: Json, name: str) -> str:
    """The text in this field, "" for none. Raises Unexpected for anything else."""
    held = holder.get(name, "")
    if not isinstance(held, str):
        raise Unexpected(f"{name} is {_named(held)}, not a text")
    return held


def _named(value: object) -> str:
    return "missing" if value is None else f"a {type(value).__name__}"
