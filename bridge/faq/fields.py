"""From what was written in a file to an entry, or to what is wrong with it. All forms end here. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import fields as fields_of
from functools import partial

from bridge.faq.entry import Entry, Mode
from bridge.faq.faults import Fault, Weight, did_you_mean
from bridge.faq.placeholders import KNOWN, unknown
from bridge.valid import clean

LONGEST_ANSWER = 10_000
LONGEST_PHRASING = 2_000
LONGEST_ID = 100
MOST_PHRASINGS = 1_000

NAMES = tuple(one.name for one in fields_of(Entry))
"""What may be said of an entry, in the order in which it is written."""

_LISTS = ("also", "not_this", "languages", "tags", "channels")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_CHANNEL = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_WORD = re.compile(r"\w")
_WORDLESS = "without a word"

_Complain = Callable[[str, str, str], None]
"""Takes the setting that is meant, what is wrong with it, and what to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """An entry as it was written: its values unchecked, the line where it begins, and the line of each value.

    `broken` says that a fault has been found in its form: there is no entry in it, whatever its values are.
    """

    file: str
    line: int
    values: Mapping[str, object]
    lines: Mapping[str, int] = field(default_factory=dict)
    broken: bool = False

    @property
    def label(self) -> str:
        """What a report calls it."""
        named = [value for name in ("id", "question") if isinstance(value := self.values.get(name), str) and value]
        return one_space(named[0])[:60] if named else ""


def one_space(text: str) -> str:
    """The text on one line."""
    return " ".join(text.split())


def id_from(question: str) -> str:
    """The id of an entry that names none: the words of its question."""
    return "-".join(re.findall(r"\w+", question.casefold()))[:60].strip("-")


def checked(written: Written) -> tuple[Entry | None, Sequence[Fault]]:
    """The entry, and warnings of phrasings that it goes without; or None and everything that is wrong with it."""
    faults: list[Fault] = []

    def note(name: str, what: str, todo: str, weight: Weight) -> None:
        line = written.lines.get(name, written.line)
        faults.append(Fault(file=written.file, line=line, entry=written.label, what=what, todo=todo, weight=weight))

    complain, warn = partial(note, weight=Weight.ERROR), partial(note, weight=Weight.WARNING)
    values = _typed(written.values, complain)
    # What is not to be answered so must not get lost: then rather no answer.
    for name, grave in (("also", warn), ("not_this", complain)):
        if isinstance(found := values.get(name), list):
            values[name] = _usable(name, found, warn, grave)
    if "question" not in written.values:
        complain("question", "has no question", "write it as a customer would: How long does delivery take?")
    for name, text in values.items():
        _check_characters(name, text, complain)
    _check_question(values, complain)
    _check_answer(values, written.values, complain)
    _check_marks(values, complain)
    wrong = written.broken or any(fault.weight is Weight.ERROR for fault in faults)
    return (None if wrong else _entry(values)), faults


def _entry(values: Mapping[str, object]) -> Entry:
    texts = {name: value for name, value in values.items() if isinstance(value, str)}
    lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    question = one_space(texts["question"])
    also = dict.fromkeys(phrasing for one in lists.get("also", ()) if (phrasing := one_space(one)) != question)
    return Entry(
        id=texts.get("id") or id_from(question),
        question=question,
        answer=texts["answer"].strip(),
        also=tuple(also),
        not_this=tuple(dict.fromkeys(map(one_space, lists.get("not_this", ())))),
        languages=lists.get("languages", ()),
        tags=lists.get("tags", ()),
        channels=lists.get("channels", ()),
        mode=Mode(texts.get("mode", Mode.AUTO)),
        follow_up=texts.get("follow_up", "").strip(),
    )


def _typed(values: Mapping[str, object], complain: _Complain) -> dict[str, str | list[str]]:
    """The values that are what they must be; of the others it is said what they are."""
    typed: dict[str, str | list[str]] = {}
    for name, value in values.items():
        if name not in NAMES:
            complain(name, f"there is no {name!r} in an entry", did_you_mean(name, NAMES))
        elif name in _LISTS:
            if isinstance(value, list) and all(isinstance(one, str) for one in value):
                typed[name] = value
            else:
                complain(name, f"{name} must be a list of texts", f'write it like this: {name} = ["one", "two"]')
        elif isinstance(value, str):
            typed[name] = value
        else:
            complain(name, f"{name} must be a text", f'write it in quotes: {name} = "..."')
    return typed


def _check_characters(name: str, value: str | list[str], complain: _Complain) -> None:
    for text in [value] if isinstance(value, str) else value:
        if bad := _uncarried(text):
            complain(name, f"{name} holds the character U+{ord(bad):04X}, which no network carries", "take it out")
            return


def _uncarried(text: str) -> str:
    """The first character that no network carries, "" where there is none."""
    cleaned = clean(text)
    return "" if cleaned == text else next(one for one, kept in zip(text, cleaned, strict=True) if one != kept)


def _usable(name: str, phrasings: Sequence[str], warn: _Complain, grave: _Complain) -> list[str]:
    """The phrasings that can be compared with a message. One that cannot is no reason to lose the entry by itself;
    `grave` tells of those that say something.
    """
    kept, left_out = list[str](), dict[str, str]()
    for one in phrasings:
        if reason := _unusable(one):
            left_out.setdefault(*reason)
        else:
            kept.append(one)
    for what, todo in left_out.items():
        tell = warn if what == _WORDLESS else grave
        tell(name, f"{name} has a phrasing {what}, which is left out", todo)
    if len(kept) > MOST_PHRASINGS:
        grave(name, f"{name} has more than {MOST_PHRASINGS} phrasings; the rest is left out", "keep those that differ")
    return kept[:MOST_PHRASINGS]


def _unusable(phrasing: str) -> tuple[str, str] | None:
    """What a phrasing has or lacks, and what to do about it; None for one that is as it should be."""
    if not _WORD.search(phrasing):
        return _WORDLESS, "write it as a customer would, or take it out"
    if len(phrasing) > LONGEST_PHRASING:
        return f"of more than {LONGEST_PHRASING} characters", "write the question alone"
    if bad := _uncarried(phrasing):
        return f"with the character U+{ord(bad):04X}, which no network carries", "take it out"
    return None


def _check_question(values: Mapping[str, str | list[str]], complain: _Complain) -> None:
    question = values.get("question")
    if question is None:
        return
    if not _WORD.search(str(question)):
        complain("question", "question has no word", "write it as a customer would")
    elif len(question) > LONGEST_PHRASING:
        complain("question", f"question has more than {LONGEST_PHRASING} characters", "write the question alone")


def _check_answer(values: Mapping[str, str | list[str]], given: Mapping[str, object], complain: _Complain) -> None:
    if "answer" not in given or not str(values.get("answer", "-")).strip():
        complain("answer", "has no answer", "write one, or take the question out")
    for name in ("answer", "follow_up"):
        text = str(values.get(name, ""))
        if len(text) > LONGEST_ANSWER:
            what = f"{name} has {len(text)} characters; nobody reads more than {LONGEST_ANSWER}"
            complain(name, what, "make it shorter, with a link to the rest")
        if text.count("<!--") > text.count("-->"):
            complain(name, f"{name} has a comment that does not end", "write --> where it ends")
        for placeholder in unknown(text):
            known = ", ".join(f"{{{one}}}" for one in KNOWN)
            hint = did_you_mean(placeholder, KNOWN, f"there are {known}")
            complain(
                name, f"{name} has the placeholder {{{placeholder}}}", f"{hint}; a brace of your own is written twice"
            )


def _check_marks(values: Mapping[str, str | list[str]], complain: _Complain) -> None:
    for name, what, todo in _marks(values):
        complain(name, what, todo)


def _marks(values: Mapping[str, str | list[str]]) -> Iterator[tuple[str, str, str]]:
    id_, mode = values.get("id"), values.get("mode", Mode.AUTO)
    if id_ is not None and (id_ != one_space(str(id_)) or not 1 <= len(id_) <= LONGEST_ID):
        yield "id", f"the id must be one line of 1 to {LONGEST_ID} characters", 'a word is best: id = "delivery-time"'
    if mode not in tuple(Mode):
        yield "mode", f"there is no mode {mode!r}", did_you_mean(str(mode), tuple(Mode))
    for code in values.get("languages", ()):
        if not _LANGUAGE.fullmatch(code):
            yield "languages", f"{code!r} is no language", 'write its short name: languages = ["en", "de"]'
    for channel in values.get("channels", ()):
        if not _CHANNEL.fullmatch(channel):
            yield "channels", f"{channel!r} cannot be a connector", "write NAME of its table [connectors.NAME]"
    for tag in values.get("tags", ()):
        if tag != one_space(tag) or not 1 <= len(tag) <= LONGEST_ID:
            yield (
                "tags",
                f"a tag must be one line of 1 to {LONGEST_ID} characters",
                'write it like this: tags = ["sizes"]',
            )
