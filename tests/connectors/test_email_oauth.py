"""Logging in by tokens: asking for them, renewing them, keeping what the provider hands out anew."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from servers.fake_imap import FakeImap, FakeTokens, listening

from connectors.email.imap_connection import ConnectionLost
from connectors.email.imap_login import Account, LoginRefused
from connectors.email.imap_session import connected
from connectors.email.imap_settings import Imap
from connectors.email.oauth import Granted, TokenRefused, Tokens, TokenUnavailable, granted, kept_token
from connectors.email.oauth_settings import OAuth


def oauth(url: str, folder: Path, **changed: Any) -> dict[str, Any]:
    table = {"token_url": url, "client_id": "me", "client_secret": "hush", "refresh_token": "first"}
    return {**table, "tokens": str(folder / "tokens"), **changed}


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def tokens(server: FakeTokens, folder: Path, clock: Clock, **changed: Any) -> Tokens:
    return Tokens(OAuth.model_validate(oauth(server.url, folder, **changed)), "shop@mail.test", 5, clock)


async def test_a_token_is_kept_in_memory_and_renewed_before_it_ends(tmp_path: Path) -> None:
    server = FakeTokens([(200, {"access_token": f"a{number}", "expires_in": 3600}) for number in range(3)])
    clock = Clock()
    async with listening(server):
        held = tokens(server, tmp_path, clock, provider="microsoft")
        assert set(await asyncio.gather(held.access(), held.access())) == {"a0"}
        clock.now += 3299
        assert await held.access() == "a0"
        clock.now += 2
        assert await held.access() == "a1"
        held.forget("a0")
        assert await held.access() == "a1"
        held.forget("a1")
        assert await held.access() == "a2"
    assert server.asked[0] == {
        "grant_type": "refresh_token",
        "refresh_token": "first",
        "client_id": "me",
        "client_secret": "hush",
        "scope": "https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
    }
    assert not (tmp_path / "tokens").exists()


async def test_a_new_refresh_token_is_used_from_then_on_and_after_a_restart(tmp_path: Path) -> None:
    second = {"access_token": "a", "expires_in": 1, "refresh_token": "second"}
    server = FakeTokens([(200, second), *[(200, {"access_token": "b", "expires_in": 1})] * 3])
    clock = Clock()
    async with listening(server):
        held = tokens(server, tmp_path, clock)
        await held.access()
        clock.now += 60
        await held.access()
        await tokens(server, tmp_path, clock).access()
        await tokens(server, tmp_path, clock, refresh_token="set anew").access()
    assert [asked["refresh_token"] for asked in server.asked] == ["first", "second", "second", "set anew"]
    [file] = (tmp_path / "tokens").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert kept_token(file, "first") == "second"
    file.write_text("half a fi")
    assert kept_token(file, "first") == ""


async def test_a_new_refresh_token_that_cannot_be_written_works_from_memory(tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text("not a folder")
    server = FakeTokens([(200, {"access_token": "a", "expires_in": 1, "refresh_token": "second"})] * 2)
    clock = Clock()
    async with listening(server):
        held = tokens(server, tmp_path, clock)
        await held.access()
        (tmp_path / "tokens").unlink()
        clock.now += 60
        await held.access()
    assert [asked["refresh_token"] for asked in server.asked] == ["first", "second"]
    assert kept_token(held.file, "first") == "second"


@pytest.mark.parametrize(
    ("status", "content", "expected", "words"),
    [
        (
            400,
            b'{"error":"invalid_grant","error_description":"t0ken"}',
            TokenRefused,
            "refresh token is no longer good",
        ),
        (401, b'{"error":"invalid_client"}', TokenRefused, "does not know this client_id"),
        (400, b'{"error":"odd\\n"}', TokenRefused, "the provider of tokens says odd"),
        (400, b'{"error":"temporarily_unavailable"}', TokenUnavailable, "status 400"),
        (503, b"<html>", TokenUnavailable, "status 503"),
        (200, b"{}", TokenUnavailable, "status 200"),
        (200, b"[" * 100_000, TokenUnavailable, "status 200"),
        (200, b'{"access_token": 5}', TokenUnavailable, "status 200"),
    ],
)
def test_what_goes_wrong_is_named(status: int, content: bytes, expected: type[Exception], words: str) -> None:
    with pytest.raises(expected, match=words) as caught:
        granted(status, content)
    assert "t0ken" not in str(caught.value)


def test_a_token_is_not_shown() -> None:
    assert "t0ken" not in repr(Granted(access_token="t0ken", lives=5, refresh_token="t0ken"))


def imap(server: FakeImap, table: dict[str, Any]) -> Account:
    values = {"host": "127.0.0.1", "port": server.port, "security": "none", "username": "shop@mail.test", "timeout": 5}
    return Account(Imap.model_validate({**values, **table}))


async def log_in(account: Account) -> None:
    async with connected(account.settings) as session:
        await account.log_in(session)


@pytest.mark.parametrize("capabilities", [b"IMAP4rev1 SASL-IR", b"IMAP4rev1"])
async def test_a_token_that_has_ended_early_is_renewed_once(tmp_path: Path, capabilities: bytes) -> None:
    provider = FakeTokens([(200, {"access_token": one}) for one in ("ended", "good")])
    server = FakeImap(tokens={"good"}, capabilities=capabilities)
    async with listening(provider), listening(server):
        account = imap(server, {"oauth": oauth(provider.url, tmp_path)})
        await log_in(account)
        await log_in(account)
    assert provider.answers == []
    assert sum(b"AUTHENTICATE" in one for one in server.said) == 3


async def test_a_login_by_token_that_is_refused_says_what_to_mend(tmp_path: Path) -> None:
    provider = FakeTokens(
        [(200, {"access_token": "x"}), (200, {"access_token": "y"}), (400, {"error": "invalid_grant"})]
    )
    server = FakeImap()
    async with listening(server):
        async with listening(provider):
            account = imap(server, {"oauth": oauth(provider.url, tmp_path)})
            with pytest.raises(LoginRefused, match="bad token; check username, client_id, scope and refresh_token"):
                await log_in(account)
            with pytest.raises(LoginRefused, match="the refresh token is no longer good"):
                await log_in(account)
        with pytest.raises(ConnectionLost, match=r"127\.0\.0\.1 cannot be asked for a token: ConnectError"):
            await log_in(account)
