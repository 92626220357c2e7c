"""Whether a machine wrote a mail, by the signs that it gives (RFC 3834, RFC 2919, RFC 2369, and customs). Pure.

The bridge never answers a machine, so that two of them cannot talk to each other for ever; and it never keeps silent
to a person: a sign that people's mail carries too is none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.message import Message as Header

from bridge.connector import Automatic, AutomaticKind, one_line
from connectors.email.address import NULL_SENDER, domain_of
from connectors.email.author import addresses, fields, message_ids
from connectors.email.charsets import decode_field

_REPORTS = {
    "delivery-status": AutomaticKind.BOUNCE,
    "feedback-report": AutomaticKind.REPORT,
    "disposition-notification": AutomaticKind.REPORT,
}
_PRECEDENCE = {
    "auto_reply": AutomaticKind.AUTO_REPLY,
    "list": AutomaticKind.LIST,
    "bulk": AutomaticKind.AUTO_GENERATED,
    "junk": AutomaticKind.AUTO_GENERATED,
}
# A field that is there at all, whatever it says; the first that is found decides.
_PRESENT = {
    "x-failed-recipients": AutomaticKind.BOUNCE,
    "x-autoreply": AutomaticKind.AUTO_REPLY,
    "x-autorespond": AutomaticKind.AUTO_REPLY,
    "x-auto-reply-from": AutomaticKind.AUTO_REPLY,
    "list-id": AutomaticKind.LIST,
    "list-post": AutomaticKind.LIST,
    "list-unsubscribe": AutomaticKind.LIST,
    "x-fc-machinegenerated": AutomaticKind.AUTO_GENERATED,
    "x-loop": AutomaticKind.AUTO_GENERATED,
    "feedback-id": AutomaticKind.AUTO_GENERATED,
}
_MACHINES = (
    (AutomaticKind.BOUNCE, re.compile(r"(?:mailer[-_.]?daemon|postmaster|mail[-_.]?delivery[-_.]?(?:sub)?system)")),
    (AutomaticKind.AUTO_GENERATED, re.compile(r"(?:.*[-_.+])?(?:no|not|donot|do-not|do_not)[-_.]?reply(?:[-_.+].*)?")),
)
_SUBJECTS = (
    (
        AutomaticKind.BOUNCE,
        re.compile(
            r"undeliver(?:able|ed)\b|mail delivery (?:failed|failure|status|subsystem)|delivery (?:status )?"
            r"(?:notification|failure)|returned mail:|failure notice|unzustellbar:|non remis\s?:|no se puede entregar:",
            re.IGNORECASE,
        ),
    ),
    (
        AutomaticKind.AUTO_REPLY,
        re.compile(
            r"automatic reply:|auto(?:matic|mated)?[- ]?(?:reply|response)\b|out of (?:the )?office\b|"
            r"automatische antwort:|abwesenheit(?:snotiz|sassistent)?\s?:|automatisch antwoord:|afwezigheid|"
            r"réponse automatique|respuesta automática|risposta automatica|resposta automática|autosvar\b|"
            r"automaattinen vastaus|odpowiedź automatyczna|automatická odpověď",
            re.IGNORECASE,
        ),
    ),
)


def automatic(header: Header, media_types: Sequence[str], mail_from: str, account: str) -> Automatic | None:
    """How we know that a machine wrote, or None. `media_types` are those of the mail's parts."""
    for found in (
        _report(header, media_types),
        _declared(header),
        _by_field(header),
        _by_subject(header, mail_from),
        _by_sender(header, mail_from),
        _our_own(header, account),
    ):
        if found is not None:
            return found
    return None


def _found(kind: AutomaticKind, sign: str, value: str = "") -> Automatic:
    return Automatic(kind=kind, reason=one_line(f"{sign}: {decode_field(value)}" if value else sign, 200))


def _value(header: Header, name: str) -> str:
    return next((value.strip() for value in fields(header, name)), "")


def _report(header: Header, media_types: Sequence[str]) -> Automatic | None:
    kinds = [*media_types]
    if header.get_content_type() == "multipart/report":
        kinds.append("message/" + str(header.get_param("report-type", "")).lower())
    for name, kind in _REPORTS.items():
        if f"message/{name}" in kinds:
            return _found(kind, "Content-Type", f"message/{name}")
    return _found(AutomaticKind.BOUNCE, "Content-Type: multipart/report") if len(kinds) > len(media_types) else None


def _declared(header: Header) -> Automatic | None:
    submitted = _value(header, "auto-submitted").partition(";")[0].strip().lower()
    if submitted not in ("", "no"):
        replied = submitted.startswith("auto-replied")
        kind = AutomaticKind.AUTO_REPLY if replied else AutomaticKind.AUTO_GENERATED
        return _found(kind, "Auto-Submitted", submitted)
    precedence = _value(header, "precedence").lower().replace("-", "_")
    kind_of = _PRECEDENCE.get(precedence)
    if kind_of is AutomaticKind.AUTO_GENERATED and (fields(header, "list-id") or fields(header, "list-unsubscribe")):
        kind_of = AutomaticKind.LIST
    return _found(kind_of, "Precedence", precedence) if kind_of else None


def _by_field(header: Header) -> Automatic | None:
    for name, kind in _PRESENT.items():
        if fields(header, name):
            return _found(kind, name, _value(header, name))
    suppress = _value(header, "x-auto-response-suppress").lower()
    if suppress not in ("", "none"):
        return _found(AutomaticKind.AUTO_GENERATED, "X-Auto-Response-Suppress", suppress)
    return None


def _by_subject(header: Header, mail_from: str) -> Automatic | None:
    subject = decode_field(_value(header, "subject")).strip()
    for kind, pattern in _SUBJECTS:
        if pattern.match(subject):
            return _found(kind, "Subject", subject[:80])
    if mail_from in ("", NULL_SENDER) or _value(header, "return-path") == NULL_SENDER:
        return _found(AutomaticKind.AUTO_GENERATED, "the envelope has no sender")
    return None


def _by_sender(header: Header, mail_from: str) -> Automatic | None:
    senders = [address for _, address in addresses(fields(header, "from")[:1])]
    for address in [*senders[:1], mail_from]:
        local = address.rpartition("@")[0].lower()[:128]
        for kind, pattern in _MACHINES:
            if pattern.fullmatch(local):
                return _found(kind, "From", address)
    return None


def _our_own(header: Header, account: str) -> Automatic | None:
    """A mail of ours that comes back, from somebody's forwarding: our address and a message id of our domain."""
    senders = [address.lower() for _, address in addresses(fields(header, "from")[:1])]
    ids = message_ids(fields(header, "message-id"))
    if account and senders == [account.lower()] and ids and domain_of(ids[0]) == domain_of(account):
        return _found(AutomaticKind.AUTO_GENERATED, "Message-ID", "one of our own")
    return None
