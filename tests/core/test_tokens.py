"""Tokens: who may use one, for how long, and what does not fit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bridge.tokens import LENGTH, conversation_of, made

KEY = b"k" * 32
NOW = datetime(2026, 11, 22, 23, 10, tzinfo=UTC)
ENDS = NOW + timedelta(days=30)
OLGA = "owner mail olga@example.com"
TOKEN = made(KEY, OLGA, 42, ENDS)


@pytest.mark.parametrize("number", [0, 1, 42, 4_294_967_295])
def test_there_and_back(number: int) -> None:
    token = made(KEY, OLGA, number, ENDS)
    assert (len(token), token) == (LENGTH, token.lower())
    assert conversation_of(KEY, OLGA, token, NOW) == number
    assert conversation_of(KEY, OLGA, token.upper(), NOW) == number


@pytest.mark.parametrize(
    ("key", "bearer", "token", "now"),
    [
        pytest.param(b"x" * 32, OLGA, TOKEN, NOW, id="another shop's key"),
        pytest.param(KEY, "owner mail paul@example.com", TOKEN, NOW, id="another owner"),
        pytest.param(KEY, "customer mail", TOKEN, NOW, id="a customer's"),
        pytest.param(KEY, OLGA, TOKEN, ENDS + timedelta(days=1), id="ended"),
        pytest.param(KEY, OLGA, "", NOW, id="none"),
        pytest.param(KEY, OLGA, TOKEN[:-1], NOW, id="cut off"),
        pytest.param(KEY, OLGA, TOKEN + "a", NOW, id="longer"),
        pytest.param(KEY, OLGA, "1" * LENGTH, NOW, id="no base32"),
        pytest.param(KEY, OLGA, "ä" * LENGTH, NOW, id="not ASCII"),
        pytest.param(KEY, OLGA, "a" * LENGTH, NOW, id="made up"),
    ],
)
def test_what_does_not_fit(key: bytes, bearer: str, token: str, now: datetime) -> None:
    assert conversation_of(key, bearer, token, now) is None


def test_every_character_counts() -> None:
    for place, letter in enumerate(TOKEN[:-1]):
        other = "b" if letter != "b" else "c"
        assert conversation_of(KEY, OLGA, TOKEN[:place] + other + TOKEN[place + 1 :], NOW) is None, place


def test_a_day_to_its_end() -> None:
    last = ENDS.replace(hour=23, minute=59)
    assert conversation_of(KEY, OLGA, TOKEN, last) == 42
    assert conversation_of(KEY, OLGA, TOKEN, last + timedelta(minutes=1)) is None


def test_without_a_key_nothing_fits() -> None:
    """Anybody could make it."""
    assert conversation_of(b"", OLGA, made(b"", OLGA, 42, ENDS), NOW) is None
