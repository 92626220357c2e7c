"""What Prometheus is shown, and that the dashboard and the alerts name nothing else."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml
from examples import examples
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from bridge.configuration.models import MetricsSettings
from bridge.daemon import metrics
from bridge.daemon.metrics import Look, Seen, serve
from bridge.daemon.textfile import keep, write
from bridge.steps.supervise import Condition
from bridge.steps.tally import Tally
from bridge.store.figures import Figures, Waiting
from bridge.testing import START

MONITORING = Path(__file__).parents[1] / "monitoring"
PAGE = Path(__file__).parents[1] / "docs/how-to/watch.md"
ALERTS = MONITORING / "alerts.yml"
DASHBOARD = MONITORING / "dashboard.json"

FIGURES = Figures(
    items=Waiting(3, START - timedelta(seconds=60)),
    outbounds={"mail": Waiting(2, START - timedelta(seconds=90))},
    conversations={"open": 4, "waiting": 1, "snoozed": 0},
    answers=Waiting(4, START - timedelta(hours=2)),
    dead={"item": 1, "answer": 2},
)


def seen(figures: Figures | None = FIGURES) -> Seen:
    tally = Tally(items=Counter({("mail", "done"): 7}), deliveries=Counter({("mail", "sent"): 5, ("mail", "dead"): 1}))
    for seconds in (0.004, 0.02, 9.0):
        tally.matching.took(seconds)
    conditions = {
        "mail": Condition(up=True, may_send=True, trouble=True),
        "bot": Condition(up=False, may_send=False, trouble=False),
    }
    return Seen(at=START, figures=figures, conditions=conditions, troubles={"store": True}, tally=tally)


async def looked() -> Seen:
    return seen()


async def said(logs: Sequence[Mapping[str, Any]], event: str) -> None:
    """Give the loop turns until this was logged last."""
    while not logs or logs[-1]["event"] != event:  # noqa: ASYNC110 - a log is no event
        await asyncio.sleep(0)


@asynccontextmanager
async def served(look: Look = looked) -> AsyncIterator[str]:
    """Where it is served."""
    with capture_logs() as logs:
        task = asyncio.create_task(serve("127.0.0.1:0", look))
        await said(logs, "metrics.served")
        yield f"http://{logs[0]['listen']}/metrics"
        task.cancel()
        await asyncio.wait({task})


async def read(url: str) -> str:
    def get() -> str:
        with urllib.request.urlopen(url, timeout=10) as answer:
            text: str = answer.read().decode()
            return text

    return await asyncio.to_thread(get)


def values(text: str) -> Mapping[str, float]:
    """Each sample by its name and labels, as it stands in the page."""
    families = text_string_to_metric_families(text)
    return {
        one.name + "".join(f" {key}={value}" for key, value in sorted(one.labels.items())): one.value
        for family in families
        for one in family.samples
        if one.name.startswith(metrics.PREFIX)
    }


async def test_everything_stands_on_the_page_and_many_scrapes_ask_once() -> None:
    asked = []

    async def look() -> Seen:
        asked.append(1)
        return seen()

    async with served(look) as url:
        await read(url)
        found = dict(values(await read(url)))

    assert len(asked) == 1
    assert found.pop("inbox_bridge_memory_bytes") > 10e6
    assert next(name for name in found if name.startswith("inbox_bridge_build_info version="))
    expected = {
        "store_up": 1,
        "items_waiting": 3,
        "items_oldest_seconds": 60,
        "outbounds_waiting connector=mail": 2,
        "outbounds_oldest_seconds connector=mail": 90,
        "conversations state=open": 4,
        "conversations state=snoozed": 0,
        "answer_longest_wait_seconds": 7200,
        "dead_letters kind=item": 1,
        "dead_letters kind=answer": 2,
        "connector_up connector=mail": 1,
        "connector_up connector=bot": 0,
        "connector_trouble connector=mail": 1,
        "connector_trouble connector=bot": 0,
        "connector_lease_held connector=bot": 0,
        "trouble part=store": 1,
        "items_total connector=mail outcome=done": 7,
        "deliveries_total connector=mail outcome=dead": 1,
        "match_seconds_bucket le=0.005": 1,
        "match_seconds_bucket le=0.025": 2,
        "match_seconds_bucket le=+Inf": 3,
        "match_seconds_count": 3,
    }
    assert expected.items() <= {name.removeprefix("inbox_bridge_"): value for name, value in found.items()}.items()


async def test_without_its_store_the_rest_is_shown() -> None:
    async def look() -> Seen:
        return seen(figures=None)

    async with served(look) as url:
        found = values(await read(url))

    assert found["inbox_bridge_store_up"] == 0
    assert found["inbox_bridge_connector_up connector=mail"] == 1
    assert "inbox_bridge_items_waiting" not in found


async def test_a_loop_that_does_not_answer_fails_the_scrape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "ANSWER_SECONDS", 0.05)

    async def look() -> Seen:
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    async with served(look) as url:
        with pytest.raises((urllib.error.URLError, ConnectionError)):
            await read(url)


async def test_a_port_that_is_taken_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "TRY_AGAIN_SECONDS", 0.02)
    other = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = other.sockets[0].getsockname()[1]

    with capture_logs() as logs:
        task = asyncio.create_task(serve(f"127.0.0.1:{port}", looked))
        await said(logs, "metrics.not_served")
        assert logs[0]["listen"] == f"127.0.0.1:{port}"
        other.close()
        await other.wait_closed()
        await said(logs, "metrics.served")
        task.cancel()
        await asyncio.wait({task})


@pytest.mark.parametrize("text", ["9464", "localhost", "host:port", "127.0.0.1:99999", ":9464"])
def test_where_to_listen_is_an_address_and_a_port(text: str) -> None:
    with pytest.raises(ValueError, match="must be ADDRESS:PORT"):
        MetricsSettings(listen=text)


# -- in a file ---------------------------------------------------------------------------------------------------------


async def test_a_file_has_the_same_and_no_process(tmp_path: Path) -> None:
    path = tmp_path / "x.prom"
    write(path, seen())
    async with served() as url:
        page = await read(url)

    found, expected = dict(values(path.read_text())), dict(values(page))
    memory = "inbox_bridge_memory_bytes"
    assert found.pop(memory) > 10e6 < expected.pop(memory)
    assert found == expected
    assert found["inbox_bridge_seen_timestamp_seconds"] == START.timestamp()
    assert "process_" not in path.read_text(), "those are node_exporter's own"


def test_the_file_is_whole_at_any_moment_and_for_all_to_read(tmp_path: Path) -> None:
    path, times = tmp_path / "x.prom", examples(200)
    before = os.umask(0o077)
    write(path, seen())

    def again_and_again() -> None:
        for _ in range(times):
            write(path, seen())

    writing = Thread(target=again_and_again)
    writing.start()
    try:
        read_whole = [path.read_text().endswith("\n") and "memory_bytes" in path.read_text() for _ in range(times)]
    finally:
        writing.join()
        os.umask(before)
    assert all(read_whole)
    assert path.stat().st_mode & 0o777 == 0o644
    assert list(tmp_path.iterdir()) == [path], "nothing is left beside it"


async def test_a_file_that_cannot_be_written_is_told_of_once_and_tried_again(tmp_path: Path) -> None:
    folder, looks, often = tmp_path / "later", [], asyncio.Event()

    async def look() -> Seen:
        looks.append(1)
        if len(looks) == 4:
            often.set()
        return seen()

    with capture_logs() as logs:
        writing = asyncio.create_task(keep(folder / "x.prom", 0.01, look))
        async with asyncio.timeout(10):
            await often.wait()
        told = [(line["event"], line["reason"]) for line in logs]
        assert told == [("metrics.not_written", "No such file or directory")]
        folder.mkdir()
        await said(logs, "metrics.written_again")
        writing.cancel()
        await asyncio.wait({writing})
    assert len(values((folder / "x.prom").read_text())) > 10


def test_node_exporter_reads_files_of_one_name_only() -> None:
    with pytest.raises(ValueError, match=r"must end in \.prom"):
        MetricsSettings(textfile=Path("/var/lib/x.txt"))


# -- what is named elsewhere ---------------------------------------------------------------------------------------


def shown() -> set[str]:
    """Every name that a query may use."""
    ends = {"counter": ["_total"], "info": ["_info"], "histogram": ["_bucket", "_sum", "_count"], "gauge": [""]}
    return {family.name + end for family in metrics.shown(seen()) for end in ends[family.type]}


def named(text: str) -> set[str]:
    return set(re.findall(r"inbox_bridge_\w+", text))


def test_the_alerts_name_what_there_is() -> None:
    rules = [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]

    assert len({rule["alert"] for rule in rules}) == len(rules) >= 10
    for rule in rules:
        assert named(rule["expr"]) <= shown(), rule["alert"]
        assert {"summary", "description"} == set(rule["annotations"]), rule["alert"]


def test_the_dashboard_names_what_there_is_and_all_of_it() -> None:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    named_there = {name for panel in panels for target in panel["targets"] for name in named(target["expr"])}

    assert len({panel["id"] for panel in panels}) == len(panels)
    assert named_there <= shown()
    left_out = {
        "inbox_bridge_build_info",
        "inbox_bridge_seen_timestamp_seconds",
        "inbox_bridge_match_seconds_sum",
        "inbox_bridge_match_seconds_count",
    }
    assert shown() - named_there == left_out


def test_the_page_explains_each() -> None:
    explained = {f"inbox_bridge_{name}" for name in re.findall(r"`(\w+)`", PAGE.read_text())}
    histogram = {f"inbox_bridge_match_seconds_{end}" for end in ("bucket", "sum", "count")}
    assert shown() - histogram - explained == set()


@pytest.mark.servers
@pytest.mark.skipif(shutil.which("promtool") is None, reason="needs promtool (Debian: prometheus)")
async def test_prometheus_takes_the_alerts_the_page_and_the_file(tmp_path: Path) -> None:
    async with served() as url:
        page = await read(url)

    write(tmp_path / "x.prom", seen())
    file = (tmp_path / "x.prom").read_text()
    for arguments, given in ((["rules", ALERTS], None), (["metrics"], page), (["metrics"], file)):
        command = ["promtool", "check", *arguments]
        done = await asyncio.to_thread(subprocess.run, command, input=given, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
