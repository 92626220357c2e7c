"""What an owner may type: the one table from which the bridge, `help` and the documentation read it.

A command's grammar is a regular expression over what follows its name. Words that begin with a command's name but do
not fit its grammar are no command where they could be meant for a customer ("close the door, please"); after `!` they
are one, and the owner reads how it goes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bridge.bot import learning, teaching
from bridge.cases import listing
from bridge.cases.casework import CASEWORK
from bridge.conversation import Conversation
from bridge.decision import Direction, Effect, Log, Record
from bridge.language import message as translated
from bridge.owners import letters, searching
from bridge.owners.answering import Answer, undo
from bridge.owners.asking import answer_or_ask, files_not_sent
from bridge.owners.command import ADDRESS, MAYBE_NUMBER, NUMBER, REST, Command, Order, no_such
from bridge.owners.directory import accept, block, close, forward, link, unlink, write_first
from bridge.owners.relay import ToCommand
from bridge.owners.turn import Turn
from bridge.text import Text


def _help(order: Order) -> Sequence[Effect]:
    say = order.turn.speech.say
    width = max(len(command.usage) for command in COMMANDS)
    lines = [f"{command.usage:<{width}}  {say(command.summary)}" for command in COMMANDS]
    head = say("Answer by quoting a line or by its number: #42 your text. // begins a note, ! a command. Commands:")
    return [order.turn.tell("\n".join([head, *lines]))]


def _list(order: Order) -> Sequence[Effect]:
    return [order.turn.tell(listing.listed(order.turn, order.found["which"] or ""))]


def _show(order: Order) -> Sequence[Effect]:
    conversation = order.conversation()
    if conversation is None:
        return no_such(order)
    return [order.turn.tell(searching.shown(order.turn, conversation), conversation.number)]


def _close(order: Order) -> Sequence[Effect]:
    conversation = order.conversation()
    return no_such(order) if conversation is None else close(order.turn, conversation)


def _note(order: Order) -> Sequence[Effect]:
    conversation = order.conversation()
    return no_such(order) if conversation is None else noted(order.turn, conversation, Text(order.rest()))


def noted(turn: Turn, conversation: Conversation, text: Text) -> Sequence[Effect]:
    """A note beside the conversation, for the shop's own eyes."""
    number = conversation.number
    record = Record(
        conversation=number,
        direction=Direction.NOTE,
        connector=turn.line.connector,
        text=text,
        author=turn.owner.name,
    )
    log = Log(kind="noted", conversation=number, data={"owner": turn.owner.name})
    told = turn.tell(turn.speech.say("Noted: {whom}", whom=turn.whom(conversation)), number)
    return [record, log, told]


def _to(order: Order) -> Sequence[Effect]:
    if order.found["number"]:
        conversation = order.conversation()
        if conversation is None:
            return no_such(order)
        return answer_or_ask(order.turn, conversation, _words(order))
    return write_first(order.turn, order.found["address"], _words(order))


def _words(order: Order) -> Answer:
    return Answer(text=Text(order.rest()), native_id=order.turn.line.native_id, attachments=order.files)


def _to_all(order: Order) -> Sequence[Effect]:
    conversation = order.conversation()
    if conversation is None:
        return no_such(order)
    to_all = order.found["name"].lower() == "all"
    return answer_or_ask(order.turn, conversation, replace(_words(order), to_all=to_all))


def _forward(order: Order) -> Sequence[Effect]:
    conversation = order.conversation()
    if conversation is None:
        return no_such(order)
    return forward(order.turn, conversation, order.found["address"], Text(order.rest()))


def _accept(order: Order) -> Sequence[Effect]:
    conversation = order.conversation()
    return no_such(order) if conversation is None else accept(order.turn, conversation)


def _undo(order: Order) -> Sequence[Effect]:
    waiting = order.turn.book.waiting_of(order.turn.owner.name)
    unsaid = teaching.unapproved(order.turn, waiting) if waiting else []
    return [*undo(order.turn), *unsaid]


def _block(order: Order) -> Sequence[Effect]:
    conversation = order.conversation()
    if conversation is None:
        return no_such(order)
    return block(order.turn, conversation, blocked=order.found["name"].lower() == "block")


def _dead(order: Order) -> Sequence[Effect]:
    return [order.turn.tell(letters.listed(order.turn))]


def _retry(order: Order) -> Sequence[Effect]:
    return letters.retried(order.turn, order.found["letter"].lower())


def _find(order: Order) -> Sequence[Effect]:
    return [order.turn.tell(searching.found(order.turn, order.rest().split()))]


def _link(order: Order) -> Sequence[Effect]:
    book = order.turn.book
    first, second = book.conversation(int(order.found["first"])), book.conversation(int(order.found["second"]))
    return no_such(order) if first is None or second is None else link(order.turn, first, second)


def _unlink(order: Order) -> Sequence[Effect]:
    conversation = order.conversation()
    return no_such(order) if conversation is None else unlink(order.turn, conversation)


def _ok(order: Order) -> Sequence[Effect]:
    conversation = order.conversation()
    return no_such(order) if conversation is None else teaching.ok(order.turn, conversation)


def _no(order: Order) -> Sequence[Effect]:
    conversation = order.conversation()
    return no_such(order) if conversation is None else teaching.no(order.turn, conversation)


def _faq(order: Order) -> Sequence[Effect]:
    conversation = order.conversation()
    if conversation is None:
        return no_such(order)
    return learning.learn(order.turn, conversation, order.found["what"].lower(), order.found["entry"] or "")


def _reply(order: Order) -> Sequence[Effect]:
    conversation, name = order.conversation(), order.found["name"]
    if conversation is None:
        return no_such(order)
    text = order.turn.policy.replies.get(name)
    if text is None:
        known = ", ".join(sorted(order.turn.policy.replies)) or "-"
        return [
            order.turn.tell(
                order.turn.speech.say("There is no saved reply {name}. There are: {known}", name=name, known=known)
            )
        ]
    return answer_or_ask(order.turn, conversation, Answer(text=Text(text), native_id=order.turn.line.native_id))


COMMANDS: tuple[Command, ...] = (
    Command("help", "", "help", translated("this list"), _help),
    Command(
        "list",
        r"(?P<which>mine|snoozed|#[^\s#]{1,40})?",
        "list",
        translated("conversations that are not closed; `list mine`, `list snoozed`, `list #tag`"),
        _list,
    ),
    Command("show", MAYBE_NUMBER, "show N", translated("what was said in conversation N"), _show),
    Command("close", MAYBE_NUMBER, "close N", translated("conversation N is done"), _close),
    Command("note", rf"(?:{NUMBER}\s+)?{REST}", "note N text", translated("a note that no customer sees"), _note),
    Command(
        "to",
        rf"(?:{NUMBER}|{ADDRESS})[:\s]+{REST}",
        "to N text",
        translated("answer in conversation N; `to ADDRESS text` writes first"),
        _to,
        takes_files=True,
    ),
    Command(
        "(?P<name>all|only)",
        # No number: "all 42 tulips" is no answer in #42. And no command but after the sign: people begin lines so.
        REST,
        "all text",
        translated("after ! only, in answer to a line: to all who are in copy; !only text: to the customer alone"),
        _to_all,
        after_sign=True,
        takes_files=True,
    ),
    Command(
        "forward",
        rf"(?:{NUMBER}\s+)?{ADDRESS}(?:[:\s]+{REST})?",
        "forward N ADDRESS text",
        translated("ask a third person about N; the answer comes to you, not to the customer"),
        _forward,
    ),
    Command(
        "accept",
        MAYBE_NUMBER,
        "accept N",
        translated("show what a held or suspected sender writes, from now on"),
        _accept,
    ),
    Command("ok", MAYBE_NUMBER, "ok N", translated("send the answer that is suggested for N"), _ok, needs_number=True),
    Command(
        "no",
        MAYBE_NUMBER,
        "no N",
        translated("what was suggested, or answered by itself, in N is wrong"),
        _no,
        needs_number=True,
    ),
    Command(
        "faq",
        rf"(?P<what>also|not|add)\b\s*{MAYBE_NUMBER}\s*(?P<entry>[\w.-]{{1,80}})?",
        "faq also N ID",
        translated("the message of N is another way to ask ID; faq not N ID: it is not; faq add N ID: a new entry"),
        _faq,
    ),
    Command("undo", "", "undo", translated("take back your last answer while it waits"), _undo),
    Command(
        "(?P<name>block|unblock)",
        MAYBE_NUMBER,
        "block N",
        translated("file what this customer writes, unseen; unblock N ends it"),
        _block,
    ),
    Command("dead", "", "dead", translated("what could not be read or sent"), _dead),
    Command("retry", r"(?P<letter>[io]\d{1,15})", "retry ID", translated("try one of them again"), _retry),
    Command("find", REST, "find words", translated("messages that hold all these words"), _find),
    Command(
        "link",
        r"#?(?P<first>\d{1,15})\s+#?(?P<second>\d{1,15})",
        "link A B",
        translated("the customers of A and B are one person"),
        _link,
    ),
    Command("unlink", MAYBE_NUMBER, "unlink A", translated("they are not"), _unlink),
    Command(
        "reply",
        rf"(?:{NUMBER}\s+)?(?P<name>[\w-]+)",
        "reply N name",
        translated("answer in N with a saved reply"),
        _reply,
    ),
    *CASEWORK,
)


def carry_out(target: ToCommand, given: Answer, turn: Turn) -> Sequence[Effect] | None:
    """The effects of a command, or None where the words are no command and were not surely meant as one."""
    for command in COMMANDS:
        found = command.pattern.fullmatch(target.words.strip())
        if found and (target.sure or not (command.after_sign or _lacks_number(command, found, target))):
            if not target.number and _only_a_number(found):
                break
            order = Order(turn=turn, found=found, number=target.number, files=given.attachments)
            left = () if command.takes_files else files_not_sent(given, turn)
            return [*command.run(order), *left]
    else:
        if not target.sure:
            return None
    return [turn.tell(_misread(target.words, turn)), *files_not_sent(given, turn)]


def _lacks_number(command: Command, found: re.Match[str], target: ToCommand) -> bool:
    return command.needs_number and not target.number and not found["number"]


def _only_a_number(found: re.Match[str]) -> bool:
    """Whether the words that a command needs are missing, so that the number was taken for them: `note 4`."""
    groups = found.groupdict()
    words = groups.get("rest") or groups.get("name") or ""
    return "number" in groups and not groups["number"] and words.removeprefix("#").isdigit()


def reads_as_command(words: str) -> bool:
    """Whether a line alone, without what it answers, is a command."""
    return any(command.pattern.fullmatch(words.strip()) for command in COMMANDS if not command.after_sign)


def _misread(words: str, turn: Turn) -> str:
    first = (words.split() or [""])[0]
    for command in COMMANDS:
        if re.fullmatch(command.name, first, re.IGNORECASE):
            say = turn.speech.say
            return say("That command goes: {usage} ({summary})", usage=command.usage, summary=say(command.summary))
    return turn.speech.say("There is no command {name}. `help` lists them.", name=first)


__all__ = ["COMMANDS", "Command", "carry_out", "noted", "reads_as_command"]
