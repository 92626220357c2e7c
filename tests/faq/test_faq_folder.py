"""The FAQ on the disk: read whole, changed in one step, and seen when somebody changes it."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import pytest

from bridge.faq.entry import Entry
from bridge.faq.faq_writing import Unwritable
from bridge.steps import faq_folder
from bridge.steps.faq_folder import MOST_FILES, add_entries, add_phrasing, read_folder, signature

TOML = '[[entry]]\nid = "a"\nquestion = "A?"\nanswer = "So."  # really\n'
NEW = Entry(id="new", question="New?", answer="Yes.")


def ids(path: Path) -> list[str]:
    return [entry.id for entry in read_folder(path).entries]


def test_a_folder_is_read_in_the_order_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "b.md").write_text("## B?\nSo.\n")
    (tmp_path / "a.toml").write_text(TOML)
    for other in ("README.md", "_draft.md", ".hidden.toml", "notes.txt", "a.toml~"):
        (tmp_path / other).write_text("[[")
    (tmp_path / "folder.md").mkdir()

    faq = read_folder(tmp_path)

    assert [entry.id for entry in faq.entries] == ["a", "b"]
    assert faq.faults == ()
    assert faq.places["a"].file == str(tmp_path / "a.toml")


def test_a_file_is_a_faq_too(tmp_path: Path) -> None:
    (tmp_path / "_mine.toml").write_text(TOML)

    assert ids(tmp_path / "_mine.toml") == ["a"]


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "good.toml").write_text(TOML)
    (tmp_path / "gone.toml").symlink_to(tmp_path / "nowhere")

    assert [str(fault) for fault in read_folder(tmp_path / "none").faults] == [
        f"{tmp_path}/none: cannot be read: there is no such file\n    write one, or name another"
    ]
    assert "it is no file" in str(read_folder(tmp_path / "pipe.toml").faults[0])
    assert ids(tmp_path) == ["a"]


def test_a_folder_of_everything_is_no_faq(tmp_path: Path) -> None:
    for number in range(MOST_FILES + 1):
        (tmp_path / f"{number:04}.md").touch()

    assert [fault.what for fault in read_folder(tmp_path).faults] == [f"holds more than {MOST_FILES} files"]


def test_a_change_leaves_all_else_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(TOML)
    file.chmod(0o640)

    assert add_phrasing(tmp_path, "a", "Also a?") == file
    assert add_phrasing(tmp_path, "a", "No a.", as_not_this=True) == file
    assert add_entries(tmp_path, [NEW]) == tmp_path / "added.toml"

    assert "# really" in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o640
    found = read_folder(tmp_path)
    assert found.faults == ()
    assert (found.entries[0].also, found.entries[0].not_this, found.entries[1]) == (("Also a?",), ("No a.",), NEW)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.toml", "added.toml"]


def test_several_entries_are_added_together_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(TOML)

    with pytest.raises(Unwritable, match="these ids already: a"):
        add_entries(file, [NEW, Entry(id="a", question="Another?", answer="Yes.")])
    assert file.read_text() == TOML
    with pytest.raises(Unwritable, match="no entry 'gone'"):
        add_phrasing(tmp_path, "gone", "x")


def test_a_file_that_is_not_there_is_made(tmp_path: Path) -> None:
    add_entries(tmp_path / "new.md", [NEW])

    assert (tmp_path / "new.md").read_text() == "## New?\n\nYes.\n".replace("## New?\n", "## New?\n")
    assert ids(tmp_path) == ["new"]


def test_a_change_is_seen(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(TOML)
    seen = [signature(tmp_path)]
    (tmp_path / "b.md").write_text("## B?\nYes.\n")
    seen.append(signature(tmp_path))
    add_entries(tmp_path, [NEW])
    seen.append(signature(tmp_path))
    (tmp_path / "b.md").unlink()
    seen.append(signature(tmp_path))
    assert all(before != after for before, after in pairwise(seen))
    (tmp_path / "notes.txt").write_text("no part of it")
    assert signature(tmp_path) == seen[-1]
    assert signature(tmp_path / "gone") == signature(tmp_path / "gone")


def test_what_somebody_writes_meanwhile_is_not_lost(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(TOML)
    written: list[bytes] = []

    def change(raw: bytes) -> bytes:
        written.append(raw)
        if len(written) == 1:
            file.write_text(f"{TOML}# of somebody else\n")
        return raw + b"# of ours\n"

    faq_folder._change(file, change)

    assert len(written) == 2
    assert file.read_text() == f"{TOML}# of somebody else\n# of ours\n"


def test_a_file_that_never_rests_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(TOML)

    def change(raw: bytes) -> bytes:
        file.write_bytes(raw + b"#")
        return raw + b"# of ours\n"

    with pytest.raises(Unwritable, match="being written to by somebody else"):
        faq_folder._change(file, change)
    assert "ours" not in file.read_text()
    assert [one.name for one in tmp_path.iterdir()] == ["a.toml"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "a.toml").write_text(TOML)
    (tmp_path / "a.toml").symlink_to(tmp_path / "kept" / "a.toml")

    add_phrasing(tmp_path, "a", "Also a?")

    assert (tmp_path / "a.toml").is_symlink()
    assert "Also a?" in (tmp_path / "kept" / "a.toml").read_text()
