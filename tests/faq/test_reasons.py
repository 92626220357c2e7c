"""Each reason has words for the owner, in the languages that the bridge speaks."""

from __future__ import annotations

import pytest

from bridge.faq.judge import Reason, Verdict
from bridge.faq.reasons import in_words
from bridge.faq.scoring import Outcome, score
from bridge.language import language


@pytest.mark.parametrize("reason", list(Reason))
def test_words(reason: Reason) -> None:
    verdict = Verdict(answered=reason is Reason.SURE, reason=reason, seen="4711 {x}")

    english, german = in_words(verdict, language("en")), in_words(verdict, language("de"))

    assert english != german
    assert ("4711 {x}" in english) is ("4711 {x}" in german)


def test_figures() -> None:
    rows = [
        ("a", True, "a"),
        ("a", True, "b"),
        ("a", True, None),
        ("a", False, "a"),
        ("b", False, "a"),
        ("", False, None),
    ]
    made = [Outcome(entry=entry, confidence=1, answered=done, reason="", truth=truth) for entry, done, truth in rows]

    reached = score(made)

    assert (reached.questions, reached.answered, reached.right, reached.out_of_scope) == (6, 3, 1, 2)
    assert reached.precision == pytest.approx(1 / 3)
    assert reached.coverage == pytest.approx(1 / 4)
    assert reached.best_is_right == pytest.approx(2 / 4)
    assert reached.out_of_scope_answered == pytest.approx(1 / 2)
    assert score([]).precision is None
