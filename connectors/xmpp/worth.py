"""What of a stanza is worth a row, how it is known again, and whom to tell that it is stored. Pure."""

from __future__ import annotations

import hashlib
from xml.etree import ElementTree as ET

from connectors.xmpp.address import RESOURCE, resource
from connectors.xmpp.envelope import Opened
from connectors.xmpp.namespaces import CHAT_STATES, CLIENT, PUBSUB_EVENT, RECEIPTS, ROOM_USER, tag
from connectors.xmpp.stanza import child, children


def fingerprint(message: ET.Element, sender: str, own: str) -> str:
    """What is the same where a stanza is offered again, and hardly anywhere else."""
    known = "\n".join((message.get("type", ""), message.findtext(tag(CLIENT, "body")) or "", *_tags(message)))
    return hashlib.sha256(f"{sender}\n{own}\n{known}".encode(errors="replace")).hexdigest()


_ADDED = ("}delay", "}stanza-id")


def _tags(message: ET.Element) -> list[str]:
    """What it holds; not what servers add on the way."""
    return sorted(str(one.tag) + one.get("id", "") for one in message if not str(one.tag).endswith(_ADDED))


def passing(opened: Opened) -> bool:
    """What is not worth a row: it says nothing to anybody, or this bridge, or one before it, wrote it."""
    message = opened.message
    if opened.outgoing:
        return resource(opened.sender).startswith(RESOURCE) or message.find(tag(CLIENT, "body")) is None
    if opened.type == "groupchat":
        return True
    return len(message) == 0 or all(says_nothing(one) for one in message)


_HOLLOW = tuple(tag(space, "") for space in (CHAT_STATES, PUBSUB_EVENT))
_AROUND = ("{urn:xmpp:hints}", "{urn:xmpp:delay}", "{urn:xmpp:sid:0}")


def says_nothing(element: ET.Element) -> bool:
    """Whether it is a signal, or what is said around one: nothing that anybody would miss."""
    return str(element.tag).startswith((*_HOLLOW, *_AROUND))


def receipt(opened: Opened, *, occupant: bool) -> tuple[str, str, str] | None:
    """Whom to tell that this message is stored, where they asked for it (XEP-0184 section 5.4)."""
    message = opened.message
    if opened.outgoing or opened.carbon or opened.fault or occupant or opened.type not in ("chat", "normal"):
        return None
    if child(message, "request", RECEIPTS) is None or not message.get("id") or not message.get("from"):
        return None
    if next(children(message, ROOM_USER), None) is not None:
        return None
    return opened.sender, message.get("id", ""), message.get("to", "")
