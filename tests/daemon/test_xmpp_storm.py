"""The whole daemon on XMPP in bad weather: nothing lost, nothing twice without a mark, order kept.

XMPP_SEEDS=1,2,3 XMPP_FAULTS=80 for more; `make campaign` runs ten seeds of each kind, with forty faults.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from servers import prosody

from daemon.postmortem import report
from daemon.storm import weather

FAULTS = int(os.environ.get("XMPP_FAULTS", "0"))
SEEDS = [int(seed) for seed in os.environ.get("XMPP_SEEDS", "7").split(",")]

pytestmark = [pytest.mark.servers, pytest.mark.timeout(600 + 10 * FAULTS)]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("contacts", "faults"), [(False, 40), (True, 12)], ids=["one chat", "contacts"])
async def test_nothing_is_lost_in_bad_weather(tmp_path: Path, seed: int, contacts: bool, faults: int) -> None:
    try:
        figures = await weather(tmp_path, seed, FAULTS or faults, contacts=contacts)
    except prosody.Missing as missing:
        pytest.skip(str(missing))
    print(figures)
    assert not figures["wrong"], report(figures)
    assert sum(figures["faults"].values()) >= (FAULTS or faults)
