"""What people said of the bridge's answers: the last word on each counts, and how sure a share of few is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.clocks.track import cases
from bridge.clocks.votes import interval
from bridge.happened import Happened


def said(minute: int, kind: str, match: str = "1.1", **data: Any) -> Happened:
    told = {"entry": "hours", "match": match, "asked_at": "1970-01-01T00:00:00+00:00", **data}
    return Happened(1, minute * 60_000_000, kind, told)


# What was said in turn, and the verdicts that count.
SAID: dict[str, tuple[list[Happened], list[str]]] = {
    "an owner sent it": ([said(1, "approved", owner="Olga")], ["approved"]),
    "and took it back": ([said(1, "approved", owner="Olga"), said(2, "unapproved", owner="Olga")], []),
    "and sent it again": (
        [said(1, "approved", owner="Olga"), said(2, "unapproved", owner="Olga"), said(3, "approved", owner="Olga")],
        ["approved"],
    ),
    "it helped": ([said(1, "helped")], ["helped"]),
    "it helped, says the customer; the owner knows better": (
        [said(1, "helped"), said(2, "refused", owner="Olga", automatic=True)],
        ["refused"],
    ),
    "it did not help, and it was wrong": (
        [said(1, "not helped"), said(2, "refused", owner="Olga", automatic=True)],
        ["refused"],
    ),
    "an owner put it right": ([said(1, "refused", owner="Olga", automatic=True, corrected=True)], ["corrected"]),
    "two answers": ([said(1, "helped"), said(2, "approved", "1.2", owner="Olga")], ["helped", "approved"]),
    "a log that does not say which": (
        [Happened(1, 1, "approved", {"owner": "Olga"}), Happened(1, 2, "refused", {"owner": "Olga"})],
        ["approved", "refused"],
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_the_last_word_counts(name: str) -> None:
    log, expected = SAID[name]
    (case,) = cases(log)
    assert [str(vote.verdict) for vote in case.votes] == expected


def test_whose_word_it_was_and_what_it_was_about() -> None:
    log = [
        Happened(1, 0, "customer wrote", {"connector": "mail"}),
        said(5, "helped"),
        said(9, "refused", owner="Olga", automatic=True),
        said(10, "approved", "1.2", owner="Paul"),
    ]
    (case,) = cases(log)
    told = [(vote.channel, vote.asked, vote.entry, vote.by, vote.automatic) for vote in case.votes]
    assert told == [("mail", 0, "hours", "Olga", True), ("mail", 0, "hours", "Paul", False)]


@given(st.integers(1, 2000), st.data())
def test_the_interval_is_that_of_a_library(whole: int, data: st.DataObject) -> None:
    from scipy.stats import binomtest  # noqa: PLC0415 - takes a second

    part = data.draw(st.integers(0, whole))
    theirs = binomtest(part, whole).proportion_ci(0.95, method="wilson")
    assert interval(part, whole) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_of_none_nothing_is_known() -> None:
    assert interval(0, 0) == (0, 1)
