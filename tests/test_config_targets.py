"""The tables [targets] and [groups]: what they may say, and what an operator reads who wrote something else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bridge.configuration.config import ConfigError, load
from bridge.targets import Group, Kind, Rule

SHOP = """
[business]
name = "The Shop"
[[owners]]
name = "Olga"
[[owners.surfaces]]
connector = "console"
address = "owner"
[connectors.console]
type = "console"
address = "owner"
"""
GROUPS = """
[groups.regulars]
members = ["Anna@Example.org", "123456789"]
[groups.big]
members = ["*@BigCustomer.example"]
value = 10
"""


def problems(folder: Path, more: str) -> list[str]:
    (folder / "config.toml").write_text(SHOP + more)
    with pytest.raises(ConfigError) as raised:
        load(folder / "config.toml")
    return [f"{problem.key}: {problem.what} / {problem.todo}" for problem in raised.value.problems]


def test_rules_and_groups(tmp_path: Path) -> None:
    rules = """
    [targets]
    first_response_hours = 4
    [[targets.rules]]
    channel = "console"
    first_response_hours = 0.5
    [[targets.rules]]
    group = "big"
    tag = "#Wholesale"
    next_response_hours = 0
    """
    (tmp_path / "config.toml").write_text(SHOP + GROUPS + rules)
    targets = load(tmp_path / "config.toml").policy().targets
    assert targets.times == {Kind.FIRST: timedelta(hours=4)}
    assert targets.rules == (
        Rule(tag="wholesale", group="big", times={Kind.NEXT: timedelta()}),
        Rule(channel="console", times={Kind.FIRST: timedelta(minutes=30)}),
    )
    assert targets.groups == (
        Group(name="regulars", members=frozenset(["anna@example.org", "123456789"])),
        Group(name="big", members=frozenset(["*@bigcustomer.example"]), value=10),
    )


@pytest.mark.parametrize(
    ("more", "key", "told"),
    [
        ("[[targets.rules]]\nfirst_response_hours = 1", "targets.rules #1", "names no case / write a `channel`"),
        ('[[targets.rules]]\ntag = "urgent"', "targets.rules #1", "says no time / write one of first_response_hours"),
        ('[[targets.rules]]\ntag = "very urgent"\nfirst_response_hours = 1', "targets.rules #1.tag", "may not be"),
        (
            '[[targets.rules]]\nchannel = "consol"\nfirst_response_hours = 1',
            "targets.rules #1.channel",
            "there is no connector 'consol' / did you mean console?",
        ),
        (
            '[[targets.rules]]\ngroup = "large"\nfirst_response_hours = 1',
            "targets.rules #1.group",
            "there is no group 'large' / there are regulars, big",
        ),
        (
            '[[targets.rules]]\ntag = "a"\nnext_response_hours = 1\n' * 2,
            "targets",
            "has two rules for the same cases (a) / write all their times under one",
        ),
        (
            '[[targets.rules]]\ntag = "a"\nfirst_hours = 1',
            "targets.rules #1.first_hours",
            "did you mean",
        ),
        ('[groups.far]\nmembers = ["*@*.example"]', "groups.far.members #1", "a star stands for all of a domain only"),
        ('[groups.far]\nmembers = ["*"]', "groups.far.members #1", "a star stands for all of a domain only"),
        ('[groups.far]\nmembers = ["anna@a.example, bob@b.example"]', "groups.far.members #1", "write one each"),
        ("[groups.far]\nmembers = []", "groups.far.members", ""),
        ('[groups."Far Away"]\nmembers = ["a@b.example"]', 'groups."Far Away"', "may not be written so"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, more: str, key: str, told: str) -> None:
    found = problems(tmp_path, GROUPS + more)
    assert any(line.startswith(f"{key}: ") and told in line for line in found), found
