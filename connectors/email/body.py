"""The bytes between 354 and the lone dot (RFC 5321 section 4.1.1.4), collected without I/O.

aiosmtpd reads them line by line into one object a line: a mail of 25 MB of empty lines costs it two gigabytes, and
bytes without a line end are held without a limit. Here they go into one buffer, and what passes the limit is dropped.
"""

from __future__ import annotations

END = b"\r\n.\r\n"


def has_bare_line_end(content: bytes) -> bool:
    """Whether a CR or LF stands alone (RFC 5321 section 2.3.8): another server might see a mail's end there."""
    pairs = content.count(b"\r\n")
    return not pairs == content.count(b"\n") == content.count(b"\r")


class Body:
    """One mail's data as it comes in. `limit` is its longest size in bytes, `over` says that it was passed.

    `no_room` says that the mail was dropped for want of memory, which another time may be there.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        # The line end before the first line is DATA's own: with it an empty mail ends like any other.
        self._buffer = bytearray(b"\r\n")
        self.over = False
        self.no_room = False
        self.received = 0

    @property
    def held(self) -> int:
        """How many bytes are in memory."""
        return len(self._buffer)

    def feed(self, data: bytes) -> bytes | None:
        """Take what came in. None means that more has to come; otherwise the bytes that follow the end."""
        self.received += len(data)
        looked_at = max(0, len(self._buffer) - len(END) + 1)
        self._buffer += data
        end = self._buffer.find(END, looked_at)
        if end < 0:
            if len(self._buffer) > self._limit + len(END):
                self.drop()
            return None
        rest = bytes(self._buffer[end + len(END) :])
        del self._buffer[end + 2 :]
        self.over = self.over or len(self._buffer) - 2 > self._limit
        return rest

    def drop(self) -> None:
        """Forget what was taken, all but what is needed to see the end."""
        self.over = True
        del self._buffer[: 1 - len(END)]

    def content(self) -> bytes:
        """The mail, each line's doubled dot undone (section 4.5.2). Only after `feed` has found the end."""
        return bytes(self._buffer.replace(b"\r\n.", b"\r\n")[2:])
