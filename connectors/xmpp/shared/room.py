"""A room as it is kept: its title, who is in it, its last lines. Values only; what changes one gives another. Pure.

Two rows of the connector's position: `room:NAME` for itself, `lines:NAME` for what was said, so that somebody who comes
does not write all of that again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from connectors.xmpp.address import bare

ROOM, LINES = "room:", "lines:"

LINES_AT_MOST = 50
BYTES_AT_MOST = 48 * 1024

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """Something that was said in a room: `xml` is the stanza without a receiver, `id` what the room calls it."""

    number: int
    id: str
    at: datetime
    xml: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """One conversation's room.

    open      the conversation goes on
    inside    the full JIDs of those who are in it
    invited   when each owner was invited last; NEVER for one who was in it since
    said      how many lines there have been
    handed    up to which number they were handed out
    """

    name: str
    title: str
    open: bool = True
    inside: tuple[str, ...] = ()
    invited: Mapping[str, datetime] = field(default_factory=dict)
    said: int = 0
    handed: int = 0
    lines: tuple[Line, ...] = ()

    def of(self, owner: str) -> list[str]:
        """Where this owner is in it."""
        return [jid for jid in self.inside if bare(jid) == owner]

    def owners_inside(self) -> list[str]:
        """Which owners are in it, each once, in the order in which they came."""
        return list(dict.fromkeys(bare(jid) for jid in self.inside))

    def entered(self, jid: str) -> Room:
        """Somebody is in it, and need not be invited; as soon as they are not, they may be."""
        inside = (*(one for one in self.inside if one != jid), jid)
        return replace(self, inside=inside, invited={**self.invited, bare(jid): NEVER})

    def left(self, *jids: str) -> Room:
        """Without these."""
        return replace(self, inside=tuple(one for one in self.inside if one not in jids))

    def with_line(self, identifier: str, xml: str, at: datetime) -> Room:
        """One line more. What was handed out already gives way where there are too many."""
        said = self.said + 1
        lines = [*self.lines, Line(number=said, id=identifier, at=at, xml=xml)]
        return replace(self, said=said, lines=tuple(_kept(lines, self.handed)))

    def handed_out(self, number: int) -> Room:
        """Lines up to this number have been handed out."""
        return replace(self, handed=max(self.handed, min(number, self.said)))

    @property
    def waiting(self) -> tuple[Line, ...]:
        """What has yet to be handed out."""
        return tuple(line for line in self.lines if line.number > self.handed)

    def knows(self, identifier: str) -> bool:
        """Whether this line is among the last ones."""
        return any(line.id == identifier for line in self.lines)

    def ended(self) -> Room:
        """Closed: nobody is in it, nothing is kept of what was said, and everybody may be invited again."""
        invited = dict.fromkeys(self.invited, NEVER)
        return replace(self, open=False, inside=(), lines=(), handed=self.said, invited=invited)

    def rows(self, before: Room | None) -> Iterator[tuple[str, str]]:
        """What is to be written of it, where this is what was written before."""
        if before is None or self.lines != before.lines:
            yield LINES + self.name, _written(self.lines)
        if before is None or replace(self, lines=()) != replace(before, lines=()):
            yield ROOM + self.name, self._row()

    def _row(self) -> str:
        invited = {owner: at.isoformat() for owner, at in self.invited.items()}
        kept = {"title": self.title, "open": self.open, "inside": self.inside, "invited": invited}
        return json.dumps({**kept, "said": self.said, "handed": self.handed}, ensure_ascii=False)


def _kept(lines: list[Line], handed: int) -> list[Line]:
    """The last ones, within measure; none is given up that was not handed out, and never the last."""
    size, kept = 0, 0
    for line in reversed(lines):
        size += len(line.xml.encode())
        within = kept < LINES_AT_MOST and size <= BYTES_AT_MOST
        if kept and not within and line.number <= handed:
            break
        kept += 1
    return lines[len(lines) - kept :]


def rooms_of(position: Mapping[str, str]) -> dict[str, Room]:
    """The rooms as they were kept; what cannot be read is left out."""
    names = [key.removeprefix(ROOM) for key in position if key.startswith(ROOM)]
    found = (_read(name, position[ROOM + name], position.get(LINES + name, "")) for name in names)
    return {room.name: room for room in found if room is not None}


def _read(name: str, value: str, lines: str) -> Room | None:
    try:
        kept = json.loads(value)
        invited = {str(owner): datetime.fromisoformat(at) for owner, at in kept["invited"].items()}
        return Room(
            name=name,
            title=str(kept["title"]),
            open=bool(kept["open"]),
            inside=tuple(str(jid) for jid in kept["inside"]),
            invited=invited,
            said=int(kept["said"]),
            handed=int(kept["handed"]),
            lines=_lines(lines),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _written(lines: tuple[Line, ...]) -> str:
    kept = [[line.number, line.id, line.at.isoformat(), line.xml] for line in lines]
    return json.dumps(kept, ensure_ascii=False) if kept else ""


def _lines(value: str) -> tuple[Line, ...]:
    kept = json.loads(value) if value else []
    return tuple(
        Line(number=int(number), id=str(named), at=datetime.fromisoformat(at), xml=str(xml))
        for number, named, at, xml in kept
    )
