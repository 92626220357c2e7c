"""Several relays in one message, where Telegram takes few: 20 a minute to a group. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bridge.connector import Outbound
from connectors.telegram.content import joined
from connectors.telegram.entities import units
from connectors.telegram.names import chat_of, is_group
from connectors.telegram.splitting import TEXT_UNITS

BACKLOG_OF_A_GROUP = 4
BACKLOG_OF_A_CHAT = 10
"""With so many waiting the last of them would be shown late: a chat takes one a second, a group one in three."""

KEPT_FREE = 96
"""UTF-16 units: what may have been shown before is marked so, in front."""


def merge(outbounds: Sequence[Outbound], waiting: int) -> tuple[Outbound, int]:
    """See Merges: as many of the first as fit into one message, each below the other."""
    first = outbounds[0]
    chat = chat_of(first.address)
    if waiting < (BACKLOG_OF_A_GROUP if chat is not None and is_group(chat) else BACKLOG_OF_A_CHAT):
        return first, 1
    gap = "" if first.room else "\n"  # in a topic all is of one customer
    texts, length = [first.text], units(first.text.plain)
    for outbound in outbounds[1:]:
        length += units(outbound.text.plain) + 1 + len(gap)
        if length > TEXT_UNITS - KEPT_FREE:
            break
        texts.append(outbound.text.behind(gap))
    together = outbounds[: len(texts)]
    if len(together) == 1:
        return first, 1
    one = all(outbound.conversation == first.conversation for outbound in together)
    return replace(first, text=joined(texts), choices=first.choices if one else ()), len(together)
