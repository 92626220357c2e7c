"""What a mail says: the one function that the bridge's parsing worker calls. Pure.

Theory of operation. `mime.py` takes the mail apart, `author.py` and `automatic.py` read its header, `contents.py` puts
the text together, `visible.py` finds the writer's own words in it, `bounce.py` what became of a mail of ours. All of it
works on bounded pieces, so that a hostile mail costs a second at most; what a bound cut off is attached.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import Message as Header
from email.utils import parsedate_to_datetime

from bridge.connector import Ignored, InboundEvent, Message, RawItem, Text, one_line
from connectors.email.address import NULL_SENDER
from connectors.email.answer_line import owners_words
from connectors.email.author import addresses, answered, author, fields, message_ids
from connectors.email.automatic import automatic
from connectors.email.bounce import delivery_reports
from connectors.email.canary import canary_reason, canary_token
from connectors.email.charsets import decode_field
from connectors.email.contents import Contents, contents
from connectors.email.lines import Ranges
from connectors.email.mime import parts
from connectors.email.recipients import Ours, copies, token
from connectors.email.spam import spam
from connectors.email.spellings import known_as
from connectors.email.subject import SUBJECT_LIMIT, bare_subject, is_forwarded
from connectors.email.visible import visible


def parse_mail(item: RawItem) -> Sequence[InboundEvent]:
    """The mail as a `Message`, and a `DeliveryReport` for each of our mails that it reports on; `Ignored` for a canary.

    Looks at the facts `mail_from` and `rcpt_tos` (the envelope), and at those of `account_facts.py`.
    """
    assert isinstance(item.raw, bytes)
    mail_from, account = _fact(item, "mail_from"), _fact(item, "account")
    header, leaves = parts(item.raw)
    if canary := canary_token(header, account):
        return [Ignored(reason=canary_reason(header, canary))]
    machine = automatic(header, leaves, mail_from, account)
    ours = Ours.of(item.facts)
    sender = author(header, mail_from, ours.holds, automatic=machine is not None)
    subject = subject_of(header)
    found = contents(leaves, item.raw)
    shown = visible_of(found, header)
    message = Message(
        address=sender.address,
        name=sender.name,
        text=found.text,
        visible=None if shown == found.text else shown,
        native_id=next(iter(message_ids(fields(header, "message-id"))), ""),
        replies_to=answered(header, account),
        threaded=True,
        subject=subject,
        attachments=found.attachments,
        automatic=machine,
        sent_at=_date(header),
        token=token(header, item.facts, ours),
        copies=() if machine else copies(header, ours, {sender.address, mail_from, *_from(header)}),
        spam=spam(header, _threshold(item)),
        same_as=known_as(sender.address, item.facts),
    )
    return [message, *delivery_reports(header, leaves, account=account, machine=machine is not None)]


def _fact(item: RawItem, name: str) -> str:
    value = item.facts.get(name)
    return value if isinstance(value, str) else NULL_SENDER if name == "mail_from" else ""


def _threshold(item: RawItem) -> float | None:
    value = item.facts.get("spam_score")
    return float(value) if isinstance(value, int | float) else None


def _from(header: Header) -> list[str]:
    return [address for _, address in addresses(fields(header, "from"))]


def subject_of(header: Header) -> str:
    """The subject as one line of text."""
    return one_line(decode_field(next(iter(fields(header, "subject")), "")), SUBJECT_LIMIT)


def visible_of(found: Contents, header: Header) -> Text:
    """The writer's own new words; none where a mail answers one to an owner, and they cannot be told for sure."""
    quoted, signed = Ranges.of(found.quoted), Ranges.of(found.signed)
    words = owners_words(found.text, quoted, signed)
    if words is not None:
        return words
    return visible(found.text, quoted, signed, answer=_is_answer(header))


def _is_answer(header: Header) -> bool:
    """Whether a mail answers one: a contact form's and one that is passed on do not."""
    subject = subject_of(header)
    if is_forwarded(subject):
        return False
    return bool(fields(header, "in-reply-to") or fields(header, "references")) or bare_subject(subject) != subject


def _date(header: Header) -> datetime | None:
    value = next(iter(fields(header, "date")), "")[:200]
    try:
        moment = parsedate_to_datetime(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
