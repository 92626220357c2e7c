"""The way out through a mail server (RFC 6409): one connection, one mail, one attempt.

What a failure means follows from when it happens. Before the data has begun nothing can have been delivered. After
it, a lost connection says nothing: the server may have taken the mail (RFC 5321 section 4.2.5). A refusal of the
connection or the login is not about this mail, so it is temporary: an owner can mend it and nothing is lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import NoReturn

import aiosmtplib

from bridge.connector import OutcomeUnknown, PermanentFailure, TemporaryFailure, one_line, reach
from connectors.email.settings import Submission

# Asked for a login, or not content with ours (RFC 4954 sections 4 and 6).
_LOGIN_CODES = frozenset({530, 534, 535, 538})
_GOODBYE_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """One mail to one address. `sender` is the envelope's; an empty one means that no bounce is wanted.

    `fallback_sender` is used where the server refuses the empty one. `utf8` asks for SMTPUTF8 (RFC 6531).
    """

    sender: str
    fallback_sender: str
    recipient: str
    content: bytes
    utf8: bool = False


async def submit(server: Submission, letter: Letter, local_hostname: str) -> None:
    """Hand the letter to the server; returns once the server has taken it. Raises the failures of `send`."""
    client = await connect(server, local_hostname)
    with contextlib.closing(client):
        reach("submit.connected")
        await _envelope(client, letter)
        reach("submit.enveloped")
        await _data(client, letter.content)
        reach("submit.taken")
        # It is delivered: whatever goes wrong with the good-bye is nobody's concern.
        with contextlib.suppress(aiosmtplib.SMTPException, OSError):
            await client.quit(timeout=_GOODBYE_SECONDS)


async def connect(server: Submission, local_hostname: str) -> aiosmtplib.SMTP:
    """A connection that is encrypted and logged in as configured. Raises TemporaryFailure, saying what to mend."""
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.security == "tls",
        start_tls=server.security == "starttls",
        tls_context=await asyncio.to_thread(_trust, server),
        username=server.username or None,
        password=server.password or None,
        local_hostname=local_hostname,
        timeout=server.timeout,
    )
    try:
        await _greet(client, f"the mail server {server.host}:{server.port}")
    except BaseException:
        client.close()
        raise
    return client


async def _greet(client: aiosmtplib.SMTP, where: str) -> None:
    try:
        await client.connect()
        if client.is_ehlo_or_helo_needed:
            await client.ehlo()
    except aiosmtplib.SMTPAuthenticationError as error:
        raise TemporaryFailure(
            f"{where} refused the login ({_words(error)}); check username and password in [submission]"
        ) from error
    except aiosmtplib.SMTPResponseException as error:
        raise TemporaryFailure(f"{where} refused the connection: {_words(error)}") from error
    except ssl.SSLCertVerificationError as error:
        raise TemporaryFailure(
            f"the certificate of {where} is not trusted ({error.verify_message}); check host, or set ca_file"
        ) from error
    except OSError as error:
        raise TemporaryFailure(f"{where} cannot be reached: {_words(error)}") from error
    except aiosmtplib.SMTPException as error:
        raise TemporaryFailure(f"{where} does not offer what [submission] asks for: {_words(error)}") from error


def _trust(server: Submission) -> ssl.SSLContext | None:
    if server.security == "none":
        return None
    try:
        return ssl.create_default_context(cafile=server.ca_file)
    except OSError as error:
        raise TemporaryFailure(f"ca_file {server.ca_file} cannot be used: {error.strerror or error}") from error


async def _envelope(client: aiosmtplib.SMTP, letter: Letter) -> None:
    """MAIL and RCPT, once more under our own address where an empty sender is refused for good."""
    try:
        await _mail_and_rcpt(client, letter, letter.sender)
    except PermanentFailure:
        if letter.sender:
            raise
        await _say(client.rset())
        await _mail_and_rcpt(client, letter, letter.fallback_sender)


async def _mail_and_rcpt(client: aiosmtplib.SMTP, letter: Letter, sender: str) -> None:
    options, encoding = [], "ascii"
    if letter.utf8:
        if not client.supports_extension("smtputf8"):
            raise PermanentFailure("the mail server cannot send to addresses with other than plain letters (SMTPUTF8)")
        options, encoding = ["SMTPUTF8"], "utf-8"
    await _say(client.mail(sender, options=options, encoding=encoding))
    await _say(client.rcpt(letter.recipient, encoding=encoding))


async def _say(command: Awaitable[object]) -> None:
    """Await a command that comes before the data: what goes wrong here has delivered nothing."""
    try:
        await command
    except aiosmtplib.SMTPResponseException as error:
        _refused(error)
    except (aiosmtplib.SMTPException, OSError) as error:
        raise TemporaryFailure(f"the connection to the mail server broke: {_words(error)}") from error


async def _data(client: aiosmtplib.SMTP, content: bytes) -> None:
    try:
        await client.data(content)
    except aiosmtplib.SMTPResponseException as error:
        _refused(error)
    except (aiosmtplib.SMTPException, OSError) as error:
        raise OutcomeUnknown(
            f"the connection to the mail server broke while it took the mail: {_words(error)}"
        ) from error


def _refused(error: aiosmtplib.SMTPResponseException) -> NoReturn:
    if error.code in _LOGIN_CODES:
        raise TemporaryFailure(
            f"the mail server wants another login ({_words(error)}); check username and password in [submission]"
        ) from error
    if 500 <= error.code < 600:
        raise PermanentFailure(f"the mail server refused it: {_words(error)}") from error
    raise TemporaryFailure(f"the mail server refused it for now: {_words(error)}") from error


def _words(error: Exception) -> str:
    """The server's own words, or the name of what went wrong where it has none."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return one_line(f"{error.code} {error.message}", 200)
    return one_line(str(error), 200) or type(error).__name__
