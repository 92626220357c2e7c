"""What an entry asks for and the shop does not have."""

from __future__ import annotations

import pytest

from bridge.faq.faq_file import Faq, read_faq
from bridge.faq.fitted import fitted

ENTRY = '[[entry]]\nid = "one"\nquestion = "One?"\nanswer = "{answer}"\n{more}\n'


def read(answer: str, more: str = "") -> Faq:
    faq = read_faq({"faq.toml": ENTRY.replace("{answer}", answer).replace("{more}", more).encode()})
    assert faq.entries
    return faq


@pytest.mark.parametrize(
    ("answer", "more"),
    [
        ("We are open {opening_hours}.", ""),
        ("Back {next_opening}.", ""),
        ("Back { next_opening }, {next_opening}.", ""),
        ("Yes.", 'follow_up = "We are open {opening_hours}."'),
    ],
)
def test_opening_hours_that_nobody_told(answer: str, more: str) -> None:
    faq = fitted(read(answer, more), connectors=(), has_hours=False)

    assert faq.entries == ()
    (fault,) = faq.errors
    assert (fault.file, fault.line, fault.entry) == ("faq.toml", 1, "one")
    assert "the configuration has no opening hours" in fault.what
    assert "[hours]" in fault.todo


@pytest.mark.parametrize(
    "answer", ["Hello {name}!", "{number}: {business}", "{opening_hours|Nine to six}", "{{opening_hours}}"]
)
def test_what_can_be_left_out_or_says_itself_what_stands_there(answer: str) -> None:
    faq = read(answer)

    assert fitted(faq, connectors=(), has_hours=False) == faq


def test_with_opening_hours_all_is_right() -> None:
    faq = read("{opening_hours} {next_opening}")

    assert fitted(faq, connectors=(), has_hours=True) == faq


def test_a_connector_that_is_not_there() -> None:
    faq = fitted(read("Yes.", 'channels = ["male", "chat"]'), connectors=("mail", "chat"), has_hours=True)

    assert faq.entries == ()
    (fault,) = faq.errors
    assert (fault.what, fault.todo) == ("there is no connector 'male'", "did you mean mail?")
