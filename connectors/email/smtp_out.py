"""The way out through a mail server (RFC 6409): one connection, one mail, one attempt.

What a failure means follows from when it happens. Before the data has begun nothing can have been delivered. After
it, a lost connection says nothing: the server may have taken the mail (RFC 5321 section 4.2.5). A refusal of the
connection or the login is not about this mail, so it is temporary: an owner can mend it and nothing is lost.

A mail to several may be taken for some and refused for others. That is known before its data are sent, and decided
there (`refusals.py`): either nobody gets it yet, or those get it who can and the caller is told who does not. So nobody
who has it gets it again.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass
from typing import NoReturn

import aiosmtplib

from bridge.connector import OutcomeUnknown, PermanentFailure, TemporaryFailure, one_line, reach
from connectors.email.oauth import TokenRefused, Tokens, TokenUnavailable
from connectors.email.reaching import speaks_no_tls, unreachable
from connectors.email.refusals import Refusal, settle
from connectors.email.settings import Submission

# Asked for a login, or not content with ours (RFC 4954 sections 4 and 6).
_LOGIN_CODES = frozenset({530, 534, 535, 538})
_GOODBYE_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """One mail. `sender` is the envelope's; an empty one means that no bounce is wanted.

    `fallback_sender` is used where the server refuses the empty one. `recipient` is whom it is for, `copies` are those
    who get it, too; `patient` says that a copy that is refused for now is worth waiting for. `utf8` asks for SMTPUTF8
    (RFC 6531).
    """

    sender: str
    fallback_sender: str
    recipient: str
    content: bytes
    copies: Sequence[str] = ()
    patient: bool = True
    utf8: bool = False


async def submit(
    server: Submission, letter: Letter, local_hostname: str, tokens: Tokens | None = None
) -> Sequence[Refusal]:
    """Hand the letter to the server; returns once the server has taken it, with the copies that it was not taken for.

    Raises the failures of `send`.
    """
    client = await connect(server, local_hostname, tokens)
    with contextlib.closing(client):
        reach("submit.connected")
        missed = await _envelope(client, letter)
        reach("submit.enveloped")
        await _data(client, letter.content)
        reach("submit.taken")
        # It is delivered: whatever goes wrong with the good-bye is nobody's concern.
        with contextlib.suppress(aiosmtplib.SMTPException, OSError):
            await client.quit(timeout=_GOODBYE_SECONDS)
    return missed


async def try_envelope(client: aiosmtplib.SMTP, sender: str, recipient: str, *, utf8: bool) -> None:
    """Whether a mail from and to these would be taken, without sending one. Raises the failures of `send`."""
    letter = Letter(sender=sender, fallback_sender=sender, recipient=recipient, content=b"", utf8=utf8)
    await _envelope(client, letter)
    await _say(client.rset())


async def connect(server: Submission, local_hostname: str, tokens: Tokens | None = None) -> aiosmtplib.SMTP:
    """A connection that is encrypted and logged in as configured. Raises TemporaryFailure, saying what to mend.

    With `tokens` the login is XOAUTH2.
    """
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.security == "tls",
        start_tls=server.security == "starttls",
        tls_context=await asyncio.to_thread(_trust, server),
        username=None if tokens else server.username or None,
        password=server.password or None,
        local_hostname=local_hostname,
        timeout=server.timeout,
    )
    try:
        async with _plain_words(f"the mail server {server.host}:{server.port}"):
            await client.connect()
            if client.is_ehlo_or_helo_needed:
                await client.ehlo()
            if tokens is not None:
                await _by_token(client, server.username, tokens)
    except BaseException:
        client.close()
        raise
    return client


async def _by_token(client: aiosmtplib.SMTP, username: str, tokens: Tokens) -> None:
    try:
        access = await tokens.access()
        try:
            await client.auth_xoauth2(username, access)
        except aiosmtplib.SMTPAuthenticationError as error:
            tokens.forget(access)
            if error.code == 421 or not client.is_connected:
                raise
            # It may have ended early: once more, with a new one.
            await client.auth_xoauth2(username, await tokens.access())
    except aiosmtplib.SMTPAuthenticationError as error:
        raise TemporaryFailure(
            f"the mail server refused the login by token ({_words(error)}); check username, client_id, scope and "
            "refresh_token in [submission.oauth], and that the account may send by SMTP"
        ) from error
    except TokenRefused as refused:
        raise TemporaryFailure(f"{refused}, in [submission.oauth]") from refused
    except TokenUnavailable as unavailable:
        raise TemporaryFailure(str(unavailable)) from unavailable


@contextlib.asynccontextmanager
async def _plain_words(where: str) -> AsyncIterator[None]:
    """What goes wrong while a connection is made, as a TemporaryFailure that says what to mend."""
    try:
        yield
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
        if speaks_no_tls(error):
            raise TemporaryFailure(
                f'{where} speaks no TLS that we know; security = "tls" is for port 465, "starttls" for 587'
            ) from error
        raise TemporaryFailure(f"{where} cannot be reached: {unreachable(error)}") from error
    except aiosmtplib.SMTPException as error:
        raise TemporaryFailure(f"{where} does not offer what [submission] asks for: {_words(error)}") from error


def _trust(server: Submission) -> ssl.SSLContext | None:
    if server.security == "none":
        return None
    try:
        return ssl.create_default_context(cafile=server.ca_file)
    except OSError as error:
        raise TemporaryFailure(f"ca_file {server.ca_file} cannot be used: {error.strerror or error}") from error


async def _envelope(client: aiosmtplib.SMTP, letter: Letter) -> Sequence[Refusal]:
    """MAIL and RCPT, once more under our own address where an empty sender is refused for good; the copies missed."""
    try:
        return await _mail_and_rcpt(client, letter, letter.sender)
    except PermanentFailure:
        if letter.sender:
            raise
        await _say(client.rset())
        return await _mail_and_rcpt(client, letter, letter.fallback_sender)


async def _mail_and_rcpt(client: aiosmtplib.SMTP, letter: Letter, sender: str) -> Sequence[Refusal]:
    options, encoding = [], "ascii"
    if letter.utf8:
        if not client.supports_extension("smtputf8"):
            raise PermanentFailure("the mail server cannot send to addresses with other than plain letters (SMTPUTF8)")
        options, encoding = ["SMTPUTF8"], "utf-8"
    await _say(client.mail(sender, options=options, encoding=encoding))
    everybody = (letter.recipient, *letter.copies)
    refused = [refusal for one in everybody if (refusal := await _rcpt(client, one, encoding))]
    return settle(letter.recipient, refused, patient=letter.patient)


async def _rcpt(client: aiosmtplib.SMTP, recipient: str, encoding: str) -> Refusal | None:
    """Name one recipient. Raises only what concerns them all: the login, or a connection that ends (421)."""
    try:
        await client.rcpt(recipient, encoding=encoding)
    except aiosmtplib.SMTPRecipientRefused as error:
        if error.code == 421 or error.code in _LOGIN_CODES:
            _refused(error)
        return Refusal(recipient=recipient, code=error.code, words=_words(error))
    except (aiosmtplib.SMTPException, OSError) as error:
        raise _broken(error) from error
    return None


async def _say(command: Awaitable[object]) -> None:
    """Await a command that comes before the data: what goes wrong here has delivered nothing."""
    try:
        await command
    except aiosmtplib.SMTPResponseException as error:
        _refused(error)
    except (aiosmtplib.SMTPException, OSError) as error:
        raise _broken(error) from error


def _broken(error: Exception) -> TemporaryFailure:
    return TemporaryFailure(f"the connection to the mail server broke: {_words(error)}")


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
