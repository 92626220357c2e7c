"""Problems: one trouble that many customers write about, and what is said to all of them. Pure.

    problem new The parcels of Friday are late     problem 3
    problem add 3 42 47                            #42 and #47 have it
    problem tell 3 They leave today.               said to all of them, on their own networks, once
    problem repeat 3 51                            to one that came later, and only when asked
    problem close 3 All have arrived.              with last words, or without

What is said to all is decided in one transaction: everybody gets it, or nobody. Two cases of one address get it once.
It is a person's answer to who waits for one; a case that is closed or sleeps stays so. A blocked customer gets nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bridge.case_effects import Concern, Problem
from bridge.cases.moments import said
from bridge.conversation import Conversation, State
from bridge.decision import Effect, Log
from bridge.owners.answering import Answer, say_to
from bridge.owners.relay import excerpt
from bridge.owners.turn import Turn
from bridge.text import Text

LISTED = 30
_NUMBERS = re.compile(r"#?(\d{1,15})(?:[\s,]+|$)")
USAGE = "problem new words | add P N | remove P N | show P | tell P text | repeat P N | close P text | list"


def order(turn: Turn, verb: str, rest: str, number: int) -> Sequence[Effect]:
    """What follows the word `problem`; `number` is the conversation that the line stands in, 0 for none."""
    if verb == "list":
        return [turn.tell(_listed(turn))]
    if verb == "new":
        return _new(turn, rest, number)
    found = re.match(r"#?(\d{1,9})\b[:,]?\s*", rest)
    problem = turn.book.problem(int(found[1])) if found else None
    if found is None:
        return [turn.tell(turn.speech.say("That command goes: {usage}", usage=USAGE))]
    if problem is None:
        return [turn.tell(turn.speech.say("There is no such problem. `problem list` shows them."))]
    return _VERBS[verb](turn, problem, rest[found.end() :].strip(), number)


def _new(turn: Turn, words: str, number: int) -> Sequence[Effect]:
    words = words.strip("\"' ")
    if not words:
        return [turn.tell(turn.speech.say("That command goes: {usage}", usage=USAGE))]
    problem = Problem(number=turn.book.next_problem(), words=words[:2_000], opened_at=turn.now)
    effects: list[Effect] = [problem, _log("problem opened", problem, turn)]
    if number:
        effects += _added(turn, problem, [number])
    told = turn.speech.say("Problem {number}: {words}", number=problem.number, words=excerpt(words, 200))
    return [*effects, turn.tell(told, number)]


def _log(kind: str, problem: Problem, turn: Turn, conversation: int = 0) -> Log:
    return Log(kind=kind, conversation=conversation, data={"problem": problem.number, "owner": turn.owner.name})


def _cases(turn: Turn, words: str, number: int) -> list[Conversation]:
    """The conversations that are named, or the one that the line stands in; none where one of them is not there."""
    named = [int(one) for one in _NUMBERS.findall(words)] if words else [number]
    if words and _NUMBERS.sub("", words).strip():
        return []
    found = [turn.book.conversation(one) for one in dict.fromkeys(named) if one]
    return [one for one in found if one is not None] if all(found) else []


def _add(turn: Turn, problem: Problem, words: str, number: int) -> Sequence[Effect]:
    cases = _cases(turn, words, number)
    if not cases:
        return [_no_such(turn, words)]
    told = [
        turn.speech.say("Problem {number} has {whom}", number=problem.number, whom=turn.whom(case)) for case in cases
    ]
    if problem.told:
        told.append(
            turn.speech.say(
                'What was said of it last was: "{words}". `problem repeat {number} N` says it to N, too.',
                words=excerpt(problem.told, 100),
                number=problem.number,
            )
        )
    return [*_added(turn, problem, [case.number for case in cases]), turn.tell("\n".join(told), number)]


def _added(turn: Turn, problem: Problem, numbers: Sequence[int]) -> list[Effect]:
    there = {concern.conversation for concern in turn.book.concerned(problem.number)}
    new = [number for number in numbers if number not in there]
    effects: list[Effect] = [Concern(problem=problem.number, conversation=number) for number in new]
    return [*effects, *(_log("problem added", problem, turn, number) for number in new)]


def _remove(turn: Turn, problem: Problem, words: str, number: int) -> Sequence[Effect]:
    cases = _cases(turn, words, number)
    if not cases:
        return [_no_such(turn, words)]
    gone = [Concern(problem=problem.number, conversation=case.number, gone=True) for case in cases]
    logs = [_log("problem removed", problem, turn, case.number) for case in cases]
    told = ", ".join(turn.whom(case) for case in cases)
    return [
        *gone,
        *logs,
        turn.tell(turn.speech.say("Problem {number} no longer has {whom}", number=problem.number, whom=told), number),
    ]


def _no_such(turn: Turn, words: str = "") -> Effect:
    missing = [f"#{one}" for one in _NUMBERS.findall(words) if turn.book.conversation(int(one)) is None]
    if missing:
        say = turn.speech.say
        return turn.tell(say("There is no {numbers}. Nothing was changed or sent.", numbers=", ".join(missing)))
    return turn.tell(turn.speech.say("There is no such conversation. `list` shows those that are open."))


def _tell(turn: Turn, problem: Problem, words: str, number: int) -> Sequence[Effect]:
    if not words:
        return [turn.tell(turn.speech.say("There was nothing to send."), number)]
    if problem.closed_at:
        return [turn.tell(turn.speech.say("Problem {number} is closed.", number=problem.number), number)]
    return _told_to_all(turn, problem, words, number)


def _told_to_all(turn: Turn, problem: Problem, words: str, number: int) -> list[Effect]:
    concerned = turn.book.concerned(problem.number)
    cases = [found for one in concerned if (found := turn.book.conversation(one.conversation))]
    free = [case for case in cases if not case.customer.blocked]
    effects: list[Effect] = [replace(problem, told=words), _log("problem told", problem, turn)]
    effects += [Concern(problem=problem.number, conversation=case.number, told=True) for case in free]
    once = {(case.connector, case.address): case for case in sorted(free, key=_wait)}
    for case in once.values():
        effects += say_to(turn, case, Answer(text=Text(words)))
        effects.append(_log("problem told", problem, turn, case.number))
    count = turn.speech.count(
        "Problem {problem}: said to {number} customer.",
        "Problem {problem}: said to {number} customers.",
        len(once),
        problem=problem.number,
    )
    whom = ", ".join(turn.whom(case) for case in list(once.values())[:LISTED])
    return [*effects, turn.tell(f"{count}\n{whom}" if whom else count, number)]


def _wait(case: Conversation) -> tuple[bool, datetime]:
    """Of two cases at one address the one that waits for the shop is told, else the latest."""
    return (case.state is State.OPEN, case.changed_at)


def _repeat(turn: Turn, problem: Problem, words: str, number: int) -> Sequence[Effect]:
    cases = _cases(turn, words, number)
    if not cases or not problem.told:
        return [turn.tell(turn.speech.say("There was nothing to send."), number)] if cases else [_no_such(turn, words)]
    told = {concern.conversation for concern in turn.book.concerned(problem.number) if concern.told}
    effects: list[Effect] = []
    for case in cases:
        whom = turn.whom(case)
        if case.number in told or case.customer.blocked:
            has = turn.speech.say("{whom} has it already, or is blocked.", whom=whom)
            effects.append(turn.tell(has, number))
            continue
        effects += [Concern(problem=problem.number, conversation=case.number, told=True)]
        effects += say_to(turn, case, Answer(text=Text(problem.told)))
        effects += [_log("problem told", problem, turn, case.number), turn.tell(f"-> {whom}", number)]
    return effects


def _close(turn: Turn, problem: Problem, words: str, number: int) -> Sequence[Effect]:
    if problem.closed_at:
        return [turn.tell(turn.speech.say("Problem {number} is closed.", number=problem.number), number)]
    effects = _told_to_all(turn, problem, words, number) if words else []
    closed = replace(problem, told=words or problem.told, closed_at=turn.now)
    told = turn.speech.say("Problem {number} is closed.", number=problem.number)
    return [*effects, closed, _log("problem closed", problem, turn), turn.tell(told, number)]


def _show(turn: Turn, problem: Problem, words: str, number: int) -> Sequence[Effect]:  # noqa: ARG001 - as all of them
    lines = [_line(turn, problem)]
    for concern in turn.book.concerned(problem.number)[:200]:
        case = turn.book.conversation(concern.conversation)
        lines += [f"{turn.whom(case)}{' *' if concern.told else ''}"] if case else []
    if problem.told:
        lines.append(turn.speech.say('* has read: "{words}"', words=excerpt(problem.told, 200)))
    return [turn.tell("\n".join(lines), number)]


def _listed(turn: Turn) -> str:
    found = turn.book.problems(LISTED)
    return "\n".join(_line(turn, problem) for problem in found) or turn.speech.say("There are none.")


def _line(turn: Turn, problem: Problem) -> str:
    count = len(turn.book.concerned(problem.number))
    zone, speech = turn.policy.timezone, turn.speech
    since = speech.say("since {when}", when=said(problem.opened_at, zone, speech))
    if problem.closed_at:
        since = speech.say("closed {when}", when=said(problem.closed_at, zone, speech))
    return f"{problem.number}  {excerpt(problem.words, 80)} [{count}, {since}]"


_VERBS: Mapping[str, Callable[[Turn, Problem, str, int], Sequence[Effect]]] = {
    "add": _add,
    "remove": _remove,
    "tell": _tell,
    "repeat": _repeat,
    "close": _close,
    "show": _show,
}
