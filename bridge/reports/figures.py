"""What a report says of a period: counts, how long customers waited, how much the bridge answered, when they write.

Everything counts where it began: an answer of today to a message of last month is last month's. Hours are an argument:
with a calendar that was corrected, the same period says what it should have said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bridge.clocks.surveys import Survey
from bridge.clocks.turns import Case, Outcome, Spent, Turn, spent
from bridge.clocks.votes import Vote
from bridge.happened import at_moment, moment_of
from bridge.hours import Hours
from bridge.reports.limits import Limits
from bridge.reports.survival import HALF, NINE_TENTHS, curve, quantile
from bridge.reports.waits import How, Period, Wait, resolutions, responses
from bridge.targets import Kind, Targets

_QUARTER = timedelta(minutes=15) // timedelta(microseconds=1)


class By(StrEnum):
    """What a report is divided by."""

    CHANNEL = "channel"
    OWNER = "owner"
    TAG = "tag"
    HOUR = "hour"
    WEEKDAY = "weekday"


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """Waits of one kind, and what they come to; times in microseconds, None where too many go on to know.

    `judged` waits are those of which it is known whether they kept their target: ended, or longer than it already.
    """

    waits: Sequence[Wait]
    answered: int
    closed: int
    waiting: int
    median: int | None
    p90: int | None
    median_wall: int | None
    p90_wall: int | None
    within: int
    judged: int


@dataclass(slots=True)
class Group:
    """One line of a report while it is put together, and after. `bot_only`: nobody else had to answer."""

    name: str
    cases: set[int] = field(default_factory=set)
    messages: int = 0
    turns: int = 0
    bot: list[int] = field(default_factory=list)
    bot_only: int = 0
    waits: dict[Kind, list[Wait]] = field(default_factory=lambda: {kind: [] for kind in Kind})
    votes: list[Vote] = field(default_factory=list)
    surveys: list[Survey] = field(default_factory=list)
    _measured: dict[Kind, Measured] = field(default_factory=dict)

    def turned(self, turn: Turn) -> None:
        """A turn belongs to it."""
        self.cases.add(turn.case)
        self.messages += turn.words
        self.turns += 1
        if turn.bot_at is not None:
            self.bot.append(turn.bot_at - turn.began)
            self.bot_only += turn.outcome is Outcome.BOT

    def measured(self, kind: Kind) -> Measured:
        """What its waits of this kind come to; to be asked once they are all there."""
        if kind not in self._measured:
            self._measured[kind] = measured(self.waits[kind])
        return self._measured[kind]


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """The whole. `written` counts customers' messages by weekday (Monday first) and hour, on the shop's clock; `time`
    is whom the period's episodes waited for, in business time.
    """

    period: Period
    zone: ZoneInfo
    by: By | None
    total: Group
    groups: Sequence[Group]
    written: Sequence[Sequence[int]]
    time: Spent
    targets: Targets


def report(cases: Iterable[Case], period: Period, hours: Hours, by: By | None, targets: Targets) -> Report:
    """The figures of the period."""
    counting = Counting(period, hours, by, targets)
    for case in cases:
        counting.add(case)
    return counting.report()


@dataclass(slots=True)
class Counting:
    """A report while it is put together, case by case: for whoever cannot have all of them at once."""

    period: Period
    hours: Hours
    by: By | None
    targets: Targets
    total: Group = field(default_factory=lambda: Group("all"))
    groups: dict[str, Group] = field(default_factory=dict)
    quarters: Counter[int] = field(default_factory=Counter)
    time: tuple[int, int, int] = (0, 0, 0)

    def add(self, case: Case, addresses: Sequence[str] = ()) -> None:
        """One case more, of the customer with these addresses; nobody need look them up where no target asks for
        groups.
        """
        self.quarters.update([moment // _QUARTER for moment in case.words if self.period.holds(moment)])
        for turn in case.turns:
            for group in self._groups(case, turn.began, turn.owner):
                group.turned(turn)
        for wait in self._waits(case, addresses):
            for group in self._groups(case, wait.began, wait.owner):
                group.waits[wait.kind].append(wait)
        self._add_said(case)
        for episode in case.episodes:
            if self.period.holds(episode.began):
                self._spend(spent(case, episode, self.period.now, self.hours.microseconds))

    def _add_said(self, case: Case) -> None:
        """What people said of the bridge's answers, and of how it was."""
        for vote in case.votes:
            for group in self._groups(case, vote.asked, vote.owner):
                group.votes.append(vote)
        for survey in case.surveys:
            for group in self._groups(case, survey.began, survey.owner):
                group.surveys.append(survey)

    def begin_with_the_first_words(self) -> None:
        """The period begins on the day of the first message, now that this is known: for reports of everything."""
        if self.quarters:
            first = local_time(min(self.quarters) * _QUARTER, self.hours.zone)
            midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
            self.period = replace(self.period, since=moment_of(midnight))

    def report(self) -> Report:
        """What it has come to."""
        shop, bot, customer = self.time
        return Report(
            period=self.period,
            zone=self.hours.zone,
            by=self.by,
            total=self.total,
            groups=[self.groups[name] for name in sorted(self.groups)],
            written=self._written(),
            time=Spent(shop=shop, bot=bot, customer=customer),
            targets=self.targets,
        )

    def _written(self) -> Sequence[Sequence[int]]:
        # By quarters of an hour, since there are fewer of them than messages, and no clock is off by less.
        counts = [[0] * 24 for _ in range(7)]
        for quarter, count in self.quarters.items():
            local = local_time(quarter * _QUARTER, self.hours.zone)
            counts[local.weekday()][local.hour] += count
        return counts

    def _waits(self, case: Case, addresses: Sequence[str]) -> Iterator[Wait]:
        measure = self.hours.microseconds
        groups = tuple(group.name for group in self.targets.groups_of(addresses))
        limits = Limits(case, self.targets, measure, groups)
        yield from responses(case, self.period, measure, limits)
        yield from resolutions(case, self.period, measure, limits)

    def _spend(self, more: Spent) -> None:
        shop, bot, customer = self.time
        self.time = (shop + more.shop, bot + more.bot, customer + more.customer)

    def _groups(self, case: Case, began: int, owner: str) -> Iterator[Group]:
        """Where something counts that began then; nowhere, if that was not in the period."""
        if not self.period.holds(began):
            return
        yield self.total
        for name in _names(self.by, case, began, owner, self.hours.zone):
            if name not in self.groups:
                self.groups[name] = Group(name)
            yield self.groups[name]


def _names(by: By | None, case: Case, began: int, owner: str, zone: ZoneInfo) -> Sequence[str]:
    """The groups that something belongs to: one, but for tags."""
    if by is None:
        return ()
    if by is By.CHANNEL:
        return (case.channel,)
    if by is By.OWNER:
        return (owner,)
    if by is By.TAG:
        return case.tags or ("",)
    local = local_time(began, zone)
    # Weekdays as numbers, Monday 1, so that they sort; where people read them they have names.
    return (f"{local.hour:02}",) if by is By.HOUR else (str(local.isoweekday()),)


def local_time(moment: int, zone: ZoneInfo) -> datetime:
    """What the shop's clock shows at a moment in microseconds since 1970."""
    return at_moment(moment).astimezone(zone)


def measured(waits: Sequence[Wait]) -> Measured:
    """What these waits come to."""
    business = curve((wait.business, wait.over) for wait in waits)
    wall = curve((wait.wall, wait.over) for wait in waits)
    return Measured(
        waits=waits,
        answered=sum(wait.over for wait in waits),
        closed=sum(wait.how is How.CLOSED for wait in waits),
        waiting=sum(wait.how is How.WAITING for wait in waits),
        median=quantile(business, HALF),
        p90=quantile(business, NINE_TENTHS),
        median_wall=quantile(wall, HALF),
        p90_wall=quantile(wall, NINE_TENTHS),
        within=sum(wait.kept is True for wait in waits),
        judged=sum(wait.kept is not None for wait in waits),
    )
