"""Telegram: customers who write to a bot, and owners who answer there.

Theory of operation. The loop (`polling.py`) fetches updates, keeps an album back until it is complete (`albums.py`),
stores the raw JSON (`updates.py`) and only then confirms it; or Telegram calls (`webhook.py`), and is answered once the
update is stored. `parse.py` and what it uses (`place.py`, `content.py`,
`entities.py`, `fields.py`, `names.py`) say what an update means; they are pure and import no network library, which
is why this file imports the connector itself only when one is made. `compose.py` makes an outbound one call of the Bot
API, `splitting.py` cuts what is too long, `files.py` fetches what Telegram keeps; `client.py` makes the calls, in the
pace that Telegram allows (`pace.py`), and `failures.py` says what its errors mean.
"""

from __future__ import annotations

from bridge.connector import Connector, ConnectorType
from connectors.telegram.settings import TelegramSettings, unfit_member, unfit_owner

__all__ = ["TYPE", "create"]


def create(name: str, settings: TelegramSettings) -> Connector:
    """The connector `name`, made without any I/O. Raises ImportError, naming the library that is missing."""
    try:
        from connectors.telegram.connector import TelegramConnector  # noqa: PLC0415 - checking must not load it

        return TelegramConnector(name, settings)
    except ModuleNotFoundError as error:
        raise ImportError(f"the Telegram connector [{name}] needs the library {error.name}") from error


TYPE = ConnectorType(settings=TelegramSettings, create=create, unfit_owner=unfit_owner, unfit_member=unfit_member)
