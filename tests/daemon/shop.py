"""A shop for a daemon in a temporary folder: its configuration, its mail in and its mail out."""

from __future__ import annotations

import json
import smtplib
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from daemon.process import Running, call, environment, free_port, start, until_listening

SHOP = "shop@flowers.example"

_CONFIG = """\
{top}
[business]
name = "The Flower Shop"
{terminal}
[connectors.mail]
type = "email"
label = "{label}"
address = "{shop}"
{way_out}
[connectors.mail.listen]
port = {port}
max_connections_per_address = 100
[policy]
undo_seconds = {undo}
flood_limit = {flood}
[limits]
free_megabytes = {free}
{bottom}
"""


_TERMINAL = """\
[[owners]]
name = "Anna"
[[owners.surfaces]]
connector = "console"
address = "owner"
[connectors.console]
type = "console"
"""


@dataclass
class Shop:
    """One folder with a configuration. Fields are what the tests change."""

    folder: Path
    port: int = field(default_factory=free_port)
    label: str = "email"
    undo: float = 0
    flood: int = 20
    terminal: bool = True
    store: str = ""
    free: int = 0
    way_out: str = 'maildir = "outgoing"'
    top: str = ""
    bottom: str = ""

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.write()

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def database(self) -> Path:
        return self.folder / "inbox-bridge.db"

    def write(self) -> None:
        """Write the configuration as the fields have it, at one stroke as an editor does."""
        top = f'{self.top}\n[store]\nurl = "{self.store}"\n' if self.store else self.top
        values = {"port": self.port, "label": self.label, "undo": self.undo, "free": self.free, "shop": SHOP}
        values["flood"] = self.flood
        values["terminal"] = _TERMINAL if self.terminal else ""
        values["way_out"] = self.way_out
        new = self.config.with_suffix(".new")
        new.write_text(_CONFIG.format(top=top, bottom=self.bottom, **values))
        new.chmod(0o600)
        new.rename(self.config)

    @contextmanager
    def running(self, **environ: str) -> Iterator[Running]:
        """The daemon, once it takes mail."""
        with start("run", "--config", str(self.config), cwd=self.folder, environ=environment(**environ)) as running:
            until_listening(self.port, running)
            yield running

    def send(self, text: str, *, sender: str = "carla@example.org", subject: str = "Tulips") -> int:
        """A customer's mail; the code of the answer to its data."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, SHOP, subject
        mail["Message-ID"] = f"<{abs(hash((text, sender)))}@example.org>"
        mail.set_content(text)
        return deliver(self.port, mail, sender)

    def answers(self) -> list[EmailMessage]:
        """The mails that went out."""
        files = sorted((self.folder / "outgoing" / "new").glob("*"))
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]

    def wait_for_answers(self, count: int, seconds: float = 20) -> list[EmailMessage]:
        """A Maildir announces nothing: look until so many are there."""
        end = time.monotonic() + seconds
        while len(self.answers()) < count and time.monotonic() < end:
            time.sleep(0.02)
        found = self.answers()
        assert len(found) >= count, f"{len(found)} answers, not {count}"
        return found

    def call(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command beside the daemon."""
        return call(command, "--config", str(self.config), *arguments, cwd=self.folder)

    def json(self, command: str, *arguments: str) -> Any:
        """What a command prints with --json."""
        done = self.call(command, "--json", *arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def deliver(port: int, mail: EmailMessage, sender: str) -> int:
    """Hand one mail over; the code of the answer to its data."""
    with smtplib.SMTP("127.0.0.1", port, timeout=30) as server:
        server.ehlo()
        server.mail(sender)
        server.rcpt(SHOP)
        code, _ = server.data(mail.as_bytes(policy=policy.SMTP))
        return code
