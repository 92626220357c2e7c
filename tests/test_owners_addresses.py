"""An address at which no owner could read or answer is refused when the configuration is read, by every connector."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.configuration.config import ConfigError, load
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


@pytest.mark.parametrize(
    ("address", "member", "why"),
    [
        ("-1001", "4711", ""),
        ("-1001", "4712", 'set "-1001" = [4711, 4712] in owner_groups'),
        ("-1001", "@anna", "no Telegram number of a person"),
        ("-1001", "-1001", "no Telegram number of a person"),
        ("4711", "4711", "no group that several share; remove member"),
    ],
)
def test_who_an_owner_is_in_a_shared_group(address: str, member: str, why: str) -> None:
    found = Plugins().get("telegram")
    assert found.unfit_member is not None

    told = found.unfit_member(found.settings.model_validate(GROUP), address, member)

    assert why in told if why else told == ""


SHARED = """
[business]
name = "The Shop"
[[owners]]
name = "Anna"
surfaces = [{{connector = "{connector}", address = "{address}", member = "{member}"}}]
[connectors.console]
type = "console"
[connectors.telegram]
type = "telegram"
token = "123456789:AAF-abcdefghijklmnopqrstu"
owner_groups = {{ "-1001" = [4711] }}
"""


@pytest.mark.parametrize(
    ("connector", "address", "member", "told"),
    [
        ("telegram", "-1001", "4711", ""),
        ("telegram", "-1001", "4712", "owners #1.surfaces #1.member: whoever has this number may not answer"),
        ("telegram", "-1002", "4712", "owners #1.surfaces #1: nobody may answer in this group"),
        ("console", "owner", "4711", "owners #1.surfaces #1.member: nobody shares an address with others there"),
    ],
)
def test_the_configuration_is_refused(tmp_path: Path, connector: str, address: str, member: str, told: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(SHARED.format(connector=connector, address=address, member=member))
    path.chmod(0o600)
    if not told:
        assert load(path, environ={}).owners  # 1.surfaces #1.member == member
        return
    with pytest.raises(ConfigError) as raised:
        load(path, environ={})
    (problem,) = raised.value.problems
    assert told in str(problem)
