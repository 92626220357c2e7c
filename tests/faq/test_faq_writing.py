"""A FAQ file that the bridge changes says what it said, and one thing more; whatever else stands in it stays."""

from __future__ import annotations

import difflib

import pytest
from examples import examples
from hypothesis import assume, given, settings
from hypothesis import strategies as some

from bridge.faq.entry import Entry, Mode
from bridge.faq.faq_file import read_faq
from bridge.faq.faq_writing import Unwritable, with_entry, with_phrasing
from bridge.faq.fields import NAMES
from bridge.faq.markdown_writing import markdown_of
from bridge.faq.toml_writing import toml_of
from bridge.faq.words_of import plain_words

TOML = '''\
# Our FAQ. Keep it short!

[[entry]]  # the most asked
id = "delivery"
question = "How long?"   # as they write it
also = [
    "When?",   # in chats
    "delivery time",
]

# Mind the holidays.
answer = """
Two days.
[[entry]]
"""

[[entry]]
question = "Broken"
anwser = "a fault, that stays"

[[entry]]
question = \'\'\'Where
are you?\'\'\'
answer = "Here."   # really

# The end.
'''

MARKDOWN = """\
# Our FAQ

## How long? <!-- the most asked -->
id: delivery

* When?
* delivery
  time

Two days.

## Where?
Here.
- not a phrasing

## Empty
id: empty

## Why?
tags: odd
answer:
- Because.
"""

# A file, an entry of it, what is added where, and the lines that are new.
ADDED = [
    ("faq.toml", TOML, "delivery", False, ['+    "How soon?",']),
    ("faq.toml", TOML, "delivery", True, ['+not_this = ["How soon?"]']),
    ("faq.toml", TOML, "where-are-you", False, ['+also = ["How soon?"]']),
    ("faq.toml", '[[entry]]\nanswer = "b"\nquestion = "a"', "a", False, ['+also = ["How soon?"]']),
    ("faq.toml", "[[entry]]\nquestion='a'\nalso=['b','c']\nanswer='d'", "a", False, None),
    ("faq.toml", "[[entry]]\nquestion='a'\nalso=[]\nanswer='d'", "a", False, None),
    ("faq.toml", "[[entry]]\nquestion='a'\nalso=[\n]\nanswer='d'", "a", False, None),
    ("faq.toml", "[[entry]]\nquestion='a'\nalso=[\n  'b', # c\n  'c' # no comma\n]\nanswer='d'", "a", False, None),
    ("faq.toml", "entry = [{question = 'a', also = ['b'], answer = 'c'}]", "a", False, None),
    ("faq.md", MARKDOWN, "delivery", False, ["+* How soon?"]),
    ("faq.md", MARKDOWN, "delivery", True, ["+* not: How soon?"]),
    ("faq.md", MARKDOWN, "where", False, ["+- How soon?", "+"]),
    ("faq.md", MARKDOWN, "why", False, ["+", "+- How soon?", "+"]),
    ("faq.md", "## a\n\nb", "a", False, ["+- How soon?"]),
    ("faq.md", "## a\nid: x\n- c\nb", "x", False, ["+- How soon?"]),
    ("faq.md", "## a\n- c\n- not: d\n\nb", "a", False, ["+- How soon?"]),
]


@pytest.mark.parametrize("row", ADDED, ids=lambda row: f"{row[0]}-{row[2]}")
@pytest.mark.parametrize("style", ["unix", "windows"])
def test_a_phrasing_is_added(row: tuple[str, str, str, bool, list[str] | None], style: str) -> None:
    name, text, entry, as_not_this, lines = row
    raw = text.encode() if style == "unix" else b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()

    changed = with_phrasing(name, raw, entry, "How\nsoon?", as_not_this=as_not_this)

    found = {one.id: one for one in read_faq({name: changed}).entries}[entry]
    assert "How soon?" in (found.not_this if as_not_this else found.also)
    assert changed.startswith(b"\xef\xbb\xbf") is raw.startswith(b"\xef\xbb\xbf")
    assert changed.count(b"\r\n") == (changed.count(b"\n") if style == "windows" else 0)
    if lines is not None and style == "unix":
        diff = list(difflib.unified_diff(text.split("\n"), changed.decode().split("\n"), n=0, lineterm=""))
        assert [line for line in diff[2:] if not line.startswith("@@")] == lines


@pytest.mark.parametrize(("name", "text"), [("faq.toml", TOML), ("faq.md", MARKDOWN), ("faq.toml", ""), ("faq.md", "")])
def test_an_entry_is_added_at_the_end(name: str, text: str) -> None:
    entry = Entry(id="new", question="New?", answer="Yes.\n\nVery.", also=("Is it new?",), not_this=("Newer?",))

    changed = with_entry(name, text.encode(), entry)

    assert changed.decode().startswith(text.rstrip("\n"))
    assert read_faq({name: changed}).entries[-1] == entry


# A file, what is added as what, and the lines that change.
MOVED = [
    ("faq.toml", TOML, "when", True, ['-    "When?",   # in chats', '+not_this = ["when"]']),
    ("faq.toml", "[[entry]]\nid='a'\nquestion='a'\nalso=['b','c']\nnot_this=['Ä?']\nanswer='d'", "ä", False, None),
    ("faq.toml", "entry = [{id = 'a', question = 'a', also = ['b'], not_this = [], answer = 'c'}]", "b!", True, None),
    ("faq.md", MARKDOWN, "Delivery time!", True, ["-* delivery", "-  time", "+* not: Delivery time!"]),
    ("faq.md", "## a\nid: a\n\n- not: b\n\nc", "b?", False, ["-- not: b", "+- b?"]),
    ("faq.md", "## a\nid: a\n\n- b\n- not: c\n\nd", "C", False, ["-- not: c", "+- C"]),
]


@pytest.mark.parametrize("row", MOVED, ids=lambda row: f"{row[0]}-{row[2]}")
def test_the_last_word_counts(row: tuple[str, str, str, bool, list[str] | None]) -> None:
    name, text, phrasing, as_not_this, lines = row
    entry = "delivery" if "delivery" in text else "a"

    changed = with_phrasing(name, text.encode(), entry, phrasing, as_not_this=as_not_this)

    found = {one.id: one for one in read_faq({name: changed}).entries}[entry]
    here, there = (found.not_this, found.also) if as_not_this else (found.also, found.not_this)
    assert phrasing in here
    assert plain_words(phrasing) not in map(plain_words, there)
    if lines is not None:
        diff = list(difflib.unified_diff(text.split("\n"), changed.decode().split("\n"), n=0, lineterm=""))
        assert sorted(line for line in diff[2:] if not line.startswith("@@")) == sorted(lines)


def test_a_question_is_not_what_its_entry_is_not_for() -> None:
    with pytest.raises(Unwritable, match="it is the very question of 'delivery'"):
        with_phrasing("faq.toml", TOML.encode(), "delivery", "how long", as_not_this=True)


def test_a_phrasing_that_is_there_changes_nothing() -> None:
    assert with_phrasing("faq.toml", TOML.encode(), "delivery", "When?") == TOML.encode()
    assert with_phrasing("faq.toml", TOML.encode(), "delivery", "How long?") == TOML.encode()


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("faq.toml", TOML, "there is no entry 'gone'"),
        ("faq.md", MARKDOWN, "there is no entry 'gone'"),
        ("faq.toml", "\xff", "there is no entry 'gone'"),
    ],
)
def test_an_entry_that_is_not_there(name: str, text: str, why: str) -> None:
    with pytest.raises(Unwritable, match=why):
        with_phrasing(name, text.encode("latin-1"), "gone", "How soon?")


@pytest.mark.parametrize(
    ("name", "text", "entry"),
    [
        ("faq.md", "", Entry(id="a", question="a", answer="b\n## c\nd")),
        ("faq.md", "", Entry(id="a", question="a", answer="b", follow_up="c\nd")),
        ("faq.md", "<!-- never ends", Entry(id="a", question="a", answer="b")),
        ("faq.toml", "entry = []", Entry(id="a", question="a", answer="b")),
        ("faq.toml", "", Entry(id="a", question="a", answer="{nobody}")),
        ("faq.toml", '[[entry]]\nid = "a"\nquestion = "x"\nanswer = "y"', Entry(id="a", question="a", answer="b")),
    ],
)
def test_what_would_say_something_else_is_refused(name: str, text: str, entry: Entry) -> None:
    with pytest.raises(Unwritable, match=f"{name} (would not say the same|could not be changed)"):
        with_entry(name, text.encode(), entry)


def test_a_phrasing_that_markdown_would_misread_is_refused() -> None:
    with pytest.raises(Unwritable):
        with_phrasing("faq.md", MARKDOWN.encode(), "delivery", "not: mine")


words = some.text(some.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=30)
phrasing = words.map(lambda text: " ".join(text.split())).filter(lambda text: any(one.isalnum() for one in text))
paragraph = some.lists(words, min_size=1, max_size=4).map("\n".join)
answers = paragraph.map(lambda text: text.replace("{", "(").replace("<!--", "").strip()).filter(bool)
entries = some.builds(
    Entry,
    id=some.from_regex(r"[a-z]{1,9}(-[a-z0-9]{1,5})?", fullmatch=True),
    question=phrasing,
    answer=answers,
    also=some.lists(phrasing, max_size=4, unique=True).map(tuple),
    not_this=some.lists(phrasing, max_size=2, unique=True).map(tuple),
    languages=some.lists(some.sampled_from(["en", "de-AT"]), unique=True).map(tuple),
    tags=some.lists(some.sampled_from(["a", "b c", 'd"e']), unique=True).map(tuple),
    channels=some.lists(some.sampled_from(["mail", "shop-chat"]), unique=True).map(tuple),
    mode=some.sampled_from(list(Mode)),
    follow_up=some.one_of(some.just(""), answers),
).filter(lambda entry: entry.question not in entry.also and "\x85" not in repr(entry))


@given(entries)
def test_toml_says_what_it_was_given(entry: Entry) -> None:
    faq = read_faq({"faq.toml": toml_of(entry).encode()})

    assert faq.errors == ()
    assert faq.entries == (entry,)


@given(entries)
def test_markdown_says_what_it_was_given_or_is_refused(entry: Entry) -> None:
    try:
        changed = with_entry("faq.md", b"", entry)
    except Unwritable:
        return
    assert read_faq({"faq.md": changed}).entries == (entry,)
    assert changed.decode() == markdown_of(entry)


@settings(max_examples=examples(50))
@given(entries, entries, phrasing, some.booleans(), some.sampled_from(["faq.toml", "faq.md"]))
def test_whatever_is_written_can_be_added_to(one: Entry, two: Entry, more: str, as_not_this: bool, name: str) -> None:
    write = toml_of if name == "faq.toml" else markdown_of
    raw = f"{write(one)}\n{write(two)}".encode()
    before = read_faq({name: raw})
    assume(len(before.entries) == 2 and before.entries[1].id == two.id)
    assume(not as_not_this or plain_words(two.question) != plain_words(more))
    try:
        after = read_faq({name: with_phrasing(name, raw, two.id, more, as_not_this=as_not_this)})
    except Unwritable:
        assert name == "faq.md"  # TOML can say anything
        return
    assert after.entries[0] == before.entries[0]
    grown = after.entries[1]
    assert more in (grown.not_this if as_not_this else grown.phrasings)
    assert all(
        getattr(grown, field) == getattr(before.entries[1], field)
        for field in NAMES
        if field not in ("also", "not_this")
    )
