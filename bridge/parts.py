"""Long texts in parts, where a network has a longest message: each part an outbound of its own. Pure.

A decision knows no connector; what it has decided is split afterwards, before it is stored, by the pure `split` of the
connector that it goes to. So a decision that is repeated has the same parts under the same ids.

What an owner is shown names its conversation in every part: the second one of a customer's words may begin anywhere,
also where it reads like a line of the bridge's own (`#7 Bob (email): …`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bridge.decision import Decision, Draft, Effect, Reword, Send
from bridge.outbound import OutboundKind
from bridge.owners.relay import cut, headed
from bridge.text import Text

Split = Callable[[Text], Sequence[Text]]


# Where an edit needs more room than what it edits had, the rest follows as a message.
_FOLLOWS = {OutboundKind.EDIT: OutboundKind.ANSWER}


def in_parts(decision: Decision, splits: Mapping[str, Split]) -> Decision:
    """The decision with what is too long for its network in parts. `splits` is by the connector's name."""
    if not splits:
        return decision
    return replace(decision, effects=tuple(_fitted(effect, splits) for effect in decision.effects))


def _fitted(effect: Effect, splits: Mapping[str, Split]) -> Effect:
    if isinstance(effect, Send) and effect.draft.connector in splits:
        return _sent(effect.draft, splits[effect.draft.connector])
    if isinstance(effect, Reword) and effect.connector in splits:
        texts = _split(effect.text, splits[effect.connector])
        return replace(effect, parts=tuple(texts) if len(texts) > 1 else ())
    return effect


def _sent(draft: Draft, split: Split) -> Send:
    """The first part answers and carries the files, the last one asks, and quotes."""
    relayed = draft.kind is OutboundKind.RELAY and draft.conversation
    pieces = _named(draft, split) if relayed else [("", text) for text in _split(draft.text, split)]
    if len(pieces) == 1:
        return Send(draft=draft)
    kind = _FOLLOWS.get(draft.kind, draft.kind)
    bare = replace(draft, kind=kind, replies_to=(), carries=False, carries_of=0, changes="")
    parts = [_part(bare if place else draft, *piece) for place, piece in enumerate(pieces)]
    return Send(draft=_unended(parts[0]), more=(*map(_unended, parts[1:-1]), parts[-1]))


def _part(draft: Draft, head: str, text: Text) -> Draft:
    """In a room it stands without its head, which is held ready for elsewhere."""
    if draft.in_room and head:
        return replace(draft, head=head, text=cut(text, len(head)))
    return replace(draft, text=text)


def _unended(draft: Draft) -> Draft:
    return replace(draft, choices=(), quoted=None)


def _split(text: Text, split: Split) -> Sequence[Text]:
    try:
        parts = tuple(split(text))
    except Exception:  # noqa: BLE001 - a plug-in's fault: the whole text is offered, and its `send` says what is wrong
        return (text,)
    return parts or (text,)


def _named(draft: Draft, split: Split) -> Sequence[tuple[str, Text]]:
    """In parts that each begin with the conversation's number, and what of each is that; the first one has it."""
    pieces: list[tuple[str, Text]] = []
    head, rest, left = draft.head, headed(draft.head, draft.text), len(draft.text.plain) + 1
    while True:
        first, *more = _split(rest, split)
        behind = _behind(rest, first) if more else None
        if behind is None or len(behind.plain) >= left:
            return [*pieces, (head, first), *(("", part) for part in more)]
        pieces.append((head, first))
        head = f"#{draft.conversation} … "
        rest, left = headed(head, behind), len(behind.plain)


def _behind(text: Text, part: Text) -> Text | None:
    """What follows this part of a text, or None where the part is none."""
    start = len(text.plain) - len(text.plain.lstrip())
    for place in (0, start):
        if text.plain.startswith(part.plain, place):
            return cut(text, place + len(part.plain))
    return None
