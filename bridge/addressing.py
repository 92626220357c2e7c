"""What every draft carries beside its words: the title of its conversation, and the token of where answers go. Pure.

Titles and tokens depend on the conversation and on the receiver, not on why something is sent; so they are filled in
here, for all that a decision or a step sends, and nowhere else.

    bearer of a token                     what its number means
    owner CONNECTOR ADDRESS               the conversation that this owner's line belongs to; 0: a command, or a number
    customer CONNECTOR                    the conversation that a customer's message belongs to
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bridge.conversation import Conversation
from bridge.decision import Change, Decision, Draft, Effect, Fetch, Open, Send
from bridge.outbound import OutboundKind
from bridge.policy import Policy
from bridge.tokens import conversation_of, made
from bridge.valid import one_line

OWNERS_TOKEN_LASTS = timedelta(days=30)
CUSTOMERS_TOKEN_LASTS = timedelta(days=365)

_TO_CUSTOMERS = (OutboundKind.ANSWER, OutboundKind.AUTOMATIC)
_TITLE_LIMIT = 150
_ROOM_NAME_LIMIT = 80

LookUp = Callable[[int], Conversation | None]


def title(conversation: Conversation) -> str:
    """What owners' clients call a conversation: `#42 Anna: Bouquet`."""
    name = conversation.customer.name or conversation.address
    subject = f": {conversation.subject}" if conversation.subject else ""
    return one_line(f"{conversation.handle} {name}{subject}", _TITLE_LIMIT)


def room_title(conversation: Conversation, label: str) -> str:
    """What a conversation's own room is called: `Anna - email #42`, the number never cut off."""
    name = one_line(conversation.customer.name or conversation.address, _ROOM_NAME_LIMIT)
    return f"{name} - {label} {conversation.handle}"


def owners_number(policy: Policy, connector: str, address: str, token: str, now: datetime) -> int | None:
    """The conversation that an owner's line names by its token, 0 for none; None where the token does not fit."""
    return conversation_of(policy.token_key, _owner(connector, address), token, now)


def customers_number(policy: Policy, connector: str, token: str, now: datetime) -> int:
    """The conversation that a customer's message names by its token, 0 where it names none that fits."""
    return conversation_of(policy.token_key, _customer(connector), token, now) or 0


def _owner(connector: str, address: str) -> str:
    return f"owner {connector} {address.casefold()}"


def _customer(connector: str) -> str:
    return f"customer {connector}"


def addressed(draft: Draft, policy: Policy, now: datetime) -> Draft:
    """The draft with its token, where its receiver's network has a place for one."""
    if draft.kind in _TO_CUSTOMERS:
        if draft.connector not in policy.tokens:
            return draft
        bearer, lasts = _customer(draft.connector), CUSTOMERS_TOKEN_LASTS
    else:
        surface = policy.surface_at(draft.connector, draft.address)
        if surface is None or not surface.tokens:
            return draft
        bearer, lasts = _owner(draft.connector, draft.address), OWNERS_TOKEN_LASTS
    return replace(draft, token=made(policy.token_key, bearer, draft.conversation, now + lasts))


def complete(decision: Decision, policy: Policy, look_up: LookUp, now: datetime) -> Decision:
    """The decision with titles and tokens in all that it sends; as it is where nobody has a use for them."""
    titled = any(surface.tokens or surface.rooms for owner in policy.owners for surface in owner.surfaces)
    if not titled and not policy.tokens:
        return decision
    about = _about(decision.effects, look_up)
    effects = [_completed(effect, about, policy, now) for effect in decision.effects]
    return replace(decision, effects=tuple(effects))


def _completed(effect: Effect, about: Mapping[int, Conversation], policy: Policy, now: datetime) -> Effect:
    if not isinstance(effect, Send | Fetch):
        return effect
    draft = replace(effect.draft, title=_titled(effect.draft, about.get(effect.draft.conversation), policy))
    return Fetch(draft=draft) if isinstance(effect, Fetch) else Send(draft=addressed(draft, policy, now))


def _titled(draft: Draft, conversation: Conversation | None, policy: Policy) -> str:
    if conversation is None:
        return ""
    in_room = draft.in_room or bool(draft.room)
    return room_title(conversation, policy.label(conversation.connector)) if in_room else title(conversation)


def _about(effects: Sequence[Effect], look_up: LookUp) -> Mapping[int, Conversation]:
    """The conversations that something is sent about, as they are after the decision."""
    known = {effect.conversation.number: effect.conversation for effect in effects if isinstance(effect, Open)}
    known |= {effect.after.number: effect.after for effect in effects if isinstance(effect, Change)}
    numbers = {effect.draft.conversation for effect in effects if isinstance(effect, Send)} - {0}
    found = {number: known.get(number) or look_up(number) for number in numbers}
    return {number: conversation for number, conversation in found.items() if conversation}
