"""The figures on top of the page, each with the conversations behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from bridge.language import Language
from bridge.reports.figures import Measured, Report, local_time
from bridge.reports.opinions import Asked, opinions
from bridge.reports.precision import Precision, precision
from bridge.reports.tables import (
    answer,
    answered_by_the_bot,
    answers,
    good,
    kept,
    left,
    right,
    took_part,
    verdicts,
)
from bridge.reports.waits import Wait
from bridge.reports.wording import ASKED, KINDS, VERDICTS, messages, share, spoken, within
from bridge.targets import Kind

LISTED = 200
"""So many stand behind each figure, the longest waits first; `report --csv` has them all."""


def cards(found: Report, speech: Language) -> Iterator[str]:
    """Each figure as a box of its own."""
    numbers = sorted(found.total.cases)
    told = messages(found.total.messages, speech)
    yield _card(speech.say("conversations"), f"{len(numbers)}", told, _which(_numbers(numbers, speech), speech))
    for kind in Kind:
        measured = found.total.measured(kind)
        if measured.waits:
            yield _of_waits(kind, measured, found, speech)
    yield from _of_the_bot(found, speech)
    yield from _of_opinions(found, speech)
    yield from _of_time(found, speech)


def _card(name: str, value: str, told: str, behind: str = "") -> str:
    heading = name[:1].upper() + name[1:]
    told = told.replace(" %", "\N{NO-BREAK SPACE}%")
    return f'<div class="card">{escape(heading)}<b>{escape(value)}</b><small>{escape(told)}</small>{behind}</div>'


def _which(listed: str, speech: Language) -> str:
    return f"<details><summary>{escape(speech.say('which'))}</summary>{listed}</details>" if listed else ""


def _numbers(numbers: Sequence[int], speech: Language) -> str:
    return ", ".join(f"#{number}" for number in numbers[:LISTED]) + _more(len(numbers), speech)


def _more(count: int, speech: Language) -> str:
    if count <= LISTED:
        return ""
    told = speech.say("and {count} more: inbox-bridge report --csv", count=count - LISTED)
    return f"<p>{escape(told)}</p>"


# -- waits ---------------------------------------------------------------------------------------------------------


def _of_waits(kind: Kind, measured: Measured, found: Report, speech: Language) -> str:
    median = speech.say("not yet") if measured.median is None else spoken(measured.median)
    clock = speech.say("on the clock: {times}", times=within(measured, speech, wall=True))
    share_kept = kept(measured, kind, found.targets, speech)
    parts = [within(measured, speech), *left(measured, kind, speech), *share_kept, clock]
    return _card(speech.say(KINDS[kind]), median, "; ".join(parts), _which(_listed(measured, found, speech), speech))


def _listed(measured: Measured, found: Report, speech: Language) -> str:
    longest = sorted(measured.waits, key=lambda wait: -wait.business)[:LISTED]
    headings = (
        speech.say("conversation"),
        speech.say("began"),
        speech.say("business time"),
        speech.say("on the clock"),
        speech.say("who"),
    )
    head = "".join(f"<th>{escape(name)}</th>" for name in headings)
    rows = "".join(_wait(wait, found, speech) for wait in longest)
    table = f'<div class="scroll"><table><tr>{head}</tr>{rows}</table></div>'
    return f"{table}{_more(len(measured.waits), speech)}"


def _wait(wait: Wait, found: Report, speech: Language) -> str:
    began = f"{local_time(wait.began, found.zone):%Y-%m-%d %H:%M}"
    values = (f"#{wait.case}", began, spoken(wait.business), spoken(wait.wall), _who(wait, speech))
    return f"<tr>{''.join(f'<td>{escape(value)}</td>' for value in values)}</tr>"


def _who(wait: Wait, speech: Language) -> str:
    """Who ended it, or how it stands."""
    resolution = wait.kind is Kind.RESOLUTION
    if wait.over:
        return wait.who or (speech.say("closed by itself") if resolution else speech.say("answered"))
    if wait.ended:
        return speech.say("closed unanswered")
    return speech.say("open") if resolution else speech.say("waiting")


# -- the bridge's own answers --------------------------------------------------------------------------------------


def _of_the_bot(found: Report, speech: Language) -> Iterator[str]:
    total = found.total
    if total.bot:
        value = share(total.bot_only, total.turns)
        yield _card(speech.say("the bot answered"), value, answered_by_the_bot(total, speech))
    for heading, automatic in ((speech.say("its answers"), True), (speech.say("its suggestions"), False)):
        judged = precision(total.votes, automatic=automatic)
        if judged.judged:
            yield _of_answers(heading, judged, speech)


def _of_answers(heading: str, judged: Precision, speech: Language) -> str:
    told = f"{right(judged, speech)}: {verdicts(judged, speech)}"
    listed = {speech.say(VERDICTS[verdict]): cases for verdict, cases in judged.cases.items()}
    return _card(heading, f"{judged.right} / {judged.judged}", told, _which(_each(listed, speech), speech))


def _each(listed: Mapping[str, Sequence[int]], speech: Language) -> str:
    """The conversations of each answer or verdict."""
    return "".join(f"<p>{escape(name)}: {_numbers(cases, speech)}</p>" for name, cases in listed.items() if cases)


# -- what customers said -------------------------------------------------------------------------------------------


def _of_opinions(found: Report, speech: Language) -> Iterator[str]:
    said = opinions(found.total.surveys)
    if not said.asked:
        return
    listed = {
        speech.say("asked"): said.asked,
        speech.say("wrote more about it"): said.reasons,
        speech.say("want no such questions"): said.refused,
    }
    part = f"{said.answers[Asked.SCORE].answered} / {len(said.asked)}"
    yield _card(speech.say("feedback"), part, took_part(said, speech), _which(_each(listed, speech), speech))
    for asked, one in said.answers.items():
        if one.answered:
            behind = {answer(given, speech): cases for given, cases in one.cases.items()}
            told = f"{good(asked, one, speech)}: {answers(one, speech)}"
            value = f"{one.good} / {one.answered}"
            yield _card(speech.say(ASKED[asked]), value, told, _which(_each(behind, speech), speech))


# -- where the time went -------------------------------------------------------------------------------------------


def _of_time(found: Report, speech: Language) -> Iterator[str]:
    spent = found.time
    if whole := spent.shop + spent.bot + spent.customer:
        told = speech.say(
            "{bot} after the bot's answer, {customer} for the customer; of all business time",
            bot=share(spent.bot, whole),
            customer=share(spent.customer, whole),
        )
        yield _card(speech.say("waiting for the shop"), share(spent.shop, whole), told)
