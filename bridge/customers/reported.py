"""What follows from the network's later word on what was sent: delivered, read, come back. Pure."""

from __future__ import annotations

from dataclasses import replace

from bridge.book import Pending
from bridge.cases import overdue
from bridge.conversation import Conversation, Happening, State, after
from bridge.decision import Change, Decision, Draft, Effect, Log, OwnerLine, Send
from bridge.decision import Settle as SettleOutbound
from bridge.language import language
from bridge.letterbox import Letterbox
from bridge.marks import notice
from bridge.messages import DeliveryReport, DeliveryStatus
from bridge.outbound import OutboundKind
from bridge.policy import Owner, SurfaceAddress
from bridge.text import Text

_STATES = {
    DeliveryStatus.ACCEPTED: "sent",
    DeliveryStatus.DELIVERED: "delivered",
    DeliveryStatus.READ: "read",
    DeliveryStatus.BOUNCED: "bounced",
}
_TO_CUSTOMERS = (OutboundKind.ANSWER, OutboundKind.AUTOMATIC)
_NEVER_SENT = ("cancelled", "expired")


def _order(state: str) -> int:
    """Reports come in any order; what is known already is not undone by an earlier stage."""
    return tuple(_STATES.values()).index(state) if state in _STATES.values() else -1


def became(report: DeliveryReport, box: Letterbox) -> Decision:
    """The network's later word on an outbound."""
    sent = box.book.outbound(report.refers_to, box.connector)
    if sent is None or sent.connector != box.connector:
        return Decision("report of nothing known")
    state = _STATES[report.status]
    if sent.state not in _NEVER_SENT and (conversation := _copied(report, sent, box)) is not None:
        return Decision("copy bounced", tuple(_copy_bounced(report, conversation, box)))
    if sent.state in _NEVER_SENT or _order(state) <= _order(sent.state):
        return Decision("report of what is known")
    data = {"outbound": sent.part_of or sent.id, "status": str(report.status), "permanent": report.permanent}
    log = Log(kind="reported", conversation=sent.conversation, data=data)
    if report.status is DeliveryStatus.BOUNCED and not report.permanent:
        return Decision("delayed", (log,))
    return _settled(report, sent, log, box)


def _settled(report: DeliveryReport, sent: Pending, log: Log, box: Letterbox) -> Decision:
    state = _STATES[report.status]
    settled = SettleOutbound(outbound_id=sent.id, state=state, reason=report.reason)
    if report.status is not DeliveryStatus.BOUNCED or sent.kind not in _TO_CUSTOMERS:
        return Decision("reported", (settled, log, *_marked(sent, state, box)))
    if sent.kind == OutboundKind.AUTOMATIC:
        return Decision("bounced", (settled, log, *_unanswered(report, sent.conversation, box)))
    return Decision("bounced", (settled, log, *_bounced(report, sent.conversation, sent.origin, box)))


def _marked(sent: Pending, state: str, box: Letterbox) -> list[Send]:
    """How far an answer got, on the owner's own line, where that takes no line of its own (ability `Marks`)."""
    origin = sent.origin if sent.kind == OutboundKind.ANSWER and state in ("delivered", "read") else None
    surface = box.policy.surface_at(origin.connector, origin.address) if origin else None
    if origin is None or surface is None or not surface.marks:
        return []
    owner = box.policy.owner_at(origin.connector, origin.address)
    say = language(owner.language if owner else "en").say
    whom = f"#{sent.conversation} {box.policy.label(sent.connector)}"
    words = say("read: {whom}", whom=whom) if state == "read" else say("delivered: {whom}", whom=whom)
    return [Send(draft=_mark(origin, words, sent.conversation, state))]


def _mark(origin: OwnerLine, words: str, number: int, mark: str) -> Draft:
    """On the very line that the answer came of."""
    return Draft(
        kind=OutboundKind.MARK,
        connector=origin.connector,
        address=origin.address,
        room=origin.room,
        text=Text(words),
        conversation=number,
        replies_to=(origin.native_id,),
        mark=mark,
    )


def _copied(report: DeliveryReport, sent: Pending, box: Letterbox) -> Conversation | None:
    """The conversation, where a copy of an answer came back for good: the customer may well have it."""
    permanent = report.status is DeliveryStatus.BOUNCED and report.permanent
    if not permanent or sent.kind != OutboundKind.ANSWER or report.recipient in ("", sent.address.casefold()):
        return None
    conversation = box.book.conversation(sent.conversation)
    others = {one.casefold() for one in conversation.copies} if conversation else ()
    return conversation if report.recipient.casefold() in others else None


def _copy_bounced(report: DeliveryReport, conversation: Conversation, box: Letterbox) -> list[Effect]:
    data = {"recipient": report.recipient}
    effects: list[Effect] = [Log(kind="copy bounced", conversation=conversation.number, data=data)]
    for person, surface in box.policy.surfaces():
        text = language(person.language).say(
            "Sent, but not to everybody: #{number} {label} did not reach {reason}. The others have it.",
            number=conversation.number,
            label=box.policy.label(conversation.connector),
            reason=": ".join(part for part in (report.recipient, report.reason) if part),
        )
        effects.append(Send(draft=notice(surface, text, conversation.number)))
    return effects


def _unanswered(report: DeliveryReport, number: int, box: Letterbox) -> list[Effect]:
    """What the bridge itself had said did not arrive: where nobody else has answered, the customer waits again, and
    owners, who have read that they had an answer, are told.
    """
    conversation = box.book.conversation(number)
    if conversation is None or conversation.state is not State.WAITING or conversation.person_answered_at:
        return []
    return _bounced(report, number, None, box)


def _bounced(report: DeliveryReport, number: int, origin: OwnerLine | None, box: Letterbox) -> list[Effect]:
    conversation = box.book.conversation(number)
    if conversation is None:
        return []
    told = (_told(report, conversation, origin, person, surface) for person, surface in box.policy.surfaces())
    return [*_waits_again(conversation, box), *(Send(draft=draft) for draft in told)]


def _waits_again(conversation: Conversation, box: Letterbox) -> list[Effect]:
    """An answer that never arrived leaves the customer without one."""
    state = after(conversation.state, Happening.ANSWER_FAILED)
    if state is conversation.state:
        return []
    opened = replace(conversation, state=state, changed_at=box.now)
    return [Change(after=opened), *overdue.begun(conversation, opened, box)]


def _told(
    report: DeliveryReport, conversation: Conversation, origin: OwnerLine | None, person: Owner, surface: SurfaceAddress
) -> Draft:
    """What an owner reads: a mark on their own line where that stands here, a notice elsewhere."""
    text = language(person.language).say(
        "{handle} {name}: your answer came back, it did not arrive: {reason}",
        handle=conversation.handle,
        name=conversation.customer.name or conversation.address,
        reason=report.reason or "-",
    )
    if origin is not None and (origin.connector, origin.address) == (surface.connector, surface.address):
        return _mark(origin, text, conversation.number, "failed")
    return notice(surface, text, conversation.number)
