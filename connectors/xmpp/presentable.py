"""An outbound whose files cannot all be shown: an owner reads the words all the same, and which is missing and why.

To a customer it is all or nothing: a person meant both, and is told that it was not sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bridge.connector import Outbound, OutboundKind, PermanentFailure, Text
from connectors.xmpp.features import Features
from connectors.xmpp.files import Files

_TO_OWNERS = (OutboundKind.RELAY, OutboundKind.NOTICE)


async def presentable(
    outbound: Outbound, files: Files, features: Features, limit: int
) -> tuple[Outbound, Sequence[str]]:
    """The outbound as it can be shown, and where its files were put. Raises TemporaryFailure, PermanentFailure."""
    if outbound.kind not in _TO_OWNERS:
        return outbound, await files.upload(outbound.attachments, features, limit)
    urls: list[str] = []
    missing: list[str] = []
    for file in outbound.attachments:
        try:
            urls += await files.upload((file,), features, limit)
        except PermanentFailure as failure:
            missing.append(f"[{failure.reason}]")
    if not missing:
        return outbound, urls
    plain = "\n".join(part for part in (outbound.text.plain, *missing) if part)
    return replace(outbound, text=Text(plain, outbound.text.spans)), urls
