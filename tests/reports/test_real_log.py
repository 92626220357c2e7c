"""The log as the bridge itself writes it, through the real store, a kill in between: the clocks say what happened."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from running import Running

from bridge.clocks.track import cases
from bridge.clocks.turns import Case, Outcome
from bridge.connector import TemporaryFailure
from bridge.policy import Owner, Policy, SurfaceAddress
from bridge.store.logbook import whole
from bridge.testing import START, FakeClock, item

OLGA = Owner(name="Olga", surfaces=(SurfaceAddress(connector="desk", address="olga"),))
POLICY = Policy(business="Tulips & Co", owners=(OLGA,), acknowledge=True)
_lines = count(1)


async def says(bridge: Running, connector: str, who: str, text: str, **facts: object) -> None:
    await bridge.hand_over(connector, item(text, f"{who}-{next(_lines)}", who, bridge.clock(), **facts))
    await bridge.quiet()


async def owner_says(bridge: Running, text: str) -> None:
    await says(bridge, "desk", "olga", text, authenticated=True)


async def clocks(bridge: Running) -> Sequence[Case]:
    return [case async for batch in whole(bridge.store.transactions) for case in cases(batch)]


def seconds(moment: int | None) -> float | None:
    return None if moment is None else moment / 1_000_000 - START.timestamp()


async def test_from_the_first_word_to_the_closing(made_url: str) -> None:
    async with Running(made_url, POLICY, ("mail", "desk"), FakeClock()) as bridge:
        await says(bridge, "mail", "anna", "Are there tulips?")
        await bridge.moved(60)  # it is confirmed, which is no answer
        (waiting,) = await clocks(bridge)
        assert [turn.outcome for turn in waiting.turns] == [Outcome.WAITING]

        bridge.connectors["mail"].failures.append(TemporaryFailure("busy"))
        await owner_says(bridge, "#1 Yes, red ones.")
        await bridge.moved(10)  # the undo is over, and its network did not take it
        await bridge.crash()
        await bridge.moved(3600)
        await says(bridge, "mail", "anna", "And yellow ones?")
        await bridge.moved(60)
        await owner_says(bridge, "#1 No.")
        await owner_says(bridge, "undo")
        await bridge.moved(60)
        await owner_says(bridge, "close #1")
        await bridge.quiet()

        (case,) = await clocks(bridge)

    first, second = case.turns
    assert (first.outcome, first.first, first.person) == (Outcome.PERSON, True, "Olga")
    assert seconds(first.began) == 0
    assert seconds(first.person_at) == 60 + 10 + 3600, "when the network took it, not when it was typed"
    assert (second.outcome, second.first, second.words) == (Outcome.CLOSED, False, 1)
    assert seconds(second.began) == 3670
    assert seconds(second.closed_at) == 3790
    (episode,) = case.episodes
    assert (seconds(episode.began), seconds(episode.closed_at), episode.by) == (0, 3790, "Olga")
