"""What is said to run for a missing library fits how the bridge was installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bridge.extras import command, extra_of, remedy

PREFIX = Path("/opt/inbox-bridge")
REQUIRES = [
    "alembic>=1.16",
    'slixmpp>=1.17; extra == "xmpp"',
    'httpx>=0.28; extra == "email"',
    'httpx>=0.28; extra == "xmpp"',
    'uvicorn>=0.35; extra == "web"',
    'uvicorn>=0.35; extra == "all"',
    'prometheus-client>=0.22; extra == "metrics"',
]


def origin(path: Path) -> dict[str, Any]:
    """As pip writes it for `pip install FOLDER` and `pip install WHEEL`."""
    kind: dict[str, Any] = {"archive_info": {}} if path.suffix == ".whl" else {"dir_info": {}}
    return {"url": path.as_uri(), **kind}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The project's files, in a folder that a shell would split."""
    made = tmp_path / "the bridge"
    made.mkdir()
    for name in ("requirements.lock", "requirements-faq.lock"):
        (made / name).touch()
    return made


def test_from_the_projects_folder_it_comes_from_the_lock_file(folder: Path) -> None:
    pip = "/opt/inbox-bridge/bin/pip install --require-hashes -r"
    assert command("faq", origin(folder), PREFIX) == f"{pip} '{folder}/requirements-faq.lock'"
    assert command("hours", origin(folder), PREFIX) == f"{pip} '{folder}/requirements.lock'"


def test_where_that_folder_is_gone_it_says_where_to_run_it(folder: Path) -> None:
    said = command("faq", origin(folder / "gone"), PREFIX)
    assert said.startswith("/opt/inbox-bridge/bin/pip install --require-hashes -r requirements-faq.lock ")
    assert "in the folder with the bridge's files" in said


def test_from_an_index_or_a_wheel_it_is_the_extra(folder: Path) -> None:
    assert command("faq", {}, PREFIX) == "/opt/inbox-bridge/bin/pip install 'inbox-bridge[faq]'"
    wheel = folder / "inbox_bridge-1-py3-none-any.whl"
    assert command("faq", origin(wheel), PREFIX) == "/opt/inbox-bridge/bin/pip install 'inbox-bridge[faq]'"
    wheel.touch()
    assert command("faq", origin(wheel), PREFIX) == f"/opt/inbox-bridge/bin/pip install '{wheel}[faq]'"


def test_with_pipx_it_is_pipx(folder: Path) -> None:
    prefix = Path("/home/anna/.local/share/pipx/venvs/inbox-bridge")
    assert command("web", origin(folder), prefix) == "pipx install --force 'inbox-bridge[web]'"


@pytest.mark.parametrize(
    ("module", "otherwise", "extra"),
    [
        ("slixmpp", "xmpp", "xmpp"),
        ("slixmpp.xmlstream", "email", "xmpp"),
        ("httpx", "xmpp", "xmpp"),
        ("uvicorn", "telegram", "web"),
        ("prometheus_client", "telegram", "metrics"),
        ("dkim", "email", "email"),
    ],
)
def test_the_extra_of_a_library(module: str, otherwise: str, extra: str) -> None:
    assert extra_of(module, otherwise, REQUIRES) == extra


def test_the_installation_that_this_is() -> None:
    assert remedy("faq").startswith("run: ")
    assert extra_of("starlette", "telegram") == "web"
