"""What Telegram says of the webhook that it calls. Pure: https://core.telegram.org/bots/api#webhookinfo"""

from __future__ import annotations

from datetime import datetime, timedelta

from bridge.connector import one_line
from connectors.telegram.fields import Json, maybe_integer

_RECENT = timedelta(minutes=10)


def trouble_of(info: Json, now: datetime) -> str:
    """Why Telegram does not get through, by its own word (WebhookInfo); "" where it does."""
    failed_at, waiting = maybe_integer(info, "last_error_date"), maybe_integer(info, "pending_update_count")
    if not waiting or now.timestamp() - failed_at > _RECENT.total_seconds():
        return ""
    said = one_line(str(info.get("last_error_message") or "no reason"), 160)
    wait = "1 message waits" if waiting == 1 else f"{waiting} messages wait"
    return f"Telegram cannot deliver to the webhook ({said}); {wait} there"
