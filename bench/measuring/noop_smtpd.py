"""The yardstick: aiosmtpd with a handler that says 250 and does nothing."""

from __future__ import annotations

import asyncio
import sys

import uvloop
from aiosmtpd.smtp import SMTP, Envelope, Session


class Noop:
    """Takes everything, keeps nothing."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802
        """Say that it was stored, which it was not."""
        return "250 OK"


async def main(port: int) -> None:
    """Listen for ever."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Noop(), hostname="noop", loop=loop), "127.0.0.1", port)
    await server.serve_forever()


uvloop.run(main(int(sys.argv[1])))
