"""The bridge speaks the reader's language; the catalogues have all that the code says, and no more."""

from __future__ import annotations

from pathlib import Path

import polib
import pytest

from bridge import language as language_module
from bridge.language import FOLDER, language, message
from bridge.locale.__main__ import said_by_the_bridge
from bridge.locale.extract import Said, asked_of, faults, said_in, update

GERMAN = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Sent to {name}."
msgstr "An {name} geschickt."

#, fuzzy
msgid "Closed."
msgstr "Geklöst."

msgid "Open."
msgstr ""

msgid "one message"
msgid_plural "{number} messages"
msgstr[0] "eine Nachricht"
msgstr[1] "{number} Nachrichten"
"""


@pytest.fixture
def catalogues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of catalogues in place of the shipped one, with German in it."""
    (tmp_path / "de.po").write_text(GERMAN, encoding="utf-8")
    (tmp_path / "fr.po").write_text(GERMAN.replace("n != 1", "n > 1"), encoding="utf-8")
    monkeypatch.setattr(language_module, "FOLDER", tmp_path)
    language_module._read.cache_clear()
    return tmp_path


@pytest.fixture(autouse=True)
def forget() -> object:
    yield
    language_module._read.cache_clear()


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("de_CH.UTF-8", "de"),
        ("de-Latn-DE", "de"),
        ("en-GB", "en"),
        ("xx", "en"),
        ("", "en"),
        ("../de", "en"),
        ("de\0", "en"),
    ],
)
@pytest.mark.usefixtures("catalogues")
def test_the_nearest_language_is_taken(wanted: str, got: str) -> None:
    assert language(wanted).code == got


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Sent to {name}.", "An {name.x} {{0} geschickt."),
        ("Closed.", "Closed."),  # a fuzzy translation is a guess
        ("Open.", "Open."),
        ("Never heard of {name}.", "Never heard of {name.x} {{0}."),
    ],
)
@pytest.mark.usefixtures("catalogues")
def test_values_are_put_in_and_not_formatted_themselves(text: str, said: str) -> None:
    assert language("de").say(text, name="{name.x} {{0}") == said


@pytest.mark.parametrize(
    ("code", "number", "said"),
    [
        ("de", 1, "eine Nachricht"),
        ("de", 0, "0 Nachrichten"),
        ("de", 7, "7 Nachrichten"),
        ("fr", 0, "eine Nachricht"),  # the rule is the catalogue's own
        ("en", 1, "one message"),
        ("en", 0, "0 messages"),
    ],
)
@pytest.mark.usefixtures("catalogues")
def test_numbers_choose_the_form(code: str, number: int, said: str) -> None:
    assert language(code).count("one message", "{number} messages", number) == said


def test_values_may_have_any_name() -> None:
    assert language("en").say("{self} {message}", self="a", message="b") == "a b"


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        language("en").say("Sent to {name}.")


def test_what_is_said_is_found_in_the_source() -> None:
    source = """
from bridge.language import message as marked
LATER = message("Later {x}."), marked("Later still.")
def told(speech, text):
    text.count("\\n")
    speech.say(text)
    return speech.say("Now " "{y}.", y=1) + speech.count("one", "{number} of them", 3)
"""
    assert said_in(source, "f.py") == [
        Said(one="Later {x}.", file="f.py"),
        Said(one="Later still.", file="f.py"),
        Said(one="Now {y}.", file="f.py"),
        Said(one="one", many="{number} of them", file="f.py"),
    ]
    assert message("Later {x}.") == "Later {x}."


@pytest.mark.parametrize("argument", ['f"Hi {name}"', '"Hi " + name'])
def test_a_text_that_is_put_together_is_refused(argument: str) -> None:
    with pytest.raises(ValueError, match=r"f\.py:1"):
        said_in(f"speech.say({argument})", "f.py")


def test_faults_of_a_catalogue_are_named() -> None:
    said = [
        Said(one="Sent to {name}.", file="a.py"),
        Said(one="Closed.", file="a.py"),
        Said(one="New.", file="b.py"),
        Said(one="one message", many="{number} messages", file="a.py"),
    ]
    catalogue = polib.pofile(GERMAN.replace("An {name}", "An {wen}"))

    assert [fault.partition(":")[0] for fault in faults(catalogue, said)] == [
        "missing",
        "placeholders",
        "stale",
        "untranslated",
    ]


def test_update_adds_and_drops_and_keeps() -> None:
    said = [Said(one="New.", file="b.py"), Said(one="Sent to {name}.", file="a.py"), Said(one="x", many="y", file="a")]
    catalogue = polib.pofile(GERMAN)

    update(catalogue, said)
    again = polib.pofile(str(catalogue))

    assert [entry.msgid for entry in again] == ["New.", "Sent to {name}.", "x"]
    assert again[1].msgstr == "An {name} geschickt."
    assert {fault.partition(":")[0] for fault in faults(again, said)} == {"untranslated"}


@pytest.fixture(scope="module")
def said() -> list[Said]:
    return said_by_the_bridge()


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.po")), ids=lambda path: path.name)
def test_every_shipped_catalogue_has_what_the_bridge_says(path: Path, said: list[Said]) -> None:
    """`make translations` adds what is missing; then translate it."""
    catalogue = polib.pofile(str(path))
    assert faults(catalogue, asked_of(catalogue, said)) == []


def test_a_catalogue_may_be_for_the_texts_of_some_files() -> None:
    said = [Said(one="Closed.", file="a.py"), Said(one="New.", file="b.py")]
    catalogue = polib.pofile(GERMAN)
    assert asked_of(catalogue, said) == said
    catalogue.metadata["X-Texts"] = "b.py c.py"
    assert asked_of(catalogue, said) == said[1:]
