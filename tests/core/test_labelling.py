"""Tags, priorities, whose a case is, and the list that shows them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from shop import OLGA, PAUL, POLICY, Shop

from bridge.conversation import Conversation


@pytest.fixture
def shop() -> Shop:
    made = Shop(replace(POLICY, owners=(OLGA, PAUL)))
    for minute, (who, words) in enumerate((("anna", "Tulips?"), ("bob", "Roses?"), ("carl", "Lilies?")), start=1):
        made.customer(f"{who}@example.org", words)
        made.clock.advance(minutes=minute)
    made.drain()
    return made


def case(shop: Shop, number: int) -> Conversation:
    with shop.read() as book:
        found = book.conversation(number)
    assert found is not None
    return found


def listed(shop: Shop, which: str = "", who: str = "olga") -> list[str]:
    shop.owner(f"list {which}".strip(), who=who)
    return shop.told(who).splitlines()


def test_tags(shop: Shop) -> None:
    shop.owner("tag 1 Wholesale")
    assert shop.told() == "#1 Anna, email: #wholesale"
    shop.owner("tag 1 #größe")
    shop.owner("tag 1 wholesale")
    assert case(shop, 1).tags == ("wholesale", "größe")
    shop.owner("untag 1 WHOLESALE")
    assert case(shop, 1).tags == ("größe",)
    shop.owner("show 1")
    assert shop.told().splitlines()[0] == "#1 Anna, email <anna@example.org> - waits for you [#größe]"
    assert shop.log().count("tagged") == 3
    assert listed(shop, "#GRÖßE")[0].startswith("#1 Anna")
    assert listed(shop, "#gr") == ["There are none."]
    assert listed(shop, '#"') == ["There are none."]
    assert listed(shop, "#%") == ["There are none."]


def test_a_case_has_no_end_of_tags(shop: Shop) -> None:
    for n in range(21):
        shop.owner(f"tag 1 t{n}")
    assert shop.told() == "#1 Anna, email has 20 tags already."


def test_the_list_is_in_the_order_of_need(shop: Shop) -> None:
    shop.customer("dora@example.org", "Pots?")
    shop.owner("priority 3 high")
    shop.owner("priority 1 low")
    shop.owner("#2 Yes.", who="paul")
    shop.owner("snooze 4 tomorrow")
    assert listed(shop) == [
        "#3 Carl, email - waits for you, 3 min [high priority]: Lilies?",
        "#1 Anna, email - waits for you, 6 min [low priority]: Tulips?",
        "#2 Bob, email - answered, 0 s [Paul]: Yes.",
        "#4 Dora, email - snoozed until Tue 2026-11-03 09:00, 0 s: Pots?",
    ]
    assert [line[:2] for line in listed(shop, "snoozed")] == ["#4"]
    assert [line[:2] for line in listed(shop, "mine", who="paul")] == ["#2"]
    assert listed(shop, "mine") == ["There are none."]


def test_a_long_list_says_that_it_is_cut(shop: Shop) -> None:
    for n in range(30):
        shop.customer(f"c{n}@example.org", "Hello")
    assert len(listed(shop)) == 21
    assert shop.told().splitlines()[-1] == "…"


def test_a_claim_is_seen_by_the_others(shop: Shop) -> None:
    shop.owner("claim 1")
    assert shop.told("paul") == shop.told("olga") == "#1 Anna, email: it is Olga's now."
    shop.owner("assign 1 paul")
    assert case(shop, 1).assigned_to == "Paul"
    shop.owner("assign 1 Paul", who="paul")
    assert shop.told("paul") == "#1 Anna, email: it is Paul's already."
    shop.owner("release 1")
    assert shop.told("paul") == "#1 Anna, email: it is nobody's now."
    shop.owner("assign 1 Eve")
    assert shop.told() == "There is no owner Eve. There are: Olga, Paul"
    assert shop.log().count("assigned") == 3


def test_an_answer_claims_what_is_nobodys(shop: Shop) -> None:
    shop.owner("#1 Yes.")
    assert case(shop, 1).assigned_to == "Olga"
    shop.clock.advance(minutes=5)
    shop.owner("#1 Red ones.", who="paul")
    assert case(shop, 1).assigned_to == "Olga"
    shop.customer("anna@example.org", "And white ones?", subject="Re: ")
    assert shop.log().count("assigned") == 1


def test_with_one_owner_nobody_claims() -> None:
    shop = Shop()
    shop.customer("anna@example.org", "Tulips?")
    shop.owner("#1 Yes.")
    assert case(shop, 1).assigned_to == ""
    assert "assigned" not in shop.log()
