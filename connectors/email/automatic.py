"""Whether a machine wrote a mail, by the signs that it gives (RFC 3834, RFC 2919, RFC 2369, and customs). Pure.

The bridge never answers a machine, so that two of them cannot talk to each other for ever; and it never keeps silent
to a person: a sign that people's mail carries too is none. So the words of a text count only where a machine speaks of
itself at the beginning or the end of it, and a subject only where no person could have written it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from email.message import Message as Header

from bridge.connector import Automatic, AutomaticKind, one_line
from connectors.email import machine_phrases as table
from connectors.email.address import NULL_SENDER, domain_of, is_address
from connectors.email.author import addresses, fields, message_ids
from connectors.email.bounce_signs import DAEMON, bounce_sign
from connectors.email.charsets import decode_field
from connectors.email.contents import first_text
from connectors.email.folding import fold
from connectors.email.lines import lines
from connectors.email.machine_fields import PRECEDENCE, PRESENT, REPORTS
from connectors.email.mime import Part
from connectors.email.phrases import any_of

_NO_REPLY = re.compile(
    r"(?:.*[-_.+])?(?:no|not|donot|do-not|do_not|ne-pas|nepas|keine|nicht|sem|non)[-_.]?"
    r"(?:reply|repondre|antwort|antworten|responder|resposta|rispondere)(?:[-_.+].*)?"
)
_AUTO_REPLY = any_of((*table.AUTOMATIC_SUBJECTS, *table.ABSENCE_SUBJECTS))
_SELF, _DO_NOT_REPLY = any_of(table.SELF_DESCRIPTIONS), any_of(table.DO_NOT_REPLY)
_MACHINE_WORDS = re.compile(table.MACHINE_WORDS)
_QUOTE_BEGINNINGS = ("-----", "_____", "from:", "von:", "de:", "da:", "van:", "from :", "de :")
_QUOTE_ENDINGS = ("wrote:", "schrieb:", "ecrit :", "escribio:", "scritto:", "escreveu:", "skrev:", "schreef:")
_EDGE = 3


def automatic(header: Header, leaves: Sequence[Part], mail_from: str, account: str) -> Automatic | None:
    """How we know that a machine wrote, or None. `leaves` are the mail's parts, `account` our own address."""
    subject = fold(decode_field(_value(header, "subject"))[:300])
    for found in (
        _report(header, leaves),
        _bounce(header, leaves, mail_from, replied=_AUTO_REPLY.match(subject) is not None),
        _declared(header),
        _by_field(header),
        _by_subject(subject),
        _by_sender(header, mail_from),
        _our_own(header, account),
        None if _is_form(header) else _by_its_words(leaves),
    ):
        if found is not None:
            return found
    return None


def _found(kind: AutomaticKind, sign: str, value: str = "") -> Automatic:
    return Automatic(kind=kind, reason=one_line(f"{sign}: {decode_field(value)}" if value else sign, 200))


def _value(header: Header, name: str) -> str:
    return next((value.strip() for value in fields(header, name)), "")


def _report(header: Header, leaves: Sequence[Part]) -> Automatic | None:
    kinds = [part.media_type for part in leaves]
    reporting = header.get_content_type() == "multipart/report"
    if reporting:
        kinds.append("message/" + str(header.get_param("report-type", "")).lower())
    for name, kind in REPORTS.items():
        if f"message/{name}" in kinds:
            return _found(kind, "Content-Type", f"message/{name}")
    return _found(AutomaticKind.BOUNCE, "Content-Type: multipart/report") if reporting else None


def _bounce(header: Header, leaves: Sequence[Part], mail_from: str, *, replied: bool) -> Automatic | None:
    """A notice of non-delivery. A vacation message has no sender either, but says what it is: `replied`."""
    sign = "" if replied else bounce_sign(header, leaves, mail_from, nobody=_no_sender(header, mail_from))
    return _found(AutomaticKind.BOUNCE, sign) if sign else None


def _no_sender(header: Header, mail_from: str) -> bool:
    return mail_from in ("", NULL_SENDER) or _value(header, "return-path").replace(" ", "") == NULL_SENDER


def _declared(header: Header) -> Automatic | None:
    submitted = _value(header, "auto-submitted").partition(";")[0].strip().lower()
    if submitted not in ("", "no"):
        replied = submitted.startswith("auto-replied")
        kind = AutomaticKind.AUTO_REPLY if replied else AutomaticKind.AUTO_GENERATED
        return _found(kind, "Auto-Submitted", submitted)
    for name in ("precedence", "x-precedence"):
        precedence = _value(header, name).lower().replace("-", "_")
        kind_of = PRECEDENCE.get(precedence)
        if kind_of is AutomaticKind.AUTO_GENERATED and (
            fields(header, "list-id") or fields(header, "list-unsubscribe")
        ):
            kind_of = AutomaticKind.LIST
        if kind_of:
            return _found(kind_of, name.title(), precedence)
    return None


def _by_field(header: Header) -> Automatic | None:
    for name, kind in PRESENT.items():
        value = _value(header, name)
        # Amazon puts one on all that it sends, people's mail too.
        if fields(header, name) and not (name == "feedback-id" and value.lower().endswith("amazonses")):
            return _found(kind, name, value)
    suppress = _value(header, "x-auto-response-suppress").lower()
    if suppress not in ("", "none"):
        return _found(AutomaticKind.AUTO_GENERATED, "X-Auto-Response-Suppress", suppress)
    if _value(header, "x-ms-exchange-generated-message-source").lower() == "mailbox rules agent":
        return _found(AutomaticKind.AUTO_REPLY, "X-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent")
    delivered = " ".join(fields(header, "delivered-to")[:5]).lower()
    if "autoresponder" in delivered.split():
        return _found(AutomaticKind.AUTO_REPLY, "Delivered-To: Autoresponder")
    return None


def _by_subject(subject: str) -> Automatic | None:
    return _found(AutomaticKind.AUTO_REPLY, "Subject", subject[:80]) if _AUTO_REPLY.match(subject) else None


def _by_sender(header: Header, mail_from: str) -> Automatic | None:
    senders = [address for _, address in addresses(fields(header, "from")[:1])]
    for address in [*senders[:1], mail_from]:
        if _NO_REPLY.fullmatch(address.rpartition("@")[0].lower()[:128]) and not _is_form(header):
            return _found(AutomaticKind.AUTO_GENERATED, "From", address)
    if _no_sender(header, mail_from):
        return _found(AutomaticKind.AUTO_GENERATED, "the envelope has no sender")
    return None


def _is_form(header: Header) -> bool:
    """Whether a web site's contact form wrote for a person: the answer goes to one, elsewhere than the form's home."""
    written, reply_to = addresses(fields(header, "from")[:1]), addresses(fields(header, "reply-to")[:1])
    if len(written) != 1 or len(reply_to) != 1 or not is_address(reply_to[0][1]):
        return False
    home, person = written[0][1], reply_to[0][1]
    local = person.rpartition("@")[0].lower()[:128]
    return domain_of(home) != domain_of(person) and not _NO_REPLY.fullmatch(local) and not DAEMON.fullmatch(local)


def _our_own(header: Header, account: str) -> Automatic | None:
    """A mail of ours that comes back, from somebody's forwarding: our address and a message id of our domain."""
    senders = [address.lower() for _, address in addresses(fields(header, "from")[:1])]
    ids = message_ids(fields(header, "message-id"))
    if account and senders == [account.lower()] and ids and domain_of(ids[0]) == domain_of(account):
        return _found(AutomaticKind.AUTO_GENERATED, "Message-ID", "one of our own")
    return None


def _by_its_words(leaves: Sequence[Part]) -> Automatic | None:
    """A machine that speaks of itself in the first or the last lines of its own words."""
    written = list(_own_lines(leaves))
    for line in dict.fromkeys([*written[:_EDGE], *written[-_EDGE:]]):
        if _speaks_of_itself(line.lstrip("-_=*#~ ([\"'")):
            return _found(AutomaticKind.AUTO_GENERATED, "it says so", line[:100])
    return None


def _speaks_of_itself(line: str) -> bool:
    if _SELF.match(line):
        return True
    asked = _DO_NOT_REPLY.match(line)
    rest = line[asked.end() :] if asked else ""
    return asked is not None and (not rest.strip(".!。 *-)]") or _MACHINE_WORDS.search(line) is not None)


def _own_lines(leaves: Sequence[Part]) -> Iterable[str]:
    """Folded lines of the first text, before anything that is quoted."""
    for line in lines(first_text(leaves)):
        if line.quoted or line.folded.endswith(_QUOTE_ENDINGS) or line.folded.startswith(_QUOTE_BEGINNINGS):
            return
        if not line.blank:
            yield line.folded
