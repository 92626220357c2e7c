"""What the listener takes, and the way of a finished mail into the store.

Mail is taken for our own recipients only: nothing is relayed, and no bounce is ever made. A mail is handed over in a
task of its own: a client that vanishes, or a timeout, cancels the conversation but never the storing. Such a mail is
stored without having been answered; the other side sends it again, and its native id, a hash of envelope and bytes,
shows that it is here already.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from aiosmtpd.smtp import SMTP, Envelope, Session

from bridge.connector import Busy, RawItem, Receive, StoreFull, Unavailable, one_line
from connectors.email.account_facts import account_facts
from connectors.email.address import NULL_SENDER
from connectors.email.body import Body, has_bare_line_end
from connectors.email.gate import peer_of
from connectors.email.login import MECHANISMS, GuestList
from connectors.email.recipients import Ours
from connectors.email.settings import EmailSettings, Listen

LOG = logging.getLogger(__name__)

# A sender whose queue holds a mail for its usual five days sends the same bytes again when our 250 got lost.
REPEATS_AFTER = timedelta(days=5)
# Above this size hashing and checking would hold up the loop for milliseconds.
_LARGE = 1024 * 1024

BARE = "5.6.0 bare CR or LF is not allowed, every line must end with CR LF (RFC 5321 section 2.3.8)"
STOPPING = "421 4.3.2 the service is stopping, try again later"


def native_id(mail_from: str, rcpt_tos: Sequence[str], content: bytes) -> str:
    """The identity of one SMTP transaction: a resend of the same bytes in the same envelope has the same one."""
    digest = hashlib.sha256("\n".join((mail_from, *sorted(rcpt_tos), "")).encode())
    digest.update(content)
    return "smtp:" + digest.hexdigest()


def _examine(body: Body, mail_from: str, rcpt_tos: Sequence[str]) -> tuple[bytes, str]:
    """The mail and its native id, which is empty for one that is to be refused."""
    content = body.content()
    return content, "" if has_bare_line_end(content) else native_id(mail_from, rcpt_tos, content)


class Intake:
    """What aiosmtpd asks about an envelope (it finds the hooks by their names), and the storing of a mail."""

    def __init__(self, settings: EmailSettings, listen: Listen, receive: Receive) -> None:
        self._facts = account_facts(settings)
        self._recipients = Ours.of(self._facts)
        self._max_recipients = listen.max_recipients
        self._receive = receive
        self.guests = GuestList(listen.users, listen.trusted_peers)
        self.storing: set[asyncio.Future[None]] = set()

    async def handle_HELO(self, server: SMTP, session: Session, _envelope: Envelope, hostname: str) -> str:  # noqa: N802
        """Take the client's name for itself."""
        session.host_name = one_line(hostname, 255)
        return f"250 {server.hostname}"

    async def handle_EHLO(  # noqa: N802
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """The same, and the extensions; AUTH where there is something to log in to, over TLS only."""
        session.host_name = one_line(hostname, 255)
        first, *others = [line for line in responses if not line.startswith("250-AUTH")]
        offered = [f"250-AUTH {MECHANISMS}"] if self.guests.has_users and session.ssl is not None else []
        return [first, *offered, *others]

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Any sender that can be written down, from a machine that may send."""
        assert server.transport is not None
        refusal = self.guests.refusal(peer_of(server.transport), logged_in=bool(session.authenticated))
        if refusal:
            return refusal
        if not address.isprintable():
            return "553 5.1.7 the sender's address holds characters that no address has"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Our own recipients, and no more of them than allowed."""
        if not self._recipients.takes(address):
            return "550 5.1.1 no such recipient here"
        if len(envelope.rcpt_tos) >= self._max_recipients:
            return "452 4.5.3 too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_exception(self, error: Exception) -> str:
        """A temporary failure. aiosmtpd would answer 500, and the sender's server would give the mail back."""
        LOG.error("smtp_session_failed", exc_info=error)
        return "451 4.3.0 something went wrong here, try again later"

    async def take(self, peer: str, session: Session, envelope: Envelope, body: Body) -> str:
        """Store a finished mail and say what to answer: 250 only once it is stored."""
        mail_from, rcpt_tos = envelope.mail_from or NULL_SENDER, list(envelope.rcpt_tos)
        if body.held > _LARGE:
            content, identity = await asyncio.to_thread(_examine, body, mail_from, rcpt_tos)
        else:
            content, identity = _examine(body, mail_from, rcpt_tos)
        if not identity:
            return f"554 {BARE}"
        facts = {
            **self._facts,
            "via": "smtp",
            "mail_from": mail_from,
            "rcpt_tos": rcpt_tos,
            "peer": peer,
            "helo": session.host_name or "",
            "tls": session.ssl is not None,
        }
        if session.authenticated:
            facts["login"] = one_line(str(session.login_data), 255)
        item = RawItem(
            native_id=identity,
            raw=content,
            lane=mail_from.lower(),
            facts=facts,
            received_at=datetime.now(UTC),
            repeats_after=REPEATS_AFTER,
        )
        return await self._store(item)

    async def _store(self, item: RawItem) -> str:
        task = asyncio.ensure_future(self._receive([item], None))
        self.storing.add(task)
        task.add_done_callback(self.storing.discard)
        try:
            await asyncio.shield(task)
        except StoreFull:
            return "452 4.3.1 no room to store the mail, try again later"
        except Busy:
            return STOPPING
        except Unavailable:
            return "451 4.3.0 the mail could not be stored, try again later"
        return "250 2.0.0 OK, stored"
