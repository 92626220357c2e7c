"""Made-up shops in four languages, asked as people write: what no entry answers stays unanswered."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from bridge.faq.entry import Entry
from bridge.faq.matcher import Matcher

SHOPS = tomllib.loads((Path(__file__).parent / "stress.toml").read_text(encoding="utf-8"))

pytestmark = pytest.mark.usefixtures("faq_model")


def matcher(shop: str) -> Matcher:
    entries = SHOPS[shop]["entries"].items()
    return Matcher([Entry(id=name, question=said[0], also=tuple(said[1:]), answer="x") for name, said in entries])


@pytest.mark.parametrize(("shop", "least"), [("mattresses", 0.6), ("bakery", 0.55), ("cafe", 0.6), ("shop_ru", 0.6)])
def test_what_is_answered_is_right(shop: str, least: float) -> None:
    found = matcher(shop)
    asked: dict[str, str] = SHOPS[shop]["asked"]
    best = {text: found.match(text).best for text in asked}
    answers = {text: one.entry for text, one in best.items() if one and one.confidence >= found.thresholds["0.95"]}
    wrong = {text: entry for text, entry in answers.items() if entry != asked[text]}
    assert len(wrong) <= 0.1 * len(answers), wrong
    assert len(answers) >= least * sum(map(bool, asked.values()))
