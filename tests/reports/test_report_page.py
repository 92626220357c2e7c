"""The page, looked at in a real browser: drawn, readable on a telephone and on a desk, and asking for nothing."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from hours.shops import shop, week
from reports.histories import START, history, number

from bridge.clocks.track import cases
from bridge.language import language
from bridge.reports.figures import By, Report, report
from bridge.reports.opinions import Asked
from bridge.reports.page import as_html
from bridge.reports.waits import Period
from bridge.reports.wording import VERDICTS
from bridge.targets import Kind, Targets

BROWSER = next((path for name in ("chromium-headless-shell", "chromium") if (path := shutil.which(name))), None)
ENGLISH = language("en")
HOURS = shop(week(mon_fri="9-12 13-17"))

# Asks the page what it looks like, and leaves the answer where `--dump-dom` shows it.
_ASK = """<script>addEventListener("load", () => {
const box = element => element.getBoundingClientRect();
const all = query => [...document.querySelectorAll(query)];
document.body.dataset.seen = JSON.stringify({
  wide: document.documentElement.scrollWidth, plots: all("svg").map(svg => [box(svg).width, box(svg).height]),
  bars: all("svg .bar rect, svg .line path").filter(mark => box(mark).width > 0 && box(mark).height > 0).length,
  letters: all("svg text").filter(text => text.textContent.trim()).map(text => box(text).height),
  lines: all("p, small, b, td").filter(line => box(line).height > 0)
    .map(line => parseFloat(getComputedStyle(line).fontSize)),
  loaded: performance.getEntriesByType("resource").map(entry => entry.name)})});</script>"""


def made(count: int = 80) -> Report:
    random = Random(7)
    logs = [history(case, random)[0] for case in range(1, count + 1)]
    now = number(START + timedelta(days=40))
    period = Period(since=number(START) - 10**12, until=now, now=now)
    found = cases(event for log in logs for event in log if event.at <= now)
    return report(found, period, HOURS, By.CHANNEL, Targets(times={Kind.FIRST: timedelta(hours=4)}))


def looked_at(page: str, width: int, folder: Path) -> dict[str, list[float] | float]:
    """What the browser says of the page at this width."""
    file = folder / "page.html"
    file.write_text(page.replace("</body>", _ASK + "</body>"), encoding="utf-8")
    command = [
        str(BROWSER),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--enable-logging=stderr",
        f"--user-data-dir={folder / 'profile'}",
        f"--window-size={width},1000",
        "--dump-dom",
        file.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "CONSOLE" not in done.stderr, done.stderr
    seen = re.search(r'data-seen="([^"]*)"', done.stdout)
    assert seen
    found: dict[str, list[float] | float] = json.loads(seen[1].replace("&quot;", '"'))
    return found


@pytest.mark.servers
@pytest.mark.skipif(BROWSER is None, reason="needs chromium-headless-shell")
@pytest.mark.parametrize("width", [400, 1400])
def test_it_is_drawn_and_readable(tmp_path: Path, width: int) -> None:
    seen = looked_at(as_html(made(), "Tulips & Co", "Mon-Fri 9-17", ENGLISH), width, tmp_path)
    assert seen["wide"] == width, "nothing reaches past the edge"
    plots, letters, lines = seen["plots"], seen["letters"], seen["lines"]
    assert isinstance(plots, list)
    assert isinstance(letters, list)
    assert isinstance(lines, list)
    assert len(plots) == 4
    assert all(plot[0] > 240 and plot[1] > 150 for plot in plots)  # type: ignore[index]
    assert seen["bars"] > 30  # type: ignore[operator]
    assert min(letters) >= 9, "the smallest letter in a plot, in pixels"
    assert min(lines) >= 12
    assert seen["loaded"] == []


def test_it_is_one_file_without_scripts() -> None:
    page = as_html(made(), "<Tulips & Co>", "", ENGLISH)
    assert "<script" not in page
    assert "&lt;Tulips &amp; Co&gt;" in page
    assert not re.search(r"""(src|href)=["'](?!#)""", page)
    assert not re.search(r"https?://(?!www\.w3\.org/)", page)
    assert page == as_html(made(), "<Tulips & Co>", "", ENGLISH), "the same report is the same file"


def test_each_figure_lists_its_conversations() -> None:
    found = made()
    page = as_html(found, "Tulips & Co", "", ENGLISH)
    for kind in Kind:
        for wait in found.total.waits[kind][:20]:
            assert f"#{wait.case}<" in page
    for vote in found.total.votes:
        assert re.search(rf"{re.escape(VERDICTS[vote.verdict])}: [^<]*#{vote.case}\b", page)
    for survey in found.total.surveys:
        if survey.score is not None:
            assert re.search(rf"<p>{survey.score}: [^<]*#{survey.case}\b", page)
    others = ("conversations", "its answers", "its suggestions", "who was asked")
    assert page.count("<summary>which</summary>") == len(Kind) + len(Asked) + len(others)


def test_a_report_of_nothing() -> None:
    period = Period(since=number(START), until=number(START) + 10**12, now=number(START) + 10**12)
    page = as_html(report([], period, HOURS, By.OWNER, Targets()), "Tulips & Co", "", ENGLISH)
    assert "Conversations<b>0</b>" in page
    assert "<svg" not in page
