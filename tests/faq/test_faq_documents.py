"""What is written about FAQ files is so: the example is right, the reference names everything there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bridge.faq.answer import render
from bridge.faq.entry import Mode
from bridge.faq.faq_file import FORMS, read_faq
from bridge.faq.fields import NAMES
from bridge.faq.placeholders import KNOWN
from bridge.faq.signals import Signals, signals
from bridge.steps.faq_folder import read_folder

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs/reference/faq-file.md").read_text(encoding="utf-8")
HOW_TO = (ROOT / "docs/how-to/faq.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", text)


def test_the_example_is_right() -> None:
    faq = read_folder(ROOT / "faq.example.toml")

    assert faq.faults == ()
    assert len(faq.entries) >= 7
    assert {entry.mode for entry in faq.entries} == {Mode.AUTO, Mode.SUGGEST}
    # An answer names no value that it was not given.
    assert all("{" not in render(entry, {}).plain for entry in faq.entries)
    # Its phrasings are ordinary questions: nothing in them speaks against an answer.
    seen = {one: signals(one) for entry in faq.entries for one in entry.phrasings}
    assert [one for one, found in seen.items() if found != Signals(questions=found.questions)] == []


def test_the_reference_names_every_setting_and_placeholder() -> None:
    assert set(re.findall(r"(?m)^\| `([a-z_]+)` \|", REFERENCE)) == set(NAMES)
    assert dict(re.findall(r"(?m)^\| `\{([a-z_]+)\}` \| (.*) \|$", REFERENCE)) == dict(KNOWN)
    assert all(f"`{ending}`" in REFERENCE for ending in FORMS)


def test_both_forms_of_the_reference_say_the_same() -> None:
    (toml,), (markdown,) = blocks(REFERENCE, "toml"), blocks(REFERENCE, "markdown")
    (one,) = read_faq({"faq.toml": toml.encode()}).entries
    (other,) = read_faq({"faq.md": markdown.encode()}).entries

    assert (one.id, one.phrasings, one.not_this, one.answer) == (
        other.id,
        other.phrasings,
        other.not_this,
        other.answer,
    )


@pytest.mark.parametrize("text", [text for text in blocks(HOW_TO, "toml") if not text.startswith("[faq]")])
def test_the_how_to_is_right(text: str) -> None:
    faq = read_faq({"faq.toml": text.encode()})

    assert faq.faults == ()
    assert faq.entries
