"""The SMTP listener (RFC 5321).

Theory of operation. `Listener` runs aiosmtpd's protocol in the daemon's own loop. Each connection passes the `Gate`
and becomes a `Reception`: aiosmtpd speaks the commands and asks the `Intake` about them; the data we take ourselves
(`Body`), because aiosmtpd's way costs too much memory and time. On stopping, a connection whose mail is being stored
gets its 250 and then 421, every other one gets 421 at once.
"""

from __future__ import annotations

import asyncio
import logging
import ssl

from bridge.connector import Receive
from connectors.email.gate import Doorkeeper, Gate
from connectors.email.intake import Intake
from connectors.email.reception import Reception
from connectors.email.settings import EmailSettings, Listen

STOP_SECONDS = 5.0


def _tls_context(listen: Listen) -> ssl.SSLContext | None:
    if listen.cert is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(listen.cert, listen.key)
    return context


class Listener:
    """The listening socket and its connections. `port` is the bound one, 0 before `run` has bound it."""

    def __init__(self, settings: EmailSettings) -> None:
        assert settings.listen is not None
        self._settings = settings
        self._listen: Listen = settings.listen
        self.listening = asyncio.Event()
        self.port = 0

    async def run(self, receive: Receive) -> None:
        """Listen until cancelled; leave once every mail under way has been stored and answered.

        Raises OSError when the address cannot be bound or the certificate cannot be read.
        """
        # aiosmtpd logs commands, and at its most talkative whole mails.
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)
        listen = self._listen
        tls = await asyncio.to_thread(_tls_context, listen)
        intake = Intake(self._settings, listen, receive)
        gate = Gate(
            connections=listen.max_connections, per_address=listen.max_connections_per_address, memory=listen.memory
        )
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: Doorkeeper(gate, lambda: Reception(intake, gate, self._settings, tls)),
            listen.host,
            listen.port,
            backlog=512,
        )
        self.port = server.sockets[0].getsockname()[1]
        self.listening.set()
        try:
            await loop.create_future()
        finally:
            self.listening.clear()
            server.close()
            await self._stop(intake, gate)

    async def _stop(self, intake: Intake, gate: Gate) -> None:
        gate.close()
        if intake.storing:
            await asyncio.wait(intake.storing)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await gate.empty.wait()
        except TimeoutError:
            gate.abort()
