"""What of a mail's parts is text and what is a file: winmail.dat, invitations, flowed text, uuencode, mangled parts."""

from __future__ import annotations

import struct
import time
from email.message import Message as Header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.connector import Attachment
from connectors.email.contents import Contents, contents
from connectors.email.flowed import unflowed
from connectors.email.invitation import invitation
from connectors.email.mime import parts
from connectors.email.uuencoded import taken_out
from connectors.email.winmail import unpacked


def read(mail: str | bytes) -> Contents:
    raw = mail.replace("\n", "\r\n").encode() if isinstance(mail, str) else mail
    return contents(parts(raw)[1], raw)


# -- winmail.dat -----------------------------------------------------------------------------------


def tnef_object(level: int, name: int, data: bytes, kind: int = 6) -> bytes:
    return struct.pack("<BHHI", level, name, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def tnef(*objects: bytes) -> bytes:
    return struct.pack("<IH", 0x223E9F78, 1) + b"".join(objects)


CODE_PAGE = tnef_object(1, 0x9007, struct.pack("<II", 1252, 0))
BODY = tnef_object(1, 0x800C, b"Good day,\r\nsee the file.\0", 2)


def tnef_file(name: bytes, data: bytes) -> bytes:
    return tnef_object(2, 0x9002, b"\0" * 14) + tnef_object(2, 0x8010, name + b"\0", 1) + tnef_object(2, 0x800F, data)


def winmail(data: bytes) -> bytes:
    return (
        b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n"
        b"\r\n--b\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\n\r\n" + data + b"\r\n--b--\r\n"
    )


def test_a_winmail_dat_is_its_files_and_its_text() -> None:
    found = read(winmail(tnef(CODE_PAGE, BODY, tnef_file(b"list.txt", b"two red"), tnef_file(b"a.bin", b"\0\1\2"))))
    assert found.text.plain == "Good day,\nsee the file."
    assert [(one.name, one.content) for one in found.attachments] == [("list.txt", b"two red"), ("a.bin", b"\0\1\2")]


def property_block(kind: int, count: int) -> bytes:
    return struct.pack("<IHHI", 1, kind, 0x3701, count)


HOSTILE_TNEF = {
    "not one at all": b"hello",
    "nothing but its signature": tnef(),
    "cut off": tnef(CODE_PAGE, BODY, tnef_file(b"list.txt", b"two red"))[:-20],
    "four billion properties": tnef(CODE_PAGE, tnef_object(1, 0x9003, struct.pack("<I", 0xFFFFFFFF))),
    "four billion values": tnef(CODE_PAGE, tnef_object(1, 0x9003, property_block(0x1002, 0xFFFFFFFF) + b"\0" * 100)),
    "four billion strings": tnef(CODE_PAGE, tnef_object(1, 0x9003, property_block(0x1E, 0xFFFFFFFF) + b"\0" * 100)),
    "a million objects": tnef(CODE_PAGE, *([tnef_object(1, 0x9002, b"")] * 200_000)),
    "many attachments": tnef(CODE_PAGE, *([tnef_file(b"x", b"y")] * 20_000)),
    "an attachment without its beginning": tnef(CODE_PAGE, tnef_object(2, 0x800F, b"lost")),
    "a nested one": tnef(
        tnef_object(2, 0x9005, b"\x07\x03\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x46" * 9)
    ),
}


@pytest.mark.parametrize("name", HOSTILE_TNEF)
def test_a_hostile_winmail_dat_costs_nothing_and_is_not_lost(name: str) -> None:
    started = time.process_time()
    found = unpacked(Attachment(name="winmail.dat", content=HOSTILE_TNEF[name]))
    assert time.process_time() - started < 1
    assert found.attachments[-1].name == "winmail.dat"


@given(st.binary(max_size=300), st.sampled_from([0x9003, 0x9005, 0x800C, 0x800F, 0x9007]))
def test_any_winmail_dat_is_read(data: bytes, name: int) -> None:
    file = Attachment(name="winmail.dat", content=tnef(CODE_PAGE, tnef_object(1, name, data), data))
    assert unpacked(file).attachments or unpacked(file).text


# -- invitations -----------------------------------------------------------------------------------

CALENDAR = (
    "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VTIMEZONE\nDTSTART:19700101T000000\nEND:VTIMEZONE\nBEGIN:VEVENT\n"
    "SUMMARY;LANGUAGE=en:Tasting\\, for\n  two\nDTSTART;TZID=Europe/Berlin:20260105T180000\n"
    "DTEND;TZID=Europe/Berlin:20260105T193000\nLOCATION:The shop\\nback room\nEND:VEVENT\nEND:VCALENDAR\n"
)


@pytest.mark.parametrize(
    ("calendar", "words"),
    [
        (
            CALENDAR,
            "Invitation: Tasting, for two\nWhen: 2026-01-05 18:00 (Europe/Berlin) - 18:00 (Europe/Berlin)".replace(
                "- 18:00", "- 19:30"
            )
            + "\nWhere: The shop back room",
        ),
        ("METHOD:CANCEL\nBEGIN:VEVENT\nSUMMARY:x\nDTSTART:20260105\nEND:VEVENT", "Cancelled: x\nWhen: 2026-01-05"),
        (
            "BEGIN:VEVENT\nDTSTART:20260105T180000Z\nDTEND:20260106T190000Z\nEND:VEVENT",
            "Event: (no title)\nWhen: 2026-01-05 18:00 UTC - 2026-01-06 19:00 UTC",
        ),
        ("BEGIN:VCALENDAR\nEND:VCALENDAR", ""),
        ("nonsense", ""),
    ],
)
def test_invitations_in_words(calendar: str, words: str) -> None:
    assert invitation(calendar) == words


def calendar_mail(text: str) -> str:
    return (
        "From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n"
        f"{text}\n--b\nContent-Type: text/calendar; method=REQUEST\n\n{CALENDAR}\n--b--\n"
    )


def test_an_invitation_is_named_in_the_text_unless_the_text_names_it() -> None:
    assert read(calendar_mail("Come!")).text.plain.startswith("Come!\n\nInvitation: Tasting, for two\nWhen: ")
    assert read(calendar_mail("Come to the tasting, for two!")).text.plain == "Come to the tasting, for two!"
    assert [one.name for one in read(calendar_mail("x")).attachments] == ["unnamed.ics"]


# -- flowed text and uuencode ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "parameters", "joined"),
    [
        ("one \ntwo\nthree", "", "one two\nthree"),
        ("one \n two", "", "one two"),
        (" >no quote", "", ">no quote"),
        (">a \n>b\n>>c \nd", "", "> a b\n>> c \nd"),
        ("x \n-- \nAnna", "", "x \n-- \nAnna"),
        ("Donau- \ndampf", "; delsp=yes", "Donau-dampf"),
    ],
)
def test_flowed_text(text: str, parameters: str, joined: str) -> None:
    header = Header()
    header["Content-Type"] = f"text/plain; format=flowed{parameters}"
    assert unflowed(text, header) == joined
    mail = f"From: a@b.example\nContent-Type: text/plain; format=flowed{parameters}\n\n{text}"
    assert read(mail).text.plain == joined


UU = "begin 644 note.txt\n+:&5L;&\\@=V]R;&0 \n`\nend"


def test_a_uuencoded_file_is_taken_out() -> None:
    text, [file] = taken_out(f"before\n{UU}\nafter")
    assert text == "before\nafter"
    assert (file.name, file.content) == ("note.txt", b"hello world")


@pytest.mark.parametrize(
    "text", ["begin 644 x\nno data\nend", "begin 644 x\n", "the end\nbegin 1 x\nend", "begin\nend", ""]
)
def test_what_only_looks_uuencoded_stays(text: str) -> None:
    assert taken_out(text) == (text, [])


def test_uuencode_takes_linear_time() -> None:
    started = time.process_time()
    taken_out("begin 644 X\n" * 40_000 + "\nend")
    taken_out("begin 644 X\n" + "M\n" * 200_000)
    assert time.process_time() - started < 1


# -- parts -----------------------------------------------------------------------------------------


def test_words_outside_of_mangled_parts_are_shown() -> None:
    mail = 'From: a@b.example\nContent-Type: multipart/mixed; boundary="a"\n\n--a\n\n--a--\nstill here\n'
    assert read(mail).text.plain == "still here"
    assert read('From: a@b.example\nContent-Type: multipart/mixed; boundary="a"\n\n--a\n\n--a--\n').text.plain == ""


def test_of_alternatives_a_third_one_is_a_file() -> None:
    mail = (
        "From: a@b.example\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nwords\n"
        "--b\nContent-Type: text/enriched\n\n<bold>words</bold>\n--b--\n"
    )
    assert read(mail).text.plain == "words"
