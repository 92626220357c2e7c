"""One email account, put together: a listener and mailboxes for what comes in, one way out for what goes out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from bridge.connector import (
    Finding,
    Message,
    Outbound,
    Parse,
    PermanentFailure,
    RawItem,
    Receipt,
    Receive,
    Surface,
    TemporaryFailure,
    Traits,
    Vouched,
)
from connectors.email.address import ascii_domain, pattern_but
from connectors.email.canary import canary_address, canary_mail
from connectors.email.check import check_listen, check_maildir, check_submission
from connectors.email.compose import compose, message_id, needs_smtputf8
from connectors.email.envelope import copies_of, envelope_sender
from connectors.email.imap import Mailboxes
from connectors.email.imap_check import check_mailbox
from connectors.email.maildir import deliver
from connectors.email.oauth import Tokens
from connectors.email.parse import parse_mail
from connectors.email.refusals import told
from connectors.email.sender import Sender
from connectors.email.settings import EmailSettings, Submission
from connectors.email.smtp_in import Listener
from connectors.email.smtp_out import Letter, submit

if TYPE_CHECKING:
    from connectors.email.resolver import Resolver
    from connectors.email.vouching import Voucher

# Anybody can write an owner's address into a mail, and each mail is a noise on a phone.
_SURFACE = Surface(tokens=True, quiet=True)


def _traits(settings: EmailSettings) -> Traits:
    return Traits(
        parse_in_worker=True,
        # Two daemons at one mailbox would each take all of its mail.
        session=bool(settings.imap),
        # The same Message-ID again: receivers know it.
        resend_unknown=True,
        address_pattern=pattern_but(settings.own),
        raw_name="message.eml",
        # As long as mail servers keep trying (RFC 5321 section 4.5.4.1).
        give_up_after=timedelta(days=5),
        quotes=settings.quote_original,
        tokens=bool(settings.reply_to),
    )


# A copy that is refused for now (greylisting) is waited for so long; then those get the mail who can.
_COPIES_WAIT = timedelta(hours=1)


def _tokens(server: Submission | None) -> Tokens | None:
    return Tokens(server.oauth, server.username, server.timeout) if server and server.oauth else None


class EmailConnector:
    """One email account. Sending needs no running listener, and the listener no way out."""

    def __init__(self, name: str, settings: EmailSettings, resolver: Resolver | None = None) -> None:
        self.name = name
        self._settings = settings
        self._traits = _traits(settings)
        self._sender = Sender(
            address=settings.address,
            name=settings.from_name,
            reply_to=settings.reply_to,
            signature=settings.signature,
            language=settings.language,
            html=settings.html,
        )
        self.listener = Listener(settings) if settings.listen else None
        self.mailboxes = Mailboxes(settings)
        check = settings.owner_check
        self._tokens = _tokens(settings.submission)
        self._given_resolver = resolver
        self._owner_check = check

    @property
    def traits(self) -> Traits:
        """See the contract."""
        return self._traits

    @property
    def surface(self) -> Surface:
        """See the contract."""
        return _SURFACE

    @property
    def parse(self) -> Parse:
        """See the contract."""
        return parse_mail

    @property
    def trouble(self) -> str:
        """See the ability `Partial`."""
        return self.mailboxes.trouble

    async def run(self, receive: Receive, position: Mapping[str, str]) -> None:
        """Listen and watch mailboxes, as the settings say, until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                if self.listener is not None:
                    group.create_task(self.listener.run(receive), name=f"{self.name} listener")
                for mailbox in self.mailboxes.all:
                    group.create_task(mailbox.run(receive, position), name=f"{self.name} {mailbox.name}")
                # Nothing of it ends by itself, and where there is nothing, there is nothing to do.
                await asyncio.get_running_loop().create_future()
        except BaseExceptionGroup as several:
            # Whoever reads it wants to know what is wrong, not how many tasks there were.
            raise several.exceptions[0] from several

    async def ready(self) -> None:
        """See the ability Ready: the listener's port is bound."""
        if self.listener is not None:
            await self.listener.listening.wait()

    async def send(self, outbound: Outbound) -> Receipt:
        """Send one mail; its receipt names the Message-ID that answers and bounces will refer to."""
        try:
            content = compose(outbound, self._sender)
        except ValueError as error:
            raise PermanentFailure(f"no mail can be made of this: {error}") from error
        missed = ""
        if self._settings.submission is not None:
            missed = await self._submit(outbound, content)
        elif self._settings.maildir is not None:
            await self._deliver(outbound, content)
        return Receipt(native_ids=(message_id(outbound.id, self._settings.address),), missed=missed)

    async def _submit(self, outbound: Outbound, content: bytes) -> str:
        """Whom of several it did not reach, in words; empty where it reached all."""
        own, recipient = ascii_domain(self._settings.address), ascii_domain(outbound.address)
        copies = copies_of(outbound)
        letter = Letter(
            sender=envelope_sender(outbound, own),
            fallback_sender=own,
            recipient=recipient,
            copies=copies,
            patient=datetime.now(UTC) - outbound.created_at < _COPIES_WAIT,
            content=await self._signed(content),
            utf8=needs_smtputf8(own, recipient, *copies),
        )
        assert self._settings.submission is not None
        return told(await submit(self._settings.submission, letter, self._settings.hostname, self._tokens))

    async def _signed(self, content: bytes) -> bytes:
        if self._settings.dkim is None:
            return content
        from connectors.email.dkim_key import KeyUnusable  # noqa: PLC0415 - see below
        from connectors.email.signing import signed  # noqa: PLC0415 - see below

        try:
            return await asyncio.to_thread(signed, content, self._settings.dkim, self._settings.address)
        except KeyUnusable as error:
            raise TemporaryFailure(f"{error}; nothing leaves unsigned") from error

    async def _deliver(self, outbound: Outbound, content: bytes) -> None:
        assert self._settings.maildir is not None
        try:
            await asyncio.to_thread(deliver, self._settings.maildir, outbound.id, content)
        except OSError as error:
            raise TemporaryFailure(
                f"the Maildir {self._settings.maildir} cannot be written: {error.strerror}"
            ) from error

    async def vouch(self, item: RawItem, message: Message) -> Vouched:
        """Whether a mail in an owner's name is that owner's. Raises TemporaryFailure."""
        return await self._voucher.vouch(item, message)

    # Libraries of DNS, DKIM and SPF are 12 MB, which an account without an owner, or without a key, does without.

    @cached_property
    def _resolver(self) -> Resolver:
        from connectors.email.resolver import SystemResolver  # noqa: PLC0415 - see above

        return self._given_resolver or SystemResolver(self._owner_check.dns_servers)

    @cached_property
    def _voucher(self) -> Voucher:
        from connectors.email.vouching import Voucher  # noqa: PLC0415 - see above

        return Voucher(self._owner_check, self._settings.reply_to, self._resolver)

    async def canary(self, token: str) -> str:
        """Send a mail to ourselves, the way that answers take."""
        if self._settings.submission is None:
            raise PermanentFailure("answers are put into a folder here and do not leave; a canary needs [submission]")
        own = ascii_domain(self._settings.address)
        to = canary_address(self._settings.address, self._settings.reply_to)
        mail = canary_mail(token, self._settings.address, datetime.now(UTC), self._settings.reply_to)
        content = await self._signed(mail)
        letter = Letter(sender=own, fallback_sender=own, recipient=to, content=content, utf8=needs_smtputf8(own))
        await submit(self._settings.submission, letter, self._settings.hostname, self._tokens)
        return to

    async def check(self) -> Sequence[Finding]:
        """Whether mail can come in and go out, and what DNS says of our mail."""
        findings = []
        if self._settings.listen is not None:
            findings.append(await check_listen(self._settings))
        for found in await asyncio.gather(*(check_mailbox(account) for account in self.mailboxes.accounts)):
            findings += found
        if self._settings.submission is not None:
            findings += await check_submission(self._settings, self._tokens)
            from connectors.email.dns_check import check_dns  # noqa: PLC0415 - see above

            findings += await check_dns(self._settings, self._resolver)
        if self._settings.maildir is not None:
            findings.append(await asyncio.to_thread(check_maildir, self._settings.maildir))
        return findings
