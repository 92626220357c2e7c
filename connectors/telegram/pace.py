"""How fast the bot may send, and how long a chat has to wait. Pure arithmetic over a clock that it is given.

https://core.telegram.org/bots/faq#broadcasting-to-users: 30 messages a second in all, one a second to a chat, 20 a
minute to a group. A chat that was told to wait (429, `retry_after`) waits; no other chat does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from connectors.telegram.names import is_group

ALL_PER_SECOND = 30
GROUP_PER_MINUTE = 20
CHAT_SECONDS = 1.0
_REMEMBERED = 1000


@dataclass(slots=True)
class _Chat:
    sent: deque[float] = field(default_factory=lambda: deque(maxlen=GROUP_PER_MINUTE))
    paused_until: float = 0.0


class Pace:
    """When the next message to a chat may leave. `clock` is in seconds, like `time.monotonic`."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._sent: deque[float] = deque(maxlen=ALL_PER_SECOND)
        self._chats: dict[int, _Chat] = {}

    def take(self, chat: int) -> float:
        """0: go now, this one is counted. Else how many seconds to wait before asking again; nothing is counted."""
        now = self._clock()
        self._forget(now)
        held = self._chats.setdefault(chat, _Chat())
        free_at = max((now, *self._bounds(chat, held)))
        if free_at > now:
            return free_at - now
        held.sent.append(now)
        self._sent.append(now)
        return 0.0

    def arrived(self, chat: int) -> None:
        """The last one that was counted has only now arrived: what follows keeps its distance from this moment."""
        if (held := self._chats.get(chat)) is not None and held.sent:
            held.sent[-1] = self._clock()

    def pause(self, chat: int, seconds: float) -> None:
        """The network said that this chat has to wait."""
        held = self._chats.setdefault(chat, _Chat())
        held.paused_until = max(held.paused_until, self._clock() + seconds)

    def _bounds(self, chat: int, held: _Chat) -> Iterator[float]:
        yield held.paused_until
        if held.sent:
            yield held.sent[-1] + CHAT_SECONDS
        if is_group(chat) and len(held.sent) == GROUP_PER_MINUTE:
            yield held.sent[0] + 60.0
        if len(self._sent) == ALL_PER_SECOND:
            yield self._sent[0] + 1.0

    def _forget(self, now: float) -> None:
        if len(self._chats) <= _REMEMBERED:
            return
        self._chats = {
            chat: held
            for chat, held in self._chats.items()
            if held.paused_until > now or (held.sent and held.sent[-1] > now - 60.0)
        }
