"""Four made-up shops and 224 messages to them: as few wrong answers as can be, then as little needless silence.

A message goes the whole way: sentences, matcher, signals, judge, at the setting that shops get.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest

from bridge.faq.entry import Entry
from bridge.faq.finder import Finder, opened
from bridge.faq.judge import Reason, Rules, Verdict

SHOPS = tomllib.loads((Path(__file__).parent / "shop_messages.toml").read_text(encoding="utf-8"))

pytestmark = pytest.mark.usefixtures("faq_model")

NEVER_IN_THE_WAY = (
    Reason.NUMBER, Reason.MONEY, Reason.COMPLAINT, Reason.UNWANTED, Reason.PERSON, Reason.RIVAL, Reason.QUESTIONS,
    Reason.LANGUAGE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judged:
    """A message, the entry that answers it ("" for none), and what became of it."""

    text: str
    wanted: str
    verdict: Verdict

    @property
    def wrong(self) -> bool:
        return self.verdict.answered and self.verdict.entry != self.wanted


@cache
def finder(shop: str) -> Finder:
    pytest.importorskip("onnxruntime")
    entries = SHOPS[shop]["entries"].items()
    return opened(
        [
            Entry(id=name, question=said["asked"][0], also=tuple(said["asked"][1:]), answer=said["answer"])
            for name, said in entries
        ]
    )


def judged(rules: dict[str, Rules]) -> Iterator[Judged]:
    for shop, wanted in rules.items():
        for text, entry in SHOPS[shop]["asked"].items():
            yield Judged(text, entry, finder(shop).judge(text, wanted)[1])


@pytest.mark.parametrize(("percent", "most_wrong", "least_answered"), [(97, 1, 65), (95, 3, 91)])
def test_what_is_answered_is_right(percent: int, most_wrong: int, least_answered: int) -> None:
    found = list(judged({shop: finder(shop).rules(percent) for shop in SHOPS}))

    assert len(found) > 200
    assert len(wrong := [one for one in found if one.wrong]) <= most_wrong, wrong
    assert sum(one.verdict.answered and not one.wrong for one in found) >= least_answered


def test_the_right_entry_is_the_nearest() -> None:
    found = [one for one in judged({shop: finder(shop).rules() for shop in SHOPS}) if one.wanted]

    missed = [one for one in found if one.verdict.entry != one.wanted]
    assert len(missed) <= 0.03 * len(found), missed


def test_no_rule_stands_in_the_way_of_an_ordinary_question() -> None:
    # Whatever the confidence: a postal code is no order, a price limit no claim, "I don't know how" no refusal.
    rules = {shop: replace(finder(shop).rules(), threshold=0.0) for shop in SHOPS}

    kept = [one for one in judged(rules) if one.wanted and one.verdict.reason in NEVER_IN_THE_WAY]
    assert [one.text for one in kept] == ["How much is shipping if I order for 30 euros?"]
