"""A daemon dies at every crash point there is, one after the other, in one lineage on each engine; nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from crash import points
from crash.lineage import Lineage
from crash.shop import shop


def test_there_are_at_least_forty_points_on_each_engine() -> None:
    assert len(points.all_points("sqlite")) >= 40
    assert len(points.all_points("postgresql")) >= 40


def test_every_exception_names_a_point_that_exists() -> None:
    stems = {points.stem(point) for point in points.all_points("sqlite")} | set(points.all_points("sqlite"))

    assert points.HURRIED | points.PROVOKED.keys() | points.COMMANDS.keys() | points.ONLY_SQLITE <= stems


@pytest.mark.servers
@pytest.mark.timeout(600)
async def test_a_death_at_every_point_loses_nothing(engine_url: str, tmp_path: Path) -> None:
    engine = engine_url.partition(":")[0]
    async with shop(tmp_path, engine_url, busy=lambda number: number % 5 == 0) as here:
        lineage = Lineage(here, here.add_daemon(), [here.customer(), here.customer(post=True)])
        async with lineage.writing():
            for point in points.all_points(engine):
                await lineage.die_at(point)
            await lineage.last_life(40)

        print(here.ledger.figures(), sorted(lineage.lives.items(), key=lambda life: -life[1])[:12])
        assert lineage.unreached == []
        assert here.faults() == []
        assert await here.daemons[0].stop() == 0
