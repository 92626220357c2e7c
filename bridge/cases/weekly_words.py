"""The weekly report in words, in an owner's language. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from bridge.case_effects import Problem
from bridge.cases.waiting import Waiting, line
from bridge.language import Language
from bridge.letterbox import Letterbox
from bridge.owners.relay import excerpt
from bridge.reports.figures import Measured, Report
from bridge.reports.weeks import Weeks
from bridge.reports.wording import share, within
from bridge.targets import Kind

LISTED = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class News:
    """What a weekly report is made of; `waiting`, `problems` (the open ones) are as they are now."""

    weeks: Weeks
    waiting: tuple[Waiting, ...] = ()
    problems: tuple[Problem, ...] = ()
    undelivered: int = 0

    def __bool__(self) -> bool:
        return bool(self.weeks.this.total.turns or self.waiting or self.problems or self.undelivered)


def words(news: News, speech: Language, box: Letterbox) -> str:
    """The whole report; what was the week before stands in brackets."""
    return "\n".join(
        [
            *_figures(news.weeks, speech),
            *_waiting(news.waiting, speech, box),
            *_problems(news.problems, speech),
            *_undelivered(news.undelivered, speech),
        ]
    )


def _figures(weeks: Weeks, speech: Language) -> Iterator[str]:
    this, before = weeks.this, weeks.before
    first, last = weeks.day - timedelta(days=7), weeks.day - timedelta(days=1)
    yield speech.say(
        "The week from {first} to {last}; in brackets, the week before:",
        first=first.isoformat(),
        last=last.isoformat(),
    )
    yield speech.say(
        "Conversations: {cases} ({cases_before}). Messages: {messages} ({messages_before}).",
        cases=len(this.total.cases),
        cases_before=len(before.total.cases),
        messages=this.total.messages,
        messages_before=before.total.messages,
    )
    yield from _first_response(this, before, speech)
    if this.total.bot_only or before.total.bot_only:
        yield speech.say(
            "Answered by the bridge alone: {alone} of {waits}, {share} ({share_before}).",
            alone=this.total.bot_only,
            waits=this.total.turns,
            share=_share(this.total.bot_only, this.total.turns),
            share_before=_share(before.total.bot_only, before.total.turns),
        )


def _first_response(this: Report, before: Report, speech: Language) -> Iterator[str]:
    now, then = this.total.measured(Kind.FIRST), before.total.measured(Kind.FIRST)
    if not (now.waits or then.waits):
        return
    yield speech.say(
        "First answer by a person: {times} (before: {times_before}). Still without one: {waiting} ({waiting_before}).",
        times=_times(now, speech),
        times_before=_times(then, speech),
        waiting=now.waiting,
        waiting_before=then.waiting,
    )
    if this.targets.said(Kind.FIRST):
        yield speech.say(
            "First answers in time: {share} ({share_before}).",
            share=_share(now.within, now.judged),
            share_before=_share(then.within, then.judged),
        )


def _times(found: Measured, speech: Language) -> str:
    return within(found, speech) if found.waits else "-"


def _share(part: int, whole: int) -> str:
    return share(part, whole) or "-"


def _waiting(found: tuple[Waiting, ...], speech: Language, box: Letterbox) -> Iterator[str]:
    if found:
        yield speech.count(
            "{number} customer waits for you now:",
            "{number} customers wait for you now; the longest:",
            len(found),
        )
        yield line(min(found, key=lambda one: (one.since, one.conversation.number)), speech, box)


def _problems(found: tuple[Problem, ...], speech: Language) -> Iterator[str]:
    if found:
        yield speech.count("{number} problem is open:", "{number} problems are open:", len(found))
        yield from (f"{problem.number}  {excerpt(problem.words, 80)}" for problem in found[:LISTED])
        if len(found) > LISTED:
            yield "…"


def _undelivered(count: int, speech: Language) -> Iterator[str]:
    if count:
        yield speech.count(
            "{number} message could not be read or sent: `dead` shows it.",
            "{number} messages could not be read or sent: `dead` lists them.",
            count,
        )
