"""A fake Bot API server, held to the official schema."""

from servers.telegram.server import FakeTelegram, Fault, Sent
from servers.telegram.world import World

__all__ = ["FakeTelegram", "Fault", "Sent", "World"]
