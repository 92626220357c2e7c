"""The pages of docs/reference, written from the code itself: `python -m bridge.cli.reference`.

The models' JSON schemas say what a setting may be, the texts under the settings what they mean.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bridge.configuration.models import FileSettings
from bridge.owners.commands import COMMANDS
from bridge.plugins import Plugins
from bridge.settings import Settings

PAGES = Path(__file__).parents[2] / "docs/reference"
FILE = PAGES / "configuration.md"
COMMANDS_FILE = PAGES / "commands.md"
BUILT_IN = ("console", "email", "telegram", "xmpp", "xmpp-contacts")

_INTRODUCTION = """\
# Configuration

One TOML file, `config.toml`. `inbox-bridge check` says what is wrong with it. `config.example.toml` shows every setting
in its place. This page is made from the code (`make reference`).

A **secret** (a password, a token) is written as itself or, better, as where it is: `file:PATH` (relative to the state
folder), `env:NAME` (an environment variable) or `credential:NAME` (systemd's `LoadCredential=`). While a secret itself
stands in the file, nobody but its owner may read the file (`chmod 600`). Durations are seconds.
"""

_OWNERS = """\
# What an owner can type

In any client. After `!` a command counts even where a line would go to a customer; `//` begins a note. Where a line
stands in a customer's room, or quotes a customer, the number may be left out. This page is made from the code
(`make reference`).
"""

Schema = Mapping[str, Any]


def render_commands() -> str:
    """The page of the owner's commands, as Markdown."""
    rows = [f"| `{command.usage}` | {command.summary} |" for command in COMMANDS]
    return "\n".join([_OWNERS, "| type | it does |", "|---|---|", *rows]) + "\n"


def render(plugins: Plugins) -> str:
    """The whole page, as Markdown."""
    lines = [_INTRODUCTION, *_tables(FileSettings, "")]
    for name in BUILT_IN:
        lines += [f'# Connectors with `type = "{name}"`\n', *_tables(plugins.get(name).settings, "connectors.NAME")]
    return "\n".join(lines).rstrip() + "\n"


def _tables(model: type[Settings], heading: str) -> Iterator[str]:
    schema = model.model_json_schema()
    yield from _table(schema, schema.get("$defs", {}), heading)


def _table(schema: Schema, known: Schema, heading: str, *, many: bool = False) -> Iterator[str]:
    title = f"`{_brackets(heading, many=many)}`" if heading else "Top of the file"
    yield f"## {title}\n\n{_first_paragraph(schema)}\n"
    rows, inner = [], []
    for name, field in schema.get("properties", {}).items():
        target, path, repeated = _inner_table(field, f"{heading}.{name}".lstrip("."))
        if target:
            inner.append(_table(known[target], known, path, many=repeated))
        kind = f"`{_brackets(path, many=repeated)}`" if target else _kind(field, known)
        meaning = _text(field) or (_first_paragraph(known[target]) if target else "")
        rows.append(f"| `{name}` | {kind} | {_default(name, schema, field)} | {meaning} |")
    if rows:
        yield "\n".join(["| setting | what it is | default | meaning |", "|---|---|---|---|", *rows]) + "\n"
    for lines in inner:
        yield from lines


def _brackets(path: str, *, many: bool) -> str:
    return f"[[{path}]]" if many else f"[{path}]"


def _inner_table(field: Schema, path: str) -> tuple[str, str, bool]:
    """The definition of the table that a field is, its path, and whether there may be many ([[path]])."""
    for part in (field, *field.get("anyOf", ())):
        if "$ref" in part:
            return _name(part["$ref"]), path, False
        if "$ref" in part.get("items", {}):
            return _name(part["items"]["$ref"]), path, True
        # A mapping with a pattern for its keys, or without one.
        for values in (part.get("additionalProperties"), *part.get("patternProperties", {}).values()):
            if isinstance(values, dict) and "$ref" in values:
                return _name(values["$ref"]), f"{path}.NAME", False
    return "", path, False


def _name(reference: str) -> str:
    return reference.rpartition("/")[2]


def _kind(field: Schema, known: Schema) -> str:
    kinds = [_kind(part, known) for part in field.get("anyOf", ()) if part.get("type") != "null"]
    if kinds:
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in field or "const" in field:
        return ", ".join(f"`{json.dumps(value)}`" for value in field.get("enum", [field.get("const")]))
    if field.get("type") == "array":
        return f"list of {_kind(field.get('items', {}), known)}"
    if field.get("type") == "object":
        values = field.get("additionalProperties")
        return "table of lists" if isinstance(values, dict) and values.get("type") == "array" else "table of texts"
    plain = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
    formats = {"secret": "secret", "path": "path", "date-time": "date and time"}
    kind = formats.get(field.get("format", "")) or plain.get(field.get("type", ""), "value")
    return kind + _range(field)


def _range(field: Schema) -> str:
    low = field.get("minimum", field.get("exclusiveMinimum"))
    high = field.get("maximum", field.get("exclusiveMaximum"))
    if low is None and high is None:
        return ""
    if high is None:
        return f", {'more than' if 'exclusiveMinimum' in field else 'at least'} {_number(low)}"
    return f", at most {_number(high)}" if low is None else f", {_number(low)} to {_number(high)}"


def _number(value: float) -> str:
    return f"{int(value):,}" if value == int(value) else str(value)


def _default(name: str, schema: Schema, field: Schema) -> str:
    if name in schema.get("required", ()):
        return "required"
    default = field.get("default")
    return "" if default in (None, "", [], {}) or isinstance(default, dict) else f"`{json.dumps(default)}`"


def _text(field: Schema) -> str:
    return " ".join(str(field.get("description", "")).split()).replace("|", "\\|")


def _first_paragraph(schema: Schema) -> str:
    return " ".join(str(schema.get("description", "")).partition("\n\n")[0].split())


if __name__ == "__main__":
    PAGES.mkdir(parents=True, exist_ok=True)
    FILE.write_text(render(Plugins()), encoding="utf-8")
    COMMANDS_FILE.write_text(render_commands(), encoding="utf-8")
