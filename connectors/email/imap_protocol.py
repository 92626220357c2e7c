"""aioimaplib's protocol, with what it lacks.

- It handles each line of one read inside the call for the line before: a thousand short lines, as when somebody marks
  a whole folder as read, end in a RecursionError. So it is fed a few lines at a time.
- What the server pushes between two commands is thrown away. So whatever says that the folder changed sets `news`.
- A greeting that is a refusal leaves whoever waits for it waiting. So it ends the connection, and `refusal` says why.
- After each line of a FETCH it reads all lines of that FETCH anew, to find out whether a mail is complete: 64 ms for
  250 mails. `Fetch` counts.
- A login by AUTHENTICATE does not answer the server's challenges. `Login` does.
- It logs all that is read and sent, texts and secrets too. So its logger is switched off.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Sequence

from aioimaplib import aioimaplib

from bridge.connector import one_line

logging.getLogger("aioimaplib.aioimaplib").setLevel(logging.CRITICAL + 1)

_BY_UID = frozenset({"SEARCH", "FETCH", "STORE", "MOVE"})
_FEW_LINES = re.compile(rb"(?:[^\n]*\n){1,100}|[^\n]+")
# A search of ten million mails.
_LONGEST_LINE = 100 * 1024 * 1024
_CHANGE = re.compile(rb"\* \d+ (?:EXISTS|EXPUNGE)", re.IGNORECASE)


class Protocol(aioimaplib.IMAP4ClientProtocol):  # type: ignore[misc]  # it publishes no types
    """One connection. `lost` is called once it is gone, `news` is set when the folder changed.

    `heard` counts what was read; `refusal` says what the server did wrong, as the end of a sentence about it.
    """

    def __init__(self, lost: Callable[[Exception | None], None]) -> None:
        super().__init__(asyncio.get_running_loop(), lost)
        self.news = asyncio.Event()
        self.heard = 0
        self.refusal = ""

    def data_received(self, d: bytes) -> None:
        """A few lines at a time."""
        self.heard += 1
        try:
            for piece in _FEW_LINES.findall(d):
                super().data_received(piece)
        except Exception as error:  # noqa: BLE001 - whatever it is: a server that is not understood is as good as gone
            self._give_up(f"said what cannot be understood ({type(error).__name__})")
        if len(self.incomplete_line) > _LONGEST_LINE:
            self._give_up("sent a line without an end")

    def _give_up(self, why: str) -> None:
        self.refusal = self.refusal or why
        self.transport.abort()

    def _untagged_response(self, line: bytes) -> aioimaplib.Command:
        if _CHANGE.match(line):
            self.news.set()
        return super()._untagged_response(line)

    async def welcome(self, command: bytes) -> None:
        """The server's first line."""
        try:
            await super().welcome(command)
        except (aioimaplib.AioImapException, IndexError, UnicodeDecodeError):
            said = one_line(command.decode("utf-8", "replace").removeprefix("* "), 200)
            self._give_up(f"refused the connection: {said}")

    def enter(self, state: str) -> None:
        """Take note of a state that a command of ours has led to."""
        self.state = state

    def command(self, name: str, *arguments: str, untagged: str = "") -> aioimaplib.Command:
        """A command that is not sent yet. `untagged` is what its untagged responses are called, if not so."""
        prefix = "UID" if name in _BY_UID else ""
        if name == "FETCH":
            return Fetch(self.new_tag(), *arguments, prefix=prefix, loop=self.loop)
        return aioimaplib.Command(
            name, self.new_tag(), *arguments, prefix=prefix, untagged_resp_name=untagged or name, loop=self.loop
        )


class Fetch(aioimaplib.FetchCommand):  # type: ignore[misc]  # as above
    """A FETCH whose mails are complete where their brackets are closed, outside of literals."""

    _depth = 0

    def append_to_resp(self, line: bytes | bytearray, result: str = "Pending") -> None:
        """Count brackets; a new mail begins at none."""
        if isinstance(line, bytes) and result == "Pending":
            if self.FETCH_MESSAGE_DATA_RE.match(line):
                self._depth = 0
            self._depth += line.count(b"(") - line.count(b")")
        super().append_to_resp(line, result)

    def wait_data(self) -> bool:
        """Whether the last mail has more lines to come."""
        return self._depth != 0


class Login(aioimaplib.Command):  # type: ignore[misc]  # as above
    """AUTHENTICATE (RFC 3501 section 6.2.2): says what it has to say, then nothing, to whatever the server asks.

    XOAUTH2 tells why it refuses in a challenge that wants an empty answer; only then comes its NO.
    """

    def __init__(self, protocol: Protocol, mechanism: str, answer: str, *, at_once: bool) -> None:
        arguments = (mechanism, answer) if at_once else (mechanism,)
        super().__init__("AUTHENTICATE", protocol.new_tag(), *arguments, loop=protocol.loop)
        self._protocol = protocol
        self._answers: list[str] = [] if at_once else [answer]

    def append_to_resp(self, line: bytes, result: str = "Pending") -> None:
        """Answer a challenge; anything else is kept."""
        if result == "Pending" and line.startswith(b"+"):
            self._protocol.send(self._answers.pop(0) if self._answers else "")
        else:
            super().append_to_resp(line, result)


def idle(protocol: Protocol) -> aioimaplib.IdleCommand:
    """IDLE (RFC 2177). What the server pushes sets `news`; aioimaplib's own list of it is nobody's."""
    return aioimaplib.IdleCommand(protocol.new_tag(), asyncio.Queue(), loop=protocol.loop)


def lines_of(response: aioimaplib.Response) -> Sequence[bytes | bytearray]:
    """A response's lines and literals."""
    lines: Sequence[bytes | bytearray] = response.lines
    return lines
