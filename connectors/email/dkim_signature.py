"""A DKIM signature and its key as they are written (RFC 6376 sections 3.5 and 3.6.1), and what we ask of both. Pure.

More is asked than of any mail: a signature has to cover all that an owner's answer means. Its lengths are bounded,
since dkimpy's expressions take time that grows with the square or the cube of a stretch of blanks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from connectors.email.alignment import a_label, aligned
from connectors.email.claim import Claim
from connectors.email.evidence import Doubtful

_LONGEST = 8192
_BLANKS = re.compile(rb"\s{33}")
_TAG = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,30}")
_OWN_TAG = re.compile(r"[;\s]b\s*=")
_SELECTOR = re.compile(r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63}){0,5}")
_NUMBER = re.compile(r"[0-9]{1,12}")
# What makes an answer: from whom, to which conversation, what about, when. The body is signed anyway.
_COVERED = ("from", "to", "cc", "subject", "date")
_REQUIRED = frozenset({"v", "a", "b", "bh", "d", "h", "s"})
_KEY_TYPES = {"rsa-sha256": "rsa", "ed25519-sha256": "ed25519"}
_CLOCKS_DIFFER_SECONDS = 24 * 60 * 60
_UNREADABLE = "it is not well written"


@dataclass(frozen=True, kw_only=True, slots=True)
class Signature:
    """A DKIM-Signature field, the `position`th of them from the top: its tags, and the names of the signed fields."""

    position: int
    tags: Mapping[str, str]
    signed: tuple[str, ...]

    @property
    def key_name(self) -> str:
        """Where its key is."""
        return f"{self.tags['s']}._domainkey.{self.tags['d']}."

    @property
    def body_canonicalization(self) -> str:
        """How the body is put in order before it is hashed: "simple" or "relaxed"."""
        return self.tags.get("c", "").partition("/")[2] or "simple"


def read_tags(value: bytes) -> dict[str, str]:
    """A list of tags (section 3.2). Raises Doubtful."""
    if len(value) > _LONGEST or not value.isascii() or _BLANKS.search(value):
        raise Doubtful(_UNREADABLE)
    pieces = [piece.partition("=") for piece in value.decode("ascii").split(";") if piece.strip()]
    tags = {name.strip(): text.strip() for name, _, text in pieces}
    if len(tags) < len(pieces) or not all(equals and _TAG.fullmatch(name.strip()) for name, equals, _ in pieces):
        raise Doubtful(_UNREADABLE)
    return tags


def read_signature(position: int, value: bytes) -> Signature:
    """The signature in a field's value. Raises Doubtful for one that is not written as the RFC has it."""
    tags = read_tags(value)
    # A second "b=" within another tag would not be covered by the hash.
    complete = tags.keys() >= _REQUIRED and len(_OWN_TAG.findall(value.decode("ascii"))) == 1
    if not complete or tags["v"] != "1" or not _SELECTOR.fullmatch(tags["s"]) or not a_label(tags["d"]):
        raise Doubtful(_UNREADABLE)
    if any(name in tags and not _NUMBER.fullmatch(tags[name]) for name in ("t", "x")):
        raise Doubtful(_UNREADABLE)
    signed = tuple(name.strip().lower() for name in tags["h"].split(":"))
    return Signature(position=position, tags=tags, signed=signed)


def require(signature: Signature, claim: Claim, *, strict: bool) -> None:
    """What a signature has to be to prove a claim, if it is genuine. Raises Doubtful."""
    tags = signature.tags
    if not aligned(tags["d"], claim.domain, strict=strict):
        raise Doubtful("it is another domain's")
    if tags["a"] not in _KEY_TYPES:
        raise Doubtful("its kind is unknown, or no longer safe")
    if "l" in tags:
        raise Doubtful("it covers only a part of the text")
    present = {field.name for field in claim.mail.fields}
    for name in _COVERED:
        if name in present and name not in signature.signed:
            raise Doubtful(f"it does not cover the {name.capitalize()} field")
    received = claim.received_at.timestamp()
    if "x" in tags and int(tags["x"]) < received:
        raise Doubtful("it has expired")
    if "t" in tags and int(tags["t"]) > received + _CLOCKS_DIFFER_SECONDS:
        raise Doubtful("it says that it was made in the future")
    _require_identity(tags)


def _require_identity(tags: Mapping[str, str]) -> None:
    identity = tags.get("i", "@").rpartition("@")[2].lower() or tags["d"].lower()
    if identity != tags["d"].lower() and not identity.endswith("." + tags["d"].lower()):
        raise Doubtful(_UNREADABLE)


def require_key(record: bytes, signature: Signature) -> None:
    """What a key's record has to say to count. Raises Doubtful."""
    key, tags = read_tags(record), signature.tags
    services, flags = _listed(key.get("s", "*")), _listed(key.get("t", ""))
    if key.get("p") == "":
        raise Doubtful("its key was withdrawn")
    if "y" in flags:
        raise Doubtful("its key is marked as a test")
    identity = tags.get("i", "@").rpartition("@")[2].lower() or tags["d"].lower()
    fits = (
        "p" in key
        and key.get("v", "DKIM1") == "DKIM1"
        and key.get("k", "rsa") == _KEY_TYPES[tags["a"]]
        and "sha256" in _listed(key.get("h", "sha256"))
        and bool({"*", "email"} & set(services))
        and ("s" not in flags or identity == tags["d"].lower())
    )
    if not fits:
        raise Doubtful("its key is for something else")


def _listed(value: str) -> list[str]:
    return [one.strip().lower() for one in value.split(":")]
