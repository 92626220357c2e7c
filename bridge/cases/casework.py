"""The commands by which owners keep on top of their cases: a part of the one table (`bridge/owners/commands.py`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bridge.cases import problems, promising
from bridge.cases.absence import away, back
from bridge.cases.assigning import assign, release
from bridge.cases.labelling import prioritise, tag
from bridge.cases.snoozing import read_number, snooze
from bridge.cases.splitting import split
from bridge.cases.uniting import merge_or_ask
from bridge.conversation import Conversation
from bridge.decision import Effect
from bridge.language import message as translated
from bridge.owners.command import MAYBE_NUMBER, NUMBER, REST, Command, Order, Run, no_such
from bridge.owners.turn import Turn


def _about(act: Callable[[Turn, Conversation], Sequence[Effect]]) -> Run:
    """What is done to the conversation that the command names, or stands in."""

    def run(order: Order) -> Sequence[Effect]:
        conversation = order.conversation()
        return no_such(order) if conversation is None else act(order.turn, conversation)

    return run


def _snooze(order: Order) -> Sequence[Effect]:
    turn = order.turn
    named, words = read_number(order.found["number"] or "", order.rest(), stands=bool(order.number), turn=turn)
    conversation = turn.book.conversation(int(named) if named else order.number)
    return no_such(order) if conversation is None else snooze(turn, conversation, words)


def _remind(order: Order) -> Sequence[Effect]:
    if not order.rest():
        return promising.taken(order.turn, order.number)
    turn = order.turn
    named, words = read_number(order.found["number"] or "", order.rest(), stands=bool(order.number), turn=turn)
    conversation = turn.book.conversation(int(named) if named else order.number)
    return no_such(order) if conversation is None else promising.remind(turn, conversation, words)


def _tag(order: Order) -> Sequence[Effect]:
    put = order.found["name"].lower() == "tag"
    return _about(lambda turn, conversation: tag(turn, conversation, order.rest(), put=put))(order)


def _priority(order: Order) -> Sequence[Effect]:
    return _about(lambda turn, conversation: prioritise(turn, conversation, order.found["level"]))(order)


def _assign(order: Order) -> Sequence[Effect]:
    return _about(lambda turn, conversation: assign(turn, conversation, order.rest()))(order)


def _claim(order: Order) -> Sequence[Effect]:
    return _about(lambda turn, conversation: assign(turn, conversation, turn.owner.name))(order)


def _merge(order: Order) -> Sequence[Effect]:
    book = order.turn.book
    gone = book.conversation(int(order.found["first"] or order.number))
    kept = book.conversation(int(order.found["second"]))
    return no_such(order) if gone is None or kept is None else merge_or_ask(order.turn, gone, kept)


def _problem(order: Order) -> Sequence[Effect]:
    verb = (order.found["bare"] or order.found["verb"]).lower()
    return problems.order(order.turn, verb, order.rest(), order.number)


def _away(order: Order) -> Sequence[Effect]:
    return away(order.turn, order.rest())


CASEWORK: tuple[Command, ...] = (
    Command(
        "snooze",
        rf"(?:{NUMBER}\s+)?{REST}",
        "snooze N fri 9:00",
        translated("N sleeps until then, or until the customer writes"),
        _snooze,
    ),
    Command(
        "(?P<name>tag|untag)",
        rf"(?:{NUMBER}\s+)?(?P<rest>#?[^\s#]{{1,40}})",
        "tag N word",
        translated("put a tag on N; untag N word takes it off; `list #word` lists them"),
        _tag,
    ),
    Command(
        "priority",
        rf"(?:{NUMBER}\s+)?(?P<level>high|normal|low)",
        "priority N high",
        translated("how soon N is to be seen to: high, normal, low"),
        _priority,
    ),
    Command(
        "assign",
        rf"(?:{NUMBER}\s+)?(?P<rest>\S.{{0,60}})",
        "assign N Paul",
        translated("N is Paul's to see to"),
        _assign,
    ),
    Command("claim", MAYBE_NUMBER, "claim N", translated("N is yours to see to"), _claim),
    Command("release", MAYBE_NUMBER, "release N", translated("N is nobody's"), _about(release)),
    Command(
        "merge",
        r"(?:#?(?P<first>\d{1,15})\s+)?(?:into\s+)?#?(?P<second>\d{1,15})",
        "merge N into M",
        translated("N and M are one matter: M, with all that was said in N"),
        _merge,
    ),
    Command(
        "split",
        MAYBE_NUMBER,
        "split N",
        translated("after ! in answer to a customer's message: a new matter begins with it; else with N's last one"),
        _about(split),
    ),
    Command(
        "problem",
        r"(?:(?P<bare>list)|(?P<verb>new|add|remove|show|tell|repeat|close)\b\s*(?P<rest>\S.*))",
        "problem new words",
        translated(
            "a trouble of many; then problem add P N, problem tell P text (to all, once), repeat P N, close P, list"
        ),
        _problem,
    ),
    Command(
        "away",
        rf"(?:until|till|bis)\s+{REST}",
        "away until mon 9:00",
        translated("what can wait does, until then"),
        _away,
    ),
    Command(
        "remind",
        rf"(?:(?:{NUMBER}\s+)?{REST})?",
        "remind N fri 9:00",
        translated("you are reminded of N then, whoever writes meanwhile; `remind` alone takes an offer"),
        _remind,
    ),
    Command(
        "promises",
        "",
        "promises",
        translated("what is promised and not done"),
        lambda order: promising.listed(order.turn),
    ),
    Command(
        "done",
        MAYBE_NUMBER,
        "done N",
        translated("what was promised in N is done"),
        _about(promising.done),
        needs_number=True,
    ),
    Command("back", "", "back", translated("you are no longer away"), lambda order: back(order.turn)),
)
