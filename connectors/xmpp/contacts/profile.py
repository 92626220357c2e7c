"""What a contact answers when an owner's program asks who it is: name, picture, features. Pure.

disco#info, disco#items (XEP-0030), ping (0199)
vcard-temp (0054), vCard4 (0292), by itself and as a node
the picture's metadata and data (0084), and the nickname (0172), as nodes (0163)
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from xml.etree import ElementTree as ET

from connectors.xmpp.contacts.book import Contact
from connectors.xmpp.contacts.names import initials, person
from connectors.xmpp.contacts.picture import SIDE, Picture, draw
from connectors.xmpp.namespaces import (
    AVATAR_DATA,
    AVATAR_METADATA,
    CHAT_STATES,
    CLIENT,
    CORRECT,
    DISCO_INFO,
    DISCO_ITEMS,
    MARKERS,
    NICK,
    OOB,
    PING,
    PUBSUB,
    PUBSUB_EVENT,
    REACTIONS,
    RECEIPTS,
    REPLY,
    RETRACT,
    STANZA_ERRORS,
    STYLING,
    VCARD4,
    VCARD4_NODE,
    VCARD_TEMP,
    tag,
)
from connectors.xmpp.stanza import child, sendable

_FEATURES = (
    DISCO_INFO,
    CHAT_STATES,
    CORRECT,
    MARKERS,
    OOB,
    PING,
    REACTIONS,
    RECEIPTS,
    REPLY,
    RETRACT[0],
    STYLING,
    VCARD4,
    VCARD_TEMP,
)


def picture(contact: Contact) -> Picture:
    """Its initials."""
    name = person(contact.title)
    return draw(initials(name), name)


def answer(question: ET.Element, contact: Contact | None) -> ET.Element:
    """The iq that answers an iq of type get or set; `contact` is None where whoever asks is not to know of any."""
    payload = next(iter(question), None)
    made = None
    if question.get("type") == "get" and payload is not None:
        if payload.tag == tag(PING, "ping"):
            return reply(question, None)
        if contact is not None:
            made = _made(payload, contact)
    return refusal(question) if made is None else reply(question, made)


def _made(payload: ET.Element, contact: Contact) -> ET.Element | None:
    makers: Mapping[str, Callable[[Contact], ET.Element]] = {
        tag(DISCO_INFO, "query"): _features,
        tag(DISCO_ITEMS, "query"): lambda _: ET.Element(tag(DISCO_ITEMS, "query")),
        tag(VCARD_TEMP, "vCard"): _vcard_temp,
        tag(VCARD4, "vcard"): _vcard4,
    }
    maker = makers.get(str(payload.tag))
    if maker is not None:
        made = maker(contact)
        if payload.get("node"):
            made.set("node", sendable(payload.get("node", "")))
        return made
    items = child(payload, "items", PUBSUB)
    return _items(items.get("node", ""), contact) if items is not None else None


def _features(contact: Contact) -> ET.Element:
    query = ET.Element(tag(DISCO_INFO, "query"))
    about = {"category": "client", "type": "bot", "name": sendable(contact.title)}
    ET.SubElement(query, tag(DISCO_INFO, "identity"), about)
    for feature in sorted(_FEATURES):
        ET.SubElement(query, tag(DISCO_INFO, "feature"), {"var": feature})
    return query


def _vcard_temp(contact: Contact) -> ET.Element:
    card = ET.Element(tag(VCARD_TEMP, "vCard"))
    name = sendable(person(contact.title))
    for field, text in (("FN", name), ("NICKNAME", name), ("NOTE", sendable(contact.title))):
        ET.SubElement(card, tag(VCARD_TEMP, field)).text = text
    photo = ET.SubElement(card, tag(VCARD_TEMP, "PHOTO"))
    ET.SubElement(photo, tag(VCARD_TEMP, "TYPE")).text = "image/png"
    ET.SubElement(photo, tag(VCARD_TEMP, "BINVAL")).text = base64.b64encode(picture(contact).content).decode()
    return card


def _vcard4(contact: Contact) -> ET.Element:
    card = ET.Element(tag(VCARD4, "vcard"))
    name = sendable(person(contact.title))
    for field, text in (("fn", name), ("nickname", name), ("note", sendable(contact.title))):
        ET.SubElement(ET.SubElement(card, tag(VCARD4, field)), tag(VCARD4, "text")).text = text
    return card


def _items(node: str, contact: Contact) -> ET.Element | None:
    image = picture(contact)
    makers: Mapping[str, tuple[str, Callable[[], ET.Element]]] = {
        AVATAR_METADATA: (image.digest, lambda: metadata(image)),
        AVATAR_DATA: (image.digest, lambda: _data(image)),
        VCARD4_NODE: ("current", lambda: _vcard4(contact)),
        NICK: ("current", lambda: nick(contact)),
    }
    if node not in makers:
        return None
    named, maker = makers[node]
    found = ET.Element(tag(PUBSUB, "pubsub"))
    items = ET.SubElement(found, tag(PUBSUB, "items"), {"node": node})
    ET.SubElement(items, tag(PUBSUB, "item"), {"id": named}).append(maker())
    return found


def metadata(image: Picture) -> ET.Element:
    """What is said of a picture (XEP-0084 section 4.2)."""
    made = ET.Element(tag(AVATAR_METADATA, "metadata"))
    about = {"id": image.digest, "bytes": str(len(image.content)), "type": "image/png"}
    ET.SubElement(made, tag(AVATAR_METADATA, "info"), {**about, "width": str(SIDE), "height": str(SIDE)})
    return made


def _data(image: Picture) -> ET.Element:
    made = ET.Element(tag(AVATAR_DATA, "data"))
    made.text = base64.b64encode(image.content).decode()
    return made


def nick(contact: Contact) -> ET.Element:
    """The name (XEP-0172)."""
    made = ET.Element(tag(NICK, "nick"))
    made.text = sendable(contact.title)
    return made


def picture_event(contact: Contact, sender: str) -> ET.Element:
    """What tells an owner's program that there is a picture (XEP-0084 section 4.2.2)."""
    message = ET.Element(tag(CLIENT, "message"), {"from": sender, "to": contact.owner, "type": "headline"})
    items = ET.SubElement(
        ET.SubElement(message, tag(PUBSUB_EVENT, "event")), tag(PUBSUB_EVENT, "items"), {"node": AVATAR_METADATA}
    )
    image = picture(contact)
    ET.SubElement(items, tag(PUBSUB_EVENT, "item"), {"id": image.digest}).append(metadata(image))
    return message


def reply(question: ET.Element, payload: ET.Element | None) -> ET.Element:
    """The iq of type result that answers an iq."""
    made = _back(question, "result")
    if payload is not None:
        made.append(payload)
    return made


def refusal(question: ET.Element) -> ET.Element:
    """As for an address that does not exist (RFC 6121 section 8.5.1)."""
    made = _back(question, "error")
    error = ET.SubElement(made, tag(CLIENT, "error"), {"type": "cancel"})
    ET.SubElement(error, tag(STANZA_ERRORS, "service-unavailable"))
    return made


def _back(question: ET.Element, kind: str) -> ET.Element:
    named = {"from": question.get("to", ""), "to": question.get("from", ""), "id": question.get("id", "")}
    return ET.Element(tag(CLIENT, "iq"), {**named, "type": kind})
