"""Draws docs/how-to/report.png: the page of a report about a month of a made-up shop, as a browser shows it.

.venv/bin/python docs/draw_report.py        needs chromium-headless-shell
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from bridge.clocks.track import cases
from bridge.happened import Happened, moment_of
from bridge.hours import Hours, Special, Timetable
from bridge.hours.holidays import public_holidays
from bridge.hours.times import spans
from bridge.hours.words import opening_hours
from bridge.language import language
from bridge.reports.figures import By, report
from bridge.reports.page import as_html
from bridge.reports.waits import Period
from bridge.targets import Kind, Targets

PICTURE = Path(__file__).parent / "how-to/report.png"
FIRST, LAST = datetime(2026, 9, 30, 22, tzinfo=UTC), datetime(2026, 10, 31, 23, tzinfo=UTC)  # of Berlin
DAY = spans(["09:00-12:00", "13:00-18:00"])
HOURS = Hours(
    timetable=Timetable(
        zone=ZoneInfo("Europe/Berlin"),
        week=(DAY,) * 5 + (spans(["10:00-14:00"]), ()),
        specials=(Special(first=(10, 9), last=(10, 9), spans=()),),
        holidays=public_holidays("DE-BE"),
        country="DE",
    )
)
BUSY = (0, 0, 0, 0, 0, 0, 1, 2, 5, 9, 10, 8, 6, 6, 7, 7, 8, 7, 6, 6, 7, 6, 3, 1)


def conversation(number: int, chance: Random) -> Iterator[Happened]:
    """What the log has of one."""
    hour = chance.choices(range(24), BUSY)[0]
    at = FIRST + timedelta(days=chance.randint(0, 30), hours=hour, minutes=chance.randint(0, 59))
    channel = chance.choices(("mail", "telegram", "xmpp"), (6, 3, 1))[0]
    for turn in range(chance.choice((1, 1, 2, 3))):
        yield Happened(number, moment_of(at), "customer wrote", {"connector": channel})
        if turn == 0 and chance.random() < 0.35:
            yield from answer(number, at + timedelta(seconds=16), "bridge", "bot answered")
            if chance.random() < 0.7:
                yield from judged(number, at, ("helped",) * 8 + ("not helped", "refused") + ("",) * 6, chance)
                break
        elif turn == 0 and chance.random() < 0.2:
            yield from judged(number, at, ("approved",) * 9 + ("refused",), chance)
        at = HOURS.after(at, timedelta(minutes=chance.lognormvariate(3.2, 1.1))) or at
        if at > LAST or chance.random() < 0.02:
            return
        yield from answer(number, at, chance.choice(("Anna", "Ben")), "answered")
        at += timedelta(minutes=chance.lognormvariate(4, 1.5))
    if chance.random() < 0.85:
        at += timedelta(hours=chance.randint(4, 60))
        yield Happened(number, moment_of(at), "closed", {"owner": "Anna"})
        yield from asked(number, at + timedelta(hours=1), chance)


def judged(number: int, at: datetime, words: Sequence[str], chance: Random) -> Iterator[Happened]:
    """What is said of one of the bridge's answers, or nothing."""
    word = chance.choice(words)
    said = {"match": f"{number}.1", "asked_at": at.isoformat(), "automatic": "approved" not in words}
    if word:
        by = {"owner": chance.choice(("Anna", "Ben"))} if word in ("approved", "refused") else {}
        yield Happened(number, moment_of(at + timedelta(minutes=30)), word, {**said, **by})


def asked(number: int, at: datetime, chance: Random) -> Iterator[Happened]:
    """How it was; a third say so, fewer the rest."""
    if chance.random() < 0.4:
        yield Happened(number, moment_of(at), "feedback asked", {"owner": "Anna"})
        said = (
            ("feedback", {"score": chance.choice((5, 5, 5, 4, 4, 3, 1))}),
            ("feedback solved", {"solved": chance.random() < 0.9}),
            ("feedback ease", {"ease": chance.choice((5, 5, 4, 4, 3, 2))}),
        )
        for kind, data in said[: chance.choice((0, 0, 0, 1, 2, 3, 3))]:
            yield Happened(number, moment_of(at), kind, data)


def answer(number: int, at: datetime, by: str, kind: str) -> Iterator[Happened]:
    """One that arrives at once."""
    name = f"{number} {at}"
    yield Happened(number, moment_of(at), kind, {"owner": by, "outbound": name})
    yield Happened(number, moment_of(at), "delivery", {"outbound": name, "state": "sent", "by": by})


def main() -> None:
    """Draw it."""
    chance = Random(4)
    log = [event for number in range(1, 421) for event in conversation(number, chance)]
    period = Period(since=moment_of(FIRST), until=moment_of(LAST), now=moment_of(LAST))
    targets = Targets(times={Kind.FIRST: timedelta(hours=2), Kind.NEXT: timedelta(hours=4)})
    found = report(cases(event for event in log if event.at < period.now), period, HOURS, By.CHANNEL, targets)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        page.write_text(as_html(found, "The Flower Shop", opening_hours(HOURS, "en"), language("en")), encoding="utf-8")
        browser = ["chromium-headless-shell", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        look = ["--window-size=1400,1300", f"--screenshot={PICTURE}", f"--user-data-dir={folder}/profile"]
        subprocess.run([*browser, *look, page.as_uri()], check=True, stderr=subprocess.DEVNULL)
    sys.stdout.write(f"{PICTURE}\n")


if __name__ == "__main__":
    main()
