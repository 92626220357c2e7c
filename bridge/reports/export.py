"""A report for spreadsheets: a line for each wait, verdict and mark; the figures in numbers.

Names of columns are English and stay what they are, whatever language the shop speaks.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from bridge.clocks.surveys import Survey
from bridge.clocks.votes import Vote
from bridge.language import SOURCE, language
from bridge.reports.figures import Group, Measured, Report, local_time
from bridge.reports.opinions import Asked, opinions
from bridge.reports.precision import precision
from bridge.reports.waits import Wait
from bridge.targets import Kind

_SECOND = 1_000_000
_ENGLISH = language(SOURCE)

LINE = (
    "what",
    "conversation",
    "channel",
    "began",
    "ended",
    "wall seconds",
    "business seconds",
    "how",
    "who",
    "in time",
    "owner",
)
"""The columns of a line: a wait, a verdict on an answer of the bridge's, or what a customer said of how it was: `how`.
`who` ended or said it, `owner` is in whose line it counts.
"""

Line = Sequence[str | int]


def lines(found: Report) -> Iterator[Line]:
    """A line for each, as LINE has them; moments on the shop's clock."""
    for waits in found.total.waits.values():
        for wait in waits:
            yield _wait(wait, found)
    for vote in found.total.votes:
        yield _vote(vote, found)
    for survey in found.total.surveys:
        yield from _survey(survey, found)


_KEPT = {True: "yes", False: "no", None: ""}


def _wait(wait: Wait, found: Report) -> Line:
    return (
        wait.kind,
        wait.case,
        wait.channel,
        _moment(wait.began, found),
        _moment(wait.began + wait.wall, found) if wait.ended else "",
        wait.wall // _SECOND,
        wait.business // _SECOND,
        wait.how,
        wait.who,
        _KEPT[wait.kept],
        wait.owner,
    )


def _vote(vote: Vote, found: Report) -> Line:
    what = "bot answer" if vote.automatic else "bot suggestion"
    asked, at = _moment(vote.asked, found), _moment(vote.at, found)
    return (what, vote.case, vote.channel, asked, at, "", "", vote.verdict, vote.by, "", vote.owner)


def _survey(survey: Survey, found: Report) -> Iterator[Line]:
    """A line for each answer, or for the question that has none."""
    asked = _moment(survey.asked, found)
    said = {
        "feedback": survey.score if survey.score is not None else "",
        "feedback solved": {True: "yes", False: "no", None: ""}[survey.solved],
        "feedback ease": survey.ease if survey.ease is not None else "",
        "feedback reason": "written" if survey.reason else "",
        "feedback refused": "stop" if survey.refused else "",
    }
    for what, how in said.items():
        if how or what == "feedback":
            ended = _moment(survey.answered, found) if what == "feedback" and survey.answered is not None else ""
            yield (what, survey.case, survey.channel, asked, ended, "", "", how, "", "", survey.owner)


def _moment(moment: int, found: Report) -> str:
    return local_time(moment, found.zone).isoformat(" ", "seconds")


def as_csv(found: Report) -> str:
    """All lines as CSV (RFC 4180)."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(LINE)
    writer.writerows(lines(found))
    return text.getvalue()


_OF_WAITS = ("answered", "waiting", "median seconds", "p90 seconds", "within target", "judged by target")
FIGURES = (
    "conversations",
    "messages",
    "waits",
    "answered by the bot",
    "by the bot alone",
    "bot answers right",
    "bot answers judged",
    "bot suggestions right",
    "bot suggestions judged",
    "feedback asked",
    "feedback reasons",
    "feedback refused",
    *(f"feedback {asked}: {name}" for asked in Asked for name in ("good", "answered")),
    *(f"{kind}: {name}" for kind in Kind for name in _OF_WAITS),
)
"""The columns of `figures`."""


def figures(group: Group) -> Line:
    """The figures of one group, as FIGURES has them; "" for what is not known."""
    measured = (group.measured(kind) for kind in Kind)
    own, ideas = (precision(group.votes, automatic=automatic) for automatic in (True, False))
    said = opinions(group.surveys)
    return (
        len(group.cases),
        group.messages,
        group.turns,
        len(group.bot),
        group.bot_only,
        *(own.right, own.judged, ideas.right, ideas.judged),
        *(len(said.asked), len(said.reasons), len(said.refused)),
        *(count for one in said.answers.values() for count in (one.good, one.answered)),
        *(value for one in measured for value in _of_waits(one)),
    )


def _of_waits(one: Measured) -> Line:
    median, p90 = (seconds(length) for length in (one.median, one.p90))
    known = ("" if value is None else value for value in (median, p90))
    return (one.answered, one.waiting, *known, one.within, one.judged)


def seconds(length: int | None) -> int | None:
    """Of a length in microseconds."""
    return None if length is None else length // _SECOND
