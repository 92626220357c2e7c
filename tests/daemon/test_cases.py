"""What owners put off, over kills and clocks that jump: told once, and never lost."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from daemon.shop import Shop

pytestmark = pytest.mark.servers

DAY = 24 * 60 * 60 * 1_000_000


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop")


def a_day_later(shop: Shop) -> None:
    """As if the clock had jumped: what was put off is due a day earlier."""
    with sqlite3.connect(shop.database) as database:
        database.execute("UPDATE items SET due_at = due_at - ? WHERE connector = 'timer' AND state = 'ready'", (DAY,))
        database.execute("UPDATE lanes SET ready_at = ready_at - ? WHERE connector = 'timer'", (DAY,))
        database.execute("UPDATE conversations SET snoozed_until = snoozed_until - ?", (DAY,))
        database.execute("UPDATE promises SET due_at = due_at - ?", (DAY,))
    database.close()


def a_week_later(shop: Shop) -> None:
    """As if the clock had jumped to the next report, or back and there again: what waits for it is due, for its day."""
    with sqlite3.connect(shop.database) as database:
        timers = "connector = 'timer' AND native_id LIKE 'weekly:%'"
        earlier = "json_set(facts, '$.day', date(json_extract(facts, '$.day'), '-7 days'))"
        database.execute(f"UPDATE items SET state = 'ready', due_at = 1, facts = {earlier} WHERE {timers}")
        database.execute(
            "INSERT OR REPLACE INTO lanes (work, lane, connector, ready_at, holder) "
            f"SELECT 'in', lane, 'timer', 1, '' FROM items WHERE {timers}"
        )
    database.close()


@pytest.mark.parametrize("point", ["settle.written", "settle.committed"])
def test_the_figures_of_the_week_are_told_once_over_kills_and_jumps(shop: Shop, point: str) -> None:
    with shop.running() as daemon:
        assert shop.send("Do you have tulips?") == 250
        daemon.out.wait_for("Do you have tulips")
        daemon.kill()
    a_week_later(shop)
    with shop.running(INBOX_BRIDGE_CRASH_AT=point) as daemon:
        daemon.process.wait(20)
        told = daemon.out.wait_for_end()
    for life in ("second", "third"):
        with shop.running() as daemon:
            assert shop.send(f"And roses for the {life}?", sender=f"{life}@example.org") == 250
            daemon.out.wait_for(f"roses for the {life}")
            daemon.stop()
            told += daemon.out.wait_for_end()
        a_week_later(shop)
    assert told.count("The week from") == 1
    assert told.count("1 customer waits for you now") == 1


def test_what_sleeps_wakes_once_over_kills_and_a_day_that_was_jumped_over(shop: Shop) -> None:
    with shop.running() as daemon:
        for number in range(1, 6):
            assert shop.send(f"Question {number}", sender=f"c{number}@example.org", subject=f"S {number}") == 250
            daemon.out.wait_for(f"Question {number}")
        for number in range(1, 6):
            daemon.type(f"snooze {number} in {number} hours")
        daemon.out.wait_for("Snoozed until", 5)
        daemon.type("remind 1 in 2 hours")
        daemon.out.wait_for("You are reminded")
        daemon.kill()
    a_day_later(shop)
    with shop.running() as daemon:
        daemon.out.wait_for("Snoozed until now, and open again:")
        daemon.out.wait_for("#5 .*Question 5")
        daemon.out.wait_for("Due now: #1")
        daemon.kill()
    with shop.running() as daemon:
        daemon.type("list")
        daemon.out.wait_for("waits for you", 5)
        daemon.stop()
        text = daemon.out.wait_for_end()
    # What was on its way as the daemon was killed is shown again, and says so.
    again = [line for line in text.splitlines() if "Snoozed until now" in line or "Due now" in line]
    assert all(line.startswith("[maybe shown before] ") for line in again)
