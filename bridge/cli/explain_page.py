"""What `inbox-bridge explain` shows to people: one page a message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bridge.valid import clean

_LONGEST = 5000


def page(record: Mapping[str, Any]) -> str:
    """Who wrote, what is read of it, and why, as lines of text."""
    return clean("\n".join(_lines(record)))


def _lines(record: Mapping[str, Any]) -> Iterator[str]:
    yield f"== {record['file']}"
    if record["error"] is not None:
        yield f"could not be read: {record['error']}"
        yield ""
        return
    yield f"from        {record['from_name']} <{record['from']}>".replace("  <", " <")
    if record.get("answer_to") not in (None, "", record["from"].lower()):
        yield f"answer to   {record['answer_to']}"
    yield f"subject     {record['subject']}"
    yield f"written by  {_writer(record['automatic'])}"
    yield from _bounce(record.get("bounce"))
    yield from _attachments(record["attachments"])
    yield from _words(record["text"], record["visible"])
    yield ""


def _writer(automatic: Mapping[str, str] | None) -> str:
    if automatic is None:
        return "a person: no sign of a machine"
    return f"a machine, {automatic['kind']}: {automatic['reason']}"


def _bounce(bounce: Mapping[str, Any] | None) -> Iterator[str]:
    if bounce is None:
        return
    lasting = "for good" if bounce["permanent"] else "for now"
    yield f"bounced     {bounce['recipient'] or '(to whom is not said)'}, {lasting} ({bounce['status'] or 'no status'})"
    if bounce.get("reason"):
        yield f"            {bounce['reason']}"
    if bounce.get("refers_to"):
        yield f"            about <{bounce['refers_to']}>"


def _attachments(attachments: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for number, one in enumerate(attachments):
        yield f"{'' if number else 'files':12}{one['name']}  ({one['type']}, {one['size']} bytes)"


def _words(text: str, visible: str) -> Iterator[str]:
    yield ""
    yield "-- the writer's own words" if visible != text else "-- the text; nothing is cut"
    yield _short(visible)
    if visible != text:
        yield "-- all of the text"
        yield _short(text)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}\n[... {len(text) - _LONGEST} more characters]"
