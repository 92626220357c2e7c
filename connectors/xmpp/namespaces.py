"""The XML namespaces of the XEPs that the connector speaks."""

from __future__ import annotations

CLIENT = "jabber:client"
COMPONENT = "jabber:component:accept"  # XEP-0114
STANZA_ERRORS = "urn:ietf:params:xml:ns:xmpp-stanzas"

DISCO_INFO = "http://jabber.org/protocol/disco#info"  # XEP-0030
DISCO_ITEMS = "http://jabber.org/protocol/disco#items"
DATA = "jabber:x:data"  # XEP-0004
VCARD_TEMP = "vcard-temp"  # XEP-0054
LAST = "jabber:iq:last"  # XEP-0012
OOB = "jabber:x:oob"  # XEP-0066
CHAT_STATES = "http://jabber.org/protocol/chatstates"  # XEP-0085
NICK = "http://jabber.org/protocol/nick"  # XEP-0172
RECEIPTS = "urn:xmpp:receipts"  # XEP-0184
BLOCKING = "urn:xmpp:blocking"  # XEP-0191
DELAY = "urn:xmpp:delay"  # XEP-0203
CARBONS = "urn:xmpp:carbons:2"  # XEP-0280
FORWARD = "urn:xmpp:forward:0"  # XEP-0297
CORRECT = "urn:xmpp:message-correct:0"  # XEP-0308
ARCHIVE = "urn:xmpp:mam:2"  # XEP-0313
RSM = "http://jabber.org/protocol/rsm"  # XEP-0059
MARKERS = "urn:xmpp:chat-markers:0"  # XEP-0333
HINTS = "urn:xmpp:hints"  # XEP-0334
SIDS = "urn:xmpp:sid:0"  # XEP-0359
UPLOAD = "urn:xmpp:http:upload:0"  # XEP-0363
ENCRYPTION = "urn:xmpp:eme:0"  # XEP-0380
STYLING = "urn:xmpp:styling:0"  # XEP-0393
RETRACT = ("urn:xmpp:message-retract:1", "urn:xmpp:message-retract:0")  # XEP-0424, and its older form
FASTEN = "urn:xmpp:fasten:0"  # XEP-0422, around the older retraction
FALLBACK = "urn:xmpp:fallback:0"  # XEP-0428
REACTIONS = "urn:xmpp:reactions:0"  # XEP-0444
REPLY = "urn:xmpp:reply:0"  # XEP-0461
ROOM_USER = "http://jabber.org/protocol/muc#user"  # XEP-0045
ROOM = "http://jabber.org/protocol/muc"
ROOM_ADMIN = "http://jabber.org/protocol/muc#admin"
ROOM_OWNER = "http://jabber.org/protocol/muc#owner"
SELF_PING = "http://jabber.org/protocol/muc#self-ping-optimization"  # XEP-0410
INVITATION = "jabber:x:conference"  # XEP-0249
OCCUPANT_ID = "urn:xmpp:occupant-id:0"  # XEP-0421
PUBSUB = "http://jabber.org/protocol/pubsub"  # XEP-0060
PUBSUB_EVENT = "http://jabber.org/protocol/pubsub#event"
AVATAR_DATA = "urn:xmpp:avatar:data"  # XEP-0084
AVATAR_METADATA = "urn:xmpp:avatar:metadata"
AVATAR_HASH = "vcard-temp:x:update"  # XEP-0153
ROSTER_EXCHANGE = "http://jabber.org/protocol/rosterx"  # XEP-0144
PING = "urn:xmpp:ping"  # XEP-0199
VCARD4 = "urn:ietf:params:xml:ns:vcard-4.0"  # XEP-0292
VCARD4_NODE = "urn:xmpp:vcard4"
PUSH = "urn:xmpp:push:0"  # XEP-0357

OMEMO = ("eu.siacs.conversations.axolotl", "urn:xmpp:omemo:2", "urn:xmpp:omemo:1")  # XEP-0384
OTR = "urn:xmpp:otr:0"  # XEP-0364
OPENPGP = ("urn:xmpp:openpgp:0", "jabber:x:encrypted")  # XEP-0373, XEP-0027


def tag(namespace: str, name: str) -> str:
    """An element's name as ElementTree spells it."""
    return f"{{{namespace}}}{name}"
