"""A mail to a customer: an owner's answer, or an automatic one. Pure.

The words stand first and as they are; below them the signature, and below that what is answered.
"""

from __future__ import annotations

from bridge.connector import Outbound, one_line
from connectors.email import html_body
from connectors.email.draft import Draft
from connectors.email.fields import is_message_id
from connectors.email.markup import render
from connectors.email.quote_below import attribution, marked, quoted_text
from connectors.email.sender import Sender
from connectors.email.subject import SUBJECT_LIMIT, answer_subject

# RFC 3834 section 5; the second is what Exchange looks at. "All" switches its bounces off, too: not for a question.
_AUTOMATIC = b"Auto-Submitted: auto-replied\r\nX-Auto-Response-Suppress: All\r\n"
_ASKING = b"Auto-Submitted: auto-replied\r\nX-Auto-Response-Suppress: OOF, AutoReply, RN, NRN\r\n"


def answer_draft(outbound: Outbound, sender: Sender) -> Draft:
    """What a customer gets."""
    references = [one for one in outbound.replies_to if is_message_id(one)]
    subject = one_line(outbound.subject, SUBJECT_LIMIT)
    return Draft(
        from_name=outbound.from_name or sender.name,
        subject=answer_subject(subject) if references else subject,
        references=references,
        plain=_plain(outbound, sender),
        html=_html(outbound, sender) if sender.html else "",
        fields=_marked(outbound),
    )


def _marked(outbound: Outbound) -> bytes:
    if not outbound.automatic:
        return b""
    return _ASKING if outbound.choices else _AUTOMATIC


def choice_lines(outbound: Outbound) -> str:
    """The ways to answer a question, one a line."""
    return "\n".join(choice.line for choice in outbound.choices)


def _plain(outbound: Outbound, sender: Sender) -> str:
    blocks = [render(outbound.text), choice_lines(outbound), f"-- \n{sender.signed}" if sender.signed else ""]
    if outbound.quoted:
        head = attribution(outbound.quoted, sender.language, outbound.address)
        blocks.append(f"{head}\n{marked(quoted_text(outbound.quoted, sender.language))}")
    return "\n\n".join([blocks[0], *(block for block in blocks[1:] if block)])


def _html(outbound: Outbound, sender: Sender) -> str:
    blocks = [html_body.formatted(outbound.text), html_body.as_typed(choice_lines(outbound))]
    if sender.signed:
        blocks.append(html_body.signature(sender.signed))
    if outbound.quoted:
        head = attribution(outbound.quoted, sender.language, outbound.address)
        blocks.append(html_body.quote(head, quoted_text(outbound.quoted, sender.language)))
    return html_body.page(blocks)
