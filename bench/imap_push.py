"""From a mail's delivery into a mailbox to the owner's screen, by IDLE, beside what the mail server's own notice takes.

Dovecot waits up to half a second before it tells anybody of a new mail. A bare client that sits in IDLE on the same
folder hears that notice; what is measured between it and the owner's screen is ours.
"""

from __future__ import annotations

import base64
import json
import socket
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from measuring.bridge import Bridge
from measuring.results import keep, quantile
from servers import dovecot

MAILS = 40
PAUSE_SECONDS = 0.7

IMAP = """
[[connectors.mail.imap]]
host = "127.0.0.1"
port = {port}
security = "none"
username = "{user}"
password = {password}
"""


class Idler:
    """A bare client in IDLE (RFC 2177)."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), 10)
        self._file = self._socket.makefile("rb")
        self._file.readline()
        login = base64.b64encode(f"\0{dovecot.USER}\0{dovecot.PASSWORD}".encode())
        self._say(b"a authenticate PLAIN " + login, b"a OK")
        self._say(b"b select INBOX", b"b OK")
        self._say(b"c idle", b"+")

    def _say(self, command: bytes, until: bytes) -> None:
        self._socket.sendall(command + b"\r\n")
        while not self._file.readline().startswith(until):
            pass

    def notice(self) -> float:
        """The moment of the next notice of a new mail."""
        while b" EXISTS" not in self._file.readline():
            pass
        return time.monotonic()

    def close(self) -> None:
        """Leave."""
        self._file.close()
        self._socket.close()


def main(count: int = MAILS) -> None:
    """Measure and print."""
    server = dovecot.start()
    idler = Idler(server.imap)
    noticed, shown = [], []
    try:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            bridge = Bridge(Path(folder))
            mailbox = IMAP.format(port=server.imap, user=dovecot.USER, password=json.dumps(dovecot.PASSWORD))
            with bridge.config.open("a", encoding="utf-8") as config:
                config.write(mailbox)
            bridge.start()
            # The first one waits for the first sweep, and the worker for its start: it is not counted.
            for number in range(count + 1):
                server.deliver(f"From: a{number}@example.org\r\nSubject: n\r\n\r\nnumber {number}.\r\n".encode())
                began = time.monotonic()
                heard = idler.notice()
                (moment, _), *_ = bridge.wait_for(1, f"number {number}.", 30)
                if number:
                    noticed.append(heard - began)
                    shown.append(moment - began)
                time.sleep(PAUSE_SECONDS)
            bridge.stop()
    finally:
        idler.close()
        server.stop()
    keep(
        "imap_push",
        mails=count,
        notice_p50_ms=round(quantile(noticed, 0.5) * 1000, 1),
        shown_p50_ms=round(quantile(shown, 0.5) * 1000, 1),
        shown_p99_ms=round(quantile(shown, 0.99) * 1000, 1),
        ours_p50_ms=round(quantile([a - b for a, b in zip(shown, noticed, strict=True)], 0.5) * 1000, 1),
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
