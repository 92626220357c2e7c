"""Whether a contact is there, and who may know: presences to an owner, and what follows from theirs. Pure.

the owner's                what follows (RFC 6121 sections 3 and 4)
subscribe                  accepted; from now on the owner sees whether the contact is there
unsubscribe, unsubscribed  the owner does not want to know any more, or has removed the contact
probe                      whether it is there
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from connectors.xmpp.contacts.book import Book, Contact
from connectors.xmpp.contacts.profile import nick, picture
from connectors.xmpp.namespaces import AVATAR_HASH, CLIENT, ROSTER_EXCHANGE, tag
from connectors.xmpp.stanza import sendable

RESOURCE = "bridge"


def presence(contact: Contact, domain: str) -> ET.Element:
    """That the contact is there as long as its conversation is open, with its name and its picture's hash."""
    there = {"from": f"{contact.room}@{domain}/{RESOURCE}", "to": contact.owner}
    if not contact.open:
        return ET.Element(tag(CLIENT, "presence"), {**there, "type": "unavailable"})
    made = ET.Element(tag(CLIENT, "presence"), there)
    ET.SubElement(made, tag(CLIENT, "status")).text = sendable(contact.title)
    made.append(nick(contact))
    update = ET.SubElement(made, tag(AVATAR_HASH, "x"))
    ET.SubElement(update, tag(AVATAR_HASH, "photo")).text = picture(contact).digest
    return made


def asking(contact: Contact, domain: str) -> ET.Element:
    """A contact asks its owner to be taken among the contacts."""
    named = {"from": f"{contact.room}@{domain}", "to": contact.owner, "type": "subscribe"}
    made = ET.Element(tag(CLIENT, "presence"), named)
    made.append(nick(contact))
    return made


def offering(contact: Contact, domain: str, group: str, to: str, sender: str) -> ET.Element:
    """The bridge offers a contact to an owner's program that takes such offers (XEP-0144 section 3)."""
    message = ET.Element(tag(CLIENT, "message"), {"from": sender, "to": to})
    offer = ET.SubElement(message, tag(ROSTER_EXCHANGE, "x"))
    about = {"action": "add", "jid": f"{contact.room}@{domain}", "name": sendable(contact.title)}
    item = ET.SubElement(offer, tag(ROSTER_EXCHANGE, "item"), about)
    if group:
        ET.SubElement(item, tag(ROSTER_EXCHANGE, "group")).text = sendable(group)
    return message


def follows(kind: str, contact: Contact, domain: str, book: Book) -> Sequence[ET.Element]:
    """What an owner's presence of this type to a contact is answered with; the book knows of it then."""
    if kind == "subscribe":
        seen = book.set(contact, seen=True)
        return (_plain(contact, domain, "subscribed"), presence(seen, domain))
    if kind in ("unsubscribe", "unsubscribed"):
        was = contact.seen
        book.set(contact, seen=False)
        return (_plain(contact, domain, "unsubscribed"),) if was else ()
    return (presence(contact, domain),) if kind == "probe" else ()


def _plain(contact: Contact, domain: str, kind: str) -> ET.Element:
    named = {"from": f"{contact.room}@{domain}", "to": contact.owner, "type": kind}
    return ET.Element(tag(CLIENT, "presence"), named)
