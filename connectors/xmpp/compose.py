"""An outbound as a message stanza, the same on every attempt. Pure.

The stanza's id and its origin-id (XEP-0359) are the outbound's id: by it our archive is asked whether it has it, and
receipts, corrections and reactions name it. Every text is freed of what XML forbids: one such character would end the
stream, and everybody's messages with it.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from bridge.connector import Outbound, OutboundKind, PermanentFailure, SpanKind, Text
from connectors.xmpp import styling
from connectors.xmpp.address import LONGEST, bare, is_bare, resource
from connectors.xmpp.namespaces import (
    CHAT_STATES,
    CLIENT,
    CORRECT,
    FALLBACK,
    HINTS,
    MARKERS,
    OOB,
    REACTIONS,
    RECEIPTS,
    REPLY,
    RETRACT,
    ROOM_USER,
    SIDS,
    STYLING,
    tag,
)
from connectors.xmpp.stanza import sendable

OURS = "sent:"
"""Begins the native id of what we sent, so that an answer is never marked as the answer to a line of our own."""

BYTES_AT_MOST = 150_000
"""Of one stanza: Prosody and ejabberd end the stream at 256 KiB (XEP-0478), and every answer behind it would wait."""

PART_CHARACTERS = 10_000

_TO_OWNERS = (OutboundKind.RELAY, OutboundKind.NOTICE, OutboundKind.MARK)

_RETRACTED = "/me took back an earlier message; your program does not show that by itself."


class CannotSend(PermanentFailure):
    """No stanza can be made of it; the words are for the owner."""


def native_id(outbound_id: str) -> str:
    """How the receipt calls what we sent."""
    return OURS + outbound_id


def stanza_id(native: str) -> str:
    """The id that the stanza bears which a receipt called so."""
    return native.removeprefix(OURS)


def receiver(address: str) -> str:
    """The JID to send to: a person's bare one, or somebody's in a room. Raises CannotSend."""
    jid = sendable(address)
    if not is_bare(bare(jid)) or len(jid.encode()) > LONGEST or jid != address:
        raise CannotSend(f"{address[:80]!r} is not an XMPP address; one looks like anna@example.org")
    return jid


def compose(outbound: Outbound, urls: Sequence[str] = ()) -> ET.Element:
    """The stanza that says it; `urls` are where its files were put. Raises CannotSend."""
    message = _message(outbound.address, outbound.id)
    body, unstyled = _body(outbound, urls)
    if not body.strip():
        raise CannotSend("there is nothing in it to send")
    _add(message, CLIENT, "body").text = sendable(body)
    if unstyled:
        _add(message, STYLING, "unstyled")
    if outbound.subject and outbound.subject.strip() and not outbound.replies_to:
        _add(message, CLIENT, "subject").text = sendable(outbound.subject)
    for url in urls:
        _add(_add(message, OOB, "x"), OOB, "url").text = sendable(url)
    _answers(message, outbound)
    # Without it a program would never tell that somebody types, and show for ever that we do (XEP-0085 section 5.1).
    _add(message, CHAT_STATES, "active")
    if outbound.kind not in _TO_OWNERS:
        # What an owner's program reports of a line shown to them changes nothing, and would be stored and decided on as
        # a message is: half the work of every relay.
        _add(message, RECEIPTS, "request")
        _add(message, MARKERS, "markable")
    return _checked(message)


def correction(outbound: Outbound, native: str) -> ET.Element:
    """What makes the sent message `native` say what `outbound` says now (XEP-0308). Raises CannotSend."""
    message = compose(outbound)
    # The same for each attempt at this wording, another for the next one.
    digest = hashlib.sha256(outbound.text.plain.encode("utf-8", "replace")).hexdigest()[:12]
    message.set("id", f"{outbound.id}.e{digest}")
    _only(message, SIDS, "origin-id").set("id", message.get("id", ""))
    _add(message, CORRECT, "replace").set("id", stanza_id(native))
    return _checked(message)


def retraction(outbound: Outbound, native: str) -> ET.Element:
    """What takes the sent message `native` back (XEP-0424), with words for programs that do not know how."""
    message = _message(outbound.address, f"{outbound.id}.d")
    _add(message, RETRACT[0], "retract").set("id", stanza_id(native))
    _add(message, FALLBACK, "fallback").set("for", RETRACT[0])
    _add(message, CLIENT, "body").text = _RETRACTED
    return _checked(message)


def reaction(address: str, native: str, *signs: str) -> ET.Element:
    """Our signs on somebody's message, in place of any earlier ones; none takes those back (XEP-0444)."""
    message = _message(address, "")
    reactions = _add(message, REACTIONS, "reactions")
    reactions.set("id", stanza_id(native))
    for sign in dict.fromkeys(signs):
        _add(reactions, REACTIONS, "reaction").text = sendable(sign)
    return message


def words(address: str, text: str, native: str) -> ET.Element:
    """Our own words about somebody's message `native`, in answer to it."""
    message = _message(address, str(uuid.uuid4()))
    _add(message, CLIENT, "body").text = sendable(text)
    reply = _add(message, REPLY, "reply")
    reply.set("to", address)
    reply.set("id", sendable(native))
    return message


def chat_state(address: str, state: str) -> ET.Element:
    """That we are typing, or not (XEP-0085). No archive keeps it."""
    message = ET.Element(tag(CLIENT, "message"), {"to": receiver(address), "type": "chat"})
    _add(message, CHAT_STATES, state)
    _add(message, HINTS, "no-store")
    return message


def received(address: str, message_id: str) -> ET.Element:
    """The receipt for a message that is stored here (XEP-0184)."""
    return _about(address, message_id, RECEIPTS, "received")


def displayed(address: str, message_id: str) -> ET.Element:
    """That a message was read (XEP-0333)."""
    return _about(address, message_id, MARKERS, "displayed")


def _about(address: str, message_id: str, namespace: str, name: str) -> ET.Element:
    message = ET.Element(tag(CLIENT, "message"), {"to": address, "type": "chat"})
    _add(message, namespace, name).set("id", sendable(message_id))
    _add(message, HINTS, "store")
    return message


def _message(address: str, identifier: str) -> ET.Element:
    jid = receiver(address)
    message = ET.Element(tag(CLIENT, "message"), {"to": jid, "type": "chat"})
    if identifier:
        message.set("id", identifier)
        _add(message, SIDS, "origin-id").set("id", identifier)
    # What is not in the archive could not be asked for after a broken connection.
    _add(message, HINTS, "store")
    if resource(jid):
        _add(message, ROOM_USER, "x")
    return message


def _body(outbound: Outbound, urls: Sequence[str]) -> tuple[str, bool]:
    body, unstyled = styling.write(outbound.text)
    choices = "\n".join(choice.line for choice in outbound.choices)
    return "\n".join(part for part in (body, choices, *urls) if part.strip()), unstyled


def _answers(message: ET.Element, outbound: Outbound) -> None:
    """Which of the receiver's messages this answers (XEP-0461): the last in the thread, unless that is our own."""
    last = outbound.replies_to[-1] if outbound.replies_to else ""
    if last and not last.startswith(OURS):
        reply = _add(message, REPLY, "reply")
        reply.set("to", sendable(outbound.address))
        reply.set("id", sendable(last))


def _checked(message: ET.Element) -> ET.Element:
    size = len(ET.tostring(message, encoding="utf-8"))
    if size > BYTES_AT_MOST:
        raise CannotSend(f"it takes {size} bytes, and XMPP servers end the connection at 262,144; send it as a file")
    return message


def _add(parent: ET.Element, namespace: str, name: str) -> ET.Element:
    return ET.SubElement(parent, tag(namespace, name))


def _only(parent: ET.Element, namespace: str, name: str) -> ET.Element:
    found = parent.find(tag(namespace, name))
    return _add(parent, namespace, name) if found is None else found


def split(text: Text, limit: int = PART_CHARACTERS) -> Sequence[Text]:
    """The same text in parts of at most `limit` characters, cut behind a paragraph, a line or a word.

    White space at a cut goes; a span that reaches over a cut goes on in the next part.
    """
    return tuple(_parts(text, limit))


def _parts(text: Text, limit: int) -> Iterator[Text]:
    plain, start = text.plain, 0
    while len(plain) - start > limit:
        end = _cut(plain, start, start + limit)
        yield _part(text, start, end)
        start = end
        while start < len(plain) and plain[start].isspace():
            start += 1
    if start < len(plain) or not plain:
        yield _part(text, start, len(plain))


def _cut(plain: str, start: int, end: int) -> int:
    for sign in ("\n\n", "\n", " "):
        at = plain.rfind(sign, start + (end - start) // 2, end)
        if at > start:
            return at
    return end


def _part(text: Text, start: int, end: int) -> Text:
    spans = tuple(
        type(span)(
            start=max(span.start, start) - start,
            end=min(span.end, end) - start,
            kind=SpanKind(span.kind),
            target=span.target,
        )
        for span in text.spans
        if span.start < end and span.end > start
    )
    return Text(text.plain[start:end], spans)
