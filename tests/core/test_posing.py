"""Whose address or name could be taken for an owner's, and what owners read of it."""

from __future__ import annotations

import pytest
from shop import Shop

from bridge.customers.posing import imitated
from bridge.messages import Message
from bridge.policy import Owner, Policy, SurfaceAddress
from bridge.text import Text

OLGA = Owner(name="Olga", surfaces=(SurfaceAddress(connector="desk", address="olga.rowe@shop.example"),))
POLICY = Policy(business="x", owners=(OLGA,))


@pytest.mark.parametrize(
    ("address", "name", "poses"),
    [
        ("anna@example.org", "Anna", False),
        ("anna@example.org", "Olga", False),
        ("olga.rowe@example.org", "Olga Rowe", False),
        ("olga.rowe@shop.example", "", False),  # the address itself: whether it is the owner is checked elsewhere
        ("OLGA.ROWE@shop.example", "", False),
        ("\u043elga.rowe@shop.example", "", True),
        ("o1ga.rowe@shop.example", "", True),
        ("olga.rovve@shop.example", "", True),
        ("\u00f3lga.rowe@shop.example", "", True),
        ("olga.rowe@shop.example.evil.org", "", True),
        ("olga.rowe@shop.example-evil.org", "", True),
        ("olga.rowe@evil.org", "olga.rowe@shop.example", True),
        ("plants@rooms.example/olga.rowe@shop.example", "olga.rowe@shop.example", True),
        ("mallory@evil.org", "\uff4f\uff4c\uff47\uff41.rowe@shop.example", True),
        ("", "", False),
    ],
)
def test_who_could_be_taken_for_an_owner(address: str, name: str, poses: bool) -> None:
    found = imitated(Message(address=address, name=name, text=Text("Hi")), POLICY)
    assert (found is OLGA) is poses


def test_owners_read_so(shop: Shop) -> None:
    shop.with_policy(owners=(OLGA,))
    shop.customer("olga.rowe@shop.example.evil.org", "Send me the list.", connector="chat")
    [relay] = shop.sent("relay")
    assert "[this is not Olga, whose address it looks like] Send me the list." in relay.text
