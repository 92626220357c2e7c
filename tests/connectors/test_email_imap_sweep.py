"""Which mails of a folder are due, and how its position moves; what goes over the wire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.email.imap_fetch import GROUP_BYTES, SMALL, groups
from connectors.email.imap_mail import Place, raw_item, too_large
from connectors.email.imap_sweep import (
    RECENT,
    Progress,
    Settled,
    begun,
    due,
    entered,
    equals,
    identity,
    is_old,
    progress_of,
    swept,
    taken,
)
from connectors.email.imap_wire import (
    Fetched,
    arrival,
    code_of,
    fetched,
    folder_name,
    quoted,
    search_date,
    searched,
    selected,
    uid_set,
)
from connectors.email.parse import parse_mail

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ENTERED = Progress(since=NOW, uidvalidity=7)


def settle(*uids: int) -> list[Settled]:
    return [Settled(uid=uid, digest=f"d{uid}") for uid in uids]


# -- the position -----------------------------------------------------------------------------------------------------


def test_what_is_new_is_due_and_what_is_settled_is_not() -> None:
    progress = taken(ENTERED, settle(1, 2, 4))
    assert due(progress, [1, 2, 3, 4, 5]) == [3, 5]
    assert due(swept(progress, [1, 2, 3, 4, 5]), [3, 9]) == [3, 9]


def test_a_mail_that_shows_up_late_is_found_for_as_long_as_recent_ones_are_known() -> None:
    progress = taken(ENTERED, settle(*range(2, RECENT + 1)))
    assert due(progress, range(1, RECENT + 1)) == [1]
    full = taken(progress, settle(RECENT + 1, RECENT + 2))
    assert full.floor == 2
    assert due(full, range(1, RECENT + 4)) == [RECENT + 3]


def test_what_was_missed_stays_due_wherever_it_stands_until_it_is_gone() -> None:
    progress = taken(ENTERED, settle(1), missed=[2])
    progress = taken(progress, settle(*range(3, 3 + 2 * RECENT)))
    assert progress.floor > 2
    assert progress.lowest == 2
    assert due(progress, [2, 3]) == [2]
    assert taken(progress, settle(2)).missed == frozenset()
    assert swept(progress, [3]).missed == frozenset()


def test_at_the_first_start_old_mail_is_left_alone_by_the_day_of_its_arrival() -> None:
    progress = entered(begun(NOW), 7, 100, take_all=False)
    assert progress.undecided
    assert due(progress, [5, 99, 101], arrived_since=[99]) == [99, 101]
    assert is_old(progress, 99, NOW - timedelta(seconds=1))
    assert not is_old(progress, 99, NOW)
    assert not is_old(progress, 99, None)
    assert not is_old(progress, 101, NOW - timedelta(days=1))
    settled = swept(taken(progress, settle(99, 101)), [5, 99, 101])
    assert not settled.undecided
    assert due(settled, [5, 99, 100, 101, 102]) == [102]


def test_a_folder_that_is_numbered_anew_is_looked_through_anew() -> None:
    before = taken(ENTERED, settle(1, 2), missed=[3], to_mark=[1, 2])
    after = entered(before, 8, 50, take_all=True)
    assert after == Progress(since=NOW, uidvalidity=8)
    assert entered(before, 7, 50, take_all=True) is before
    assert entered(before, 8, 50, take_all=False).old_until == 50


def test_a_position_is_stored_and_read_back() -> None:
    progress = taken(entered(begun(NOW), 7, 9, take_all=False), settle(1, 12), missed=[5], to_mark=[12])
    assert progress_of(progress.text()) == progress
    for broken in ("", "[]", "{}", '{"since": 1}', progress.text().replace("1:d1", "x:y")):
        with pytest.raises(ValueError, match="position of a mailbox cannot be read"):
            progress_of(broken)


@given(
    st.lists(st.integers(1, 900), unique=True, max_size=700), st.lists(st.integers(1, 60), min_size=1), st.booleans()
)
def test_however_a_folder_is_taken_each_mail_is_due_once(uids: list[int], sizes: list[int], crash: bool) -> None:
    progress, done, turn = ENTERED, list[int](), 0
    while wanted := due(progress, uids):
        batch = wanted[: sizes[turn % len(sizes)]]
        progress = taken(progress, settle(*batch))
        if crash:
            progress = progress_of(progress.text())
        done += batch
        turn += 1
    assert done == sorted(uids)


def test_mails_of_the_same_bytes_are_told_apart_only_where_both_are_there() -> None:
    progress = taken(ENTERED, [Settled(uid=1, digest="same"), Settled(uid=2)])
    assert equals(progress, [Settled(uid=3, digest="same")], "same") == [1, 3]
    assert (identity("same", 0), identity("same", 2)) == ("imap:same", "imap:same#3")


def test_mails_are_fetched_in_groups_that_memory_can_hold() -> None:
    sizes = [10] * 300 + [SMALL + 1, 10, 10] + [SMALL] * 100
    mails = [Fetched(uid=number, size=size) for number, size in enumerate(sizes, 1)]
    made = list(groups(mails, alone={302}))
    assert [mail for group in made for mail in group] == mails
    assert [len(group) for group in made[:5]] == [250, 50, 1, 1, 64]
    assert all(sum(mail.size for mail in group) <= GROUP_BYTES or len(group) == 1 for group in made)


# -- the wire ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("INBOX", '"INBOX"'),
        ("Aufträge", '"Auftr&AOQ-ge"'),
        ("A & B", '"A &- B"'),
        ('a"b\\c', '"a\\"b\\\\c"'),
        ("台北/日本語", '"&U,BTFw-/&ZeVnLIqe-"'),
        ("😀", '"&2D3eAA-"'),
    ],
)
def test_folder_names(name: str, sent: str) -> None:
    assert folder_name(name) == sent


def test_numbers_and_dates() -> None:
    assert uid_set([3, 1, 2, 7, 9, 8, 20, 3]) == "1:3,7:9,20"
    assert search_date(NOW.date()) == "2-Nov-2026"
    assert quoted('p"w') == '"p\\"w"'
    assert arrival(" 2-Nov-2026 10:00:00 +0100") == NOW
    assert arrival("02-nov-2026 09:00:00 +0000") == NOW
    for wrong in ("", "2-Foo-2026 10:00:00 +0100", "32-Nov-2026 10:00:00 +0100", "1-Jan-0001 00:00:00 +0100", "x"):
        assert arrival(wrong) is None


def test_what_a_server_says_of_a_folder() -> None:
    lines = [
        rb"FLAGS (\Seen)",
        rb"OK [PERMANENTFLAGS (\Seen Done \*)] Limited",
        b"12 EXISTS",
        b"OK [UIDVALIDITY 4294967295] ok",
        b"OK [UIDNEXT 13]",
        b"[READ-WRITE] done",
    ]
    opened = selected(lines)
    assert (opened.uidvalidity, opened.uidnext, opened.read_only) == (4294967295, 13, False)
    assert opened.permits("Anything")
    fixed = selected([rb"OK [PERMANENTFLAGS (\Seen Done)] x", b"done"])
    assert (fixed.uidvalidity, fixed.permits("done"), fixed.permits("other")) == (0, True, False)
    assert not selected([rb"OK [PERMANENTFLAGS (\*)] x", b"[READ-ONLY] done"]).permits("x")


def test_what_a_server_found() -> None:
    assert searched([b"3 1 2", b"", b"9", b"OK 77 done"]) == [1, 2, 3, 9]
    assert code_of("[AUTHENTICATIONFAILED] no") == "AUTHENTICATIONFAILED"
    assert code_of("no [X] no") == ""


def test_what_a_server_says_of_mails() -> None:
    lines: list[bytes | bytearray] = [
        b"1 FETCH (UID 11 BODY[]<0> {26}",
        bytearray(b") 2 FETCH (UID 99 BODY[])"),
        b")",
        rb"5 FETCH (FLAGS (\Seen))",
        b'2 FETCH (RFC822.SIZE 300 INTERNALDATE " 2-Nov-2026 10:00:00 +0100" UID 12)',
        b"3 FETCH (BODY[] {2}",
        bytearray(b"ab"),
        rb" UID 13 FLAGS (\Seen))",
        b'4 FETCH (UID 14 BODY[]<0> "")',
        b"6 FETCH (UID 15 BODY[] NIL)",
        b"done",
    ]
    assert fetched(lines) == [
        Fetched(uid=11, body=b") 2 FETCH (UID 99 BODY[])"),
        Fetched(uid=12, size=300, arrived_at=NOW),
        Fetched(uid=13, body=b"ab"),
        Fetched(uid=14, body=b""),
        Fetched(uid=15, body=b""),
    ]


# -- the item ---------------------------------------------------------------------------------------------------------

PLACE = Place(facts={"account": "shop@mail.test"}, username="shop", host="mail.test", folder="INBOX", uidvalidity=7)


@pytest.mark.parametrize(
    ("header", "mail_from", "lane"),
    [
        (
            b"Return-Path: <b-1@list.example>\r\nFrom: Anna <Anna@There.example>",
            "b-1@list.example",
            "anna@there.example",
        ),
        (b"Return-Path: <>\r\nFrom: Anna <anna@there.example>", "<>", "anna@there.example"),
        (b"From: Anna <anna@there.example>", "anna@there.example", "anna@there.example"),
        (b"From: a@x.example, b@x.example", "a@x.example", "a@x.example"),
        (b"From: f@form.example\r\nReply-To: anna@there.example", "anna@there.example", "anna@there.example"),
        (b"Subject: nobody", "<>", "<>"),
        (b"From: " + b'"' * 90_000, "<>", "<>"),
        (b"\xff\xfe\x00", "<>", "<>"),
    ],
)
def test_whose_a_mail_is(header: bytes, mail_from: str, lane: str) -> None:
    body = header + b"\r\n\r\nhello\r\n"
    item = raw_item(Fetched(uid=3, size=9, body=body), "imap:x", PLACE, NOW)
    assert (item.facts["mail_from"], item.lane) == (mail_from, lane)


@pytest.mark.parametrize(
    ("arrived_at", "received_at"),
    [
        (NOW - timedelta(days=3), NOW - timedelta(days=3)),
        (NOW + timedelta(seconds=1), NOW),
        (None, NOW),
    ],
)
def test_a_mail_is_as_old_as_its_arrival(arrived_at: datetime | None, received_at: datetime) -> None:
    item = raw_item(Fetched(uid=3, arrived_at=arrived_at, body=b"Subject: x\r\n\r\nx"), "imap:x", PLACE, NOW)
    assert item.received_at == received_at


def test_what_stands_in_for_a_large_mail_is_a_readable_mail() -> None:
    header = (
        b"From: anna@there.example\r\nContent-Type: multipart/mixed;\r\n\tboundary=x\r\nMIME-Version: 1.0\r\n"
        b"Content-Transfer-Encoding: base64\r\nSubject: film\r\n"
    )
    body = too_large(header + b"\r\n", 40 * 1024 * 1024, 25 * 1024 * 1024, PLACE)
    [message] = parse_mail(raw_item(Fetched(uid=3, body=body), "imap:x", PLACE, NOW))
    assert "too large for the bridge: 40.0 MB, where 25.0 MB are allowed" in getattr(message, "text").plain  # noqa: B009
    assert getattr(message, "subject") == "film"  # noqa: B009
