"""A mail to an owner: what a customer wrote, and the bridge's own words. Pure.

All mails of a conversation are one thread in every mail program: they have one subject, and refer to one message that
never was, named by the conversation's number (RFC 5322 section 3.6.4; Gmail asks for the same subject, too).

Programs that answer by themselves keep silent: `Auto-Submitted` by the standard (RFC 3834 section 2), and Exchange by
its own field, of which "All" would switch off the bounces that we want. `Precedence: bulk` is left out: it is no bulk
mail, and filters sort such mail away from people.
"""

from __future__ import annotations

from bridge.connector import Outbound, OutboundKind, one_line
from connectors.email import html_body
from connectors.email.address import ascii_domain, domain_of
from connectors.email.answer_line import between_lines
from connectors.email.answer_mail import choice_lines
from connectors.email.draft import Draft
from connectors.email.fields import is_message_id
from connectors.email.markup import render
from connectors.email.sender import Sender
from connectors.email.subject import SUBJECT_LIMIT

TO_OWNERS = frozenset({OutboundKind.RELAY, OutboundKind.NOTICE, OutboundKind.MARK})

_FIELDS = b"Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: OOF, AutoReply, RN, NRN\r\n"
_SHORT = 70


def owner_draft(outbound: Outbound, sender: Sender) -> Draft:
    """What an owner gets. Raises ValueError where an answer to it could not be known for one."""
    if not sender.reply_to:
        raise ValueError(
            "owners can be written to by mail only where their answers can be known; "
            'set reply_to = "shop+{token}@example.com" in the table of this account'
        )
    text = between_lines("\n\n".join(filter(None, [render(outbound.text), choice_lines(outbound)])), sender.language)
    return Draft(
        from_name=_from(outbound.from_name, sender.name),
        subject=_subject(outbound),
        references=_references(outbound, sender),
        plain=text,
        # Of a customer's formatting nothing is shown but its marks: a link says where it leads.
        html=html_body.page([html_body.as_typed(text)]) if sender.html else "",
        fields=_FIELDS,
    )


def conversation_root(number: int, own_address: str) -> str:
    """The message id that all mails to owners about a conversation refer to."""
    return f"conversation-{number}.inbox-bridge@{domain_of(ascii_domain(own_address))}"


def _from(name: str, business: str) -> str:
    """Who wrote, as a list of mails shows it; whose address it is stands behind, so that no name passes for another."""
    return f"{one_line(name, 100)} via {business}" if name and business else name or business


def _subject(outbound: Outbound) -> str:
    first_line = next((line for line in outbound.text.plain.splitlines() if line.strip()), "")
    short = one_line(first_line)
    return one_line(outbound.title, SUBJECT_LIMIT) or (short if len(short) <= _SHORT else f"{short[: _SHORT - 1]}…")


def _references(outbound: Outbound, sender: Sender) -> list[str]:
    answered = [one for one in outbound.replies_to if is_message_id(one)]
    if not outbound.conversation:
        return answered
    root = conversation_root(outbound.conversation, sender.address)
    return [root, *(one for one in answered if one != root)]
