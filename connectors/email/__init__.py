"""Email: an SMTP listener and mailboxes for what comes in, a submission server or a Maildir for what goes out.

Theory of operation. The listener (`smtp_in.py`, behind the caps of `gate.py`; a connection of it is `reception.py`)
stores a mail before it answers 250 (`intake.py`). Mailboxes are watched by `imap_mailbox.py`: what is due
(`imap_sweep.py`) is fetched (`imap_fetch.py`) over a guarded connection (`imap_session.py`, `imap_connection.py`).
`parse.py` and the pure modules that it uses (`mime.py`, `charsets.py`, `contents.py`, `visible.py`, `author.py`,
`automatic.py`, `bounce.py`) say what a mail means; they run in a worker process that imports no network library, which
is why this file imports the connector itself only when one is made.
`reaching.py` has words for servers that cannot be reached, `owner_address.py` for owners' addresses that will not do.
`vouching.py` and what it uses find out whether a mail in an owner's name is that owner's.
`compose.py` turns an outbound into the same bytes each time, `signing.py` signs them; `smtp_out.py` (with
`refusals.py`, where a server takes a mail for some only) or `maildir.py` takes them away. `check.py`, `dns_check.py`
and `canary.py` are what `doctor` asks.
"""

from __future__ import annotations

from bridge.connector import Connector, ConnectorType
from connectors.email.explain import explain_mail
from connectors.email.owner_address import unfit_owner
from connectors.email.settings import EmailSettings

__all__ = ["TYPE", "create"]


def create(name: str, settings: EmailSettings) -> Connector:
    """The connector `name`, made without any I/O. Raises ImportError, saying what to install."""
    try:
        from connectors.email.connector import EmailConnector  # noqa: PLC0415 - a parsing worker must not load it
    except ModuleNotFoundError as error:
        raise ImportError(
            f"the email connector [{name}] needs the library {error.name}: pip install 'inbox-bridge[email]'"
        ) from error
    return EmailConnector(name, settings)


TYPE = ConnectorType(settings=EmailSettings, create=create, explain=explain_mail, unfit_owner=unfit_owner)
