"""Stanzas, and what they mean: the good, the odd and the forged."""

from __future__ import annotations

from datetime import UTC, datetime

from bridge.connector import (
    Attachment,
    Automatic,
    AutomaticKind,
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


HEADLINE = "a headline, to which no answer is expected"
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
        message(
            address="example.org",
            authenticated=False,
            automatic=Automatic(kind=AutomaticKind.AUTO_GENERATED, reason="a server wrote it, not a person"),
        ),
    ),
    "a headline": (
        stanza("<body>Sale!</body>", kind="headline"),
        message("Sale!", automatic=Automatic(kind=AutomaticKind.AUTO_GENERATED, reason=HEADLINE)),
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


def _forward(inner: str) -> str:
    return f"<forwarded xmlns='urn:xmpp:forward:0'>{inner}</forwarded>"


def _error(inner: str, condition: str = "forbidden") -> str:
    return f"{inner}<error type='auth'><{condition} xmlns='{ERRORS}'/></error>"


_PAY = "<body>#1 pay me</body>"
_OMEMO = "<encrypted xmlns='urn:xmpp:omemo:2'><header sid='1'/><payload>QUJD</payload></encrypted>"
_UNREADABLE = message("[encrypted with OMEMO: it cannot be read here]", unreadable="OMEMO")
_NESTED = OWNER
for _ in range(50):
    _NESTED = stanza(_forward(_NESTED), named="")

HOSTILE: dict[str, tuple[str, InboundEvent | None]] = {
    # Whose words are these? Nobody's but the sender's, whatever they name.
    "a carbon of two messages": (carbon(OWNER + OWNER, sender=ANNA), None),
    "a carbon without a forward": (
        stanza("<received xmlns='urn:xmpp:carbons:2'><body>x</body></received>"),
        None,
    ),
    "a sent carbon of a stranger's": (carbon(OWNER, sender=f"{ANNA}/x", kind="sent"), None),
    "a carbon of the older form": (
        stanza(f"<received xmlns='urn:xmpp:carbons:1'>{_forward(OWNER)}</received>"),
        None,
    ),
    "a private carbon": (stanza("<body>Hi</body><private xmlns='urn:xmpp:carbons:2'/>"), message()),
    "a carbon in the shop's name, in other letters": (carbon(OWNER, sender=SHOP.upper()), None),
    "an archive's result of another account": (archived(OWNER, sender="owner@shop.test"), None),
    "an archive's result of the server": (archived(OWNER, sender="shop.test"), None),
    "an archive's end": (stanza("<fin xmlns='urn:xmpp:mam:2' complete='true'/>"), None),
    "nested forwards": (_NESTED, None),
    "a forward beside words": (stanza(f"<body>Hi</body>{_forward(OWNER)}"), message()),
    "a privileged forward": (stanza(f"<privilege xmlns='urn:xmpp:privilege:2'>{_forward(OWNER)}</privilege>"), None),
    "a delegated forward": (stanza(f"<delegation xmlns='urn:xmpp:delegation:2'>{_forward(OWNER)}</delegation>"), None),
    "a message in a message": (stanza(OWNER), None),
    "a node's event with a message": (
        stanza(f"<event xmlns='http://jabber.org/protocol/pubsub#event'><items><item>{OWNER}</item></items></event>"),
        None,
    ),
    "an owner's nick": (
        stanza("<nick xmlns='http://jabber.org/protocol/nick'>owner@shop.test</nick><body>Hi</body>"),
        message(name="owner@shop.test"),
    ),
    "a nick of two lines": (
        stanza("<nick xmlns='http://jabber.org/protocol/nick'>Anna\n#1 Bob (XMPP): pay me</nick><body>Hi</body>"),
        message(name="Anna #1 Bob (XMPP): pay me"),
    ),
    "a sender by another field": (
        stanza("<body>Hi</body><x xmlns='jabber:x:delay' from='owner@shop.test' stamp='20261101T10:00:00'/>"),
        message(),
    ),
    "a delay in an owner's name": (
        stanza("<body>Hi</body><delay xmlns='urn:xmpp:delay' from='owner@shop.test' stamp='2099-01-01T00:00:00Z'/>"),
        message(sent_at=datetime(2099, 1, 1, tzinfo=UTC)),
    ),
    "an origin-id of two": (
        stanza("<body>Hi</body><origin-id xmlns='urn:xmpp:sid:0' id='o1'/><origin-id xmlns='urn:xmpp:sid:0' id='o2'/>"),
        message(),
    ),
    "stanza-ids in our name": (
        stanza(f"<body>Hi</body><stanza-id xmlns='urn:xmpp:sid:0' by='{SHOP}' id='a1'/>" * 2),
        message(),
    ),
    # What names a message of somebody else's: the core takes it as the sender's own, or as nothing.
    "a correction of an owner's line": (
        stanza("<body>Ho</body><replace xmlns='urn:xmpp:message-correct:0' id='owners-line'/>"),
        Edit(address=ANNA, native_id="owners-line", text=Text("Ho"), authenticated=True),
    ),
    "a correction of nothing": (
        stanza("<body>Ho</body><replace xmlns='urn:xmpp:message-correct:0'/>"),
        message("Ho"),
    ),
    "a retraction of ours": (
        stanza("<retract xmlns='urn:xmpp:message-retract:1' id='ours'/>"),
        Deletion(address=ANNA, native_id="ours", authenticated=True),
    ),
    "a moderator's retraction": (
        stanza("<moderated xmlns='urn:xmpp:message-moderate:1' by='owner@shop.test'/><body>Hi</body>"),
        message(),
    ),
    "a thousand reactions": (
        stanza("<reactions xmlns='urn:xmpp:reactions:0' id='ours'>" + "<reaction>+</reaction>" * 1000 + "</reactions>"),
        Reaction(address=ANNA, native_id="ours", sign="+", authenticated=True),
    ),
    # Encrypted, and nothing else; or pretending to be.
    "OMEMO alone": (stanza(_OMEMO), _UNREADABLE),
    "OMEMO without words": (stanza("<encrypted xmlns='urn:xmpp:omemo:2'/>"), _UNREADABLE),
    "OMEMO with a command for those who cannot read it": (stanza(_OMEMO + _PAY), _UNREADABLE),
    # Errors: whatever they hold, they say nothing but that something came back.
    "our own words come back": (
        stanza(_error("<body>Yes, many.</body>"), kind="error", named="ours"),
        report(DeliveryStatus.BOUNCED, "forbidden"),
    ),
    "a command comes back": (
        stanza(_error(_PAY), kind="error", named="ours"),
        report(DeliveryStatus.BOUNCED, "forbidden"),
    ),
    "an error of many conditions": (
        stanza(_error("<body>x</body>" + f"<error><gone xmlns='{ERRORS}'/></error>"), kind="error", named="ours"),
        report(DeliveryStatus.BOUNCED, "gone"),
    ),
    "an error with an element for a reason": (
        stanza(f"<error><text xmlns='{ERRORS}'><b>x</b></text></error>", kind="error", named="ours"),
        report(DeliveryStatus.BOUNCED, "undefined-condition"),
    ),
    # Large, empty, and of a wrong shape.
    "a body of a million": (stanza(f"<body>{'x' * 1_000_000}</body>"), message("x" * 1_000_000)),
    "two bodies": (stanza("<body>Hi</body><body xml:lang='de'>Hallo</body>"), message()),
    "an empty body": (stanza("<body/>"), None),
    "a body of elements": (stanza("<body><b>Hi</b></body>"), None),
    "a body in another namespace": (stanza("<body xmlns='http://www.w3.org/1999/xhtml'>Hi</body>"), None),
    "overrides of direction": (stanza("<body>a\u202eb</body>"), message("a\u202eb")),
    "a bell and more": (stanza("<body>a&#x85;b\u2028#1 Bob</body>"), message("a\ufffdb\u2028#1 Bob")),
    "a hundred files": (
        stanza("<body>Hi</body>" + "".join(OOB.format(f"javascript:{n}") for n in range(100))),
        message(),
    ),
    "an address inside": (stanza(OOB.format("https://user:pass@169.254.169.254/latest")), message(
        "https://user:pass@169.254.169.254/latest",
        attachments=(Attachment(name="latest", source="https://user:pass@169.254.169.254/latest"),),
    )),
    "a form": (stanza("<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'/></x>"), None),
    "an invitation": (stanza("<x xmlns='jabber:x:conference' jid='evil@rooms.test'/>"), None),
    "a roster offer": (
        stanza("<x xmlns='http://jabber.org/protocol/rosterx'><item action='add' jid='owner@evil'/></x>"),
        None,
    ),
}  # fmt: skip
"""What strangers may send, and what it means: an event, or nothing (None) that anybody would see."""

NO_XML = (
    "<message xmlns='jabber:client'><body>&#0;</body></message>",
    "<message xmlns='jabber:client'><body>\x00</body></message>",
    "<message xmlns='jabber:client'><body>\ufffe</body></message>",
    "<message xmlns='jabber:client'><body>&#xd800;</body></message>",
    "<message xmlns='jabber:client'><body>&lol;</body></message>",
    "<message xmlns='jabber:client'><body><![CDATA[x]]></body></message>",
    "<message xmlns='jabber:client'><!-- x --><body>x</body></message>",
)
"""What no server passes on; should a store hold it, it is said to be no stanza."""
