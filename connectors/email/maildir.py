"""The way out for a demo, a test, or a mail system that reads a folder: a Maildir (cr.yp.to/proto/maildir.html).

A mail's file is named after its outbound: delivering the same one again replaces it, so that a crash between the
rename and the receipt leaves one mail, not two.
"""

from __future__ import annotations

import os
from pathlib import Path

from bridge.connector import reach

_FOLDERS = ("tmp", "new", "cur")


def file_name(outbound_id: str) -> str:
    """A name that no id can lead out of the folder; ids that differ have names that differ."""
    return "".join(
        one if one.isascii() and (one.isalnum() or one in "-_") else f"={ord(one):x}=" for one in outbound_id
    )


def deliver(maildir: Path, outbound_id: str, content: bytes) -> None:
    """Put a mail into `new`, on the disk before this returns. Blocks; raises OSError where nothing was delivered."""
    for folder in _FOLDERS:
        (maildir / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    name = file_name(outbound_id)
    # A reader moves what it has seen to `cur` and adds its flags after a colon.
    if any((maildir / "cur").glob(f"{name}:*")):
        return
    draft = maildir / "tmp" / name
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    reach("maildir.written")
    draft.replace(maildir / "new" / name)
    reach("maildir.renamed")
    _sync_folder(maildir / "new")
    reach("maildir.durable")


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
