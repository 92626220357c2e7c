"""What the parser has to know of an account, as facts of each raw item: which addresses are ours, and how to read."""

from __future__ import annotations

from connectors.email.settings import EmailSettings
from connectors.email.spellings import spelling_facts


def account_facts(settings: EmailSettings) -> dict[str, object]:
    """Facts that are the same for every mail of an account: JSON values."""
    facts: dict[str, object] = {"account": settings.address, "own": sorted(settings.own)}
    if settings.reply_to:
        facts["reply_to"] = settings.reply_to
    if settings.spam_score is not None:
        facts["spam_score"] = settings.spam_score
    return facts | spelling_facts(settings.same_person, settings.same_domains)
