"""Promises in owners' answers: seen where they surely are, offered once, and kept until they are done."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from shop import OLGA, PAUL, POLICY, Shop

from bridge.cases.promising import promised
from bridge.messages import Chosen

BERLIN = "Europe/Berlin"
NOW = datetime(2026, 11, 18, 13, 30, tzinfo=UTC)  # a Wednesday; 14:30 in Berlin

PROMISES = [
    ("I'll send it on Friday.", "2026-11-20 09:00"),
    ("Hello Anna! We will call you tomorrow afternoon. Best, Olga", "2026-11-19 14:00"),
    ("You'll have the invoice by Monday", "2026-11-23 09:00"),
    ("I will send it today.", "2026-11-18 17:00"),
    ("I'm going to check it next week.", "2026-11-25 09:00"),
    ("We'll get back to you in 2 hours!", "2026-11-18 16:30"),
    ("I'll ring you on friday at 5pm", "2026-11-20 17:00"),
    ("ich melde mich morgen", "2026-11-19 09:00"),
    ("Wir schicken das Paket am Freitag los.", "2026-11-20 09:00"),
    ("Morgen früh rufe ich Sie an.", "2026-11-19 09:00"),
    ("Sie bekommen die Rechnung bis nächsten Montag.", "2026-11-23 09:00"),
    ("Ich melde mich heute um 17 Uhr.", "2026-11-18 17:00"),
    ("Ich schicke es am 24.11. los", "2026-11-24 09:00"),
    ("Je vous envoie la facture demain.", "2026-11-19 09:00"),
    ("Le llamo mañana.", "2026-11-19 09:00"),
    ("Le invio la fattura domani.", "2026-11-19 09:00"),
    ("Ik stuur het vrijdag.", "2026-11-20 09:00"),
    ("Zadzwonię jutro.", "2026-11-19 09:00"),
    ("Eu ligo amanhã.", "2026-11-19 09:00"),
]

NONE = [
    "",
    "Yes, five euros.",
    "We are closed on Monday.",
    "We will be open on Monday.",
    "I'll be away tomorrow.",
    "We will not send it on Friday.",
    "I won't send it tomorrow.",
    "If it arrives I will call you tomorrow.",
    "Maybe I'll send it tomorrow.",
    "Shall I send it tomorrow? I'll do what you like.",
    "Will you come on Friday?",
    "Come by on Friday.",
    "I'll send it soon.",
    "I sent it on Monday.",
    "Your order from Friday is here.",
    "> I'll send it on Friday.",
    "I'll see you on Friday!",
    "Guten Morgen! Ich schicke Ihnen den Link.",
    "Wir haben morgen geschlossen.",
    "Wir schicken morgen nichts, wenn es regnet.",
    "Ich melde mich nicht vor Freitag.",
    "I'll send it. See you tomorrow.",
    "x" * 10_000,
    "I'll " * 2_000,
]


@pytest.mark.parametrize(("text", "due"), PROMISES)
def test_a_promise(text: str, due: str) -> None:
    found = promised(text, NOW, BERLIN)
    assert found is not None
    assert f"{found[1].astimezone(ZoneInfo(BERLIN)):%Y-%m-%d %H:%M}" == due


@pytest.mark.parametrize("text", NONE)
def test_no_promise(text: str) -> None:
    assert promised(text, NOW, BERLIN) is None


@pytest.fixture
def shop() -> Shop:
    """A Monday at nine, in UTC."""
    made = Shop(POLICY)
    made.customer("anna@example.org", "Where is my invoice?", native_id="first")
    made.drain()
    return made


def test_an_offer_is_taken_by_a_word_and_kept_until_it_is_done(shop: Shop) -> None:
    shop.owner("#1 I'll send it tomorrow.")
    assert shop.told() == 'Promised for Tue 2026-11-03 09:00: "I\'ll send it tomorrow". `remind` reminds you then.'
    shop.owner("remind")
    assert shop.told() == "You are reminded Tue 2026-11-03 09:00: #1 Anna, email"
    shop.customer("anna@example.org", "Thank you, and the parcel?", replies_to=("first",))
    shop.owner("#1 It has left.")
    for _ in range(2):
        shop.clock.advance(days=1)
        shop.ring()
        assert shop.told() == (
            'Due now: #1 Anna: "I\'ll send it tomorrow.". `done 1` when it is done; else you are reminded each day.'
        )
    shop.owner("promises")
    assert shop.told() == "Tue 2026-11-03 09:00  #1 Anna, email [Olga]: I'll send it tomorrow."
    shop.owner("done 1")
    assert shop.told() == "Done: #1 Anna, email"
    shop.clock.advance(days=1)
    assert [decision.reason for decision in shop.ring()] == ["no longer needed"]
    assert [kind for kind in shop.log() if "promise" in kind] == [
        "promised", "promise due", "promise due", "promise kept"
    ]  # fmt: skip


def test_a_day_that_is_jumped_over_reminds_once(shop: Shop) -> None:
    shop.owner("remind 1 in 1 hour")
    before = len(shop.sent("notice"))
    shop.clock.advance(days=5)
    shop.ring()
    shop.ring()
    assert len(shop.sent("notice")) == before + 1


def test_an_offer_that_nobody_takes_is_forgotten(shop: Shop) -> None:
    shop.owner("#1 I'll send it tomorrow.")
    shop.clock.advance(days=2)
    assert shop.ring() == []
    shop.owner("remind")
    assert shop.told().startswith("Of what?")


def test_another_owners_offer_is_theirs(shop: Shop) -> None:
    shop.with_policy(owners=(OLGA, PAUL))
    shop.owner("#1 I'll send it tomorrow.")
    shop.owner("remind", who="paul")
    assert shop.told("paul").startswith("Of what?")


def test_a_button_takes_the_offer_that_it_stands_under(shop: Shop) -> None:
    buttons = replace(OLGA, surfaces=(replace(OLGA.surfaces[0], buttons=True),))
    shop.with_policy(owners=(buttons,))
    shop.customer("bob@example.org", "And mine?")
    shop.owner("#1 I'll send it tomorrow.")
    offer = shop.live("notice")[-1]
    (choice,) = shop.outbound(offer.id).choices
    assert (choice.label, choice.word) == ("Remind me", "remind")
    shop.owner("#2 I'll send yours on Friday.")
    nothing, taken = "chosen, but nothing was asked", "command"
    for pressed, reason in (("remind:99", nothing), ("remind:x", nothing), (choice.id, taken), (choice.id, nothing)):
        event = Chosen(address="olga", outbound_id=offer.id, choice_id=pressed, authenticated=True)
        assert shop.happens(event, "desk").reason == reason
    with shop.read() as book:
        assert [one.conversation for one in book.promises("open")] == [1]


def test_by_mail_nothing_is_offered(shop: Shop) -> None:
    quiet = replace(OLGA, surfaces=(replace(OLGA.surfaces[0], quiet=True),))
    shop.with_policy(owners=(quiet,))
    shop.owner("#1 I'll send it tomorrow.")
    assert "Promised" not in shop.told()


def test_it_waits_for_the_morning_and_moves_with_a_merge(shop: Shop) -> None:
    shop.with_policy(owners=(replace(OLGA, quiet=(time(22), time(7))),))
    shop.customer("anna@example.org", "Hello?", subject="Again")
    shop.owner("remind 1 23:00")
    shop.owner("merge 1 into 2")
    shop.clock.advance(hours=14)
    shop.ring()
    assert not shop.told().startswith("Due now")
    shop.clock.advance(hours=8)
    shop.ring()
    assert shop.told().startswith("Due now: #2 Anna. `done 2`")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("remind 1 yesterday", '"yesterday" was read as Sun 2026-11-01 09:00, and that is past.'),
        ("remind 1 someday", "When is"),
        ("remind 9 tomorrow", "There is no such"),
        ("done 1", "Nothing is promised: #1 Anna, email"),
        ("promises", "There are none."),
    ],
)
def test_what_is_nothing(shop: Shop, line: str, told: str) -> None:
    shop.owner(line)
    assert shop.told().startswith(told)
