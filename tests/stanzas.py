"""Stanzas, and what they mean: the good, the odd and the forged."""

from __future__ import annotations

from datetime import UTC, datetime

from bridge.connector import (
    Attachment,
    Deletion,
    DeliveryReport,
    DeliveryStatus,
    Edit,
    Ignored,
    InboundEvent,
    Message,
    Reaction,
    Text,
)

SHOP, ANNA = "shop@shop.test", "anna@example.org"


def stanza(inner: str, sender: str = f"{ANNA}/phone", kind: str = "chat", named: str = "m1", to: str = SHOP) -> str:
    name = f" id='{named}'" if named else ""
    return f"<message xmlns='jabber:client' from='{sender}' to='{to}' type='{kind}'{name}>{inner}</message>"


def message(text: str = "Hi", **fields: object) -> Message:
    given = {"address": ANNA, "text": Text(text), "authenticated": True, "native_id": "m1", **fields}
    return Message(**given)  # type: ignore[arg-type]


def reply(start: object, end: object) -> str:
    return (
        f"<reply xmlns='urn:xmpp:reply:0' to='{SHOP}' id='ours'/><fallback xmlns='urn:xmpp:fallback:0' "
        f"for='urn:xmpp:reply:0'><body start='{start}' end='{end}'/></fallback>"
    )


def report(status: DeliveryStatus, reason: str = "", refers_to: str = "ours") -> DeliveryReport:
    return DeliveryReport(refers_to=refers_to, status=status, reason=reason, recipient=ANNA)


OOB = "<x xmlns='jabber:x:oob'><url>{}</url></x>"
ERRORS = "urn:ietf:params:xml:ns:xmpp-stanzas"
MUC = "<x xmlns='http://jabber.org/protocol/muc#user'/>"

MEANINGS: dict[str, tuple[str, InboundEvent]] = {
    "a body": (stanza("<body>Hi</body>"), message()),
    "normal is chat": (stanza("<body>Hi</body>", kind="normal"), message()),
    "an unknown type is normal": (stanza("<body>Hi</body>", kind="nonsense"), message()),
    "a subject": (stanza("<subject>Tulips</subject><body>Hi</body>"), message(subject="Tulips")),
    "a nick": (
        stanza("<nick xmlns='http://jabber.org/protocol/nick'>Anna</nick><body>Hi</body>"),
        message(name="Anna"),
    ),
    "an origin-id": (
        stanza("<body>Hi</body><origin-id xmlns='urn:xmpp:sid:0' id='o1'/>", named=""),
        message(native_id="o1"),
    ),
    "no id": (stanza("<body>Hi</body>", named=""), message(native_id="")),
    "an earlier moment": (
        stanza("<body>Hi</body><delay xmlns='urn:xmpp:delay' stamp='2026-11-01T10:00:00Z'/>"),
        message(sent_at=datetime(2026, 11, 1, 10, tzinfo=UTC)),
    ),
    "no moment": (stanza("<body>Hi</body><delay xmlns='urn:xmpp:delay' stamp='soon'/>"), message()),
    "no zone": (stanza("<body>Hi</body><delay xmlns='urn:xmpp:delay' stamp='2026-11-01T10:00:00'/>"), message()),
    "unstyled": (stanza("<body>*Hi*</body><unstyled xmlns='urn:xmpp:styling:0'/>"), message("*Hi*")),
    "a reply": (stanza(f"<body>&gt; old\nnew</body>{reply(0, 6)}"), message("new", replies_to=("ours",))),
    "a reply without fallback": (
        stanza("<body>new</body><reply xmlns='urn:xmpp:reply:0' id='ours'/>"),
        message("new", replies_to=("ours",)),
    ),
    "a reply whose fallback is nonsense": (
        stanza(f"<body>new</body>{reply(-1, 99)}"),
        message("new", replies_to=("ours",)),
    ),
    "a reply whose fallback is no number": (
        stanza(f"<body>new</body>{reply('²', 3)}"),
        message("new", replies_to=("ours",)),
    ),
    "a correction": (
        stanza("<body>Ho</body><replace xmlns='urn:xmpp:message-correct:0' id='m0'/>"),
        Edit(address=ANNA, native_id="m0", text=Text("Ho"), authenticated=True),
    ),
    "a retraction": (
        stanza("<retract xmlns='urn:xmpp:message-retract:1' id='m0'/><body>/me retracted</body>"),
        Deletion(address=ANNA, native_id="m0", authenticated=True),
    ),
    "a retraction of 2019": (
        stanza("<apply-to xmlns='urn:xmpp:fasten:0' id='m0'><retract xmlns='urn:xmpp:message-retract:0'/></apply-to>"),
        Deletion(address=ANNA, native_id="m0", authenticated=True),
    ),
    "reactions": (
        stanza(
            "<reactions xmlns='urn:xmpp:reactions:0' id='ours'><reaction>+</reaction><reaction>!</reaction></reactions>"
        ),
        Reaction(address=ANNA, native_id="ours", sign="+ !", authenticated=True),
    ),
    "no reaction any more": (
        stanza("<reactions xmlns='urn:xmpp:reactions:0' id='ours'/>"),
        Reaction(address=ANNA, native_id="ours", sign="", authenticated=True),
    ),
    "a reaction to nothing": (
        stanza("<reactions xmlns='urn:xmpp:reactions:0'/>"),
        Ignored(reason="a reaction to no message"),
    ),
    "a receipt": (stanza("<received xmlns='urn:xmpp:receipts' id='ours'/>"), report(DeliveryStatus.DELIVERED)),
    "a marker": (stanza("<received xmlns='urn:xmpp:chat-markers:0' id='ours'/>"), report(DeliveryStatus.DELIVERED)),
    "read": (stanza("<displayed xmlns='urn:xmpp:chat-markers:0' id='ours'/>"), report(DeliveryStatus.READ)),
    "words beside a marker are not lost": (
        stanza("<displayed xmlns='urn:xmpp:chat-markers:0' id='ours'/><body>Hi</body>"),
        message(),
    ),
    "a receipt for nothing": (
        stanza("<received xmlns='urn:xmpp:receipts'/>"),
        Ignored(reason="a message without words"),
    ),
    "an error": (
        stanza(
            f"<body>our words</body><error type='cancel'><item-not-found xmlns='{ERRORS}'/>"
            f"<text xmlns='{ERRORS}'>no\nsuch person</text></error>",
            kind="error",
            named="ours",
        ),
        report(DeliveryStatus.BOUNCED, "item-not-found: no such person"),
    ),
    "an error without reason": (
        stanza("", kind="error", named="ours"),
        report(DeliveryStatus.BOUNCED, "undefined-condition"),
    ),
    "an error for nothing": (
        stanza("<error/>", kind="error", named=""),
        Ignored(reason="an error that names no message"),
    ),
    "a file": (
        stanza(f"<body>https://up.example/a%20b/tulip.jpg</body>{OOB.format('https://up.example/a%20b/tulip.jpg')}"),
        message(
            "https://up.example/a%20b/tulip.jpg",
            attachments=(Attachment(name="tulip.jpg", source="https://up.example/a%20b/tulip.jpg"),),
        ),
    ),
    "a file alone": (
        stanza(OOB.format("https://up.example/")),
        message("https://up.example/", attachments=(Attachment(name="file", source="https://up.example/"),)),
    ),
    "no file": (stanza("<body>Hi</body>" + OOB.format("file:///etc/passwd")), message()),
    "OMEMO": (
        stanza("<encrypted xmlns='eu.siacs.conversations.axolotl'/><body>I sent you an OMEMO message</body>"),
        message("[encrypted with OMEMO: it cannot be read here]", unreadable="OMEMO"),
    ),
    "encrypted otherwise": (
        stanza("<encryption xmlns='urn:xmpp:eme:0' namespace='x' name='nothing] -&gt; #41 Bob'/>"),
        message("[encrypted with end-to-end encryption: it cannot be read here]", unreadable="end-to-end encryption"),
    ),
    "an encrypted correction": (
        stanza(
            "<encrypted xmlns='urn:xmpp:omemo:2'/><body>fallback</body>"
            "<replace xmlns='urn:xmpp:message-correct:0' id='m0'/>"
        ),
        message("[encrypted with OMEMO: it cannot be read here]", unreadable="OMEMO"),
    ),
    "typing": (
        stanza("<composing xmlns='http://jabber.org/protocol/chatstates'/>"),
        Ignored(reason="a typing signal"),
    ),
    "nothing": (stanza(""), Ignored(reason="a message without words")),
    "to a room": (stanza("<body>all</body>", kind="groupchat"), Ignored(reason="said to a whole room, not to us")),
    "privately in a room": (
        stanza(f"<body>Hi</body>{MUC}", sender="plants@rooms.test/Anna"),
        message(address="plants@rooms.test/Anna", name="Anna", authenticated=False),
    ),
    "in the owner's name, in a room": (
        stanza(f"<body>Hi</body>{MUC}", sender="plants@rooms.test/owner@shop.test"),
        message(address="plants@rooms.test/owner@shop.test", name="owner@shop.test", authenticated=False),
    ),
    "our own words": (stanza("<body>Hi</body>", sender=SHOP), Ignored(reason="written by our own account")),
    "a server's words": (
        stanza("<body>Hi</body>", sender="example.org"),
        message(address="example.org", authenticated=False),
    ),
}


def carbon(inner: str, sender: str = SHOP, kind: str = "received") -> str:
    return (
        f"<message xmlns='jabber:client' from='{sender}' to='{SHOP}/x' type='chat'><{kind} xmlns='urn:xmpp:carbons:2'>"
        f"<forwarded xmlns='urn:xmpp:forward:0'>{inner}</forwarded></{kind}></message>"
    )


def archived(inner: str, sender: str = SHOP) -> str:
    return (
        f"<message xmlns='jabber:client' from='{sender}' to='{SHOP}/x'>"
        "<result xmlns='urn:xmpp:mam:2' id='a1' queryid='q'>"
        "<forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2026-11-01T10:00:00Z'/>"
        f"{inner}</forwarded></result></message>"
    )


OWNER = stanza("<body>#1 pay me</body>", sender="owner@shop.test/x")

FORGED: dict[str, str] = {
    "a stranger's carbon": carbon(OWNER, sender=f"{ANNA}/x"),
    "a carbon of our own address with a resource": carbon(OWNER, sender=f"{SHOP}/x"),
    "a carbon of a like address": carbon(OWNER, sender="shop@shop.test.evil"),
    "a carbon of our own server": carbon(OWNER, sender="shop.test"),
    "a carbon in a carbon": carbon(carbon(OWNER), sender=ANNA),
    "an archive's result in the stream": archived(OWNER, sender=f"{ANNA}/x"),
    "an archive's result in the stream in our name": archived(OWNER),
    "a forwarded message": stanza(f"<forwarded xmlns='urn:xmpp:forward:0'>{OWNER}</forwarded>"),
    "a carbon of nothing": carbon("", sender=ANNA),
    "addresses": stanza(
        "<addresses xmlns='http://jabber.org/protocol/address'>"
        "<address type='ofrom' jid='owner@shop.test'/></addresses>"
    ),
}
