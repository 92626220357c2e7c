"""One owner's line in hand: who wrote it, where, and what may be looked up. What decisions about owners pass around."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bridge.book import Book
from bridge.conversation import Conversation
from bridge.decision import Draft, OwnerLine, Send
from bridge.faq.rules import Rules
from bridge.hours import Hours
from bridge.language import Language, language
from bridge.outbound import OutboundKind
from bridge.policy import Owner, Policy, SurfaceAddress
from bridge.text import Text


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """An owner's line, and the world it is decided in. `number`: the conversation that its token names, 0 for none.
    `quotes` are the native ids that the line answers, nearest first.
    """

    owner: Owner
    line: OwnerLine
    book: Book
    policy: Policy
    now: datetime
    number: int = 0
    faq: Rules | None = None
    hours: Hours | None = None
    quotes: tuple[str, ...] = ()

    @property
    def surface(self) -> SurfaceAddress:
        """Where the line stands."""
        here = self.policy.surface_at(self.line.connector, self.line.address)
        return here or SurfaceAddress(connector=self.line.connector, address=self.line.address)

    @property
    def by_token(self) -> bool:
        """Whether the line counts by the token that it was sent with."""
        return self.surface.tokens

    @property
    def speech(self) -> Language:
        """The owner's language."""
        return language(self.owner.language)

    def clock(self, moment: datetime) -> str:
        """A moment by the shop's clock, as owners read it: `2026-11-22 20:47`."""
        return f"{moment.astimezone(ZoneInfo(self.policy.timezone)):%Y-%m-%d %H:%M}"

    def tell(self, text: str, conversation: int = 0) -> Send:
        """The bridge's own words, back to where the line stood."""
        return Send(
            draft=Draft(
                kind=OutboundKind.NOTICE,
                connector=self.line.connector,
                address=self.line.address,
                room=self.line.room,
                text=Text(text),
                conversation=conversation,
            )
        )

    def tell_in_rooms(self, text: str, *numbers: int) -> list[Send]:
        """The same into the rooms of these conversations, where the owner's surface has rooms; a room is opened.

        Not into the one where the line stood: that reads it anyway.
        """
        if not self.surface.rooms:
            return []
        here = self.book.in_room(self.line.connector, self.surface.address, self.line.room)
        drafts = [self.tell(text, number).draft for number in dict.fromkeys(numbers) if number != here]
        return [Send(draft=replace(draft, room="", in_room=True)) for draft in drafts]

    def whom(self, conversation: Conversation) -> str:
        """A customer as an owner reads them: `#42 Anna, email`."""
        name = conversation.customer.name or conversation.address
        return f"{conversation.handle} {name}, {self.policy.label(conversation.connector)}"
