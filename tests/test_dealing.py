"""Each process begins with its share of the long tests, and every test is run once."""

from __future__ import annotations

import pytest
from dealing import deal
from hypothesis import given
from hypothesis import strategies as st

SECONDS = {"a": 600.0, "b": 240.0, "c": 300.0}


def seconds(item: str) -> float:
    return SECONDS.get(item, 0)


@pytest.mark.parametrize(
    ("items", "processes", "dealt"),
    [
        ("12a34b56c", 1, "acb123456"),
        ("12a34b56c", 2, "ab12" + "c3456"),
        ("12a34b56c", 3, "a12" + "c34" + "b56"),
        ("12", 4, "12"),
        ("", 2, ""),
        ("abc", 2, "ab" + "c"),
    ],
)
def test_the_long_ones_stand_first_in_each_part(items: str, processes: int, dealt: str) -> None:
    assert "".join(deal(items, seconds, processes)) == dealt


@given(st.text("abc1234567890"), st.integers(1, 8))
def test_none_is_left_out_and_none_comes_twice(items: str, processes: int) -> None:
    assert sorted(deal(items, seconds, processes)) == sorted(items)
