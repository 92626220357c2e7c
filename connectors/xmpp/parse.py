"""What a stanza means: XML bytes and the facts about them in, events out. Pure, and linear in the stanza's size.

    the stanza                                  the event
    a body                                      Message
    a body that replaces an earlier one         Edit (XEP-0308)
    a retraction                                Deletion (XEP-0424)
    a receipt, a marker, an error               DeliveryReport (XEP-0184, XEP-0333, RFC 6120 section 8.3)
    reactions                                   Reaction (XEP-0444)
    something encrypted                         Message that says so: it is never passed over in silence
    anything else                               Ignored, with its reason

`facts` say what the bytes do not: `account` (our bare JID), `via` (the stream, or our own archive), `occupant` (the
sender is somebody in a room of ours). Without `account` nobody is vouched for. With it the sender is who the stanza
says: our server stamps `from`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as ET

from bridge.connector import (
    Attachment,
    Automatic,
    AutomaticKind,
    Deletion,
    Edit,
    Ignored,
    InboundEvent,
    Message,
    RawItem,
    Reaction,
    Spoke,
    Text,
    one_line,
)
from connectors.xmpp import styling
from connectors.xmpp.address import bare, is_bare, resource
from connectors.xmpp.envelope import Opened, open_stanza
from connectors.xmpp.namespaces import (
    CHAT_STATES,
    CLIENT,
    CORRECT,
    ENCRYPTION,
    FALLBACK,
    FASTEN,
    NICK,
    OMEMO,
    OOB,
    OPENPGP,
    OTR,
    REACTIONS,
    REPLY,
    RETRACT,
    ROOM_USER,
    SIDS,
    STYLING,
    tag,
)
from connectors.xmpp.reports import bounced, report
from connectors.xmpp.stanza import child, children, read

FILES_AT_MOST = 20
"""Files of one message that are looked at."""

_SIGNS_AT_MOST = 50


def parse_stanza(item: RawItem) -> Sequence[InboundEvent]:
    """The events of one stanza: one. Raises NotAStanza."""
    assert isinstance(item.raw, bytes)
    stanza = read(item.raw)
    account = str(item.facts.get("account", ""))
    via = item.facts.get("via")
    opened = open_stanza(stanza, account, "archive" if via == "archive" else "stream")
    if opened.fault and not _body(opened.message):
        return (Ignored(reason=opened.fault),)
    return (event_of(opened, Sender.of(opened, occupant=item.facts.get("occupant") is True)),)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote, and whether that is vouched for.

    In a room (XEP-0045 section 7.5) people have nicknames, which the next one may take: nobody vouches for those.
    """

    address: str
    name: str
    vouched: bool

    @classmethod
    def of(cls, opened: Opened, *, occupant: bool) -> Sender:
        """The sender of an opened stanza."""
        jid = opened.sender
        if occupant or child(opened.message, "x", ROOM_USER) is not None:
            return cls(jid, one_line(resource(jid), 200), vouched=False)
        vouched = bool(opened.account) and is_bare(bare(jid)) and not opened.outgoing
        nick = opened.message.findtext(tag(NICK, "nick"), "")
        return cls(bare(jid), one_line(nick, 200), vouched=vouched)


def event_of(opened: Opened, sender: Sender) -> InboundEvent:
    """What an opened stanza of this sender's means."""
    message = opened.message
    if opened.outgoing:
        return _spoke(opened)
    if opened.type == "error":
        return bounced(message, sender.address)
    if opened.type == "groupchat":
        return Ignored(reason="said to a whole room, not to us")
    reported = report(message, sender.address)
    if reported is not None and not _body(message):
        return reported
    return _said(opened, sender) or Ignored(reason=_nothing(message))


def _spoke(opened: Opened) -> InboundEvent:
    """What our account wrote with another client: by a carbon, or by the archive where we were away meanwhile."""
    message = opened.message
    to, text = bare(message.get("to", "")), _text(message)
    elsewhere = opened.type in ("chat", "normal") and is_bare(to) and to != opened.account
    if not elsewhere or not text or child(message, "replace", CORRECT) is not None or _encrypted(message):
        return Ignored(reason="written by our own account")
    return Spoke(address=to, text=text, native_id=own_id(message), sent_at=opened.sent_at)


def _said(opened: Opened, sender: Sender) -> InboundEvent | None:
    message = opened.message
    retracted = _retracted(message)
    if retracted:
        return Deletion(address=sender.address, native_id=retracted, authenticated=sender.vouched)
    reaction = child(message, "reactions", REACTIONS)
    if reaction is not None:
        return _reaction(reaction, sender)
    how = _encrypted(message)
    if how:
        return _unreadable(opened, sender, how)
    replaced = child(message, "replace", CORRECT)
    text = _text(message)
    if replaced is not None and replaced.get("id") and text:
        return Edit(address=sender.address, native_id=replaced.get("id", ""), text=text, authenticated=sender.vouched)
    files = _files(message)
    subject = one_line(message.findtext(tag(CLIENT, "subject"), ""), 300)
    if not text and not files and not subject:
        return None
    return Message(
        address=sender.address,
        name=sender.name,
        authenticated=sender.vouched,
        text=_without_links(text, files),
        native_id=own_id(message),
        replies_to=_answered(message),
        subject=subject,
        attachments=files,
        automatic=_machine(opened, sender),
        sent_at=opened.sent_at,
    )


def _machine(opened: Opened, sender: Sender) -> Automatic | None:
    """Why this is no person's: a whole server speaks (RFC 7622 section 3.2), or it wants no answer (RFC 6121 section
    5.2.2).
    """
    if "@" not in sender.address:
        return Automatic(kind=AutomaticKind.AUTO_GENERATED, reason="a server wrote it, not a person")
    if opened.type == "headline":
        return Automatic(kind=AutomaticKind.AUTO_GENERATED, reason="a headline, to which no answer is expected")
    return None


def own_id(message: ET.Element) -> str:
    """How its sender calls a message: what corrections, reactions, receipts and answers refer to in a chat."""
    origin = child(message, "origin-id", SIDS)
    # XEP-0308 and XEP-0184 name the stanza's own id, which XEP-0359 wants the origin-id to be, too.
    return message.get("id", "") or (origin.get("id", "") if origin is not None else "")


def _body(message: ET.Element) -> str:
    """The body (of several languages, the first)."""
    return message.findtext(tag(CLIENT, "body"), "")


def _text(message: ET.Element) -> Text:
    body = _without_fallback(message, _body(message)).replace("\r\n", "\n")
    if child(message, "unstyled", STYLING) is not None:
        return Text(body)
    return styling.read(body)


def _without_fallback(message: ET.Element, body: str) -> str:
    """The body without the quote that stands in it for clients that know no replies (XEP-0461 section 3.2)."""
    reply = child(message, "reply", REPLY)
    if reply is None:
        return body
    for fallback in message.findall(tag(FALLBACK, "fallback")):
        part = child(fallback, "body", FALLBACK)
        if fallback.get("for") == REPLY and part is not None:
            start, end = _place(part.get("start")), _place(part.get("end"))
            if start is not None and end is not None and 0 <= start < end <= len(body):
                return (body[:start] + body[end:]).strip("\n")
    return body


def _place(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 9 else None


def _answered(message: ET.Element) -> tuple[str, ...]:
    reply = child(message, "reply", REPLY)
    named = reply.get("id", "") if reply is not None else ""
    return (named,) if named else ()


def _files(message: ET.Element) -> tuple[Attachment, ...]:
    """Files that stand elsewhere (XEP-0066): named here, fetched later and only from where it is safe."""
    found = []
    for one in message.findall(tag(OOB, "x"))[:FILES_AT_MOST]:
        url = (one.findtext(tag(OOB, "url")) or "").strip()
        if url.startswith(("https://", "http://", "aesgcm://")) and len(url) <= 2000 and url not in found:
            found.append(url)
    return tuple(Attachment(name=_file_name(url), source=url) for url in found)


def _file_name(url: str) -> str:
    try:
        path = urlsplit(url).path
    except ValueError:
        return "file"
    return unquote(path.rsplit("/", 1)[-1]) or "file"


def _without_links(text: Text, files: Sequence[Attachment]) -> Text:
    """A body that is nothing but a file's address keeps it: as long as nobody fetches it, it is all there is."""
    return text if text or not files else Text("\n".join(file.source for file in files))


def _retracted(message: ET.Element) -> str:
    """The id of the message that is taken back, today's way or that of 2019."""
    found = child(message, "retract", *RETRACT)
    if found is not None:
        return found.get("id", "")
    fastened = child(message, "apply-to", FASTEN)
    if fastened is not None and child(fastened, "retract", *RETRACT) is not None:
        return fastened.get("id", "")
    return ""


def _reaction(reactions: ET.Element, sender: Sender) -> InboundEvent:
    """Each update names all signs that stand now (XEP-0444 section 3): none of them takes the last ones back."""
    signs = [(one.text or "").strip() for one in reactions.findall(tag(REACTIONS, "reaction"))[:_SIGNS_AT_MOST]]
    named = reactions.get("id", "")
    if not named:
        return Ignored(reason="a reaction to no message")
    sign = one_line(" ".join(dict.fromkeys(sign for sign in signs if sign)), 100)
    return Reaction(address=sender.address, native_id=named, sign=sign, authenticated=sender.vouched)


_SECRET = {"OMEMO": OMEMO, "OpenPGP": OPENPGP, "OTR": (OTR,)}


def _encrypted(message: ET.Element) -> str:
    """What a message is encrypted with; "" where it can be read. The sender's own name for it is not taken over."""
    hint = child(message, "encryption", ENCRYPTION)
    named = hint.get("namespace", "") if hint is not None else ""
    for how, spaces in _SECRET.items():
        if named in spaces or next(children(message, *spaces), None) is not None:
            return how
    return "end-to-end encryption" if named else ""


def _unreadable(opened: Opened, sender: Sender, how: str) -> Message:
    """Whatever else stands in it are words for those who cannot read it."""
    return Message(
        address=sender.address,
        name=sender.name,
        authenticated=sender.vouched,
        text=Text(f"[encrypted with {how}: it cannot be read here]"),
        native_id=own_id(opened.message),
        replies_to=_answered(opened.message),
        automatic=_machine(opened, sender),
        sent_at=opened.sent_at,
        unreadable=how,
    )


def _nothing(message: ET.Element) -> str:
    if next(children(message, CHAT_STATES), None) is not None:
        return "a typing signal"
    return "a message without words"
