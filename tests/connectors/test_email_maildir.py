"""The Maildir: one file an outbound, whatever its id, however often it is sent."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bridge.connector import FindingLevel, Outbound, OutboundKind, TemporaryFailure, Text
from connectors.email.connector import EmailConnector
from connectors.email.maildir import deliver, file_name
from connectors.email.settings import EmailSettings


def outbound(text: str = "Yes.") -> Outbound:
    return Outbound(
        id="out-1",
        kind=OutboundKind.ANSWER,
        connector="email",
        address="anna@there.example",
        text=Text(text),
        created_at=datetime(2026, 1, 2, tzinfo=UTC),
    )


def connector(folder: Path) -> EmailConnector:
    return EmailConnector("email", EmailSettings(address="info@shop.example", maildir=folder))


async def test_sending_again_replaces(tmp_path: Path) -> None:
    email = connector(tmp_path / "mail" / "out")
    first = await email.send(outbound())
    assert await email.send(outbound("Yes!")) == first
    [file] = (tmp_path / "mail/out/new").iterdir()
    assert b"\r\n\r\nYes!\r\n" in file.read_bytes()
    assert list((tmp_path / "mail/out/tmp").iterdir()) == []


async def test_what_a_reader_has_seen_does_not_come_again(tmp_path: Path) -> None:
    email = connector(tmp_path)
    await email.send(outbound())
    (tmp_path / "new/out-1").rename(tmp_path / "cur/out-1:2,S")
    await email.send(outbound())
    assert list((tmp_path / "new").iterdir()) == []


async def test_a_folder_that_cannot_be_written_is_a_temporary_failure_and_a_finding(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    email = connector(tmp_path / "file")
    with pytest.raises(TemporaryFailure, match="cannot be written"):
        await email.send(outbound())
    [finding] = await email.check()
    assert finding.level is FindingLevel.FAILURE
    [finding] = await connector(tmp_path / "new").check()
    assert finding.level is FindingLevel.OK


@pytest.mark.parametrize(
    ("one", "other"), [("a/b", "a_b"), ("../../x", "x"), (".", ".."), ("a:b", "a-b"), ("a=2f=b", "a/b"), ("ä", "a")]
)
def test_names_stay_in_the_folder_and_differ(one: str, other: str) -> None:
    names = {file_name(one), file_name(other)}
    assert len(names) == 2
    assert not any("/" in name or ":" in name or name.startswith(".") for name in names)


def test_glob_characters_in_an_id_match_nothing_else(tmp_path: Path) -> None:
    deliver(tmp_path, "out-1", b"x")
    (tmp_path / "new/out-1").rename(tmp_path / "cur/out-1:2,S")
    deliver(tmp_path, "out-*", b"y")
    assert len(list((tmp_path / "new").iterdir())) == 1
