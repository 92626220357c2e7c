"""`inbox-bridge faq stats` and `faq unanswered`, on a store that a shop has filled."""

from __future__ import annotations

import asyncio
import json
import sys
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert
from typer.testing import CliRunner

from bridge.cli import app
from bridge.faq.entry import Entry
from bridge.learned import Fate
from bridge.store.book_tables import conversations, events, messages
from bridge.store.case_tables import matches, trust
from bridge.store.store import open_store

NOW = datetime.now(UTC) - timedelta(hours=1)
OPENING = Entry(id="opening", question="When are you open?", answer="Nine to six.")
SHOP = """
state_dir = "."
[business]
name = "The Shop"
[[owners]]
name = "Anna"
surfaces = [{connector = "console", address = "owner"}]
[connectors.console]
type = "console"
[faq]
path = "faq.toml"
"""


class Filled:
    """A shop's folder; what is put into its store comes from conversations of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._rows: list[tuple[Any, dict[str, Any]]] = []
        self._last = 0
        (folder / "config.toml").write_text(SHOP)
        (folder / "faq.toml").write_text(
            f'[[entry]]\nid = "opening"\nquestion = "{OPENING.question}"\nanswer = "{OPENING.answer}"\n'
        )

    def matched(self, fate: Fate, text: str = "", **fields: Any) -> int:
        self._last = number = self._last + 1
        case = {"number": number, "customer": f"c{number}", "connector": "mail", "address": "a", "state": "open"}
        person_at = fields.pop("person_at", None)
        words = {"id": number, "conversation": number, "direction": "in", "connector": "mail", "body": text, "at": NOW}
        match = {"id": f"{number}.1", "conversation": number, "message": number, "entry": "opening", "confidence": 0.9}
        match |= {"answer_hash": OPENING.answer_hash, "reason": "sure", "language": "", "fate": str(fate), "at": NOW}
        moments = {"opened_at": NOW, "changed_at": NOW, "person_answered_at": person_at}
        self._rows.append((conversations, {**case, "version": 1, **moments}))
        self._rows += [(messages, words), (matches, match | fields)]
        return number

    def answered(self, number: int) -> None:
        event = {"at": NOW, "kind": "bot answered", "conversation": number, "data": {"match": f"{number}.1"}}
        self._rows.append((events, event))

    def trusted(self, entry: str = "opening", answer_hash: str = OPENING.answer_hash, **fields: Any) -> None:
        row = {"approvals": 0, "refusals": 0, "promoted": False, "changed_at": NOW}
        self._rows.append((trust, {"entry": entry, "answer_hash": answer_hash, **row, **fields}))

    def run(self, *words: str) -> str:
        asyncio.run(self._fill())
        given = ["faq", *words, "--config", str(self.folder / "config.toml")]
        done = CliRunner().invoke(app(given), given)
        assert done.exit_code == 0, done.output
        return done.stdout

    async def _fill(self) -> None:
        store = await open_store(f"sqlite:///{self.folder / 'inbox-bridge.db'}", lambda _: None)
        try:
            await store.transactions.run("fill", self._insert)
        finally:
            await store.close()

    def _insert(self, connection: Connection) -> None:
        for table, row in self._rows:
            connection.execute(insert(table).values(row))
        self._rows.clear()


@pytest.fixture
def shop(tmp_path: Path) -> Filled:
    return Filled(tmp_path)


def test_each_entry_says_what_became_of_it(shop: Filled) -> None:
    for fate in (Fate.SUGGESTED, Fate.APPROVED, Fate.APPROVED, Fate.REFUSED):
        shop.matched(fate)
    shop.answered(shop.matched(Fate.HELPED))
    shop.trusted(approvals=1, refusals=1)
    shop.matched(Fate.NONE, entry="", reason="unsure")

    fared = "suggested 4 times (2 sent, 1 wrong, 1 open), answered 1 time (1 helped)"
    assert shop.run("stats").splitlines() == [
        f"#opening: suggests (1 of 5 approvals), {fared}",
        "not answered: unsure 1",
    ]
    (entry,) = json.loads(shop.run("stats", "--json"))["entries"]
    assert (entry["entry"], entry["suggested"], entry["approved"], entry["waiting"]) == ("opening", 4, 2, 1)
    assert (entry["answered"], entry["helped"], entry["promoted"], entry["approvals"]) == (1, 1, False, 1)


def test_where_no_approval_is_asked_for_an_entry_answers_by_itself(shop: Filled) -> None:
    config = shop.folder / "config.toml"
    config.write_text(config.read_text().replace("[faq]", '[faq]\ntrust = "at once"'))
    shop.answered(shop.matched(Fate.ANSWERED))

    assert shop.run("stats").startswith("#opening: answers by itself, answered 1 time")


def test_figures_of_what_is_no_longer_in_the_faq_say_so(shop: Filled) -> None:
    shop.matched(Fate.SUGGESTED, answer_hash="before")
    shop.matched(Fate.SUGGESTED, entry="gone")
    shop.trusted("gone", promoted=True)

    told = shop.run("stats")

    assert "#opening (with an earlier answer): suggests (0 of 5 approvals), suggested 1 time (1 open)" in told
    assert "#gone (no longer in the FAQ): " in told


@pytest.mark.parametrize(("days", "said"), [("1", "in the last day"), ("30", "in the last 30 days")])
def test_nothing_was_asked_yet(shop: Filled, days: str, said: str) -> None:
    assert shop.run("stats", "--days", days) == f"no entry was matched {said}\n"
    assert shop.run("unanswered", "--days", days) == f"no question was left without an answer {said}\n"


VASES = [
    "Hello,\n\ncan you repair a broken vase?\n\nKind regards\nAnna Keller",
    "do you repair vases",
    "Is it possible to have my vase mended?",
]
OTHERS = ["Do you know a good dentist?", "Are dogs allowed in?", "Thank you!", "I look for a job as a gardener"]


def ask(shop: Filled, *texts: str, **fields: Any) -> None:
    for text in texts:
        shop.matched(Fate.NONE, text, entry="", reason="unsure", **fields)


def test_what_several_people_asked_comes_with_a_draft(shop: Filled) -> None:
    pytest.importorskip("onnxruntime")
    ask(shop, *OTHERS, *VASES)
    shop.matched(Fate.ANSWERED, "can you mend vases?")

    told = shop.run("unanswered")

    head, _, draft = told.partition("\n\n")
    assert head.startswith("3 people asked something like ")
    assert head.splitlines()[0].endswith('vase?" in the last 7 days') or "repair vases" in head
    assert "#5" in head
    assert "#8" not in head
    (entry,) = tomllib.loads(draft)["entry"]
    assert {entry["question"], *entry["also"]} == {"can you repair a broken vase?", *VASES[1:]}
    assert entry["answer"] == ""
    assert shop.run("unanswered", "--people", "4") == (
        "6 questions had no answer in the last 7 days; no 4 people asked the same\n"
    )


def test_for_scripts(shop: Filled) -> None:
    pytest.importorskip("onnxruntime")
    ask(shop, *VASES)

    (found,) = json.loads(shop.run("unanswered", "--json"))

    assert (found["people"], sorted(found["conversations"])) == (3, ["#1", "#2", "#3"])
    assert tomllib.loads(found["draft"])["entry"]


def test_who_answered_one_already_reads_how_to_keep_that_answer(shop: Filled) -> None:
    pytest.importorskip("onnxruntime")
    ask(shop, *VASES[:2])
    ask(shop, VASES[2], person_at=NOW)

    assert "You have answered #3: `faq add 3`, typed where you read, makes that an entry." in shop.run("unanswered")


def test_without_the_model_words_are_compared_and_it_says_so(shop: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    ask(shop, *OTHERS, "can you repair a vase?", "do you repair vases", "repair of my vase")

    told = shop.run("unanswered")

    assert told.startswith("only words are compared, not meaning: onnxruntime is not installed; ")
    assert "3 people asked something like " in told
