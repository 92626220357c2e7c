"""Files that came by reference: fetched for whom, and what owners see of them. Pure.

A customer's words are shown at once, with the file's name; the file follows in a line of its own, on every surface, as
soon as it is there. So no slow server ever holds back what somebody wrote. An owner's file goes along with the answer,
which waits for it: a customer gets both or, if it can't be had, neither, and the owner is told.
"""

from __future__ import annotations

from collections.abc import Sequence

from bridge.decision import Draft, Fetch
from bridge.language import language
from bridge.messages import Attachment, OutboundKind, Text
from bridge.policy import Owner, Policy, SurfaceAddress
from bridge.work import Outcome, Sending


def wanted(
    files: Sequence[Attachment],
    connector: str,
    address: str,
    *,
    conversation: int,
    author: str = "",
    head: str = "",
    name: str = "",
) -> list[Fetch]:
    """What fetches the files of the message recorded in the same decision. `author` is the owner whose they are; of a
    customer's `head` is what stands before the file's name, and `name` who sent it.
    """
    if not any(file.awaited for file in files):
        return []
    draft = Draft(
        kind=OutboundKind.FETCH,
        connector=connector,
        address=address,
        text=Text(head),
        conversation=conversation,
        author=author,
        from_name=name,
    )
    return [Fetch(draft=draft)]


def followed(
    sending: Sending, outcome: Outcome, policy: Policy, everywhere: Sequence[tuple[Owner, SurfaceAddress]]
) -> tuple[Draft, ...]:
    """What owners are shown when a fetch has come to an end. Of an owner's own file its answer tells."""
    outbound = sending.outbound
    if sending.author or outcome.state not in ("sent", "dead"):
        return ()
    told = []
    for owner, surface in everywhere:
        text = outbound.text
        if outcome.state == "dead":
            text = Text(_failed(sending, outcome, policy, owner))
        told.append(
            Draft(
                kind=OutboundKind.RELAY if outcome.state == "sent" else OutboundKind.NOTICE,
                connector=surface.connector,
                address=surface.address,
                text=text,
                conversation=outbound.conversation,
                carries_of=(sending.message or 0) if outcome.state == "sent" else 0,
                file=sending.file,
                title=outbound.title,
                from_name=outbound.from_name,
            )
        )
    return tuple(told)


def _failed(sending: Sending, outcome: Outcome, policy: Policy, owner: Owner) -> str:
    return language(owner.language).say(
        "{file} could not be fetched from {label}: {reason}. `dead` lists it, `retry ID` tries again.",
        file=sending.outbound.text.plain,
        label=policy.label(sending.outbound.connector),
        reason=outcome.reason,
    )
