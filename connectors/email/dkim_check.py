"""Whether a DKIM signature proves who wrote a mail (RFC 6376).

Theory of operation. Only signatures of the author's own domain are looked at, five at most, so that nobody else's key
is ever fetched or computed with. What a signature says is read and judged by `dkim_signature.py`; dkimpy verifies it
over the header, in a thread; then the body is hashed, once for each way of putting it in order.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import re
from collections.abc import Callable
from functools import cache

import dkim
from dkim.crypto import parse_public_key

from connectors.email.alignment import aligned
from connectors.email.claim import Claim
from connectors.email.dkim_body import body_hash
from connectors.email.dkim_signature import Signature, read_signature, require, require_key
from connectors.email.evidence import Doubtful, Evidence
from connectors.email.resolver import DnsTrouble, Resolver
from connectors.email.strict_header import StrictMail

MOST_SIGNATURES = 5
# Fields whose domain is looked at, to find those.
_MOST_FIELDS = 20
# RFC 8301 section 3.2: less is not safe, more need not be taken, and costs time.
_LEAST_BITS, _MOST_BITS = 1024, 4096

# It would log keys and tags.
_SILENT = logging.getLogger("connectors.email.dkimpy")
_SILENT.disabled = True


async def check_dkim(claim: Claim, resolver: Resolver, *, strict: bool) -> Evidence:
    """The first signature that proves the claim; or why none does."""
    candidates = _candidates(claim, strict=strict)
    hashed = cache(lambda way: body_hash(claim.mail.body, way))
    whys, later = list[str](), False
    for candidate in candidates:
        try:
            if isinstance(candidate, Doubtful):
                raise candidate
            await _prove(candidate, claim.mail, resolver, hashed)
        except Doubtful as doubt:
            whys.append(doubt.why)
        except DnsTrouble:
            later = True
        else:
            return Evidence(proof=True)
    return Evidence(why=_why(claim.mail, whys), later=later)


def _why(mail: StrictMail, whys: list[str]) -> str:
    if whys:
        return f"its DKIM signature does not fit: {whys[0]}"
    if any(field.name == "dkim-signature" for field in mail.fields):
        return "its DKIM signature is another domain's"
    return "there is no DKIM signature"


def _candidates(claim: Claim, *, strict: bool) -> list[Signature | Doubtful]:
    """The signatures of the author's domain, or what is wrong with them."""
    found: list[Signature | Doubtful] = []
    fields = [field for field in claim.mail.fields if field.name == "dkim-signature"]
    for position, field in enumerate(fields[:_MOST_FIELDS]):
        try:
            signature = read_signature(position, field.value)
            if not aligned(signature.tags["d"], claim.domain, strict=strict):
                continue
            require(signature, claim, strict=strict)
            found.append(signature)
        except Doubtful as doubt:
            found.append(doubt)
    return found[:MOST_SIGNATURES]


async def _prove(signature: Signature, mail: StrictMail, resolver: Resolver, hashed: Callable[[str], bytes]) -> None:
    """Returns if the signature is genuine. Raises Doubtful, DnsTrouble."""
    records = await resolver.lookup(signature.key_name, "TXT")
    if len(records) != 1:
        raise Doubtful("there is more than one key for it" if records else "there is no key for it")
    require_key(records[0], signature)
    if not await asyncio.to_thread(_genuine, signature, mail, records[0], hashed):
        raise Doubtful("the mail was changed after it was signed, or another key made it")


def _genuine(signature: Signature, mail: StrictMail, record: bytes, hashed: Callable[[str], bytes]) -> bool:
    try:
        if not _verified(signature, mail, record):
            return False
        expected = base64.b64decode(re.sub(r"\s", "", signature.tags["bh"]), validate=True)
        return hashed(signature.body_canonicalization) == expected
    except Doubtful:
        raise
    except Exception as error:
        # dkimpy raises anything on odd keys and signatures: KeyError, IndexError, struct.error, errors of its own.
        raise Doubtful("it or its key is not well written") from error


def _verified(signature: Signature, mail: StrictMail, record: bytes) -> bool:
    """What dkimpy says about the signed fields."""
    _require_size(signature, record)
    verifier = dkim.DKIM(mail.header + b"\r\n", logger=_SILENT, minkey=_LEAST_BITS)
    fields = [(name, value) for name, value in verifier.headers if name.lower() == b"dkim-signature"]
    # Without bh, the body is left to us.
    tags = {name.encode(): text.encode() for name, text in signature.tags.items() if name in ("a", "b", "c", "d", "s")}
    signed = [name.encode() for name in signature.signed]
    return bool(verifier.verify_sig(tags, signed, fields[signature.position], lambda *_, **__: record))


def _require_size(signature: Signature, record: bytes) -> None:
    if signature.tags["a"] != "rsa-sha256":
        return
    encoded = next(piece.partition(b"=")[2] for piece in record.split(b";") if piece.partition(b"=")[0].strip() == b"p")
    key = parse_public_key(base64.b64decode(encoded))
    if not _LEAST_BITS <= key["modulus"].bit_length() <= _MOST_BITS:
        raise Doubtful("its key is too short, or far too long")
    if not 1 < key["publicExponent"] < 2**33:
        raise Doubtful("its key is not one")
