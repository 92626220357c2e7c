"""How soon customers are to be answered: which of several times holds for a case. Pure.

A rule names a channel, a tag or a group of customers, or several of these, and says times. For each time that one may
ask for, the most specific rule that says it holds:

    tag, group, channel > tag, group > tag, channel > group, channel > tag > group > channel > what holds for all

Of two that name the same (a case has both tags, a customer is in both groups), the one that stands first does.
Reminders, lists, the reports and the weekly figures all ask `Targets.within`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class Kind(StrEnum):
    """What was waited for."""

    FIRST = "first response"
    NEXT = "next response"
    RESOLUTION = "resolution"


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Customers by their addresses: "anna@example.org", or "*@example.org" for all of a domain; in small letters.
    `value` is what they are worth to the shop, beside others: who waits is listed in its order.
    """

    name: str
    members: frozenset[str]
    value: int = 0

    def has(self, addresses: Iterable[str]) -> bool:
        """Whether one of these addresses is a member's."""
        return any(name in self.members for address in addresses for name in _names(address.casefold()))


def _names(address: str) -> tuple[str, str]:
    return address, f"*@{address.rpartition('@')[2]}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """Times for some cases; "" for what it does not ask. A time of nothing says that there is no target."""

    channel: str = ""
    tag: str = ""
    group: str = ""
    times: Mapping[Kind, timedelta]

    @property
    def rank(self) -> tuple[int, bool, bool, bool]:
        """The larger, the more specific."""
        return (sum(map(bool, self.named)), bool(self.tag), bool(self.group), bool(self.channel))

    @property
    def named(self) -> tuple[str, str, str]:
        """What it asks for."""
        return (self.channel, self.tag, self.group)

    def fits(self, subject: Subject) -> bool:
        """Whether it is about this one."""
        return (
            self.channel in ("", subject.channel)
            and (not self.tag or self.tag in subject.tags)
            and (not self.group or self.group in subject.groups)
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """What rules ask of a case: its channel (a connector's name), its tags, its customer's groups."""

    channel: str
    tags: Sequence[str] = ()
    groups: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Targets:
    """All of it: `times` hold where no rule says otherwise; what is in neither has no target."""

    times: Mapping[Kind, timedelta] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    groups: tuple[Group, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "rules", tuple(sorted(self.rules, key=lambda rule: rule.rank, reverse=True)))

    def __bool__(self) -> bool:
        return any(self.times.values()) or any(any(rule.times.values()) for rule in self.rules)

    def within(self, kind: Kind, subject: Subject) -> timedelta | None:
        """How much business time such a wait may take; None where there is no target."""
        for rule in self.rules:
            if kind in rule.times and rule.fits(subject):
                return rule.times[kind] or None
        return self.times.get(kind) or None

    def of_all(self, kind: Kind) -> timedelta | None:
        """The one time that holds for every case; None where there is none, or where rules tell cases apart."""
        return None if any(kind in rule.times for rule in self.rules) else self.times.get(kind) or None

    def said(self, kind: Kind) -> bool:
        """Whether any case has a target of this kind."""
        return any(one.get(kind) for one in (self.times, *(rule.times for rule in self.rules)))

    def asks_groups(self) -> bool:
        """Whether a rule asks for groups: else nobody need look up addresses."""
        return any(rule.group for rule in self.rules)

    def groups_of(self, addresses: Iterable[str]) -> tuple[Group, ...]:
        """The groups that the customer with these addresses is in."""
        every = tuple(addresses)
        return tuple(group for group in self.groups if group.has(every))
