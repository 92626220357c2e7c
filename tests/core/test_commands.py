"""What an owner may type (`bridge/owners/commands.py`): the grammar, and what each command does to the book."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from shop import PAUL, POLICY, Shop, states

import bridge.owners.commands
from bridge.decision import Change
from bridge.messages import Attachment
from bridge.owners.commands import COMMANDS
from bridge.policy import Policy
from bridge.store.effects import Application
from bridge.work import Conflict

NAMED = {re.sub(r"\W.*", "", command.usage): command for command in COMMANDS}

# A line without a handle, a quote or `!`; the command it is, or None.
GRAMMAR: list[tuple[str, str | None]] = [
    ("help", "help"),
    ("HELP", "help"),
    ("  help  ", "help"),
    ("help me please", None),
    ("list", "list"),
    ("list of flowers", None),
    ("listen", None),
    ("show 1", "show"),
    ("show #1", "show"),
    ("show", "show"),
    ("show me", None),
    ("show 1 2", None),
    ("show \u0661", None),  # ARABIC-INDIC DIGIT ONE
    ("close 1", "close"),
    ("close", "close"),
    ("close the door, please", None),
    ("close 1.", None),
    ("note 1 rude", "note"),
    ("note", None),
    ("to 1 Yes.", "to"),
    ("to #1: Yes.", "to"),
    ("to 1", None),
    ("to be or not to be", None),
    ("to eve@example.org Hello", "to"),
    ("to mail:eve@example.org Hello", "to"),
    ("to eve@example.org", None),
    ("undo", "undo"),
    ("undo that", None),
    ("block 1", "block"),
    ("unblock 1", "block"),
    ("blocked", None),
    ("block the street", None),
    ("dead", "dead"),
    ("dead line", None),
    ("retry i1", "retry"),
    ("retry O12", "retry"),
    ("retry", None),
    ("retry 1", None),
    ("retry x1", None),
    ("find tulips", "find"),
    ("find", None),
    ("link 1 2", "link"),
    ("link #1 #2", "link"),
    ("link 1", None),
    ("link http://example.org", None),
    ("unlink 1", "unlink"),
    ("reply 1 hours", "reply"),
    ("reply 1", "reply"),
    ("reply 1 hours today", None),
    ("all Yes.", "all"),
    ("only Yes.", "all"),
    ("all", None),
    ("allow me", None),
    ("forward 1 carl@example.org Can you?", "forward"),
    ("forward #1 mail:carl@example.org", "forward"),
    ("forward 1", None),
    ("forward him my regards", None),
    ("accept 1", "accept"),
    ("accept our apologies", None),
    ("ok 1", "ok"),
    ("ok then", None),
    ("no #1", "no"),
    ("no way", None),
    ("faq also 1 opening", "faq"),
    ("faq not opening", "faq"),
    ("faq add 1", "faq"),
    ("faq?", None),
    ("list mine", "list"),
    ("list snoozed", "list"),
    ("list #wholesale", "list"),
    ("snooze 1 fri 9:00", "snooze"),
    ("snooze tomorrow", "snooze"),
    ("snooze", None),
    ("tag 1 wholesale", "tag"),
    ("untag 1 #wholesale", "tag"),
    ("tag along with us", None),
    ("priority 1 high", "priority"),
    ("priority mail, please", None),
    ("assign 1 Paul", "assign"),
    ("assign", None),
    ("claim 1", "claim"),
    ("claim your prize", None),
    ("release #1", "release"),
    ("release the doves", None),
    ("merge 2 into 1", "merge"),
    ("merge #2 #1", "merge"),
    ("merge into 1", "merge"),
    ("merge them", None),
    ("split 1", "split"),
    ("split", "split"),
    ("split the bill", None),
    ("problem new Late parcels", "problem"),
    ("problem list", "problem"),
    ("problem tell 1 They leave today.", "problem"),
    ("problem add", None),
    ("problem with my order", None),
    ("away until mon 9:00", "away"),
    ("away from home", None),
    ("remind", "remind"),
    ("remind 1 fri 9:00", "remind"),
    ("promises", "promises"),
    ("promises, promises", None),
    ("done 1", "done"),
    ("done it", None),
    ("back", "back"),
    ("back soon", None),
    ("Yes.", None),
    ("1", None),
    ("", None),
]


@pytest.mark.parametrize(("line", "name"), GRAMMAR)
def test_grammar(line: str, name: str | None) -> None:
    found = [command for command in COMMANDS if command.pattern.fullmatch(line.strip())]
    assert [command.usage.split()[0] for command in found] == ([name] if name else [])


def test_every_command_is_in_the_grammar_table() -> None:
    assert {name for _, name in GRAMMAR if name} == {command.usage.split()[0] for command in COMMANDS}


def test_help_names_every_command(shop: Shop) -> None:
    shop.owner("help")
    read = shop.told()
    for command in COMMANDS:
        assert command.usage in read
        assert command.summary in read


def test_no_grammar_takes_long_over_a_long_line() -> None:
    began = time.process_time()
    for command in COMMANDS:
        name = command.usage.split()[0]
        for filler in (" ", "1", "#", "1 ", "a@", "@:+", "\n"):
            command.pattern.fullmatch(name + " " + filler * 20_000 + "\x00")
    assert time.process_time() - began < 2


@pytest.mark.parametrize("words", ["unknown", "cl0se 1", "HILFE", ""])
def test_after_the_sign_an_unknown_word_is_said_to_be_one(shop: Shop, words: str) -> None:
    assert shop.owner(f"!{words}").reason == "command"
    assert "There is no command" in shop.told()


TAKES_ANYTHING = ("find", "note", "all", "snooze", "assign")


@pytest.mark.parametrize(
    "command", [one for one in COMMANDS if one.name != "remind"], ids=lambda command: command.usage
)
def test_after_the_sign_a_misspelt_command_is_explained(shop: Shop, command: bridge.owners.commands.Command) -> None:
    name = command.usage.split()[0]
    shop.owner(f"!{name} \u2603 \u2603 \u2603" if name not in TAKES_ANYTHING else f"!{name}")
    assert f"That command goes: {command.usage}" in shop.told()


@pytest.fixture
def busy(shop: Shop) -> Shop:
    """Anna by mail (#1) and Bob by chat (#2) have written; the owner has read it."""
    shop.customer("anna@example.org", "Do you have tulips?", subject="Tulips")
    shop.customer("bob@example.net", "And roses?", connector="chat")
    shop.drain()
    return shop


def test_list_shows_who_waits(busy: Shop) -> None:
    busy.owner("#1 Yes.")
    busy.clock.advance(minutes=5)
    busy.owner("list")
    assert busy.told().splitlines() == [
        "#2 Bob, XMPP - waits for you, 5 min: And roses?",
        "#1 Anna, email - answered, 5 min: Yes.",
    ]


def test_list_shows_no_note_as_what_was_said(busy: Shop) -> None:
    busy.owner("#1 Yes.")
    busy.owner("note 1 pays late")
    busy.owner("list")
    assert busy.told().splitlines()[1] == "#1 Anna, email - answered, 0 s: Yes."


def test_list_of_nobody(shop: Shop) -> None:
    shop.owner("list")
    assert shop.told() == "Nobody waits."


def test_show_tells_what_was_said(busy: Shop) -> None:
    busy.owner("#1 Yes.")
    busy.owner("note 1 pays late")
    busy.owner("show 1")
    assert busy.told().splitlines() == [
        "#1 Anna, email <anna@example.org> - answered: Tulips",
        "2026-11-02 09:00 < Anna: Do you have tulips?",
        "2026-11-02 09:00 > Olga: Yes.",
        "2026-11-02 09:00 // Olga: pays late",
    ]


def test_times_are_by_the_shops_clock(busy: Shop) -> None:
    busy.policy = replace(busy.policy, timezone="Asia/Tokyo")
    busy.owner("show 1")
    assert busy.told().splitlines()[1] == "2026-11-02 18:00 < Anna: Do you have tulips?"
    busy.customer("bob@example.net", "Me again", connector="chat", subject="Roses")
    busy.owner("close 2")
    busy.customer("anna@example.org", "Do you have roses?", subject="Roses")
    assert "  2026-11-02 18:00 #1 < Anna: Do you have tulips?" in busy.sent("relay")[-1].text


def test_find_finds_all_the_words(busy: Shop) -> None:
    busy.owner("find TULIPS have")
    assert busy.told() == "#1 2026-11-02 09:00 < Anna: Do you have tulips?"


@pytest.mark.parametrize("words", ["%", "_", "\\", "tulips roses", "'; DROP TABLE messages; --"])
def test_find_takes_signs_as_they_are(busy: Shop, words: str) -> None:
    busy.owner(f"find {words}")
    assert busy.told() == "Nothing found."


def test_close_and_the_next_words_open_it_again(busy: Shop) -> None:
    busy.owner("close 2")
    assert states(busy, [1, 2]) == ["open", "closed"]
    busy.customer("bob@example.net", "One more thing", connector="chat")
    assert states(busy, [1, 2]) == ["open", "open"]


@pytest.mark.parametrize("line", ["show 9", "close 9", "note 9 x", "to 9 x", "block 9", "link 1 9", "link 9 1",
                                  "unlink 9", "reply 9 hours"])  # fmt: skip
def test_a_number_that_nobody_has(busy: Shop, line: str) -> None:
    before = busy.sent("answer")
    busy.owner(line)
    assert busy.told().startswith("There is no such conversation")
    assert busy.sent("answer") == before


@pytest.mark.parametrize("line", ["show", "!close", "merge 2"])
def test_a_command_without_a_number_asks_for_one(busy: Shop, line: str) -> None:
    before = busy.sent("answer")
    busy.owner(line)
    assert busy.told().startswith("Which conversation?")
    assert busy.sent("answer") == before


@pytest.mark.parametrize(
    ("line", "usage"),
    [
        ("note 1", "note N text"),
        ("snooze 1", "snooze N fri 9:00"),
        ("tag 1", "tag N word"),
        ("assign #1", "assign N Paul"),
        ("!reply 1", "reply N name"),
    ],
)
def test_a_number_without_the_words_is_told_how_it_goes(busy: Shop, line: str, usage: str) -> None:
    before = busy.sent("answer")
    busy.owner(line)
    assert busy.told().startswith(f"That command goes: {usage} (")
    assert busy.sent("answer") == before


def test_an_answer_to_a_number_that_nobody_has_says_so_and_asks(busy: Shop) -> None:
    busy.owner("#9 Hello")
    assert busy.told().startswith("There is no #9. Nothing was changed or sent.\nTo whom shall")


def test_nobody_writes_first_to_an_owner(busy: Shop) -> None:
    owners = busy.policy.owners[0].surfaces[0]
    busy.owner(f"to {owners.address} Hello")
    assert not busy.sent("answer")


def test_a_sign_in_an_answer_makes_a_command_about_it(busy: Shop) -> None:
    busy.owner("!close", replies_to=(busy.line_about(2),))
    assert states(busy, [1, 2]) == ["open", "closed"]


def test_a_saved_reply(busy: Shop) -> None:
    busy.owner("reply 1 hours")
    (answer,) = busy.sent("answer")
    assert (answer.address, answer.text) == ("anna@example.org", "We are open from 9 to 6.")


def test_a_saved_reply_that_is_not_there(busy: Shop) -> None:
    busy.owner("reply 1 price")
    assert busy.told() == "There is no saved reply price. There are: hours"
    assert not busy.sent("answer")


def test_a_note_goes_to_no_customer(busy: Shop) -> None:
    for line in ("note 1 pays late", "#1 // pays late", "! note 1 pays late"):
        busy.owner(line)
    busy.owner("// pays late", replies_to=(busy.line_about(1),))
    assert not [one for one in busy.sent() if "late" in one.text]


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ("to ANNA@example.org Hello", ("mail", "anna@example.org")),
        ("to mail:eve@example.org Hello", ("mail", "eve@example.org")),
        ("to chat:eve@example.org Hello", ("chat", "eve@example.org")),
        ("to bob@example.net Hello", ("chat", "bob@example.net")),
        ("to anna@example.org: Hello", ("mail", "anna@example.org")),
    ],
)
def test_the_owner_writes_first(busy: Shop, line: str, where: tuple[str, str]) -> None:
    busy.owner(line)
    (answer,) = busy.sent("answer")
    assert (answer.connector, answer.address, answer.text, answer.conversation) == (*where, "Hello", 3)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("to eve@example.org Hello", "could be several. Nothing was sent. Say: to mail:eve@example.org"),
        ("to +4912345 Hello", "No connector can write first"),
        ("to mail:nobody Hello", "No connector can write first"),
        ("to nowhere:eve@example.org Hello", "could be several"),
    ],
)
def test_an_address_that_is_not_one_place(busy: Shop, line: str, said: str) -> None:
    busy.owner(line)
    assert said in busy.told() or "No connector can write first" in busy.told()
    assert not busy.sent("answer")


def test_writing_first_to_a_newcomer_and_their_answer_is_one_conversation(busy: Shop) -> None:
    busy.owner("to mail:eve@example.org Hello")
    ours = busy.drain()
    (answer,) = busy.sent("answer")
    busy.customer("eve@example.org", "Hi", replies_to=(ours[answer.id],))
    assert states(busy, [3, 4]) == ["open", "none"]


def test_link_makes_one_customer_and_unlink_two(busy: Shop) -> None:
    busy.owner("link 1 2")
    with busy.read() as book:
        first, second = book.conversation(1), book.conversation(2)
        assert first is not None
        assert second is not None
        assert first.customer.id == second.customer.id
        assert sorted(book.addresses_of(first.customer.id)) == [
            ("chat", "bob@example.net"),
            ("mail", "anna@example.org"),
        ]
    busy.owner("#2 Yes.")
    assert busy.sent("answer")[-1].address == "bob@example.net"
    busy.owner("unlink 2")
    with busy.read() as book:
        first, second = book.conversation(1), book.conversation(2)
        assert first is not None
        assert second is not None
        assert first.customer.id != second.customer.id
        assert first.customer.name == "Anna"
        assert second.customer.name == "Bob"


def test_linking_what_is_linked_says_so(busy: Shop) -> None:
    for _ in range(2):
        busy.owner("link 1 2")
    assert busy.told() == "They are one customer already."


def test_a_blocked_customer_is_filed_unseen(busy: Shop) -> None:
    busy.owner("block 1")
    busy.drain()
    assert busy.customer("anna@example.org", "HELLO", subject="x").reason == "blocked"
    assert not [one for one in busy.sent() if one.state == "waiting"]
    busy.owner("find hello")
    assert "HELLO" in busy.told()
    busy.owner("unblock 1")
    assert busy.customer("anna@example.org", "Sorry", subject="y").reason == "relayed"


def test_retry_of_nothing(busy: Shop) -> None:
    for line in ("dead", "retry o99", "retry i1"):
        busy.owner(line)
    told = [one.text for one in busy.sent("notice", to="olga")][-3:]
    assert told == ["No dead letters.", *(f"There is no dead letter {x}. `dead` lists them." for x in ("o99", "i1"))]


EVERYTHING = [line for line, name in GRAMMAR if name] + [f"!{line}" for line, name in GRAMMAR if name]


@pytest.mark.parametrize("line", [*EVERYTHING, "#1 Yes.", "#2 // note", "0", "1", "// x"])
def test_a_customer_executes_nothing(busy: Shop, line: str) -> None:
    """Whatever a customer types is text: shown to the owner, and nothing else happens (invariant 6)."""
    for address, connector in (("anna@example.org", "mail"), ("olga", "mail"), ("olga", "chat")):
        decision = busy.customer(address, line, connector=connector)
        assert decision.reason == "relayed"
        assert {type(effect).__name__ for effect in decision.effects} <= {
            "Enrol", "Count", "Open", "Change", "Record", "Log", "Send",
        }  # fmt: skip
        assert {one.kind for one in busy.sent() if one.state == "waiting"} <= {"relay"}
        assert {one.address for one in busy.sent()} == {"olga"}
        busy.drain()


@pytest.mark.parametrize("line", EVERYTHING)
def test_an_owners_address_without_proof_executes_nothing(busy: Shop, line: str) -> None:
    """From the owner's own address on the owner's own connector, but nobody vouches for it."""
    decision = busy.owner(line, authenticated=False)
    assert decision.reason == "doubtful"
    assert not busy.sent("answer")


def test_an_owner_known_elsewhere_is_a_customer_here(busy: Shop) -> None:
    policy: Policy = busy.with_policy(owners=(*POLICY.owners, PAUL)).policy
    assert policy.owner_at("desk", "PAUL") is PAUL
    assert busy.customer("paul", "close 1", connector="chat", authenticated=True).reason == "relayed"
    assert states(busy, [1]) == ["open"]


def test_the_documentation_has_every_command() -> None:
    """Where there is a page of commands, it is made of the table."""
    page = Path(__file__).parent.parent.parent / "docs/reference/commands.md"
    if not page.exists():
        pytest.skip("no page yet")
    text = page.read_text()
    assert all(command.usage in text for command in COMMANDS)


def test_undo_window_is_named(busy: Shop) -> None:
    busy.owner("#1 Yes.")
    assert busy.told() == "-> #1 Anna, email (undo within 5 s)"
    busy.with_policy(undo=timedelta(0)).owner("#2 No.")
    assert busy.told() == "-> #2 Bob, XMPP"


INVOICE = Attachment(name="invoice.pdf", media_type="application/pdf", content=b"invoice")


@pytest.mark.parametrize(
    "line", ["to 1 Here it is.", "to mail:carl@example.org Here.", "#1 !all Here.", "#1 !only Here."]
)
def test_a_file_goes_along_with_the_words(busy: Shop, line: str) -> None:
    busy.owner(line, attachments=(INVOICE,))
    assert busy.files_of(busy.sent("answer")[-1].id) == ["invoice.pdf"]


@pytest.mark.parametrize(
    "line", ["!close 1", "note 1 as agreed", "#1 // as agreed", "!forward 1 mail:carl@example.org x"]
)
def test_a_file_that_goes_nowhere_is_named(busy: Shop, line: str) -> None:
    busy.owner(line, attachments=(INVOICE, Attachment(name="logo.png", inline=True, content=b"logo")))
    assert busy.told().startswith('Not sent: "invoice.pdf"')


def test_a_link_undoes_what_was_decided_beside_it(busy: Shop) -> None:
    """A message that another daemon decides about at this moment is decided again: it would hand #2 back."""
    with busy.read() as book:
        before = book.conversation(2)
    assert before is not None
    busy.owner("link 1 2")
    with busy.engine.begin() as connection, pytest.raises(Conflict):
        Application(connection, 1, busy.clock(), str).apply(Change(after=before))


@pytest.mark.parametrize("spelt", ["mail:Carla@Example.org", "mail:carla@example.org"])
def test_the_answer_to_who_was_written_to_first_is_the_same_conversation(busy: Shop, spelt: str) -> None:
    """Phones write a capital where they like; in a mail that came in there are none."""
    busy.owner(f"to {spelt} Your tulips are here.")
    answer = busy.sent("answer")[-1]
    busy.customer("carla@example.org", "Thanks.", replies_to=(answer.id,))
    assert busy.sent("relay")[-1].conversation == answer.conversation
