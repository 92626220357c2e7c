"""An address at which no owner could read or answer is refused when the configuration is read, by every connector."""

from __future__ import annotations

import pytest

from bridge.plugins import Plugins

MAIL = {"address": "info@shop.example", "maildir": "out"}
BY_MAIL = {**MAIL, "reply_to": "info+{token}@shop.example"}
JABBER = {"jid": "shop@flowers.example", "password": "x"}
BOT = {"token": "123456789:AAF-abcdefghijklmnopqrstu"}
GROUP = {**BOT, "owner_groups": {"-1001": [4711]}}


@pytest.mark.parametrize(
    ("kind", "table", "address", "why"),
    [
        ("console", {}, "owner", ""),
        ("console", {"address": "Anna"}, "anna", ""),
        ("console", {"address": "anna"}, "owner", 'write address = "anna"'),
        ("email", BY_MAIL, "anna@example.org", ""),
        ("email", BY_MAIL, "Anna <anna@example.org>", "not an email address; write it plain"),
        ("email", MAIL, "anna@example.org", 'set reply_to = "info+{token}@shop.example"'),
        ("xmpp", JABBER, "anna@flowers.example", ""),
        ("xmpp", JABBER, "anna@flowers.example/phone", "without a resource"),
        ("xmpp", JABBER, "anna", "not an XMPP address"),
        ("xmpp", JABBER, "Shop@flowers.example", "the shop's own account"),
        ("telegram", BOT, "4711", ""),
        ("telegram", BOT, "@anna", "by their number"),
        ("telegram", BOT, "-1001", 'add "-1001" = ['),
        ("telegram", GROUP, "-1001", ""),
    ],
)
def test_an_owners_address(kind: str, table: dict[str, object], address: str, why: str) -> None:
    found = Plugins().get(kind)
    assert found.unfit_owner is not None

    told = found.unfit_owner(found.settings.model_validate(table), address)

    assert why in told if why else told == ""
    assert "; " in told or not told
