"""Which tests are begun first when several processes share them: the long ones, some to each.

`pytest -n` gives each process an equal share of the tests as they stand, one after the other, so that what one file
needs is started once. The longest, which mostly wait, stand anywhere; one that is begun last is waited for by all.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import pytest

One = TypeVar("One")


def deal(items: Sequence[One], seconds: Callable[[One], float], processes: int) -> list[One]:
    """The same items, so that each of so many equal parts begins with its share of those that take long, the longest
    first. `seconds` is 0 for all others, which stay in order.
    """
    long = sorted((item for item in items if seconds(item)), key=seconds, reverse=True)
    others = (item for item in items if not seconds(item))
    dealt: list[One] = []
    for index in range(processes):
        # As pytest-xdist shares them out: what is left, by who is left.
        size = (len(items) - len(dealt)) // (processes - index)
        mine = long[index::processes]
        dealt += [*mine, *_some(others, size - len(mine))]
    return [*dealt, *others]


def _some(others: Iterable[One], count: int) -> list[One]:
    return [one for _, one in zip(range(count), others, strict=False)]


def own_limit(item: pytest.Item) -> float:
    """A test that has a time limit of its own takes long."""
    mark = item.get_closest_marker("timeout")
    return float(mark.args[0]) if mark else 0


def processes() -> int:
    """How many share the tests; 1 where nobody does."""
    return int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
