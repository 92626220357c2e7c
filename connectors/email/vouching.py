"""Who really wrote a mail that names an owner: asked before anything is done in that owner's name.

Theory of operation. Anybody can write any address into a From field. `claim.py` reads the mail strictly: one plain
author, to an address with a token, in a header that can be read in one way only; any other mail is doubtful. A claim is
proved by the word of the owner's own mail server (`authentication_results.py`, where the settings trust one), by a DKIM
signature of the author's domain (`dkim_check.py`), or by SPF (`spf_check.py`, where the settings say that it can). One
proof is enough. Where there is none, the mail is not the owner's; where the DNS did not answer, it is asked again.

All of it is bounded: the header's size, the signatures, the questions to the DNS, and the time in all.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from bridge.connector import Message, RawItem, TemporaryFailure, Vouched
from connectors.email.alignment import a_label, aligned
from connectors.email.authentication_results import Result, passed, results_of
from connectors.email.claim import Claim, claim_of
from connectors.email.dkim_check import check_dkim
from connectors.email.evidence import Doubtful, Evidence, decide
from connectors.email.from_field import same_address
from connectors.email.owner_check import OwnerCheck
from connectors.email.resolver import Resolver
from connectors.email.spf_check import check_spf

SECONDS = 20.0


class Voucher:
    """Looks who wrote a mail. `reply_to` is the template of the addresses that answers go to, with "{token}"."""

    def __init__(self, settings: OwnerCheck, reply_to: str, resolver: Resolver, seconds: float = SECONDS) -> None:
        self._settings = settings
        self._reply_to = reply_to
        self._resolver = resolver
        self._seconds = seconds

    async def vouch(self, item: RawItem, message: Message) -> Vouched:
        """See the ability Vouches. Raises TemporaryFailure."""
        try:
            async with asyncio.timeout(self._seconds):
                claim = await asyncio.to_thread(self._claim, item, message)
                return decide([evidence async for evidence in self._evidence(claim)])
        except Doubtful as doubt:
            return Vouched(sure=False, why=doubt.why)
        except TimeoutError as error:
            raise TemporaryFailure("who wrote a mail could not be checked in time") from error

    def _claim(self, item: RawItem, message: Message) -> Claim:
        content = item.raw.read_bytes() if isinstance(item.raw, Path) else item.raw
        return claim_of(item, content, message, self._reply_to)

    async def _evidence(self, claim: Claim) -> AsyncIterator[Evidence]:
        """What each way finds, up to the first proof."""
        settings = self._settings
        if settings.trusted_authserv:
            yield (evidence := _own_server(claim, settings))
            if evidence.proof:
                return
        yield (evidence := await check_dkim(claim, self._resolver, strict=settings.strict))
        if settings.spf and not evidence.proof:
            yield await check_spf(claim, self._resolver, strict=settings.strict)


def _own_server(claim: Claim, settings: OwnerCheck) -> Evidence:
    results = results_of(claim.mail, settings.trusted_authserv, settings.own_received)
    if not results:
        return Evidence(why="your mail server says nothing about it")
    if not proved_by(results, claim, strict=settings.strict):
        return Evidence(why="your mail server found nothing that proves it")
    return Evidence(proof=True)


def proved_by(results: Sequence[Result], claim: Claim, *, strict: bool) -> bool:
    """Whether what a trusted server found proves who wrote the mail: DMARC, DKIM, SPF, or the author's own login."""
    if any((one.method, one.result) == ("dmarc", "fail") for one in results):
        return False
    from_domains = [value for one in passed(results, "dmarc") for value in one.values("header.from")]
    domains = [value for one in passed(results, "dkim") for value in one.values("header.d", "header.i")]
    domains += [value for one in passed(results, "spf") for value in one.values("smtp.mailfrom")]
    logins = [value for one in passed(results, "auth") for value in one.values("smtp.auth")]
    return (
        any(_domain(value) == claim.domain for value in from_domains)
        or any(aligned(_domain(value), claim.domain, strict=strict) for value in domains)
        or any(same_address(value, claim.address) for value in logins)
    )


def _domain(value: str) -> str:
    return a_label(value.rpartition("@")[2])
