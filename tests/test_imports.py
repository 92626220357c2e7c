"""Imports point one way: contracts <- logic <- steps <- implementations <- composition. `arrows.py` has the rules."""

from __future__ import annotations

from pathlib import Path

import pytest
from arrows import IMPURE, LAYERS, faults

ROOT = Path(__file__).parent.parent

# A file, what it says, and what must be said about it.
FORBIDDEN = [
    ("bridge/owners/relay.py", "from connectors.console import Console", "never imports connectors"),
    ("bridge/daemon/daemon.py", "import connectors.email", "never imports connectors"),
    ("connectors/mine.py", "from bridge.messages import Text", "sees only bridge.connector"),
    ("connectors/mine.py", "from bridge import messages", "sees only bridge.connector"),
    ("connectors/mine.py", "import bridge", "sees only bridge.connector"),
    ("connectors/deep/mine.py", "def late():\n    from bridge.store.store import open_store", "sees only"),
    ("bridge/messages.py", "from bridge.owners.relay import resolve", "from contracts up to logic"),
    ("bridge/owners/relay.py", "from bridge.steps.queue import Queue", "from logic up to steps"),
    ("bridge/owners/relay.py", "from bridge.steps import queue", "from logic up to steps"),
    ("bridge/owners/relay.py", "from ..steps.queue import Queue", "from logic up to steps"),
    ("bridge/decide.py", "from bridge.store.book import StoredBook", "from logic up to implementations"),
    ("bridge/steps/queue.py", "from bridge.store.inbox import StoredInbox", "from steps up to implementations"),
    ("bridge/steps/queue.py", "def late():\n    import bridge.daemon.daemon", "from steps up to composition"),
    ("bridge/steps/deliver.py", "from bridge.configuration.config import load", "from steps up to composition"),
    ("bridge/store/inbox.py", "from bridge.daemon.daemon import Daemon", "from implementations up to composition"),
    ("bridge/store/inbox.py", "from bridge.owners.relay import resolve", "the store knows contracts only"),
    ("bridge/store/inbox.py", "from bridge.steps.queue import Queue", "the store knows contracts only"),
    ("bridge/brand_new.py", "", "no place in a layer"),
    ("bridge/brand_new/inner.py", "", "no place in a layer"),
    ("bridge/decide.py", "from datetime import datetime\ndatetime.now()", "reads the clock"),
    ("bridge/decide.py", "import time\ntime.monotonic()", "reads the clock"),
    ("bridge/decide.py", "from time import time", "reads the clock"),
    *(
        (f"bridge/{name}.py", f"import {impure}", "does no I/O")
        for name in ("messages", "customers/threads")
        for impure in sorted(IMPURE)
    ),
]


def test_the_repository_keeps_the_rules() -> None:
    assert list(faults(ROOT)) == []


@pytest.mark.parametrize(("file", "text", "said"), FORBIDDEN)
def test_a_forbidden_arrow_is_seen(tmp_path: Path, file: str, text: str, said: str) -> None:
    for name in ("bridge", "connectors"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
    for name in ("owners/relay", "steps/queue", "messages", "connector"):
        place = tmp_path / "bridge" / f"{name}.py"
        place.parent.mkdir(exist_ok=True)
        place.touch()
    assert faults(tmp_path) == []
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    assert any(said in fault for fault in faults(tmp_path)), faults(tmp_path)


def test_a_cycle_is_seen(tmp_path: Path) -> None:
    for name in ("customers", "owners"):
        (tmp_path / "bridge" / name).mkdir(parents=True)
    (tmp_path / "bridge/customers/threads.py").write_text("from bridge.owners.relay import resolve")
    (tmp_path / "bridge/owners/relay.py").write_text("def late():\n    from bridge.customers import threads")
    assert any("cycle" in fault for fault in faults(tmp_path))


def test_every_module_stands_in_one_layer() -> None:
    placed = [name for names in LAYERS.values() for name in names]
    assert sorted(placed) == sorted(set(placed))
