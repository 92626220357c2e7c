"""What `doctor` can find out about an email account, without disturbing a listener that runs."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import tempfile
from collections.abc import Sequence
from pathlib import Path

import aiosmtplib

from bridge.connector import DeliveryFailure, Finding, FindingLevel, PermanentFailure, one_line
from connectors.email.address import ascii_domain
from connectors.email.canary import canary_address
from connectors.email.compose import needs_smtputf8
from connectors.email.oauth import Tokens
from connectors.email.reception import IDENT
from connectors.email.settings import EmailSettings, Listen
from connectors.email.smtp_out import connect, try_envelope

_BANNER_SECONDS = 3.0


async def check_listen(settings: EmailSettings) -> Finding:
    """The address can be bound, or our own listener answers there."""
    listen = settings.listen
    assert listen is not None
    where = f"{listen.host}:{listen.port}"
    for file in (listen.cert, listen.key):
        if file is not None and not await asyncio.to_thread(file.is_file):
            return _failure(f"the listener's {file} is not there", "correct cert and key in [listen]")
    try:
        await asyncio.to_thread(_bind, listen)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return await _who_listens(listen)
        return _failure(f"{where} cannot be listened on: {error.strerror}", _todo(error))
    return Finding(level=FindingLevel.OK, what=f"mail can be received on {where}")


def _todo(error: OSError) -> str:
    if error.errno == errno.EACCES:
        return "take a port above 1023, or give the service CAP_NET_BIND_SERVICE"
    return "set host in [listen] to an address of this machine"


def _bind(listen: Listen) -> None:
    family, kind, number, _, place = socket.getaddrinfo(listen.host, listen.port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, number) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(place)


async def _who_listens(listen: Listen) -> Finding:
    banner = b""
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(_BANNER_SECONDS):
            reader, writer = await asyncio.open_connection(listen.host, listen.port)
            banner = await reader.read(512)
            writer.close()
    if IDENT.encode() in banner:
        return Finding(level=FindingLevel.OK, what=f"the bridge receives mail on {listen.host}:{listen.port}")
    said = one_line(banner.decode("utf-8", "replace"), 80) or "nothing"
    return _failure(
        f"another program listens on {listen.host}:{listen.port} (it says: {said})",
        "stop it, or set another port in [listen]",
    )


async def check_submission(settings: EmailSettings, tokens: Tokens | None = None) -> Sequence[Finding]:
    """The server can be reached, is trusted, takes our login, and takes mail from our address. Sends nothing."""
    server = settings.submission
    assert server is not None
    where = f"{server.host}:{server.port}"
    try:
        client = await connect(server, settings.hostname, tokens)
    except DeliveryFailure as failure:
        return [_failure(failure.reason, "correct [submission], or ask whoever runs that server")]
    with contextlib.closing(client):
        taken = [await _own_address_taken(client, ascii_domain(settings.address))]
        if settings.reply_to and taken[0].level is FindingLevel.OK:
            taken.append(await _answers_taken(client, settings))
    by_token = " (login by token)" if tokens else ""
    return [Finding(level=FindingLevel.OK, what=f"mail can be sent through {where}{by_token}"), *taken]


async def _own_address_taken(client: aiosmtplib.SMTP, own: str) -> Finding:
    try:
        await try_envelope(client, own, own, utf8=needs_smtputf8(own))
    except PermanentFailure as failure:
        todo = f"let that server allow the login to send as {own}, or correct address"
        return _failure(f"mail from and to {own}: {failure.reason}", todo)
    except DeliveryFailure as failure:
        what = f"mail from and to {own} is not taken at the moment: {failure.reason}"
        return Finding(level=FindingLevel.WARNING, what=what, todo="run doctor again in a few minutes")
    return Finding(level=FindingLevel.OK, what=f"mail from {own} is taken")


async def _answers_taken(client: aiosmtplib.SMTP, settings: EmailSettings) -> Finding:
    own, answers = ascii_domain(settings.address), canary_address(settings.address, settings.reply_to)
    try:
        await try_envelope(client, own, answers, utf8=needs_smtputf8(own))
    except PermanentFailure as failure:
        return _failure(
            f"mail to {answers}, an address as reply_to makes them, is refused: {failure.reason}",
            "let the mail server deliver all such addresses here (Postfix: recipient_delimiter = +), or use another "
            "reply_to",
        )
    except DeliveryFailure as failure:
        what = f"mail to {answers} is not taken at the moment: {failure.reason}"
        return Finding(level=FindingLevel.WARNING, what=what, todo="run doctor again in a few minutes")
    return Finding(
        level=FindingLevel.OK,
        what=f"mail to {answers}, as reply_to makes them, is taken; doctor --canary shows whether it arrives",
    )


def check_maildir(maildir: Path) -> Finding:
    """The folder, or the nearest one above it that exists, can be written. Blocks."""
    place = next(folder for folder in (maildir, *maildir.parents) if folder.exists())
    try:
        with tempfile.NamedTemporaryFile(dir=place, prefix=".check-"):
            pass
    except OSError as error:
        return _failure(
            f"the Maildir {maildir} cannot be written: {error.strerror}", f"make {place} writable for the service"
        )
    return Finding(level=FindingLevel.OK, what=f"mail is put into the Maildir {maildir}")


def _failure(what: str, todo: str) -> Finding:
    return Finding(level=FindingLevel.FAILURE, what=what, todo=todo)
