"""Figures of a period: against the slow and obvious way, before and after the calendar was corrected; and by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from examples import examples
from hours.shops import calendar, shop, special, week
from hypothesis import given
from hypothesis import strategies as st
from reports import obvious
from reports.histories import EPOCH, START, history, number

from bridge.clocks.track import cases
from bridge.happened import Happened
from bridge.hours import ALWAYS, Hours
from bridge.reports.figures import By, Group, Report, report
from bridge.reports.opinions import Asked, Opinions, opinions
from bridge.reports.precision import precision
from bridge.reports.survival import HALF, NINE_TENTHS, curve, quantile
from bridge.reports.waits import Period
from bridge.targets import Kind, Targets

OFFICE = week(mon_fri="9-12 13-17")
BEFORE = shop(OFFICE)
# A closure that was forgotten, and Easter.
AFTER = shop(
    OFFICE,
    "Europe/Berlin",
    special("2026-03-26"),
    holidays="DE-BE",
    calendars=[(calendar("DTSTART:20260401T090000 DURATION:PT3H"), False)],
)
LIMITS = {Kind.FIRST: timedelta(hours=4), Kind.NEXT: timedelta(hours=8), Kind.RESOLUTION: timedelta(hours=40)}
TARGETS = Targets(times=LIMITS)
HOUR = 3600 * 1_000_000


@pytest.mark.parametrize("by", [None, *By])
@pytest.mark.parametrize("seed", range(examples(4)))
def test_figures_are_the_obvious_ones(seed: int, by: By | None) -> None:
    random = Random(seed)
    logs = [history(case, random)[0] for case in range(1, 61)]
    now = number(START + timedelta(days=random.choice((20, 60))))
    logs = [[event for event in log if event.at <= now] for log in logs]
    logs = [log for log in logs if log]
    since = number(START + timedelta(days=random.randint(-2, 8)))
    period = Period(since=since, until=since + random.choice((3, 12, 90)) * 24 * HOUR, now=now)
    for hours in (BEFORE, AFTER, ALWAYS):
        found = report(cases(event for log in logs for event in log), period, hours, by, TARGETS)
        _compare(found, logs, period, hours, by)


def test_a_corrected_calendar_corrects_the_past() -> None:
    log = [
        Happened(1, number(datetime(2026, 3, 25, 15, tzinfo=ZoneInfo("UTC"))), "customer wrote", {"connector": "mail"}),
        Happened(
            1,
            number(datetime(2026, 3, 27, 9, tzinfo=ZoneInfo("UTC"))),
            "answered",
            {"owner": "Olga", "elsewhere": True},
        ),
    ]
    period = Period(since=number(START), until=number(START) + 30 * 24 * HOUR, now=number(START) + 30 * 24 * HOUR)
    medians = []
    for hours in (BEFORE, AFTER, BEFORE):
        (wait,) = report(cases(log), period, hours, None, TARGETS).total.waits[Kind.FIRST]
        medians.append((wait.wall // HOUR, wait.business // HOUR))
    # 16:00 to 17:00, the day that was forgotten to be one off, 9:00 to 10:00.
    assert medians == [(42, 9), (42, 2), (42, 9)]


def _compare(found: Report, logs: Sequence[Sequence[Happened]], period: Period, hours: Hours, by: By | None) -> None:
    business = _slow(hours)
    expected: dict[str, _Slow] = {}
    for log in logs:
        for began, owner, counts in _counted(log, period.now, business):
            if period.since <= began < period.until:
                for name in _names(by, log, began, owner, hours.zone):
                    counts(expected.setdefault(name, _Slow()))
    groups = {group.name: group for group in (found.groups if by else [found.total])}
    assert groups.keys() == expected.keys() or (by is None and not expected)
    for name, slow in expected.items():
        slow.check(groups[name])


def _counted(
    log: Sequence[Happened], now: int, business: Callable[[int, int], int]
) -> Iterator[tuple[int, str, Callable[[_Slow], None]]]:
    """All that a log has to count: when it began, in whose line, and what it does to that."""
    case = log[0].conversation
    for turn in obvious.turns(log):
        assert isinstance(turn["began"], int)
        yield turn["began"], str(turn["owner"]), lambda slow, turn=turn: slow.turn(case, turn, now, business)  # type: ignore[misc]
    for began, closed_at, _, owner in obvious.episodes(log):
        length = business(began, max(began, now if closed_at is None else closed_at))
        resolved = (length, closed_at is not None)
        yield began, owner, lambda slow, resolved=resolved: slow.resolved.append(resolved)  # type: ignore[misc]
    for asked, _, word, sent, _, owner in obvious.votes(log):
        vote = (case, word, sent)
        yield asked, owner, lambda slow, vote=vote: slow.votes.append(vote)  # type: ignore[misc]
    for began, owner, *said in obvious.surveys(log):
        survey = (case, *said)
        yield began, owner, lambda slow, survey=survey: slow.surveys.append(survey)  # type: ignore[misc]


class _Slow:
    """One line of a report, the slow way."""

    def __init__(self) -> None:
        self.cases: set[int] = set()
        self.turns = self.words = self.bots = self.bots_alone = 0
        self.waits: dict[Kind, list[tuple[int, bool]]] = {Kind.FIRST: [], Kind.NEXT: []}
        self.resolved: list[tuple[int, bool]] = []
        self.votes: list[tuple[int, str, bool]] = []
        self.surveys: list[tuple[Any, ...]] = []

    def turn(self, case: int, turn: dict[str, object], now: int, business: Callable[[int, int], int]) -> None:
        self.cases.add(case)
        self.turns += 1
        assert isinstance(turn["words"], int)
        self.words += turn["words"]
        self.bots += bool(turn["bot"])
        if turn["bot"] and not turn["again"] and turn["person_at"] is None:
            self.bots_alone += 1
            return
        began = turn["began"]
        end = turn["person_at"] if turn["person_at"] is not None else turn["closed_at"]
        assert isinstance(began, int)
        assert end is None or isinstance(end, int)
        length = business(began, max(began, now) if end is None else end)
        kind = Kind.FIRST if turn["first"] else Kind.NEXT
        self.waits[kind].append((length, turn["person_at"] is not None))

    def check(self, group: Group) -> None:
        assert (group.cases, group.turns, group.messages) == (self.cases, self.turns, self.words)
        assert (len(group.bot), group.bot_only) == (self.bots, self.bots_alone)
        for kind, waits in {**self.waits, Kind.RESOLUTION: self.resolved}.items():
            found = group.measured(kind)
            limit = LIMITS[kind] // timedelta(microseconds=1)
            assert sorted((wait.business, wait.over) for wait in found.waits) == sorted(waits)
            assert found.median == obvious.quantile(waits, Fraction(1, 2))
            assert found.p90 == obvious.quantile(waits, Fraction(1, 10))
            assert found.within == sum(over and length <= limit for length, over in waits)
            assert found.judged == found.within + sum(length > limit for length, _ in waits)
            assert found.answered == sum(over for _, over in waits)
            assert found.answered + found.waiting + found.closed == len(waits)
        self._check_votes(group)
        self._check_surveys(opinions(group.surveys))

    def _check_surveys(self, found: Opinions) -> None:
        assert sorted(found.asked) == sorted(case for case, *_ in self.surveys)
        assert sorted(found.reasons) == sorted(case for case, _, _, _, reason, _ in self.surveys if reason)
        assert sorted(found.refused) == sorted(case for case, *_, refused in self.surveys if refused)
        for place, asked in enumerate(Asked, start=1):
            said = [(case[0], case[place]) for case in self.surveys if case[place] is not None]
            one = found.answers[asked]
            assert one.answered == len(said)
            good = (True,) if asked is Asked.SOLVED else (4, 5)
            assert one.good == sum(answer in good for _, answer in said)
            for answer in {answer for _, answer in said}:
                name = ("yes" if answer else "no") if asked is Asked.SOLVED else f"{answer}"
                assert sorted(one.cases[name]) == sorted(case for case, other in said if other == answer)

    def _check_votes(self, group: Group) -> None:
        for automatic in (True, False):
            judged = precision(group.votes, automatic=automatic)
            of = [(case, word) for case, word, sent in self.votes if sent is automatic]
            assert judged.judged == len(of)
            assert judged.right == sum(word in ("helped", "approved") for _, word in of)
            named = {str(word): list(cases) for word, cases in judged.cases.items()}
            assert named == {word: sorted(case for case, other in of if other == word) for _, word in of}


def _names(by: By | None, log: Sequence[Happened], began: int, owner: str, zone: ZoneInfo) -> Sequence[str]:
    local = (EPOCH + timedelta(microseconds=began)).astimezone(zone)
    channels = [event.data["connector"] for event in log if event.kind in ("customer wrote", "held")]
    tags = [event.data["tags"] for event in log if event.kind == "tagged"] or [[]]
    return {
        None: ["all"],
        By.CHANNEL: channels[:1] or [""],
        By.OWNER: [owner],
        By.TAG: tags[-1] or [""],
        By.HOUR: [f"{local.hour:02}"],
        By.WEEKDAY: [str(local.isoweekday())],
    }[by]


def _slow(hours: Hours) -> Callable[[int, int], int]:
    """Business time by adding up all that is open, day by day."""
    opened = [
        (start * 1_000_000, end * 1_000_000) for day in hours.days(date(2026, 1, 1), 300) for start, end in day.open
    ]
    return lambda start, end: sum(max(0, min(end, close) - max(start, open_)) for open_, close in opened)


def test_messages_are_counted_by_the_hour_on_the_shops_clock() -> None:
    late = datetime(2026, 3, 22, 23, 30, tzinfo=ZoneInfo("UTC"))  # half past midnight on Monday in Berlin
    log = [Happened(1, number(late), "customer wrote", {"connector": "mail"})]
    period = Period(since=number(START), until=number(START) + 30 * 24 * HOUR, now=number(START) + 30 * 24 * HOUR)
    written = report(cases(log), period, BEFORE, None, Targets()).written
    assert written[0][0] == 1
    assert sum(map(sum, written)) == 1


def test_those_who_still_wait_count() -> None:
    """Leaving them out would say that half are answered within an hour."""
    waits = [(HOUR, True)] * 2 + [(10 * HOUR, False)] * 8
    assert quantile(curve(waits), HALF) is None
    assert quantile(curve([(HOUR, True)] * 5 + [(10 * HOUR, False)] * 5), HALF) == HOUR
    assert quantile(curve([]), HALF) is None


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=60))
def test_the_estimate_is_that_of_a_library(waits: list[tuple[int, bool]]) -> None:
    from scipy.stats import CensoredData, ecdf  # noqa: PLC0415 - takes a second

    data = CensoredData(
        uncensored=[length for length, over in waits if over], right=[length for length, over in waits if not over]
    )
    theirs = ecdf(data).sf
    steps = dict(curve(waits))
    told = dict(zip(theirs.quantiles.tolist(), theirs.probabilities.tolist(), strict=True))
    for length, share in steps.items():
        assert share == pytest.approx(told[length])
    for left, fraction in ((HALF, Fraction(1, 2)), (NINE_TENTHS, Fraction(1, 10))):
        assert quantile(curve(waits), left) == obvious.quantile(waits, fraction)
