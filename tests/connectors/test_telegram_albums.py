"""Which updates are complete, and which make one item: tables of batches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from connectors.telegram.albums import album_of, counted, gathered, settled


def batch(spelt: str) -> list[dict[str, Any]]:
    """`a` and `b` are parts of albums, `A` of another chat's album of the same name, anything else a message."""
    made = []
    for number, letter in enumerate(spelt):
        message: dict[str, Any] = {"chat": {"id": 2 if letter.isupper() else 1}}
        if letter.lower() in "ab":
            message["media_group_id"] = letter.lower()
        made.append({"update_id": number, "message": message})
    return made


def seen(spelt: str) -> Mapping[Any, int]:
    return counted(batch(spelt))


@pytest.mark.parametrize(
    ("now", "before", "ready"),
    [
        ("xyz", "", 3),
        ("", "", 0),
        ("aaa", "", 0),
        ("aaa", "a", 0),  # it has grown since
        ("aaa", "aaa", 3),
        ("xaax", "", 1),
        ("xaax", "aa", 4),
        ("aaxb", "aa", 3),  # the next album has only begun
        ("aaxb", "aab", 4),
        ("aAx", "aA", 3),
        ("aAx", "a", 1),
        ("a" * 10, "", 10),  # an album has ten at most
        ("b" + "a" * 10, "", 0),
    ],
)
def test_what_may_be_stored(now: str, before: str, ready: int) -> None:
    assert len(settled(batch(now), seen(before))) == ready


@pytest.mark.parametrize(
    ("spelt", "items"),
    [("xyz", ["x", "y", "z"]), ("aaa", ["aaa"]), ("xaya", ["x", "aa", "y"]), ("aAaA", ["aa", "AA"]), ("", [])],
)
def test_what_is_one_item(spelt: str, items: list[str]) -> None:
    groups = gathered(batch(spelt))
    assert ["".join(spelt[update["update_id"]] for update in group) for group in groups] == items


@pytest.mark.parametrize(
    "update",
    [
        {},
        {"message": 5},
        {"message": {"media_group_id": 5}},
        {"message": {"media_group_id": ""}},
        {"edited_message": {}},
    ],
)
def test_what_is_no_album(update: dict[str, Any]) -> None:
    assert album_of(update) is None


def test_an_album_of_no_chat_is_one_all_the_same() -> None:
    assert album_of({"message": {"media_group_id": "g", "chat": "?"}}) == (None, "g")
