"""A changed configuration: what counts at once, what is started again, and what is refused."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import pytest

from daemon.process import free_port, until_listening
from daemon.shop import Shop

pytestmark = pytest.mark.servers


def greeted(port: int) -> socket.socket:
    """A connection to the listener, held open."""
    connection = socket.create_connection(("127.0.0.1", port), 10)
    assert connection.recv(100).startswith(b"220")
    return connection


def test_a_changed_file_is_adopted_a_broken_one_is_not(tmp_path: Path) -> None:
    shop = Shop(tmp_path, undo=0)
    with shop.running() as running:
        assert shop.send("Hello") == 250
        running.out.wait_for("^#1 carla")
        running.log.wait_for("daemon.ready")
        with greeted(shop.port) as held:
            # A new policy counts, and the listener goes on: its connection is still there.
            shop.undo = 30
            shop.write()
            running.log.wait_for("config.adopted")
            running.type("#1 Good morning")
            running.out.wait_for("undo within 30 s")
            held.sendall(b"NOOP\r\n")
            assert held.recv(100).startswith(b"250")

            # A broken file: all goes on as before, and the log says why.
            shop.bottom = "[policy2]\nx = 1"
            shop.write()
            refused = running.log.wait_for("config.refused")
            assert "policy2" in running.log.text, refused
            held.sendall(b"NOOP\r\n")
            assert held.recv(100).startswith(b"250")

            # A changed connector starts again elsewhere, and its callers are told so.
            old, shop.port, shop.bottom = shop.port, free_port(), ""
            shop.write()
            until_listening(shop.port, running)
            assert held.recv(100).startswith(b"421")
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", old), 5)
        assert shop.send("And now?") == 250
        running.out.wait_for("And now")
        running.type("undo")
        running.out.wait_for("(?i)undone|taken back|not sent")
        assert running.stop() == 0, running.log.text
        assert "Traceback" not in running.log.wait_for_end()


def test_a_connector_that_changes_on_its_own_port_is_not_told_to_be_broken(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    with shop.running() as running:
        running.log.wait_for("daemon.ready")
        with greeted(shop.port) as held:
            shop.label = "post"
            shop.write()
            running.signal(signal.SIGHUP)  # and the watch sees it as well
            assert held.recv(100).startswith(b"421")
        until_listening(shop.port, running)
        assert shop.send("Hello") == 250
        running.out.wait_for(r"\(post\)")
        assert "connector.broken" not in running.log.text
        assert running.stop() == 0


def test_what_needs_a_restart_is_named(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    with shop.running() as running:
        running.log.wait_for("daemon.ready")
        shop.free, shop.bottom = 1, '[log]\nlevel = "warning"\n'
        shop.write()
        running.log.wait_for("config.restart_needed", 2)
        assert running.stop() == 0
