"""Whether an owner can read and answer by mail at an address. Pure."""

from __future__ import annotations

from connectors.email.address import is_address
from connectors.email.settings import EmailSettings


def unfit_owner(settings: EmailSettings, address: str) -> str:
    """Why not, and what to do; empty where they can."""
    if not is_address(address):
        return "this is not an email address; write it plain, like anna@example.com"
    if not settings.reply_to:
        name, _, domain = settings.address.rpartition("@")
        return (
            "an owner can answer by mail only where each conversation has an address of its own; "
            f'set reply_to = "{name}+{{token}}@{domain}" in the table of the connector (docs/how-to/email.md says what '
            "your mail server needs for it), or let the owner read elsewhere"
        )
    return ""
