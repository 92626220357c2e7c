"""The words of a report: lengths of time, shares, weekdays, what a line is about; in the language of who reads it."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.clocks.votes import Verdict, interval
from bridge.language import Language, message
from bridge.reports.figures import By, Group, Measured
from bridge.reports.opinions import Asked
from bridge.targets import Kind

WEEKDAYS = (
    message("Monday"),
    message("Tuesday"),
    message("Wednesday"),
    message("Thursday"),
    message("Friday"),
    message("Saturday"),
    message("Sunday"),
)
KINDS: Mapping[Kind, str] = {
    Kind.FIRST: message("first response"),
    Kind.NEXT: message("next response"),
    Kind.RESOLUTION: message("resolution"),
}
BY: Mapping[By, str] = {
    By.CHANNEL: message("channel"),
    By.OWNER: message("owner"),
    By.TAG: message("tag"),
    By.HOUR: message("hour"),
    By.WEEKDAY: message("weekday"),
}
VERDICTS: Mapping[Verdict, str] = {
    Verdict.APPROVED: message("sent by an owner"),
    Verdict.HELPED: message("helped"),
    Verdict.NOT_HELPED: message("did not help"),
    Verdict.REFUSED: message("refused by an owner"),
    Verdict.CORRECTED: message("put right by an owner"),
}
ASKED: Mapping[Asked, str] = {
    Asked.SCORE: message("how it was"),
    Asked.SOLVED: message("problem solved"),
    Asked.EASE: message("easy to reach"),
}
ANSWERS: Mapping[str, str] = {"yes": message("yes"), "no": message("no")}
"""What an answer is called that is no mark."""

_SECOND = 1_000_000
_MINUTE = 60 * _SECOND
_HOUR = 60 * _MINUTE


def spoken(length: int) -> str:
    """A length of time in microseconds for people: "40 s", "25 min", "3 h 25 min", "120 h"; a day of business time
    would be anybody's guess. The units are the same in all languages.
    """
    hours, minutes = length // _HOUR, length // _MINUTE % 60
    if hours and minutes and hours < 100:
        return f"{hours} h {minutes} min"
    return short(length)


def short(length: int) -> str:
    """The same for a narrow column: "3:25 h"."""
    if length < _MINUTE:
        return f"{length // _SECOND} s"
    if length < _HOUR:
        return f"{length // _MINUTE} min"
    hours, minutes = length // _HOUR, length // _MINUTE % 60
    return f"{hours}:{minutes:02} h" if minutes and hours < 100 else f"{hours} h"


def within(found: Measured, speech: Language, *, wall: bool = False) -> str:
    """How long half of these waits, and nine tenths, lasted at most; "not yet" where too many go on to know."""
    median, p90 = (found.median_wall, found.p90_wall) if wall else (found.median, found.p90)
    half = speech.say("half not yet") if median is None else speech.say("half within {time}", time=spoken(median))
    most = speech.say("9 of 10 not yet") if p90 is None else speech.say("9 of 10 within {time}", time=spoken(p90))
    return f"{half}, {most}"


def share(part: int, whole: int) -> str:
    """So many of so many, in percent; "" of none."""
    return f"{100 * part / whole:.0f} %" if whole else ""


def sure_share(part: int, whole: int, speech: Language) -> str:
    """A share of what may be few: "30 of 40 (75 %, between 60 and 86 %)"."""
    low, high = interval(part, whole)
    return speech.say(
        "{part} of {whole} ({share} %, between {low} and {high} %)",
        part=part,
        whole=whole,
        share=f"{100 * part / whole:.0f}" if whole else "-",
        low=f"{100 * low:.0f}",
        high=f"{100 * high:.0f}",
    )


def messages(count: int, speech: Language) -> str:
    """So many messages."""
    return speech.count("{number} message", "{number} messages", count)


def name_of(group: Group, by: By | None, speech: Language) -> str:
    """What people call this line."""
    if by is None:
        return speech.say("all")
    if by is By.WEEKDAY:
        return speech.say(WEEKDAYS[int(group.name) - 1])
    if by is By.HOUR:
        return f"{group.name}:00"
    return group.name or (speech.say("(nobody)") if by is By.OWNER else speech.say("(none)"))
