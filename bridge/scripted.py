"""For tests: a scripted connector with optional abilities, each a small class of its own.

    connector = able("phone", longest=4096)

What a connector is not asked to be able to do it has no method for, as the contract wants it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bridge.abilities import Surface
from bridge.connector import Traits
from bridge.failures import NeverKnown, OutcomeUnknown, PermanentFailure, RoomGone
from bridge.messages import Attachment
from bridge.outbound import Outbound, Receipt
from bridge.owners.relay import cut
from bridge.testing import ScriptedConnector
from bridge.text import Text


def able(name: str, traits: Traits | None = None, **abilities: Any) -> ScriptedConnector:
    """A scripted connector that can do these things; `abilities` by the names in ABILITIES, with their options."""
    bases = [*(ABILITIES[ability] for ability in abilities), ScriptedConnector]
    made = type("Able", tuple(bases), {})
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


class _Roomy(ScriptedConnector):
    """Rooms: `rooms` are those that were opened, by their names, each with its title and whether it is closed or gone.

    `refusals` are raised by the next calls that open or close one, None for none; `hold_opening` is awaited in each.
    """

    rooms: dict[str, list[str]]

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.surface = Surface(rooms=True)
        self.refusals: deque[Exception | None] = deque()
        self.hold_opening: asyncio.Event | None = None
        self.opening = 0

    async def open_room(self, address: str, title: str) -> str:  # noqa: ARG002 - the contract's
        """See Rooms."""
        self.opening += 1
        if self.hold_opening is not None:
            await self.hold_opening.wait()
        self._refuse()
        name = f"{self.name}-room-{len(self.rooms) + 1}"
        self.rooms[name] = [title, "open"]
        return name

    async def close_room(self, address: str, room: str, *, reopen: bool = False) -> None:  # noqa: ARG002 - likewise
        """See Rooms."""
        self._refuse()
        self._require(room)
        self.rooms[room][1] = "open" if reopen else "closed"

    async def send(self, outbound: Outbound) -> Receipt:
        """See Connector."""
        if outbound.room:
            self._require(outbound.room)
        return await super().send(outbound)

    def _refuse(self) -> None:
        failure = self.refusals.popleft() if self.refusals else None
        if failure is not None:
            raise failure

    def _require(self, room: str) -> None:
        if self.rooms.get(room, ["", "gone"])[1] == "gone":
            raise RoomGone("its room is gone")


class _Editing(ScriptedConnector):
    """Edits: `edits` are the native ids of what was changed; the change is in `sent`, in brackets."""

    edits: list[str]

    async def edit(self, outbound: Outbound, native_id: str) -> None:
        """See Edits."""
        await self._change(outbound, native_id, f"(changed) {outbound.text.plain}")

    async def delete(self, outbound: Outbound, native_id: str) -> None:
        """See Edits."""
        await self._change(outbound, native_id, "(taken back)")

    async def _change(self, outbound: Outbound, native_id: str, text: str) -> None:
        await super().send(replace(outbound, text=Text(text)))
        self.edits.append(native_id)


class _Recalling:
    """Recalls: `recalls` are the network's answers in turn: has, lacks, busy (not now), never (it can never tell)."""

    recalls: list[str]

    async def recall(self, outbound: Outbound) -> Receipt | None:
        """See Recalls."""
        answer = self.recalls.pop(0)
        if answer == "busy":
            raise OutcomeUnknown("the network is busy")
        if answer == "never":
            raise NeverKnown("the network broke down")
        return Receipt(native_ids=(outbound.id,)) if answer == "has" else None


ABILITIES: Mapping[str, type] = {
    "edits": _Editing,
    "longest": _Splitting,
    "files": _Fetching,
    "rooms": _Roomy,
    "recalls": _Recalling,
}
"""The abilities that `able` knows."""
