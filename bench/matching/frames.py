"""Public data in the frame of an FAQ: entries with some phrasings, and messages that ask for one of them or for none.

A data folder has one file a set, `NAME.jsonl`, one object a line: `split` (train: phrasings; valid, test: messages),
`text`, `label` (the entry; null: must not be answered). Sets of one family share messages or their makers: whoever
fits on one of them does not test on another.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bridge.faq.entry import Entry

FAMILIES: Mapping[str, str] = {
    "clinc150": "clinc",
    "clinc_banking_oos": "clinc",
    "clinc_credit_cards_oos": "clinc",
    "banking77_oos": "banking",
    "hwu64_oos": "hwu",
    "xsid_en": "xsid",
    "xsid_de": "xsid",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """A message and the entry that answers it, None where none does."""

    text: str
    entry: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Data:
    """One set: phrasings by entry, and messages."""

    name: str
    phrasings: Mapping[str, Sequence[str]]
    valid: Sequence[Query]
    test: Sequence[Query]


@cache
def read(folder: Path, name: str) -> Data:
    lines = [json.loads(line) for line in (folder / f"{name}.jsonl").read_text().splitlines()]
    phrasings: dict[str, list[str]] = {}
    for line in lines:
        if line["split"] == "train" and line["label"]:
            phrasings.setdefault(line["label"], []).append(line["text"])
    return Data(
        name=name,
        phrasings={label: list(dict.fromkeys(phrasings[label])) for label in sorted(phrasings)},
        valid=_queries(lines, "valid"),
        test=_queries(lines, "test"),
    )


def _queries(lines: Sequence[Mapping[str, str]], split: str) -> list[Query]:
    return [Query(text=line["text"], entry=line["label"]) for line in lines if line["split"] == split]


def entries(phrasings: Mapping[str, Sequence[str]], count: int, seed: int = 0) -> list[Entry]:
    """An entry for each label, with `count` of its phrasings."""
    found = []
    for label, texts in phrasings.items():
        shuffled = list(texts)
        random.Random(f"{seed}/{label}").shuffle(shuffled)
        found.append(entry(label, shuffled[:count]))
    return found


def left_over(data: Data, chosen: Sequence[Entry]) -> list[Query]:
    """The phrasings of these entries that they were not given, as messages."""
    given = {one.id: set(one.phrasings) for one in chosen}
    return [
        Query(text=text, entry=label)
        for label, texts in data.phrasings.items()
        for text in texts
        if label in given and text not in given[label]
    ]


def entry(label: str, texts: Sequence[str]) -> Entry:
    return Entry(id=label, question=texts[0], also=tuple(texts[1:]), answer=f"The answer to {label}.")
