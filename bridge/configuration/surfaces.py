"""Where owners read and answer, as the file has it before it is known to be right: what no single table can know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from bridge.configuration.errors import Place, Problem, written


def surface_problems(path: Path, data: Mapping[str, object]) -> Iterator[Problem]:
    """Surfaces on connectors that are not there, and addresses that would mean two owners."""
    connectors = mapping(data.get("connectors"))
    seen: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for place, connector, address in surfaces(data):
        if connector not in connectors:
            key = written((*place, "connector"))
            names = ", ".join(written((name,)) for name in connectors)
            todo = f"the connectors here are {names}" if names else "add a [connectors.NAME] table"
            yield Problem(file=path, key=key, what=f"there is no connector {connector!r}", todo=todo)
        member = member_at(data, place)
        others = seen.setdefault((connector, address.casefold()), [])
        clash = next((other for other, theirs in others if not (member and theirs) or member == theirs), "")
        others.append((written(place), member))
        if clash:
            todo = "every address belongs to one owner, once; in a group that several share, each says who they are in "
            todo += "it: member"
            yield Problem(file=path, key=written((*place, "address")), what=f"is the same as {clash}", todo=todo)


def member_at(data: Mapping[str, object], place: Place) -> str:
    """Who the owner is in a shared group, as the surface that stands there says."""
    found: object = data
    for step in place:
        found = list_of(found)[step] if isinstance(step, int) else mapping(found).get(step)
    return str(mapping(found).get("member", ""))


def surfaces(data: Mapping[str, object]) -> Iterator[tuple[Place, str, str]]:
    """Where each surface stands in the file, the connector that it names, and its address."""
    for index, owner in enumerate(list_of(data.get("owners"))):
        for number, surface in enumerate(list_of(mapping(owner).get("surfaces"))):
            connector, address = mapping(surface).get("connector"), mapping(surface).get("address")
            if isinstance(connector, str) and isinstance(address, str):
                yield ("owners", index, "surfaces", number), connector, address


def mapping(value: object) -> Mapping[str, object]:
    """The table that stands there, or an empty one: what is wrong with it is told elsewhere."""
    return value if isinstance(value, dict) else {}


def list_of(value: object) -> list[object]:
    """The list that stands there, or an empty one."""
    return value if isinstance(value, list) else []
