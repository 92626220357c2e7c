"""A report as rows for people: the whole period in a few lines, and a line for each channel, owner or hour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bridge.language import Language
from bridge.reports.figures import Group, Measured, Report, local_time
from bridge.reports.opinions import Asked, Opinion, Opinions, opinions
from bridge.reports.precision import Precision, precision
from bridge.reports.wording import ANSWERS, ASKED, KINDS, VERDICTS, WEEKDAYS, messages, share, short, sure_share, within
from bridge.targets import Kind, Targets


def summary(found: Report, speech: Language) -> Iterator[tuple[str, str]]:
    """The whole period: what each line is about, and its figures."""
    total = found.total
    yield speech.say("period"), _period(found, speech)
    yield speech.say("conversations"), f"{len(total.cases)}, {messages(total.messages, speech)}"
    for kind in Kind:
        measured = total.measured(kind)
        if measured.waits:
            yield speech.say(KINDS[kind]), _line(measured, kind, found.targets, speech)
    if total.bot:
        yield speech.say("the bot answered"), answered_by_the_bot(total, speech)
    yield from _right(total, speech)
    yield from _opinions(total, speech)
    yield from _busiest(found, speech)


def _period(found: Report, speech: Language) -> str:
    first, last = (local_time(moment, found.zone) for moment in (found.period.since, found.period.until - 1))
    return speech.say(
        "{first} to {last} ({zone}); times are business time",
        first=f"{first:%Y-%m-%d}",
        last=f"{last:%Y-%m-%d}",
        zone=found.zone,
    )


def _line(measured: Measured, kind: Kind, targets: Targets, speech: Language) -> str:
    return "; ".join([within(measured, speech), *left(measured, kind, speech), *kept(measured, kind, targets, speech)])


def left(measured: Measured, kind: Kind, speech: Language) -> Iterator[str]:
    """Which of the waits have no answer."""
    if kind is Kind.RESOLUTION:
        yield speech.say("{count} still open", count=measured.waiting)
    else:
        yield speech.say("{count} still waiting", count=measured.waiting)
    if measured.closed:
        yield speech.say("{count} closed unanswered", count=measured.closed)


def kept(measured: Measured, kind: Kind, targets: Targets, speech: Language) -> Iterator[str]:
    """The share that kept its target, if there is any; the target itself where all have the same."""
    if not targets.said(kind):
        return
    target = targets.of_all(kind)
    named = {
        "part": measured.within,
        "whole": measured.judged,
        "share": share(measured.within, measured.judged),
        "hours": f"{target.total_seconds() / 3600:g}" if target else "",
    }
    if target and measured.judged:
        yield speech.say("{part} of {whole} ({share}) within {hours} h", **named)
    elif target:
        yield speech.say("none known to be within {hours} h", **named)
    elif measured.judged:
        yield speech.say("{part} of {whole} ({share}) in time", **named)
    else:
        yield speech.say("none known to be in time")


def answered_by_the_bot(group: Group, speech: Language) -> str:
    """How many waits."""
    return speech.say(
        "{answered} of {whole} waits, {alone} of them alone ({share})",
        answered=len(group.bot),
        whole=group.turns,
        alone=group.bot_only,
        share=share(group.bot_only, group.turns),
    )


def _right(group: Group, speech: Language) -> Iterator[tuple[str, str]]:
    for heading, automatic in ((speech.say("its answers"), True), (speech.say("its suggestions"), False)):
        found = precision(group.votes, automatic=automatic)
        if found.judged:
            yield heading, f"{right(found, speech)}: {verdicts(found, speech)}"


def right(found: Precision, speech: Language) -> str:
    """How many of those that were judged were right: "30 of 40 right (75 %, between 60 and 86 %)"."""
    return speech.say("right: {share}", share=sure_share(found.right, found.judged, speech))


def verdicts(found: Precision, speech: Language) -> str:
    """How often each word was said."""
    return ", ".join(f"{speech.say(VERDICTS[verdict])} {len(cases)}" for verdict, cases in found.cases.items())


def _opinions(group: Group, speech: Language) -> Iterator[tuple[str, str]]:
    found = opinions(group.surveys)
    if found.asked:
        yield speech.say("feedback"), took_part(found, speech)
    for asked, one in found.answers.items():
        if one.answered:
            yield speech.say(ASKED[asked]), f"{good(asked, one, speech)}: {answers(one, speech)}"


def took_part(found: Opinions, speech: Language) -> str:
    """How many were asked, and how many of them have said how it was."""
    parts = [
        speech.say(
            "{answered} of {asked} who were asked", answered=found.answers[Asked.SCORE].answered, asked=len(found.asked)
        )
    ]
    if found.reasons:
        parts.append(speech.say("{count} wrote more about it", count=len(found.reasons)))
    if found.refused:
        parts.append(speech.say("{count} want no such questions", count=len(found.refused)))
    return "; ".join(parts)


def good(asked: Asked, found: Opinion, speech: Language) -> str:
    """How many answers are good ones."""
    part = sure_share(found.good, found.answered, speech)
    return (
        speech.say("yes: {share}", share=part) if asked is Asked.SOLVED else speech.say("4 or 5: {share}", share=part)
    )


def answers(found: Opinion, speech: Language) -> str:
    """How often each was given."""
    return ", ".join(
        f"{answer(given, speech)} \N{MULTIPLICATION SIGN} {len(cases)}" for given, cases in found.cases.items()
    )


def answer(given: str, speech: Language) -> str:
    """A mark is a mark in any language."""
    return speech.say(ANSWERS[given]) if given in ANSWERS else given


def _busiest(found: Report, speech: Language) -> Iterator[tuple[str, str]]:
    hours = ((count, day, hour) for day, row in enumerate(found.written) for hour, count in enumerate(row))
    count, day, hour = max(hours)
    if count:
        yield speech.say("busiest hour"), f"{speech.say(WEEKDAYS[day])} {hour}:00, {messages(count, speech)}"


# -- a line for each -----------------------------------------------------------------------------------------------


def wait_headings(speech: Language) -> Sequence[str]:
    """Of `wait_cells`; no word of them is longer than a narrow column."""
    waits = (speech.say("9 of 10 within"), speech.say("in time"), speech.say("wait still"))
    return (speech.say("first: half within"), *waits, speech.say("next: half within"), *waits)


def wait_cells(group: Group, speech: Language) -> Sequence[str]:
    """How long people waited for answers, in business time."""
    first, following = (group.measured(kind) for kind in (Kind.FIRST, Kind.NEXT))
    return (*_waits(first, speech), *_waits(following, speech))


def _waits(found: Measured, speech: Language) -> Sequence[str]:
    return (
        length(found.median, found, speech),
        length(found.p90, found, speech),
        share(found.within, found.judged),
        f"{found.waiting}" if found.waits else "",
    )


def case_headings(speech: Language) -> Sequence[str]:
    """Of `case_cells`."""
    return (
        speech.say("cases"),
        speech.say("messages"),
        speech.say("closed: half within"),
        speech.say("still open"),
        speech.say("by the bot"),
        speech.say("its answers right"),
        speech.say("its ideas right"),
        speech.say("content (4, 5)"),
    )


def case_cells(group: Group, speech: Language) -> Sequence[str]:
    """What came in, how it ended, how much of it the bridge answered, how many of its answers were right, and how many
    customers were content.
    """
    resolved = group.measured(Kind.RESOLUTION)
    own, ideas = (precision(group.votes, automatic=automatic) for automatic in (True, False))
    marks = opinions(group.surveys).answers[Asked.SCORE]
    return (
        f"{len(group.cases)}",
        f"{group.messages}",
        length(resolved.median, resolved, speech),
        f"{resolved.waiting}" if resolved.waits else "",
        share(group.bot_only, group.turns),
        f"{own.right}/{own.judged}" if own.judged else "",
        f"{ideas.right}/{ideas.judged}" if ideas.judged else "",
        f"{marks.good}/{marks.answered}" if marks.answered else "",
    )


def length(found: int | None, measured: Measured, speech: Language) -> str:
    """A length of time; "not yet" where too many still wait, "" where there are no waits at all."""
    if found is not None:
        return short(found)
    return speech.say("not yet") if measured.waits else ""
