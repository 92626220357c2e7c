"""The mailboxes of one email account: mail is fetched from them by IMAP (RFC 3501).

Each folder of each `[[imap]]` table is a `Mailbox` with a connection of its own: IDLE watches one folder at a time.
"""

from __future__ import annotations

from connectors.email.account_facts import account_facts
from connectors.email.imap_login import Account
from connectors.email.imap_mailbox import Mailbox
from connectors.email.settings import EmailSettings


class Mailboxes:
    """All of them; made without any I/O."""

    def __init__(self, settings: EmailSettings) -> None:
        self.accounts = [Account(one) for one in settings.imap]
        facts = account_facts(settings)
        self.all = [Mailbox(account, folder, facts) for account in self.accounts for folder in account.settings.folders]

    @property
    def trouble(self) -> str:
        """What is wrong with some of them, in plain words; empty while all is well."""
        wrong = [(mailbox.name, mailbox.trouble) for mailbox in self.all if mailbox.trouble]
        return "; ".join(f"{name}: {trouble}" for name, trouble in wrong)
