"""What a configuration may say about an email account, and what a wrong one is told."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bridge.connector import Check, ConnectorType, OwnerSurface
from bridge.settings import SettingsContext
from connectors.email import TYPE
from connectors.email.connector import EmailConnector
from connectors.email.settings import EmailSettings

GOOD: dict[str, Any] = {"address": "info@shop.example", "maildir": "out"}
SUBMISSION = {"host": "mail.example", "username": "shop", "password": "s3cret"}


def test_defaults() -> None:
    settings = EmailSettings.model_validate({**GOOD, "listen": {"recipients": ["Sales@Shop.example"]}})
    assert settings.listen is not None
    assert (settings.listen.host, settings.listen.port) == ("127.0.0.1", 2525)
    assert settings.listen.size_limit == 25 * 1024 * 1024
    assert settings.recipients == {"info@shop.example", "sales@shop.example"}
    assert settings.hostname == "shop.example"


def test_a_relative_maildir_begins_in_the_state_folder() -> None:
    settings = EmailSettings.model_validate(GOOD, context=SettingsContext(state_dir=Path("/state")))
    assert settings.maildir == Path("/state/out")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"address": "shop"}, "is not an email address; write it plain"),
        ({"address": "Shop <info@shop.example>"}, "is not an email address"),
        ({"address": "info@shop.example\r\nX: y"}, "is not an email address"),
        ({"maildir": None}, r"add a \[submission\] table"),
        ({"submission": SUBMISSION}, r"both maildir and \[submission\]"),
        ({"maildir": None, "submission": {**SUBMISSION, "password": ""}}, "password is missing"),
        ({"maildir": None, "submission": {**SUBMISSION, "username": ""}}, "username is missing"),
        ({"maildir": None, "submission": {**SUBMISSION, "security": "none"}}, "would send the password readable"),
        ({"maildir": None, "submission": {"host": "a b"}}, "is not a host name"),
        ({"maildir": None, "submission": {"host": "https://mail.example"}}, "is not a host name"),
        ({"maildir": None, "submission": {"host": "mail.example:587"}}, "is not a host name.*no port"),
        ({"listen": {"cert": "a.pem"}}, "cert is given without key"),
        ({"listen": {"key": "a.pem"}}, "key is given without cert"),
        ({"listen": {"memory": 2**20}}, "memory is less than size_limit"),
        ({"listen": {"recipients": ["nobody"]}}, "is not an email address"),
        ({"listen": {"port": 70000}}, "less than or equal to 65535"),
        ({"reply_to": "shop@shop.example"}, r"reply_to\n.*write \{token\} once, before the @"),
        ({"signature": "{name}\n{phone}"}, r"\{phone\} is not known; a signature may hold \{name\} and \{address\}"),
        ({"language": "xx"}, "'en', 'de'"),
        ({"spam_score": 0}, "greater than 0"),
        ({"listen": {"prot": 25}}, "Extra inputs are not permitted"),
    ],
)
def test_mistakes_are_named(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words) as caught:
        EmailSettings.model_validate({**GOOD, **change})
    assert "s3cret" not in str(caught.value)


def test_a_password_is_not_shown() -> None:
    settings = EmailSettings.model_validate({"address": "info@shop.example", "submission": SUBMISSION})
    assert "s3cret" not in repr(settings)


def test_the_type_makes_a_connector_without_any_io() -> None:
    assert isinstance(TYPE, ConnectorType)
    connector = TYPE.create("email", EmailSettings.model_validate({**GOOD, "listen": {}}))
    assert isinstance(connector, Check)
    assert connector.traits.parse_in_worker
    assert not connector.traits.session
    assert connector.parse.__module__ == "connectors.email.parse"


def test_what_the_bridge_knows_of_an_account_follows_from_its_settings() -> None:
    plain = TYPE.create("email", EmailSettings.model_validate({**GOOD, "quote_original": False}))
    assert (plain.traits.quotes, plain.traits.tokens) == (False, False)
    full = TYPE.create("email", EmailSettings.model_validate({**GOOD, "reply_to": "shop+{token}@Shop.Example"}))
    assert (full.traits.quotes, full.traits.tokens) == (True, True)
    assert isinstance(full, OwnerSurface)
    assert full.surface.tokens
    assert full.surface.quiet


@pytest.mark.servers
def test_a_parsing_worker_loads_no_network_library_and_no_settings() -> None:
    too_much = ("aiosmtpd", "aiosmtplib", "ssl", "pydantic", "sqlalchemy", "structlog")
    code = f"import sys, connectors.email.parse; print([m for m in {too_much} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("host", ["mail.example", "127.0.0.1", "::1", "2001:db8::7"])
def test_a_host_is_a_name_or_an_ip_address(host: str) -> None:
    settings = EmailSettings.model_validate({**GOOD, "maildir": None, "submission": {"host": host}})
    assert settings.submission is not None
    assert settings.submission.host == host


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("carla@example.org", True),
        ("info@shop.example.org", True),
        ("info@shop.example", False),
        ("INFO@Shop.example", False),
        ("carla", False),
        ("+4912345", False),
        ("Carla <carla@example.org>", False),
    ],
)
def test_an_owner_may_write_first_to_any_address_but_the_shops_own(address: str, may: bool) -> None:
    traits = EmailConnector("mail", EmailSettings.model_validate(GOOD)).traits
    assert bool(re.fullmatch(traits.address_pattern, address)) is may
