"""What follows when somebody of the shop has written to a customer with another client of the business's account. Pure.

The customer has it already: it is a person's answer in all but the sending. It stands in the history, silences the bot,
and every owner reads that it was said, since none of them typed it here.
"""

from __future__ import annotations

from dataclasses import replace

from bridge.cases.closing import close_later
from bridge.conversation import Conversation, Happening, after
from bridge.customers.arrival import placed
from bridge.decision import Change, Decision, Direction, Effect, Log, Open, Record, Send, WithdrawAutomatic
from bridge.language import language
from bridge.letterbox import Letterbox
from bridge.marks import notice
from bridge.messages import Message, Spoke
from bridge.owners.relay import excerpt, sender


def heard(event: Spoke, box: Letterbox) -> Decision:
    """The account's own words, from another client."""
    if box.policy.owner_at(box.connector, event.address) is not None:
        return Decision("said to an owner")
    if event.native_id and box.book.referred(box.connector, [event.native_id]):
        return Decision("said by the bridge itself")
    message = Message(address=event.address, text=event.text, native_id=event.native_id)
    conversation, effects = placed(message, box, Happening.PERSON_ANSWERED)
    business = box.policy.business
    answered = replace(
        conversation,
        state=after(conversation.state, Happening.PERSON_ANSWERED),
        person_answered_at=box.now,
        answered_by=business,
    )
    record = Record(
        conversation=conversation.number,
        direction=Direction.OUT,
        connector=box.connector,
        text=event.text,
        author=business,
        native_id=event.native_id,
    )
    log = Log(kind="answered", conversation=conversation.number, data={"owner": business, "elsewhere": True})
    silenced = WithdrawAutomatic(conversation=conversation.number)
    made = [_as_it_is_now(effect, answered) for effect in effects]
    closes = close_later(box.policy, conversation.number, box.now)
    return Decision("spoke", (*made, record, silenced, log, *closes, *_told(event, box, answered)))


def _as_it_is_now(effect: Effect, answered: Conversation) -> Effect:
    if isinstance(effect, Open):
        return Open(conversation=answered)
    return Change(after=answered) if isinstance(effect, Change) else effect


def _told(event: Spoke, box: Letterbox, conversation: Conversation) -> list[Send]:
    who = sender(conversation, box.policy.label(box.connector))
    words = excerpt(event.text.plain, 200)
    told = []
    for owner, surface in box.policy.surfaces():
        text = language(owner.language).say(
            "{handle} {who}: answered from another client of the shop's: {words}",
            handle=conversation.handle,
            who=who,
            words=words,
        )
        told.append(Send(draft=notice(surface, text, conversation.number)))
    return told
