"""Tasks that must not be lost: held until they are done, cancelled together and waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable


def hold(task: asyncio.Task[None], tasks: set[asyncio.Task[None]]) -> None:
    """Keep it among `tasks` until it is done: the loop itself keeps no task alive."""
    tasks.add(task)
    task.add_done_callback(tasks.discard)


async def cancel(tasks: Iterable[asyncio.Task[None]], end: float) -> None:
    """Cancel them and wait, at most until `end` (the loop's clock)."""
    cancelled = list(tasks)
    for task in cancelled:
        task.cancel()
    if cancelled:
        await asyncio.wait(cancelled, timeout=max(0.1, end - asyncio.get_running_loop().time()))
