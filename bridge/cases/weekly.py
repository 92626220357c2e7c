"""What owners read once a week, when the shop opens: the figures of seven days, beside those of the week before. Pure.

The seven days end at midnight before the day of the report. It is due with the first words that begin a wait, and from
then on each week, until one in which nothing happened and nobody waits. Its figures are read from the log before it is
decided (`counting.py`). That it was told stands in the log: a kill tells nothing twice, and a clock that jumps over
several weeks makes one report, of the last of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bridge.cases import weekly_words
from bridge.cases.quiet import unhurried
from bridge.cases.waiting import waiting
from bridge.decision import Decision, Effect, Log, Remind
from bridge.hours import Hours, WallClock
from bridge.language import language
from bridge.letterbox import Letterbox
from bridge.policy import Policy

TIMER = "weekly"
TOLD = "week told"
LETTERS = 1000
PROBLEMS = 100

WEEK = timedelta(days=7)
_NINE = 9 * 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Calendar:
    """On which weekday there is a report (0 is Monday), when the shop is open, and where."""

    weekday: int
    zone: ZoneInfo
    hours: Hours | None

    def last(self, now: datetime) -> date:
        """The day of the latest report that should have been told by now."""
        today = now.astimezone(self.zone).date()
        day = today - timedelta(days=(today.weekday() - self.weekday) % 7)
        return day if self.told_at(day) <= now else day - WEEK

    def told_at(self, day: date) -> datetime:
        """When the report of this day is due: as the shop opens, on that day or later; at nine where it always is."""
        clock = WallClock(self.zone)
        midnight = self.begins(day)
        opening = self.hours.next_opening(midnight) if self.hours else None
        if opening is not None and opening > midnight:
            return opening
        return datetime.fromtimestamp(clock.moment(day, _NINE), UTC)

    def begins(self, day: date) -> datetime:
        """Its midnight."""
        return datetime.fromtimestamp(WallClock(self.zone).moment(day, 0), UTC)


def calendar(policy: Policy, hours: Hours | None) -> Calendar | None:
    """None where no report is wanted."""
    if policy.weekly is None:
        return None
    return Calendar(weekday=policy.weekly, zone=hours.zone if hours else ZoneInfo(policy.timezone), hours=hours)


def due_next(box: Letterbox) -> list[Effect]:
    """The next report; none where it is not wanted."""
    found = calendar(box.policy, box.hours)
    if found is None:
        return []
    day = found.last(box.now) + WEEK
    data = {"timer": TIMER, "day": day.isoformat()}
    return [Remind(key=f"{TIMER}:{day.isoformat()}", due_at=found.told_at(day), data=data)]


def due(data: Mapping[str, object], box: Letterbox) -> Decision:
    """A week is over; or several are."""
    found, weeks = calendar(box.policy, box.hours), box.weeks
    if found is None or weeks is None:
        return Decision("no longer needed")
    day = weeks.day
    if data.get("day") == (day + WEEK).isoformat():  # the shop opens later than it was to when the timer was set
        return Decision("not yet", tuple(due_next(box)))
    if _told(found, day, box):
        return Decision("told before", tuple(due_next(box)))
    news = weekly_words.News(
        weeks=weeks,
        waiting=tuple(waiting(box)),
        problems=tuple(problem for problem in box.book.problems(PROBLEMS) if problem.closed_at is None),
        undelivered=sum(letter.at >= found.begins(day - WEEK) for letter in box.book.letters(LETTERS)),
    )
    if not news:
        return Decision("a quiet week")
    effects: list[Effect] = [Log(kind=TOLD, data={"day": day.isoformat()}), *due_next(box)]
    for owner, surface in box.policy.surfaces():
        effects += unhurried(weekly_words.words(news, language(owner.language), box), owner, surface, box)
    return Decision("week told", tuple(effects))


def _told(found: Calendar, day: date, box: Letterbox) -> bool:
    """Whether the report of this day was told: it is between its moment and that of the next one."""
    since, until = found.told_at(day), found.told_at(day + WEEK)
    return box.book.logged(TOLD, since) > box.book.logged(TOLD, until)
