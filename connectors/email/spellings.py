"""Spellings of an address that count as one person, where the owner says so. Pure.

    plus-tags      anna+shop@example.org is anna@example.org
    gmail-dots     an.na@gmail.com is anna@gmail.com, and gmail.com is googlemail.com
    same domains   anna@example.com is anna@example.org

Nothing of this is so for every server (RFC 5321 section 2.3.11: only the receiving server knows what a local part
means), so without a word of the owner each spelling is a person. Answers go to the spelling that wrote.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from connectors.email.address import ascii_domain, domain_of, is_address

Spelling = Literal["plus-tags", "gmail-dots"]

_GMAIL = frozenset({"gmail.com", "googlemail.com"})


def checked_domains(groups: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Groups of domains in lower case. Raises ValueError for a group of one, for what is no domain, and for a domain
    that stands there twice.
    """
    found = tuple(tuple(domain.lower() for domain in group) for group in groups)
    every = [domain for group in found for domain in group]
    for domain in every:
        if not is_address(f"a@{domain}"):
            raise ValueError(f"{domain[:80]!r} is not a domain; write it like example.org")
    if any(len(group) < 2 for group in found):
        raise ValueError('each group names two domains or more, like [["example.org", "example.com"]]')
    twice = next((domain for domain in every if every.count(domain) > 1), "")
    if twice:
        raise ValueError(f"{twice!r} stands there twice; put all domains that are the same into one group")
    return found


def spelling_facts(same_person: Iterable[Spelling], same_domains: Iterable[Iterable[str]]) -> dict[str, object]:
    """What `known_as` has to know, as facts of a raw item: JSON values, nothing where nothing is set."""
    facts: dict[str, object] = {"same_person": sorted(same_person), "same_domains": [list(one) for one in same_domains]}
    return {name: value for name, value in facts.items() if value}


def known_as(address: str, facts: Mapping[str, object]) -> str:
    """The spelling by which whoever writes from this address (in lower case) is known; "" where it is this one.

    Looks at the facts of `spelling_facts`. What is known by a spelling is known by that spelling itself, too.
    """
    local, _, domain = address.rpartition("@")
    ways = facts.get("same_person")
    ways = ways if isinstance(ways, list) else []
    if not local or not domain:
        return ""
    if "plus-tags" in ways:
        local = local.partition("+")[0] or local
    domain = _first_of_its_group(domain, facts.get("same_domains"))
    if "gmail-dots" in ways and domain in _GMAIL:
        domain, local = "gmail.com", local.replace(".", "") or local
    made = f"{local}@{domain}"
    return "" if made == address else made


def _first_of_its_group(domain: str, groups: object) -> str:
    for group in groups if isinstance(groups, list) else []:
        if domain_of(ascii_domain(f"a@{domain}")) in [domain_of(ascii_domain(f"a@{one}")) for one in group]:
            return str(group[0])
    return domain
