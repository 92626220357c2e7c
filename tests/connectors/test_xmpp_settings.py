"""What the configuration may say, and what is said of what it may not."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from connectors.xmpp.settings import XmppSettings

GOOD: dict[str, Any] = {"jid": "Shop@Example.org", "password": "secret"}


def test_an_address_and_a_password_are_enough() -> None:
    settings = XmppSettings(**GOOD)
    assert settings.jid == "shop@example.org"
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"jid": "shop"}, "not an XMPP address"),
        ({"jid": "shop@example.org/bridge"}, "without a resource"),
        ({"password": ""}, "at least 1 character"),
        ({"port": 5223}, "count with host only"),
        ({"security": "tls"}, "count with host only"),
        ({"host": "https://x"}, "not a host name"),
        ({"host": "x", "security": "none"}, "starttls"),
        ({"rooms": ("shop@example.org",)}, "names the account itself"),
        ({"rooms": ("plants@rooms.example.org",), "nickname": " "}, "nickname is empty"),
        ({"fetch_hosts": ("a b",)}, "not a host name"),
        ({"resource": "x"}, "Extra inputs"),
    ],
)
def test_what_cannot_be(more: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        XmppSettings(**{**GOOD, **more})
