"""Delivers mails as fast as the other side takes them, over several connections. Run as a process of its own."""

from __future__ import annotations

import asyncio
import sys
import time

LINE = b"Do you have red tulips, and what would a bunch of them cost me?\r\n"


def mail(number: str, size: int = 2000) -> bytes:
    """A mail of about `size` bytes, dot included; no two are the same."""
    head = (
        f"From: Anna {number} <anna{number}@example.org>\r\nTo: shop@example.org\r\nSubject: tulips {number}\r\n"
        f"Message-ID: <{number}@load.example.org>\r\nDate: Mon, 02 Nov 2026 09:00:00 +0000\r\n\r\nnumber {number}\r\n"
    ).encode()
    return head + LINE * max(0, (size - len(head)) // len(LINE)) + b".\r\n"


async def _reply(reader: asyncio.StreamReader) -> bytes:
    while True:
        line = await reader.readline()
        if line[3:4] != b"-":
            return line


async def deliver(port: int, numbers: list[str]) -> None:
    """One connection, one mail after the other, each acknowledged."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await _reply(reader)
    writer.write(b"EHLO load.example.org\r\n")
    await _reply(reader)
    for number in numbers:
        answer = b""
        sender = f"MAIL FROM:<anna{number}@example.org>\r\n".encode()
        for command in (sender, b"RCPT TO:<shop@example.org>\r\n", b"DATA\r\n", mail(number)):
            writer.write(command)
            answer = await _reply(reader)
        if not answer.startswith(b"250"):
            raise RuntimeError(f"not accepted: {answer!r}")
    writer.write(b"QUIT\r\n")
    writer.close()


async def load(port: int, count: int, connections: int, name: str) -> float:
    """Mails a second."""
    each = [[f"{name}-{client}-{number}" for number in range(count // connections)] for client in range(connections)]
    began = time.monotonic()
    await asyncio.gather(*(deliver(port, numbers) for numbers in each))
    return sum(map(len, each)) / (time.monotonic() - began)


if __name__ == "__main__":
    _, given_port, given_count, given_connections, given_name = sys.argv
    print(asyncio.run(load(int(given_port), int(given_count), int(given_connections), given_name)))
