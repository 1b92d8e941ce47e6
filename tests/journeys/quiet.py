"""Waiting until the demonstration's bot has nothing more to do."""

import asyncio

from bot.demo.world import World
from storage import mails

LIMIT_SECONDS = 60.0
LOOK_SECONDS = 0.05


async def quiet(world: World, *, kept: int) -> None:
    """Wait until so many mails were kept and nothing is due or under way; raises TimeoutError."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while not await asyncio.to_thread(_is_quiet, world, kept):
            await asyncio.sleep(LOOK_SECONDS)


def _is_quiet(world: World, kept: int) -> bool:
    with world.parts.app.cases.store.database.read() as connection:
        count = mails.count(connection)
    assert count <= kept, f"{count} mails were kept instead of {kept}"
    return count == kept and world.parts.app.engine.is_idle()
