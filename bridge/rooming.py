"""What owners see of rooms: what closes and opens them with their conversation, and what is said of them. Pure.

A surface with rooms has one for each conversation; all about it stands there, without its number. How one comes to be
is the store's and the deliverer's (`store/rooming.py`): a draft only says that it belongs there (`in_room`).
"""

from __future__ import annotations

from dataclasses import replace

from bridge.conversation import Conversation
from bridge.decision import Draft, Send
from bridge.language import language
from bridge.outbound import OutboundKind
from bridge.policy import Policy
from bridge.text import Text
from bridge.work import Outcome, Sending


def close(policy: Policy, conversation: Conversation) -> list[Send]:
    """Its rooms are closed."""
    return _all(policy, conversation, OutboundKind.CLOSE_ROOM)


def reopen(policy: Policy, conversation: Conversation) -> list[Send]:
    """Its rooms are open again; where there are none, nothing happens."""
    return _all(policy, conversation, OutboundKind.REOPEN_ROOM)


def _all(policy: Policy, conversation: Conversation, kind: OutboundKind) -> list[Send]:
    return [
        Send(
            draft=Draft(
                kind=kind,
                connector=surface.connector,
                address=surface.address,
                text=Text(conversation.handle),
                conversation=conversation.number,
                in_room=True,
            )
        )
        for owner in policy.owners
        for surface in owner.surfaces
        if surface.rooms
    ]


def said(sending: Sending, outcome: Outcome, policy: Policy) -> tuple[Draft, ...]:
    """What the owner reads of a room that is not as it should be; nothing of one that is."""
    outbound = sending.outbound
    owner = policy.owner_at(outbound.connector, outbound.address)
    say = language(owner.language if owner else "en").say
    title = outbound.title or f"#{outbound.conversation}"
    notice = Draft(
        kind=OutboundKind.NOTICE,
        connector=outbound.connector,
        address=outbound.address,
        text=Text(),
        conversation=outbound.conversation,
        title=outbound.title,
    )
    if outcome.state == "refused":
        told = say(
            "No room could be opened for {title}: {reason}. It is shown here.", title=title, reason=outcome.reason
        )
        return (replace(notice, text=Text(told)),)
    if outcome.state == "opened" and sending.again:
        told = say(
            "Opening the room of {title} was interrupted: there may be another one, which is empty.", title=title
        )
        return (replace(notice, text=Text(told), in_room=True),)
    if outcome.state == "gone" and sending.in_room:
        told = say("The room of {title} was gone; it goes on here.", title=title)
        return (replace(notice, text=Text(told), in_room=True),)
    return ()
