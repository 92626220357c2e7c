"""Step 1 knows when so much comes in that everything else should step back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from bridge.messages import RawItem
from bridge.steps.receive import Receiver
from bridge.testing import item


class Taking:
    """An inbox that takes everything."""

    async def receive(self, received: Sequence[tuple[str, RawItem]], moved: Mapping[str, Mapping[str, str]]) -> int:
        return len(received)


@pytest.mark.parametrize(("at_once", "flooded"), [(1, False), (60, True)])
async def test_a_flood_is_seen_and_its_end(at_once: int, flooded: bool) -> None:
    receiver = Receiver(Taking())  # type: ignore[arg-type]  # the other methods are step 2's
    receive = receiver.receive_for("mail")
    assert not receiver.flooded
    for turn in range(4):
        await receive([item("x", f"{turn}-{number}") for number in range(at_once)], None)
        await asyncio.sleep(0.05)
    assert receiver.flooded is flooded
    await asyncio.sleep(0.25)
    assert not receiver.flooded
