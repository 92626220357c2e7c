"""For tests: a scripted connector with optional abilities, each a small class of its own.

    connector = able("phone", longest=4096)

What a connector is not asked to be able to do it has no method for, as the contract wants it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bridge.connector import Attachment, PermanentFailure, Text, Traits
from bridge.relay import cut
from bridge.testing import ScriptedConnector


def able(name: str, traits: Traits | None = None, **abilities: Any) -> ScriptedConnector:
    """A scripted connector that can do these things; `abilities` by the names in ABILITIES, with their options."""
    made = type("Able", (*(ABILITIES[ability] for ability in abilities), ScriptedConnector), {})
    connector: ScriptedConnector = made(name, traits=traits or Traits())
    for ability, option in abilities.items():
        setattr(connector, ability, option)
    return connector


class _Splitting:
    """Splits: at most `longest` characters, cut at spaces; sending more is refused."""

    longest: int

    def split(self, text: Text) -> Sequence[Text]:
        """See Splits."""
        parts, rest = [], text
        while len(rest.plain) > self.longest:
            space = rest.plain.rfind(" ", 1, self.longest + 1)
            end = self.longest if space < 0 else space
            parts.append(Text(rest.plain[:end]))
            rest = cut(rest, end)
        return [*parts, rest]


class _Fetching:
    """Fetches: `files` are the contents by their source; a failure in place of one is raised."""

    files: dict[str, bytes | Exception]

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """See Fetches."""
        found = self.files.get(attachment.source, PermanentFailure("it is no longer there"))
        if isinstance(found, Exception):
            raise found
        if len(found) > limit:
            raise PermanentFailure("it is too large")
        return found


ABILITIES: Mapping[str, type] = {"longest": _Splitting, "files": _Fetching}
"""The abilities that `able` knows."""
