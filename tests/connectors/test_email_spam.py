"""What the own server's filter says of a mail, and what it does not say."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bridge.connector import Message, RawItem
from connectors.email.parse import parse_mail

FORWARDED = "CIP:1.2.3.4;CTRY:US;LANG:en;SCL:5;SRV:;IPV:NLI;SFV:SPM;H:x"


def spam(header: str, body: str = "hello", threshold: float | None = None) -> str:
    mail = f"From: a@b.example\r\n{header}\r\n\r\n{body}\r\n".encode()
    facts: dict[str, object] = {"mail_from": "a@b.example", "account": "info@shop.example"}
    if threshold is not None:
        facts["spam_score"] = threshold
    item = RawItem(native_id="1", raw=mail, lane="x", received_at=datetime(2026, 1, 2, tzinfo=UTC), facts=facts)
    message = parse_mail(item)[0]
    assert isinstance(message, Message)
    return message.spam


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("X-Spam-Flag: YES", "X-Spam-Flag: YES"),
        ("X-Spam-Flag: NO\r\nX-Spam-Flag: YES", "X-Spam-Flag: YES"),
        ("X-Spam-Status: Yes, score=9.1 required=5.0 tests=A,B", "X-Spam-Status: Yes"),
        ("x-spam: yes", "X-Spam: yes"),
        ("X-Spam: Yes", "X-Spam: Yes"),
        ("X-Rspamd-Action: add header", "X-Rspamd-Action: add header"),
        ("X-Spam-Action: rewrite subject", "X-Spam-Action: rewrite subject"),
        ("X-MS-Exchange-Organization-SCL: 5", "X-MS-Exchange-Organization-SCL: 5"),
        ("X-MS-Exchange-Organization-SCL: 9", "X-MS-Exchange-Organization-SCL: 9"),
        (f"X-Forefront-Antispam-Report: {FORWARDED}", "X-Forefront-Antispam-Report: SCL:5"),
        ("X-Forefront-Antispam-Report: CIP:1.2.3.4;SFV:SPM;", "X-Forefront-Antispam-Report: SFV:SPM"),
    ],
)
def test_spam_is_what_the_filter_says(header: str, reason: str) -> None:
    assert spam(header) == reason


@pytest.mark.parametrize(
    "header",
    [
        "Subject: x",
        "X-Spam-Flag: NO",
        "X-Spam-Flag:",
        "X-Spam-Status: No, score=-1 required=5 tests=YES",
        "X-Spam: no",
        "X-Rspamd-Action: no action",
        "X-Rspamd-Action: greylist",
        "X-MS-Exchange-Organization-SCL: -1",
        "X-MS-Exchange-Organization-SCL: 1",
        "X-MS-Exchange-Organization-SCL: 50",
        "X-Forefront-Antispam-Report: CIP:1.2.3.4;SCL:1;SFV:NSPM;",
        "X-Spam-Level: *********",
        "X-Spam-Score: 12.5",
        "X-Spam-Report: YES",
        "Subject: YES, X-Spam-Flag: YES",
        "X-Forefront-Antispam-Report: " + ";" * 1900 + "SFV",
    ],
)
def test_what_the_filter_does_not_say(header: str) -> None:
    assert spam(header) == ""


def test_a_person_who_writes_about_spam_is_a_person() -> None:
    assert spam("Subject: [SPAM] your mails go to my spam folder", "X-Spam-Flag: YES\r\nspam spam viagra") == ""


@pytest.mark.parametrize(
    ("header", "threshold", "held"),
    [
        ("X-Spam-Level: *****", 5, True),
        ("X-Spam-Level: ****", 5, False),
        ("X-Spam-Bar: +++++++", 5, True),
        ("X-Spam-Score: 5.1", 5, True),
        ("X-Spam-Score: -5.1", 5, False),
        ("X-Rspamd-Score: 7", 6.5, True),
        ("X-Spam-Score: many", 1, False),
        ("X-Spam-Level:", 1, False),
    ],
)
def test_points_count_where_the_settings_say_how_many(header: str, threshold: float, held: bool) -> None:
    assert bool(spam(header, threshold=threshold)) is held
    assert spam(header) == ""
