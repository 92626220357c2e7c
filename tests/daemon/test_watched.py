"""Prometheus asks a running daemon."""

from __future__ import annotations

import urllib.request
from pathlib import Path

import pytest

from daemon.process import Running, free_port, until_listening
from daemon.shop import Shop
from daemon.test_faq import until_ready, with_faq

pytestmark = pytest.mark.servers


def scraped(port: int, daemon: Running) -> str:
    until_listening(port, daemon)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        page: str = answer.read().decode()
        return page


def test_what_came_in_and_left_is_counted(tmp_path: Path) -> None:
    port = free_port()
    shop = Shop(tmp_path, bottom=f'[metrics]\nlisten = "127.0.0.1:{port}"\ntextfile = "shop.prom"')
    with shop.running() as daemon:
        shop.send("Have you got tulips?")
        daemon.out.wait_for("tulips")
        daemon.type("#1 Yes")
        shop.wait_for_answers(1)
        page = scraped(port, daemon)
        assert daemon.stop() == 0

    assert 'inbox_bridge_connector_up{connector="mail"} 1.0' in (tmp_path / "shop.prom").read_text()
    lines = page.splitlines()
    assert 'inbox_bridge_items_total{connector="mail",outcome="done"} 1.0' in lines
    assert 'inbox_bridge_connector_up{connector="mail"} 1.0' in lines
    assert 'inbox_bridge_connector_lease_held{connector="console"} 1.0' in lines
    assert 'inbox_bridge_conversations{state="waiting"} 1.0' in lines
    assert "inbox_bridge_store_up 1.0" in lines
    assert "carla" not in page


def test_how_long_the_faq_took_is_counted(tmp_path: Path) -> None:
    port = free_port()
    shop = with_faq(Shop(tmp_path, bottom=f'[metrics]\nlisten = "127.0.0.1:{port}"'), trust="earned")
    with shop.running() as daemon:
        until_ready(daemon)
        shop.send("When are you open?")
        daemon.out.wait_for("When are you open")
        page = scraped(port, daemon)
        assert daemon.stop() == 0

    assert "inbox_bridge_match_seconds_count 1.0" in page.splitlines()
