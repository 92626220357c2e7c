"""What owners are told of what became of things: delivery marks, dead letters, broken connectors. Pure."""

from __future__ import annotations

from dataclasses import replace

from bridge.abilities import Mark
from bridge.customers.following import followed
from bridge.decision import Draft, OwnerLine
from bridge.language import Language, language
from bridge.outbound import Outbound, OutboundKind
from bridge.policy import Owner, Policy, SurfaceAddress
from bridge.rooming import said
from bridge.text import Text
from bridge.work import Claimed, Outcome, Sending

REASON_LIMIT = 600
"""Characters of a configuration's faults that an owner reads; the log has them all."""

_TO_CUSTOMERS = (OutboundKind.ANSWER, OutboundKind.AUTOMATIC)


def notice(surface: SurfaceAddress, text: str, conversation: int = 0) -> Draft:
    """The bridge's own words to an owner; what is about a conversation stands in its room, where there is one."""
    return Draft(
        kind=OutboundKind.NOTICE,
        connector=surface.connector,
        address=surface.address,
        in_room=surface.rooms and conversation != 0,
        text=Text(text),
        conversation=conversation,
    )


def _everywhere(policy: Policy, *, but: str = "") -> list[tuple[Owner, SurfaceAddress]]:
    """Every surface; not those on the connector `but`, unless there are no others."""
    every = policy.surfaces()
    return [found for found in every if found[1].connector != but] or every


def unreadable(claimed: Claimed, reason: str, policy: Policy) -> list[Draft]:
    """An item became a dead letter."""
    told = []
    for owner, surface in _everywhere(policy):
        text = language(owner.language).say(
            "Something from {sender} ({label}) could not be read: {reason}. It is kept as it came; `retry i{id}` tries "
            "again, `dead` lists all such.",
            sender=claimed.item.lane or "?",
            label=policy.label(claimed.connector),
            reason=reason,
            id=claimed.id,
        )
        told.append(notice(surface, text))
    return told


def broken(connector: str, reason: str, policy: Policy) -> list[Draft]:
    """A connector stopped working."""
    return [
        notice(
            surface,
            language(owner.language).say(
                "{label} does not work: {reason}. It is tried again by itself; `inbox-bridge doctor` says more.",
                label=policy.label(connector),
                reason=reason,
            ),
        )
        for owner, surface in _everywhere(policy, but=connector)
    ]


def mended(connector: str, policy: Policy) -> list[Draft]:
    """It works again."""
    return [
        notice(surface, language(owner.language).say("{label} works again.", label=policy.label(connector)))
        for owner, surface in _everywhere(policy, but=connector)
    ]


_SHOWN = (OutboundKind.RELAY, OutboundKind.NOTICE)


def unreached(sending: Sending, outcome: Outcome, policy: Policy) -> list[Draft]:
    """Something could not be shown to an owner: said on all other surfaces, theirs and other owners'; without any, on
    none.
    """
    outbound = sending.outbound
    if outbound.kind not in _SHOWN or outcome.state != "dead":
        return []
    missed = policy.owner_at(outbound.connector, outbound.address)
    others = [
        (owner, surface)
        for owner, surface in policy.surfaces()
        if (surface.connector, surface.address.casefold()) != (outbound.connector, outbound.address.casefold())
    ]
    return [
        notice(
            surface,
            language(owner.language).say(
                "{owner} does not see what is shown on {label}: {reason}. `dead` lists what was missed, `retry ID` "
                "shows it again. This is said once a day.",
                owner=missed.name if missed else outbound.address,
                label=policy.label(outbound.connector),
                reason=outcome.reason,
            ),
        )
        for owner, surface in others
    ]


def refused(reason: str, policy: Policy) -> list[Draft]:
    """A changed configuration was refused."""
    return [
        notice(
            surface,
            language(owner.language).say(
                "The changed configuration is not used; all goes on with the one before. {reason}",
                reason=reason[:REASON_LIMIT],
            ),
        )
        for owner, surface in _everywhere(policy)
    ]


def adopted(policy: Policy) -> list[Draft]:
    """It was mended."""
    return [
        notice(surface, language(owner.language).say("The configuration is in order again, and used."))
        for owner, surface in _everywhere(policy)
    ]


def faq_faulty(reason: str, policy: Policy) -> list[Draft]:
    """Something is wrong with the FAQ, or with a part of it."""
    return [
        notice(
            surface,
            language(owner.language).say(
                "Something is wrong with the FAQ: {reason}. `inbox-bridge faq check` says more.",
                reason=reason[:REASON_LIMIT],
            ),
        )
        for owner, surface in _everywhere(policy)
    ]


def faq_right(policy: Policy) -> list[Draft]:
    """It was mended."""
    return [
        notice(surface, language(owner.language).say("The FAQ is in order again."))
        for owner, surface in _everywhere(policy)
    ]


_CHANGES = (OutboundKind.EDIT, OutboundKind.DELETION, OutboundKind.REACTION)
_MARKS = {"sent": Mark.SENT, "dead": Mark.FAILED, "maybe": Mark.MAYBE}


def told_of(sending: Sending, outcome: Outcome, policy: Policy) -> tuple[Draft, ...]:
    """What owners are told when an outbound to a customer has come to an end; nothing about other ends.

    The owner who wrote it gets a mark on their own line. A failure is told to everybody.
    """
    outbound = sending.outbound
    if outcome.state in ("opened", "refused", "gone"):
        return said(sending, outcome, policy)
    if outbound.kind is OutboundKind.FETCH:
        return followed(sending, outcome, policy.surfaces())
    if outbound.kind in _CHANGES:
        return _changed(sending, outcome, policy)
    if outbound.kind not in _TO_CUSTOMERS or outcome.state not in _MARKS:
        return ()
    missed = outcome.state == "sent" and outcome.reason
    if outcome.state == "sent" and outbound.kind is OutboundKind.AUTOMATIC and not missed:
        return ()
    told = []
    for owner, surface in _everywhere(policy):
        origin = sending.origin
        own = origin is not None and (origin.connector, origin.address) == (surface.connector, surface.address)
        if missed:
            words = _missed(sending, outcome, policy, language(owner.language))
            told.append(notice(surface, words, outbound.conversation))
        if outcome.state == "sent" and (not own or surface.quiet):
            continue
        text = Text(_words(sending, outcome, policy, language(owner.language)))
        told.append(
            Draft(
                kind=OutboundKind.MARK if own else OutboundKind.NOTICE,
                connector=surface.connector,
                address=surface.address,
                room=origin.room if own and origin else "",
                in_room=surface.rooms and not own,
                text=text,
                conversation=outbound.conversation,
                replies_to=(origin.native_id,) if own and origin else (),
                mark=str(_MARKS[outcome.state]) if own else "",
                title=outbound.title,
            )
        )
    return tuple(told)


def _missed(sending: Sending, outcome: Outcome, policy: Policy, spoken: Language) -> str:
    return spoken.say(
        "Sent, but not to everybody: #{number} {label} did not reach {reason}. The others have it.",
        number=sending.outbound.conversation,
        label=policy.label(sending.outbound.connector),
        reason=outcome.reason,
    )


def _changed(sending: Sending, outcome: Outcome, policy: Policy) -> tuple[Draft, ...]:
    """What the owner reads, where they wrote, of an answer that was changed or taken back after it had left; and of a
    sign, if it did not arrive.
    """
    origin, kind = sending.origin, sending.outbound.kind
    ends = ("dead", "maybe") if kind is OutboundKind.REACTION else ("sent", "dead", "maybe")
    if origin is None or outcome.state not in ends:
        return ()
    owner = policy.owner_at(origin.connector, origin.address)
    text = _changed_words(sending, outcome, policy, language(owner.language if owner else "en"))
    return (_where_it_stood(origin, text, sending.outbound),)


def _where_it_stood(origin: OwnerLine, text: str, outbound: Outbound) -> Draft:
    here = SurfaceAddress(connector=origin.connector, address=origin.address)
    return replace(notice(here, text, outbound.conversation), room=origin.room, title=outbound.title)


def _changed_words(sending: Sending, outcome: Outcome, policy: Policy, spoken: Language) -> str:
    outbound = sending.outbound
    whom = f"#{outbound.conversation} {policy.label(outbound.connector)}"
    if outbound.kind is OutboundKind.REACTION:
        return spoken.say(
            "Your sign is not shown: {whom}: {sign}: {reason}",
            whom=whom,
            sign=outbound.text.plain or "-",
            reason=outcome.reason,
        )
    edit = outbound.kind is OutboundKind.EDIT
    if outcome.state == "sent":
        return spoken.say("changed: {whom}", whom=whom) if edit else spoken.say("taken back: {whom}", whom=whom)
    if edit:
        return spoken.say(
            "NOT changed, the customer has the first wording: {whom}: {reason}", whom=whom, reason=outcome.reason
        )
    return spoken.say("NOT taken back, the customer has it: {whom}: {reason}", whom=whom, reason=outcome.reason)


def _words(sending: Sending, outcome: Outcome, policy: Policy, spoken: Language) -> str:
    outbound = sending.outbound
    whom = f"#{outbound.conversation} {policy.label(outbound.connector)}"
    if outcome.state == "sent":
        return spoken.say("sent: {whom}", whom=whom)
    if outcome.state == "dead":
        return spoken.say(
            "NOT delivered: {whom}: {reason}. `dead` lists what failed, `retry ID` tries again.",
            whom=whom,
            reason=outcome.reason,
        )
    return spoken.say(
        "Maybe sent, nobody can know: {whom}: {reason}. `dead` lists it, `retry ID` sends it again.",
        whom=whom,
        reason=outcome.reason,
    )


def shown_twice(text: Text, spoken: Language) -> Text:
    """A line for an owner that may have been shown before: better twice than never, but said so."""
    return text.behind(spoken.say("[maybe shown before] "))
