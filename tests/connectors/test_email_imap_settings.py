"""What the configuration may say about mailboxes, and what a wrong one is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bridge.connector import Partial
from bridge.settings import SettingsContext
from connectors.email import TYPE
from connectors.email.settings import EmailSettings

IMAP: dict[str, Any] = {"host": "imap.example", "username": "shop", "password": "s3cret"}
OAUTH = {"provider": "google", "client_id": "me", "refresh_token": "s3cret"}
TOKENS: dict[str, Any] = {"host": "imap.example", "username": "shop", "oauth": OAUTH}


def validated(*imap: dict[str, Any]) -> EmailSettings:
    table = {"address": "info@shop.example", "maildir": "out", "imap": list(imap)}
    return EmailSettings.model_validate(table, context=SettingsContext(state_dir=Path("/state")))


def test_defaults() -> None:
    [one] = validated(IMAP).imap
    assert (one.port, one.security, one.folders) == (993, "tls", ("INBOX",))
    assert (one.first_sweep, one.handled) == ("new", "leave")
    assert one.idle_seconds + 10 < 60
    assert one.longest_wait < 60
    assert "s3cret" not in repr(one)


@pytest.mark.parametrize(
    ("provider", "url", "scope"),
    [
        ("google", "https://oauth2.googleapis.com/token", "https://mail.google.com/"),
        ("microsoft", "https://login.microsoftonline.com/common/oauth2/v2.0/token", "offline_access"),
    ],
)
def test_providers(provider: str, url: str, scope: str) -> None:
    [one] = validated({**TOKENS, "oauth": {**OAUTH, "provider": provider}}).imap
    assert one.oauth is not None
    assert one.oauth.url == url
    assert scope in one.oauth.asked_scope
    assert one.oauth.tokens == Path("/state/tokens")
    assert "s3cret" not in repr(one)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({**IMAP, "password": ""}, r"give password, or a table \[imap.oauth\]"),
        ({**TOKENS, "password": "s3cret"}, r"give password, or a table \[imap.oauth\], and not both"),
        ({**IMAP, "security": "none"}, r"it is for 127\.0\.0\.1 only"),
        ({**IMAP, "host": "127.0.0.1", "security": "none", "ca_file": "x"}, "ca_file has no use"),
        ({**IMAP, "host": "a b"}, "is not a host name"),
        ({**IMAP, "folders": []}, "at least 1 item"),
        ({**IMAP, "folders": ["INBOX", "inbox"]}, "names a folder twice"),
        ({**IMAP, "folders": ["a\r\nb"]}, "is not a folder's name"),
        ({**IMAP, "handled": "move"}, "belong together"),
        ({**IMAP, "move_to": "Done"}, "belong together"),
        ({**IMAP, "handled": "move", "move_to": "Inbox"}, "mail would never leave it"),
        ({**IMAP, "keyword": "two words"}, "is no keyword"),
        ({**IMAP, "idle_seconds": 600}, "less than 600"),
        ({**TOKENS, "oauth": {**OAUTH, "provider": None}}, "say where tokens come from"),
        ({**TOKENS, "oauth": {**OAUTH, "token_url": "http://x.example/"}}, "is not an https:// address"),
        ({**TOKENS, "oauth": {**OAUTH, "token_url": "https://["}}, "is not an https:// address"),
    ],
)
def test_mistakes_are_named(table: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words) as caught:
        validated(table)
    assert "s3cret" not in str(caught.value)


def test_a_folder_is_named_once() -> None:
    with pytest.raises(ValidationError, match=r"two \[\[imap\]\] tables name the folder INBOX of shop"):
        validated(IMAP, {**IMAP, "folders": ["Orders", "inbox"]})
    assert len(validated(IMAP, {**IMAP, "folders": ["Orders"]}).imap) == 2


def test_a_connector_with_mailboxes_runs_once() -> None:
    connector = TYPE.create("mail", validated(IMAP))
    assert connector.traits.session
    assert isinstance(connector, Partial)
    assert connector.trouble == ""
