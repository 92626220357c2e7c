"""The table [faq], and what is wrong with the files that it names."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Annotated, Literal

from pydantic import Field

from bridge.faq.fitted import fitted
from bridge.settings import Settings, StatePath
from bridge.steps.faq_folder import read_folder


class FaqSettings(Settings):
    """Common questions, with answers that the bridge gives by itself. Without the table it answers nothing."""

    path: StatePath
    """The file, or the folder of files (.toml, .md), that the questions and answers stand in, from the state folder on.
    A change counts at once."""
    right_percent: Literal[90, 95, 96, 97, 98, 99] = 97
    """How many of a hundred automatic answers are to be right. The more, the fewer are given."""
    trust: Literal["earned", "at once"] = "earned"
    """Whether an entry is suggested to the owners first, and answers by itself after so many approvals, or answers by
    itself from the beginning."""
    approvals: Annotated[int, Field(ge=1, le=100)] = 5
    """How often owners have to send what is suggested, without a refusal between, before an entry answers by itself."""
    other_language: Literal["never", "answer"] = "never"
    """What is done where the only entry that fits is not in the customer's language: "never" leaves it to you, "answer"
    answers all the same."""
    per_day: Annotated[int, Field(ge=0, le=1000)] = 10
    """How many such answers one address gets in a day."""
    ask_helped: bool = True
    """Whether each answer asks if it did help; a no brings the message to you."""
    model: StatePath | None = None
    """A folder with another language model (model.onnx, tokenizer.json), from the state folder on. Without it, the one
    that comes along: it knows English best. docs/how-to/faq.md says where to get one for other languages."""


def faq_faults(settings: FaqSettings, connectors: Collection[str], *, has_hours: bool) -> Iterator[tuple[str, str]]:
    """What is wrong with the FAQ: what and where, and what to do. Entries with such a fault are left out."""
    faq = fitted(read_folder(settings.path), connectors=connectors, has_hours=has_hours)
    for fault in faq.errors:
        said = str(fault).partition("\n")[0]
        yield said, fault.todo
    if settings.model is not None and not settings.model.is_dir():
        yield f"there is no folder {settings.model}", "leave model out for the one that comes along"
