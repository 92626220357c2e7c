"""What an entry's settings do, from the FAQ's file to what the customer reads, with the real matcher."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from shop import Shop

from bridge.faq.faq_file import read_faq
from bridge.faq.finder import opened
from bridge.faq.judge import OtherLanguage
from bridge.faq.rules import Rules

pytest.importorskip("onnxruntime")

HOURS = """
[[entry]]
id = "hours"
question = "When are you open?"
also = ["opening hours", "Are you open on Sunday?", "when do you close", "at what time can I come"]
answer = "Nine to six."
"""
OTHERS = """
[[entry]]
id = "shipping"
question = "How much is shipping?"
also = ["What does delivery cost?", "shipping costs", "What do I pay for delivery?", "delivery fee"]
answer = "Shipping is 4.90 euros."
[[entry]]
id = "returns"
question = "How do I send something back?"
also = ["return an item", "I want to return it", "your return policy", "can I give flowers back"]
answer = "Print the label."
"""
GERMAN = """
[[entry]]
id = "zeiten"
question = "Wann haben Sie geöffnet?"
also = ["Öffnungszeiten", "Sind Sie sonntags da?", "Um wie viel Uhr schließen Sie?", "Wann machen Sie auf?"]
answer = "Wir haben von neun bis sechs Uhr geöffnet."
"""


def open_shop(
    toml: str, by: str = "chat", *, trust_at_once: bool = True, other: OtherLanguage = OtherLanguage.NEVER
) -> Shop:
    """A shop with this FAQ, whose entries answer by themselves from the beginning; customers write `by` a connector."""
    faq = read_faq({"faq.toml": (toml + OTHERS).encode()})
    assert faq.errors == ()
    finder = opened(faq.entries, channels=("chat", "mail"))
    judging = finder.rules(97, other)
    rules = Rules(entries={entry.id: entry for entry in faq.entries}, at_once=trust_at_once, judging=judging)
    return Shop(faq=rules, find=lambda text: finder.find(text, other_language=other, channel=by))


def answers(shop: Shop, text: str, connector: str = "chat", who: str = "anna@example.org") -> Sequence[str]:
    """What the customer gets by itself, once they had time to finish writing."""
    before = len(shop.live("automatic"))
    shop.customer(who, text, connector=connector)
    shop.clock.advance(seconds=shop.policy.burst.total_seconds())
    shop.ring()
    return [one.text.partition("\n\nThis answer is automatic")[0] for one in shop.live("automatic")[before:]]


def test_without_settings_it_answers() -> None:
    assert answers(open_shop(HOURS), "when are you open?") == ["Nine to six."]


def test_follow_up_stands_below_the_answer_by_itself_and_by_ok() -> None:
    with_more = HOURS + 'follow_up = "You find us at *Market Square* 1, {name|dear customer}."\n'
    below = "Nine to six.\n\nYou find us at Market Square 1, Anna."
    shop = open_shop(with_more)
    assert answers(shop, "when are you open?") == [below]

    shop = open_shop(with_more, trust_at_once=False)
    shop.customer("anna@example.org", "when are you open?", connector="chat")
    shop.owner("ok 1")
    assert [one.text for one in shop.live("answer")] == [below]


def test_another_follow_up_is_another_answer_and_earns_its_trust_anew() -> None:
    entry, changed = (read_faq({"f.toml": (HOURS + more).encode()}).entries[0] for more in ("", 'follow_up = "x"\n'))
    assert entry.answer_hash != changed.answer_hash


@pytest.mark.parametrize(("connector", "given"), [("chat", ["Nine to six."]), ("mail", [])])
def test_channels(connector: str, given: list[str]) -> None:
    shop = open_shop(HOURS + 'channels = ["chat"]\n', connector)
    assert answers(shop, "when are you open?", connector) == given
    assert "would have answered" not in shop.sent("relay")[0].text


def test_channels_may_have_an_answer_each_to_the_same_question() -> None:
    by_mail = HOURS.replace('"hours"', '"hours-mail"').replace("Nine to six.", "Nine to six; see our web page.")
    toml = HOURS + 'channels = ["chat"]\n' + by_mail + 'channels = ["mail"]\n'
    assert answers(open_shop(toml, "chat"), "when are you open?", "chat") == ["Nine to six."]
    assert answers(open_shop(toml, "mail"), "when are you open?", "mail") == ["Nine to six; see our web page."]


@pytest.mark.parametrize(
    ("said", "text", "given"),
    [
        ("", "When are you open?", ["Nine to six."]),
        ("", "Wann haben Sie geöffnet?", ["Wir haben von neun bis sechs Uhr geöffnet."]),
        ("", "Quand êtes-vous ouverts le dimanche ?", []),
        ('languages = ["en"]\n', "When are you open?", ["Nine to six."]),
        ('languages = ["fr"]\n', "When are you open?", []),
    ],
)
def test_languages(said: str, text: str, given: list[str]) -> None:
    """Each customer gets the entry in their language, told by `languages` or by the answer itself."""
    shop = open_shop(HOURS + said + GERMAN)
    assert [one.partition("\n\nDiese Antwort")[0] for one in answers(shop, text)] == given


def test_another_language_is_answered_where_the_shop_wants_it() -> None:
    only_french = HOURS + 'languages = ["fr"]\n'
    assert answers(open_shop(only_french), "When are you open?") == []
    assert answers(open_shop(only_french, other=OtherLanguage.ANSWER), "When are you open?") == ["Nine to six."]


def test_suggest_is_the_most_it_does_however_often_it_was_right() -> None:
    shop = open_shop(HOURS + 'mode = "suggest"\n', trust_at_once=False)
    for number in range(1, 8):
        assert answers(shop, "when are you open?", who=f"c{number}@example.org") == []
        assert "would have answered with #hours" in shop.sent("relay")[-1].text
        shop.owner(f"ok {number}")
    assert len(shop.live("answer")) == 7
    assert "answers by itself" not in shop.told()


def test_off_is_as_if_it_were_not_there() -> None:
    shop = open_shop(HOURS + 'mode = "off"\n')
    assert answers(shop, "when are you open?") == []
    assert "would have answered" not in shop.sent("relay")[0].text


DAMAGE = """
[[entry]]
id = "damage"
question = "What do I do when my vase did not survive the journey?"
also = ["my vase did not survive", "the vase is in pieces", "the glass is in shards", "it came in a thousand pieces"]
answer = "Send us a photo, and a new one is on its way."
"""


@pytest.mark.parametrize(("tags", "given"), [("", 0), ('tags = ["broken"]\n', 1)])
def test_a_tag_says_what_else_an_entry_is_about(tags: str, given: int) -> None:
    """Who writes of something broken gets a person, unless the entry is about that."""
    assert len(answers(open_shop(DAMAGE + tags), "The vase is in pieces, it is broken")) == given
