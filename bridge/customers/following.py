"""Files that came by reference: fetched for whom, and what owners see of them. Pure.

A customer's words are shown at once, with the file's name; the file follows in a line of its own, on every surface, as
soon as it is there. So no slow server ever holds back what somebody wrote. An owner's file goes along with the answer,
which waits for it: a customer gets both or, if it can't be had, neither, and the owner is told.
"""

from __future__ import annotations

from collections.abc import Sequence

from bridge.decision import Draft, Fetch
from bridge.language import Language, language
from bridge.messages import Attachment
from bridge.outbound import OutboundKind
from bridge.owners.relay import headed
from bridge.policy import Owner, SurfaceAddress
from bridge.text import Text
from bridge.work import Outcome, Sending


def wanted(
    files: Sequence[Attachment],
    connector: str,
    address: str,
    *,
    conversation: int,
    author: str = "",
    name: str = "",
) -> list[Fetch]:
    """What fetches the files of the message recorded in the same decision: an owner's (`author`), or those of a
    customer, whom owners know as `name`.
    """
    if not any(file.awaited for file in files):
        return []
    draft = Draft(
        kind=OutboundKind.FETCH,
        connector=connector,
        address=address,
        text=Text(),
        conversation=conversation,
        author=author,
        from_name=name,
    )
    return [Fetch(draft=draft)]


def followed(
    sending: Sending, outcome: Outcome, everywhere: Sequence[tuple[Owner, SurfaceAddress]]
) -> tuple[Draft, ...]:
    """What owners are shown when a fetch has come to an end. Of an owner's own file its answer tells."""
    outbound = sending.outbound
    if sending.author or outcome.state not in ("sent", "dead"):
        return ()
    told = []
    for owner, surface in everywhere:
        head = f"#{outbound.conversation} {outbound.from_name}: "
        text = headed("" if surface.rooms else head, outbound.text)
        if outcome.state == "dead":
            text = Text(_failed(head, sending, outcome, language(owner.language)))
        told.append(
            Draft(
                kind=OutboundKind.RELAY if outcome.state == "sent" else OutboundKind.NOTICE,
                connector=surface.connector,
                address=surface.address,
                text=text,
                conversation=outbound.conversation,
                carries_of=(sending.message or 0) if outcome.state == "sent" else 0,
                file=sending.file,
                in_room=surface.rooms,
                head=head if surface.rooms and outcome.state == "sent" else "",
                title=outbound.title,
                from_name=outbound.from_name,
            )
        )
    return tuple(told)


def _failed(head: str, sending: Sending, outcome: Outcome, language: Language) -> str:
    return head + language.say(
        "{file} could not be fetched: {reason}. `dead` lists it, `retry ID` tries again.",
        file=sending.outbound.text.plain,
        reason=outcome.reason,
    )
