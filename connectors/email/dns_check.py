"""What DNS says of the domain that our mail comes from: SPF, DKIM, DMARC; and the record to add where one is missing.

Receivers look at these before they read a word: without them answers land among the spam.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Sequence

from bridge.connector import Finding, FindingLevel, one_line
from connectors.email.address import ascii_domain, domain_of
from connectors.email.alignment import aligned, organisational
from connectors.email.dkim_key import KeyUnusable, read_key
from connectors.email.resolver import DnsTrouble, Resolver
from connectors.email.settings import Dkim, EmailSettings
from connectors.email.signing import signing_domain


async def check_dns(settings: EmailSettings, resolver: Resolver) -> Sequence[Finding]:
    """SPF, DKIM and DMARC of the account's domain; a single warning where DNS cannot be asked."""
    domain = domain_of(ascii_domain(settings.address))
    host = settings.submission.host if settings.submission else domain
    try:
        return [
            spf(domain, host, await _txt(resolver, domain)),
            await _dkim(settings, resolver),
            await _dmarc(domain, resolver),
        ]
    except DnsTrouble as error:
        what = f"DNS gives no answer ({one_line(str(error), 120)}): SPF, DKIM and DMARC of {domain} were not looked at"
        return [_warning(what, "run doctor again where DNS can be reached")]


async def _txt(resolver: Resolver, name: str) -> list[str]:
    return [record.decode("utf-8", "replace") for record in await resolver.lookup(name, "TXT")]


def _mechanism(host: str) -> str:
    """What names a sending host in an SPF record (RFC 7208 section 5): by its name, or by its IP address."""
    try:
        return f"ip{ipaddress.ip_address(host).version}:{host}"
    except ValueError:
        return f"a:{host}"


def spf(domain: str, host: str, found: Sequence[str]) -> Finding:
    """What the TXT records at the domain say of who may send its mail (RFC 7208). `host` sends ours."""
    policies = [one for one in found if one.lower().split(" ")[0] == "v=spf1"]
    if not policies:
        record = f"v=spf1 mx {_mechanism(host)} ~all"
        return _warning(
            f"SPF: no record says who may send mail from {domain}",
            f'add the TXT record at {domain}: "{record}" (or the include: that your mail provider names)',
        )
    if len(policies) > 1:
        return _failure(f"SPF: {domain} has {len(policies)} records, which counts as none", "join them into one record")
    last = policies[0].lower().split()[-1]
    if last in ("+all", "all"):
        return _warning(f"SPF: the record of {domain} lets anybody send ({last})", 'let it end with "~all" or "-all"')
    return _ok(f"SPF: {domain} says who may send its mail")


async def _dkim(settings: EmailSettings, resolver: Resolver) -> Finding:
    if settings.dkim is None:
        return _ok("DKIM: the bridge does not sign; does your mail server?")
    domain = signing_domain(settings.dkim, settings.address)
    name = f"{settings.dkim.selector}._domainkey.{domain}"
    try:
        key = await asyncio.to_thread(read_key, settings.dkim.key)
    except KeyUnusable as error:
        return _failure(str(error), "correct key in [dkim], or leave [dkim] out")
    if not aligned(domain, domain_of(settings.address), strict=False):
        return _warning(*_strange_domain(settings.dkim, domain))
    return dkim(name, key.record, await _txt(resolver, name))


def _strange_domain(table: Dkim, domain: str) -> tuple[str, str]:
    return (
        f"DKIM: {domain} signs mail from another domain, which does not count for DMARC",
        f"leave domain = {table.domain!r} out of [dkim]",
    )


def dkim(name: str, record: str, found: Sequence[str]) -> Finding:
    """Whether the key that we sign with stands in DNS (RFC 6376). `record` is what should stand at `name`."""
    todo = f'the TXT record at {name} must be: "{record}"'
    keys = [one for one in found if _tag(one, "p") is not None]
    if not keys:
        return _failure(f"DKIM: the key is not in DNS, so that every signature fails: nothing at {name}", todo)
    if any(_tag(one, "p") == _tag(record, "p") for one in keys):
        return _ok(f"DKIM: the key at {name} is the one that signs")
    if any(not _tag(one, "p") for one in keys):
        return _failure(f"DKIM: the key at {name} is revoked (p= is empty)", f"take a new selector and key, or: {todo}")
    return _failure(f"DKIM: another key stands at {name}, so that every signature fails", todo)


def _tag(record: str, name: str) -> str | None:
    """The value of a tag of a tag list (RFC 6376 section 3.2), without any space."""
    for part in record.split(";"):
        tag, equals, value = part.partition("=")
        if equals and tag.strip() == name:
            return "".join(value.split())
    return None


async def _dmarc(domain: str, resolver: Resolver) -> Finding:
    """The policy of the domain or, without one, of its organisation's (RFC 7489 section 6.6.3)."""
    for holder in dict.fromkeys((domain, organisational(domain) or domain)):
        place = f"_dmarc.{holder}"
        policies = [one for one in await _txt(resolver, place) if _is_dmarc(one)]
        if policies:
            return dmarc(place, policies)
    return _warning(
        f"DMARC: {domain} has no policy, and large providers want one",
        f'add the TXT record at _dmarc.{domain}: "v=DMARC1; p=none"',
    )


def dmarc(place: str, policies: Sequence[str]) -> Finding:
    """What the policies at a place come to (RFC 7489 section 6.3)."""
    if len(policies) > 1:
        return _failure(f"DMARC: {place} has {len(policies)} records, which counts as none", "leave one of them")
    policy = (_tag(policies[0], "p") or "").lower()
    if policy not in ("none", "quarantine", "reject"):
        return _failure(
            f"DMARC: the record at {place} names no policy", 'add "p=none" after "v=DMARC1;", or "p=quarantine"'
        )
    return _ok(f"DMARC: {place} says {policy}")


def _is_dmarc(record: str) -> bool:
    return "".join(record.split(";", maxsplit=1)[0].split()).upper() == "V=DMARC1"


def _ok(what: str) -> Finding:
    return Finding(level=FindingLevel.OK, what=what)


def _warning(what: str, todo: str) -> Finding:
    return Finding(level=FindingLevel.WARNING, what=what, todo=todo)


def _failure(what: str, todo: str) -> Finding:
    return Finding(level=FindingLevel.FAILURE, what=what, todo=todo)
