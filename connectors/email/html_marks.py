"""What the structure of HTML says about quotes and signatures: the marks that mail programs leave. Pure.

Only marks that a program sets for this purpose count. A bare `<blockquote>` is none: people indent with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto


class Mark(Enum):
    """What an element is."""

    QUOTE = auto()  # its text is quoted
    HOLDER = auto()  # holds an attribution and a quote; what follows the quote in it may be an answer
    REST = auto()  # from here on all is the mail that is answered
    SIGNATURE = auto()


_HOLDERS = frozenset(
    ["gmail_quote", "gmail_quote_container", "gmail_extra_quote", "zmail_extra", "yahoo_quoted", "protonmail_quote",
     "tutanota_quote", "mail_quote", "reply_quote", "quoted_reply", "hmmessage_quote", "zm_quote", "moz-email-quote",
     "ox-quote", "front-blockquote", "missive_quote", "hs_reply", "mailspring-quote", "nylas-quote"]
)  # fmt: skip
_QUOTES = frozenset(
    ["moz-cite-prefix", "gmail_attr", "yahoo_quoted_prefix", "mcntreplytext", "tutanota_indented", "pm-quote-header"]
)  # fmt: skip
_REST = frozenset(
    ["divrplyfwdmsg", "appendonsend", "isforwardcontent", "isreplycontent", "mail-editor-reference-message-container",
     "ms-outlook-mobile-reference-message", "olk_src_body_section", "replysplit", "stopspelling", "reply-intro",
     "x_divrplyfwdmsg", "x_appendonsend", "ydpyahoo_quoted", "lineselectorquote", "zwchr"]
)  # fmt: skip
_SIGNATURES = frozenset(
    ["gmail_signature", "moz-signature", "ms-outlook-mobile-signature", "applemailsignature",
     "protonmail_signature_block",
     "tutanota_signature", "yahoo_signature", "mailspring-signature", "mobile_signature", "samsung_signature"]
)  # fmt: skip


def mark_of(tag: str, attributes: Mapping[str, str | None]) -> Mark | None:
    """What an element with this tag and these attributes is; None for nothing of note."""
    names = _names(attributes)
    if tag == "blockquote":
        cited = (attributes.get("type") or "").lower() == "cite" or bool(attributes.get("cite"))
        style = (attributes.get("style") or "").replace(" ", "").lower()
        barred = "border-left:" in style and "border-left:none" not in style and "border-left:0" not in style
        return Mark.QUOTE if cited or barred or names & (_HOLDERS | {"quote"}) else None
    if not names:
        return None
    if names & _REST:
        return Mark.REST
    if names & _QUOTES:
        return Mark.QUOTE
    if names & _HOLDERS or any(name.startswith(("yahoo_quoted", "ydp_quoted")) for name in names):
        return Mark.HOLDER
    return Mark.SIGNATURE if names & _SIGNATURES else None


def _names(attributes: Mapping[str, str | None]) -> frozenset[str]:
    """Its classes and its id, in lower case."""
    written = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
    return frozenset(written[:500].lower().split())
