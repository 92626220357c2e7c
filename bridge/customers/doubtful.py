"""What follows when somebody writes in an owner's name and nothing vouches for them. Pure.

It is text, never a command nor an answer (invariant 6). Owners see it, marked, on their other surfaces; on the very one
that it pretends to come from only if there is no other, since a machine behind that address would answer it again. It
starts no clock and gets no answer. More than a few a day are filed only.

In a group that owners share, only those count whom the configuration names.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bridge.customers.customer import filed
from bridge.decision import Decision, Send
from bridge.language import language
from bridge.letterbox import Letterbox
from bridge.marks import notice
from bridge.messages import Message
from bridge.owners.relay import excerpt, guarded
from bridge.policy import Owner, SurfaceAddress
from bridge.text import Text

SHOWN_A_DAY = 10
_DAY = timedelta(days=1)


def wrote(message: Message, box: Letterbox) -> Decision:
    """A message in an owner's name."""
    decision, conversation = filed("doubtful", message, box)
    written = box.book.messages_between(conversation.customer.id, box.now - _DAY, box.now + timedelta.resolution)
    if written >= SHOWN_A_DAY:
        return decision
    shown = [
        # About no conversation: an answer to it would go to the very address, or to whom they wrote to, too.
        Send(draft=notice(surface, _words(message, owner, box)))
        for owner, surface in _elsewhere(message, box)
    ]
    return Decision("doubtful", (*decision.effects, *shown))


def unnamed(message: Message, box: Letterbox) -> Decision:
    """A line of somebody's in a group that owners share, who is named as none of them: it goes nowhere."""
    owner, surface = (
        box.policy.owner_at(box.connector, message.address),
        box.policy.surface_at(box.connector, message.address),
    )
    if owner is None or surface is None:
        return Decision("not named as an owner")
    text = language(owner.language).say(
        "Not read: {name} is not named among the owners who share this group. To change that: member = "
        '"{sender}" on their surface in the configuration.',
        name=message.name or message.sender,
        sender=message.sender,
    )
    return Decision("not named as an owner", (Send(draft=replace(notice(surface, text), room=message.room)),))


def _elsewhere(message: Message, box: Letterbox) -> list[tuple[Owner, SurfaceAddress]]:
    every = box.policy.surfaces()
    same = (box.connector, message.address.casefold())
    others = [found for found in every if (found[1].connector, found[1].address.casefold()) != same]
    return others or every


def _words(message: Message, owner: Owner, box: Letterbox) -> str:
    say = language(owner.language).say
    surface = box.policy.surface_at(box.connector, message.address)
    why = message.doubt or say("nothing vouches for its sender")
    if message.authenticated and surface is not None and surface.tokens:
        why = say("it was not sent to the address that your answers go to, or that address has ended")
    words = message.text if message.visible is None else message.visible
    head = say(
        "Suspicious: something came in the name of {address}. Nothing was sent or done, because {why}. It says:",
        address=message.address,
        why=why,
    )
    return f"{head}\n{guarded(Text(excerpt(words.plain, 500))).plain}"
