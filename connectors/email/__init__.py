"""Email: an SMTP listener and mailboxes for what comes in, a submission server or a Maildir for what goes out.

Theory of operation. The listener (`smtp_in.py`, behind the caps of `gate.py`; a connection of it is `reception.py`)
stores a mail before it answers 250 (`intake.py`). Mailboxes are watched by `imap_mailbox.py`: what is due
(`imap_sweep.py`) is fetched (`imap_fetch.py`) over a guarded connection (`imap_session.py`, `imap_connection.py`).
`parse.py` and the pure modules that it uses (`mime.py`, `charsets.py`, `contents.py`, `visible.py`, `author.py`,
`automatic.py`, `bounce.py`) say what a mail means; they run in a worker process, which loads neither a network library
nor the settings: so this file imports nothing before its TYPE (`entry.py`) is asked for.
`reaching.py` has words for servers that cannot be reached, `owner_address.py` for owners' addresses that will not do.
`vouching.py` and what it uses find out whether a mail in an owner's name is that owner's.
`compose.py` turns an outbound into the same bytes each time, `signing.py` signs them; `smtp_out.py` (with
`refusals.py`, where a server takes a mail for some only) or `maildir.py` takes them away. `check.py`, `dns_check.py`
and `canary.py` are what `doctor` asks.
"""

from __future__ import annotations

from bridge.connector import ConnectorType

__all__ = ["TYPE"]

TYPE: ConnectorType


def __getattr__(name: str) -> ConnectorType:
    """TYPE, which the entry point names."""
    if name != "TYPE":
        raise AttributeError(name)
    from connectors.email import entry  # noqa: PLC0415 - a parsing worker must not load it

    return entry.TYPE
