"""What a connector does side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping


async def together(works: Mapping[str, Coroutine[None, None, None]]) -> None:
    """Run all of them, each a task of its name, until one ends or we are cancelled; then all end, the last ones first.

    Raises what one of them raised.
    """
    tasks = [asyncio.create_task(work, name=name) for name, work in works.items()]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in reversed(tasks):
            task.cancel()
        await asyncio.wait(tasks)
    for task in reversed(tasks):
        if not task.cancelled():
            task.result()
