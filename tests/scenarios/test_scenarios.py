"""Every script in this folder, played on each engine; and that a script which tells something else fails."""

from __future__ import annotations

from pathlib import Path

import pytest
from player import Player

SCRIPTS = sorted(Path(__file__).parent.glob("*.txt"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
async def test_scenario(script: Path, made_url: str) -> None:
    await Player(made_url).play(script)


BEGINNING = "anna@mail: Do you have tulips?\nowner sees: #1 Anna (email): Do you have tulips?\n"

OTHERWISE = {
    "something else is seen": (BEGINNING.replace("tulips?\nowner", "roses?\nowner"), "got '#1 Anna"),
    "nothing is seen": (BEGINNING + "owner sees: #2 Bob (XMPP): Hi", "olga got nothing"),
    "more is seen at the end": (BEGINNING.splitlines()[0], "nobody expected"),
    "more is seen in between": (BEGINNING.splitlines()[0] + "\ntime passes: 1 s", "nobody expected"),
    "a person is taken for a machine": (
        BEGINNING + "owner: #1 Yes.\nowner sees: (...)\ntime passes: 5 s\nanna@mail receives [automatic]: Yes.",
        "automatic or not",
    ),
    "another subject": (
        BEGINNING + "owner: #1 Yes.\nowner sees: (...)\ntime passes: 5 s\nanna@mail receives [subject: X]: Yes.",
        "the subject is",
    ),
    "a line of no known kind": ("anna writes: Hi", "nobody knows what this is"),
    "a quote of what was never shown": (BEGINNING + "owner [quotes: roses]: Yes.", "has seen nothing with"),
}


@pytest.mark.parametrize(("text", "said"), OTHERWISE.values(), ids=OTHERWISE.keys())
async def test_a_script_that_tells_something_else_fails(sqlite_url: str, tmp_path: Path, text: str, said: str) -> None:
    from bridge.store.store import open_store  # noqa: PLC0415 - here only

    await (await open_store(sqlite_url, lambda work: None)).close()
    script = tmp_path / "script.txt"
    script.write_text(text)
    with pytest.raises(AssertionError, match=r"script.txt:\d+|nobody expected") as caught:
        await Player(sqlite_url).play(script)
    assert said in str(caught.value)
