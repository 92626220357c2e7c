"""The fake Telegram calls: updates go to the webhook that was set, one after the other, again until it answers 200."""

from __future__ import annotations

import asyncio
import time

import httpx

from servers.telegram.world import World

RETRY_SECONDS = 0.05
"""The real one waits longer each time."""


async def bring_updates(world: World) -> None:
    """Until cancelled."""
    async with httpx.AsyncClient(timeout=10, verify=False) as client:
        while True:
            async with world.changed:
                await world.changed.wait_for(lambda: bool(world.webhook and world.updates))
            await _bring_first(world, client)


async def _bring_first(world: World, client: httpx.AsyncClient) -> None:
    update, url = world.updates[0], world.webhook
    headers = {"X-Telegram-Bot-Api-Secret-Token": world.secret} if world.secret else {}
    try:
        said = (await client.post(url, json=update, headers=headers)).status_code
        error = "" if said == 200 else f"Wrong response from the webhook: {said}"
    except httpx.HTTPError as broken:
        error = f"Connection failed: {type(broken).__name__}"
    if not error:
        if world.updates and world.updates[0] is update:
            world.updates.popleft()
    else:
        world.webhook_error = {"last_error_date": int(time.time()), "last_error_message": error}
        await asyncio.sleep(RETRY_SECONDS)
    await world.notify()
