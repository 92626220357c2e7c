"""Three lock files, one set of versions: what a shop installs, the same with the FAQ's larger matcher, and all that
developers need. `make lock` makes them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS = PROJECT["project"]["optional-dependencies"]


def locked(name: str) -> Mapping[str, str]:
    """Version by package."""
    pins = re.findall(r"(?m)^([a-z0-9._-]+)==(\S+)", (ROOT / name).read_text())
    assert len(pins) > 30
    return dict(pins)


RUN, FAQ, DEV = (locked(name) for name in ("requirements.lock", "requirements-faq.lock", "requirements-dev.lock"))


def wanted(requirements: list[str]) -> set[str]:
    found = [re.match(r"[A-Za-z0-9._-]+", requirement) for requirement in requirements]
    return {one[0].lower() for one in found if one} - {"inbox-bridge"}


def test_each_holds_the_one_before() -> None:
    assert RUN.items() < FAQ.items() < DEV.items()


@pytest.mark.parametrize("extra", [extra for extra in EXTRAS if extra not in ("faq", "all")])
def test_a_shop_gets_every_network(extra: str) -> None:
    assert wanted(EXTRAS[extra]) <= RUN.keys()


def test_everybody_gets_what_they_need_and_no_more() -> None:
    assert wanted(PROJECT["project"]["dependencies"]) <= RUN.keys()
    assert wanted(EXTRAS["faq"]) <= FAQ.keys() - RUN.keys()
    assert wanted(PROJECT["dependency-groups"]["dev"]) <= DEV.keys()
    assert not {"hypothesis", "mypy", "pytest", "ruff", "towncrier"} & FAQ.keys()


@pytest.mark.parametrize("name", ["README.md", "systemd/README.md"])
def test_the_documented_installation_is_the_small_one(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "-r requirements.lock" in text
    assert "requirements-dev" not in text
