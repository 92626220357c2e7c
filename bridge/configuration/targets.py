"""The tables [targets] and [groups]: how soon customers are to be answered, and groups of customers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from bridge.configuration.errors import Problem, written
from bridge.configuration.surfaces import list_of, mapping
from bridge.settings import Settings
from bridge.targets import Group, Kind, Rule, Targets

Hours = Annotated[float, Field(ge=0, le=10_000)]
GroupName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
_FIELDS = {
    Kind.FIRST: "first_response_hours",
    Kind.NEXT: "next_response_hours",
    Kind.RESOLUTION: "resolution_hours",
}


def _member(value: str) -> str:
    if "*" in value and not re.fullmatch(r"\*@[^@*\s]+\.[^@*\s]+", value):
        raise ValueError("a star stands for all of a domain only; write *@bigcustomer.example")
    if re.search(r"\s", value):
        raise ValueError("is no address; write one each: an address, or *@bigcustomer.example")
    return value.casefold()


Member = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(_member)]


def _tag(value: str) -> str:
    return value.removeprefix("#").lower()


Tag = Annotated[str, StringConstraints(pattern=r"^#?[^\s#]{1,40}$"), AfterValidator(_tag)]


class GroupSettings(Settings):
    """A group of customers, by their addresses."""

    members: Annotated[tuple[Member, ...], Field(min_length=1)]
    """Addresses as they write from them: "anna@example.org", "*@bigcustomer.example" for all of a domain, a Telegram
    number. Whose address is linked to one of these is a member, too."""
    value: Annotated[int, Field(ge=0, le=1000)] = 0
    """How much they are worth to you, beside others: of those who wait, the most valuable come first."""


class RuleSettings(Settings):
    """Other targets for some cases: those on a channel, with a tag, of a group of customers, or all that is named."""

    channel: str = ""
    """The name of a connector of this file."""
    tag: Tag | None = None
    """A tag that owners put on cases (`tag N word`): the times hold from then on."""
    group: str = ""
    """The name of a group of customers ([groups.NAME])."""
    first_response_hours: Hours | None = None
    """From a conversation's first message to a person's answer. What a rule leaves out, the next one that fits says;
    0 is no target."""
    next_response_hours: Hours | None = None
    """From any later message that waits for an answer."""
    resolution_hours: Hours | None = None
    """From a conversation's first message, or the first after it was closed, to its closing."""

    @model_validator(mode="after")
    def _says_something(self) -> RuleSettings:
        if not (self.channel or self.tag or self.group):
            raise ValueError("names no case; write a `channel`, a `tag` or a `group`, or the times under [targets]")
        if all(getattr(self, name) is None for name in _FIELDS.values()):
            raise ValueError(f"says no time; write one of {', '.join(_FIELDS.values())}")
        return self

    def rule(self) -> Rule:
        """The value that decisions use."""
        said = {kind: getattr(self, name) for kind, name in _FIELDS.items()}
        times = {kind: timedelta(hours=hours) for kind, hours in said.items() if hours is not None}
        return Rule(channel=self.channel, tag=self.tag or "", group=self.group, times=times)


class TargetSettings(Settings):
    """How soon customers are to be answered, in business hours ([hours]). 0 is no target."""

    first_response_hours: Hours = 0
    """From a conversation's first message to a person's answer."""
    next_response_hours: Hours = 0
    """From any later message that waits for an answer."""
    resolution_hours: Hours = 0
    """From a conversation's first message, or the first after it was closed, to its closing."""

    remind_at: Annotated[float, Field(gt=0, le=1)] = 0.75
    """Owners are reminded of who waits once this share of the time has gone by, and again when all of it has."""

    rules: tuple[RuleSettings, ...] = ()
    """One table [[targets.rules]] for each. For each time the most specific one that says it holds: of a tag before a
    group, a group before a channel, and several of them before one."""

    @model_validator(mode="after")
    def _each_once(self) -> TargetSettings:
        seen: list[tuple[str, str, str]] = []
        for settings in self.rules:
            named = settings.rule().named
            if named in seen:
                told = ", ".join(name for name in named if name)
                raise ValueError(f"has two rules for the same cases ({told}); write all their times under one")
            seen.append(named)
        return self

    def targets(self, groups: Mapping[str, GroupSettings]) -> Targets:
        """The value that decisions and reports use."""
        times = {kind: timedelta(hours=getattr(self, name)) for kind, name in _FIELDS.items()}
        return Targets(
            times={kind: time for kind, time in times.items() if time},
            rules=tuple(settings.rule() for settings in self.rules),
            groups=tuple(
                Group(name=name, members=frozenset(found.members), value=found.value) for name, found in groups.items()
            ),
        )


def target_problems(path: Path, data: Mapping[str, object]) -> Iterator[Problem]:
    """Rules that name a connector or a group which is not there."""
    for index, rule in enumerate(list_of(mapping(data.get("targets")).get("rules"))):
        for key, kind, table in (("channel", "connector", "connectors"), ("group", "group", "groups")):
            name, known = mapping(rule).get(key), list(mapping(data.get(table)))
            if isinstance(name, str) and name and name not in known:
                place = written(("targets", "rules", index, key))
                yield Problem(file=path, key=place, what=f"there is no {kind} {name!r}", todo=_todo(name, known, table))


def _todo(name: str, known: Sequence[str], table: str) -> str:
    if close := get_close_matches(name, known, n=1):
        return f"did you mean {close[0]}?"
    return f"there are {', '.join(known)}" if known else f"add a table [{table}.NAME]"
