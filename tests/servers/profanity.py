"""Programs that strangers use: profanity for owners, in a terminal of its own (tmux), and go-sendxmpp for customers.

with Profanity(folder, jid, port) as program:
    program.type("/win shop@shop.test")
    program.until("Do you have tulips?")      what stands on the screen
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

DEBIAN_PACKAGES = "profanity tmux go-sendxmpp swaks"

_PREFERENCES = """\
[connection]
account=me
[ui]
splash=false
roster=false
resource.message=false
wrap=true
"""

_ACCOUNT = """\
[me]
enabled=true
jid={jid}
server=127.0.0.1
port={port}
password=secret
tls.policy=trust
resource=desk
"""


def missing() -> bool:
    """Whether one of the programs is not there."""
    return any(shutil.which(name) is None for name in DEBIAN_PACKAGES.split())


class Profanity:
    """profanity, signed in while the `with` lasts."""

    def __init__(self, folder: Path, jid: str, port: int) -> None:
        self._socket = folder / "tmux"
        config, data = folder / "config", folder / "data"
        for place, text in ((config / "profanity/profrc", _PREFERENCES),
                            (data / "profanity/accounts", _ACCOUNT.format(jid=jid, port=port))):  # fmt: skip
            place.parent.mkdir(parents=True)
            place.write_text(text)
        self._environment = {
            **os.environ,
            "XDG_CONFIG_HOME": str(config),
            "XDG_DATA_HOME": str(data),
            "TERM": "screen",
            "LANG": "C.UTF-8",
        }

    def __enter__(self) -> Self:
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", "180", "-y", "50", "profanity")
        self.until("logged in successfully")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tmux("kill-server")

    def type(self, line: str) -> None:
        """Type a line, and Enter."""
        self._tmux("send-keys", "-l", "--", line)
        self._tmux("send-keys", "Enter")

    @property
    def screen(self) -> str:
        """What stands on the screen."""
        return self._tmux("capture-pane", "-p")

    def until(self, text: str, seconds: float = 20) -> str:
        """The text, once it stands on the screen."""
        return self.find(re.escape(text), seconds)

    def find(self, pattern: str, seconds: float = 20) -> str:
        """What matches, once it stands on the screen. A screen tells nobody: it is looked at again and again."""
        end = time.monotonic() + seconds
        while (found := re.search(pattern, screen := self.screen)) is None:
            assert time.monotonic() < end, f"no {pattern!r} in:\n{screen}"
            time.sleep(0.05)
        return found[0]

    def _tmux(self, *arguments: str) -> str:
        command = ["tmux", "-S", str(self._socket), *arguments]
        return subprocess.run(
            command, env=self._environment, capture_output=True, text=True, check=True, timeout=20
        ).stdout


class GoSendxmpp:
    """go-sendxmpp, for one account."""

    def __init__(self, jid: str, port: int, authority: Path) -> None:
        self._command = ["go-sendxmpp", "-u", jid, "-p", "secret", "-j", f"127.0.0.1:{port}"]
        self._environment = {**os.environ, "SSL_CERT_FILE": str(authority)}

    def say(self, to: str, text: str) -> None:
        """Sign in, send it, leave."""
        subprocess.run(
            [*self._command, to],
            input=text,
            text=True,
            env=self._environment,
            check=True,
            capture_output=True,
            timeout=20,
        )

    @contextmanager
    def listening(self) -> Iterator[subprocess.Popen[str]]:
        """Signed in, and printing what comes."""
        # It prints by buffers, unless it believes to be in a terminal; lines it flushes by itself.
        with subprocess.Popen(
            [*self._command, "-l"], env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            try:
                yield process
            finally:
                process.kill()
