"""Spellings of an address as one customer, where the owner says so, and only there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from shop import Shop

from bridge.connector import Message, RawItem
from connectors.email.account_facts import account_facts
from connectors.email.parse import parse_mail
from connectors.email.settings import EmailSettings
from connectors.email.spellings import known_as

PLUS: dict[str, Any] = {"same_person": ["plus-tags"]}
DOTS: dict[str, Any] = {"same_person": ["gmail-dots"]}
DOMAINS: dict[str, Any] = {
    "same_domains": [["example.org", "Example.com", "bücher.example"], ["a.example", "b.example"]]
}
ALL: dict[str, Any] = {"same_person": ["gmail-dots", "plus-tags"], **DOMAINS}


def settings(**change: Any) -> EmailSettings:
    return EmailSettings.model_validate({"address": "shop@flowers.example", "maildir": "out", **change})


def facts(**change: Any) -> dict[str, object]:
    return account_facts(settings(**change))


@pytest.mark.parametrize(
    ("set_", "address", "known"),
    [
        ({}, "an.na+shop@gmail.com", ""),
        ({}, "anna@example.com", ""),
        (PLUS, "anna+shop@example.net", "anna@example.net"),
        (PLUS, "anna+a+b@example.net", "anna@example.net"),
        (PLUS, "an.na+shop@gmail.com", "an.na@gmail.com"),
        (PLUS, "anna@example.net", ""),
        (PLUS, "+shop@example.net", ""),
        (PLUS, "anna-shop@example.net", ""),
        (DOTS, "a.n.na@gmail.com", "anna@gmail.com"),
        (DOTS, "anna@googlemail.com", "anna@gmail.com"),
        (DOTS, "an.na+shop@googlemail.com", "anna+shop@gmail.com"),
        (DOTS, "an.na@example.net", ""),
        (DOTS, "an.na@mail.gmail.com", ""),
        (DOTS, "anna@gmail.com", ""),
        (DOTS, "...@gmail.com", ""),
        (DOMAINS, "anna@example.com", "anna@example.org"),
        (DOMAINS, "anna@bücher.example", "anna@example.org"),
        (DOMAINS, "anna@xn--bcher-kva.example", "anna@example.org"),
        (DOMAINS, "anna@example.org", ""),
        (DOMAINS, "anna@b.example", "anna@a.example"),
        (DOMAINS, "anna@mail.example.com", ""),
        (ALL, "an.na+shop@googlemail.com", "anna@gmail.com"),
        (ALL, "an.na+shop@example.com", "an.na@example.org"),
        (
            {"same_person": ["gmail-dots"], "same_domains": [["googlemail.com", "shop.example"]]},
            "a.b@shop.example",
            "ab@gmail.com",
        ),
        (ALL, "<>", ""),
        (ALL, "", ""),
        (ALL, "@", ""),
        (ALL, "anna", ""),
    ],
)
def test_spellings(set_: dict[str, Any], address: str, known: str) -> None:
    assert known_as(address, facts(**set_)) == known


@given(
    st.text(alphabet="a.+@-", max_size=12), st.sampled_from(["gmail.com", "googlemail.com", "example.com", "b.example"])
)
def test_a_spelling_that_somebody_is_known_by_is_known_by_itself(local: str, domain: str) -> None:
    known = known_as(f"{local}@{domain}", facts(**ALL))
    assert known_as(known, facts(**ALL)) == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"same_person": ["dots"]}, "'plus-tags' or 'gmail-dots'"),
        ({"same_domains": [["example.org"]]}, "two domains or more"),
        ({"same_domains": [["example.org", "not a domain"]]}, "'not a domain' is not a domain"),
        ({"same_domains": [["a@example.org", "b.example"]]}, "is not a domain"),
        ({"same_domains": [["a.example", "b.example"], ["B.example", "c.example"]]}, "'b.example' stands there twice"),
    ],
)
def test_mistakes_are_named(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        settings(**change)


def wrote(shop: Shop, sender: str, text: str, **set_: Any) -> str:
    """A mail as the parser reads it, decided about; why it was decided so."""
    mail = f"From: {sender}\r\nMessage-ID: <{abs(hash((sender, text)))}@example.net>\r\n\r\n{text}".encode()
    known = {**facts(**set_), "mail_from": sender}
    item = RawItem(native_id=text, raw=mail, lane=sender, facts=known, received_at=datetime.now(UTC))
    message = parse_mail(item)[0]
    assert isinstance(message, Message)
    return shop.happens(message, "mail").reason


def test_two_spellings_share_history_and_block() -> None:
    shop = Shop()
    wrote(shop, "an.na+shop@gmail.com", "Do you have tulips?", **ALL)
    wrote(shop, "Anna@GoogleMail.com", "And roses?", **ALL)
    assert "Do you have tulips?" in shop.told()
    shop.owner("#2 Yes.")
    assert shop.sent("answer")[-1].address == "anna@googlemail.com"
    shop.owner("block 1")
    assert wrote(shop, "anna@gmail.com", "Hello?", **ALL) == "blocked"
    assert wrote(shop, "anna@example.net", "Hello?", **ALL) == "relayed"


def test_unless_the_owner_says_so_they_are_strangers() -> None:
    shop = Shop()
    wrote(shop, "anna+shop@gmail.com", "Do you have tulips?")
    wrote(shop, "anna@gmail.com", "And roses?")
    assert "Do you have tulips?" not in shop.told()
    shop.owner("block 1")
    assert wrote(shop, "anna@gmail.com", "Hello?") == "relayed"
