"""The whole daemon with an owner whose client is mail: what reaches customers, and what nobody can make it send.

Mail goes out into a Maildir. The owner's signatures are checked against a DNS server on loopback.
"""

from __future__ import annotations

import asyncio
import re
import smtplib
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import dkim
import pytest
from mail_security import EVIL, FORGED_FROM, OWNER, DnsServer, attacker_key, letter, owner_key, signed, txt

from bridge.owners.commands import COMMANDS
from daemon.process import Running
from daemon.shop import Shop

pytestmark = pytest.mark.servers

CARLA = "carla@example.org"
QUESTION = "Do you have tulips?"
ZONE = {
    ("s1._domainkey.owner.example", "TXT"): [txt(owner_key().record)],
    ("s1._domainkey.evil.example", "TXT"): [txt(attacker_key().record)],
}


@dataclass
class Desk:
    """A running shop in which Carla has asked, and the owner has it as mail."""

    shop: Shop
    running: Running

    def mails_to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.shop.answers() if address in str(mail["To"])]

    def wait_for(self, address: str, count: int) -> list[EmailMessage]:
        """A Maildir announces nothing: look until so many are there."""
        end = time.monotonic() + 20
        while len(self.mails_to(address)) < count and time.monotonic() < end:
            time.sleep(0.02)
        found = self.mails_to(address)
        assert len(found) >= count, f"{len(found)} mails to {address}, not {count}"
        return found

    def answers_go_to(self, index: int = 0) -> str:
        """The secret address in one of the owner's mails."""
        field = str(self.wait_for(OWNER, index + 1)[index]["Reply-To"])
        found = re.search(r"shop\+[a-z2-7]{36}@flowers\.example", field)
        assert found, field
        return found[0]

    def comes(self, mail: bytes, to: str, sender: str = OWNER) -> None:
        """Somebody's server hands a mail over."""
        with smtplib.SMTP("127.0.0.1", self.shop.port, timeout=30) as server:
            server.sendmail(sender, [to], mail)

    def decided(self) -> dict[str, int]:
        """The outcomes of all mails so far, and how many of each; waits until none is left to decide."""
        end = time.monotonic() + 60
        while True:
            with sqlite3.connect(self.shop.database) as connection:
                rows = connection.execute("SELECT state, outcome FROM items WHERE connector = 'mail'").fetchall()
            connection.close()
            if all(state == "done" for state, _ in rows):
                return {outcome: sum(row[1] == outcome for row in rows) for _, outcome in rows}
            assert time.monotonic() < end, [row for row in rows if row[0] != "done"]
            time.sleep(0.05)


def reply(to: str, text: str, number: int = 1, more: str = "") -> bytes:
    """As the owner's program writes it, the relay quoted below."""
    quoted = f"{text}\r\n\r\nOn Sun, 22 Nov 2026 at 12:00, Carla wrote:\r\n> {QUESTION}\r\n"
    mail = letter(to=f"To: {to}", more=more or f"X-Number: {number}", text=quoted)
    return mail.replace(b"<a1@owner.example>", f"<a{number}@owner.example>".encode())


def by_owner(mail: bytes) -> bytes:
    return signed(mail, owner_key(), "owner.example")


@pytest.fixture
async def dns() -> AsyncIterator[str]:
    async with DnsServer(ZONE) as server:
        yield server


@pytest.fixture
def shop(tmp_path: Path, dns: str) -> Shop:
    reply_to = 'maildir = "outgoing"\nreply_to = "shop+{token}@flowers.example"'
    bottom = f"""
[connectors.mail.owner_check]
dns = ["{dns}"]
[[owners]]
name = "Olga"
[[owners.surfaces]]
connector = "mail"
address = "{OWNER}"
"""
    return Shop(tmp_path, way_out=reply_to, bottom=bottom)


@pytest.fixture
def desk(shop: Shop) -> Iterator[Desk]:
    with shop.running() as running:
        assert shop.send(QUESTION, sender=CARLA) == 250
        yield Desk(shop, running)


async def play(desk: Desk, scene: object) -> None:
    """Run a scene that waits for files beside the loop that answers for the DNS."""
    assert callable(scene)
    await asyncio.to_thread(scene, desk)


def conversation(desk: Desk) -> None:
    first = desk.answers_go_to()
    relay = desk.mails_to(OWNER)[0]
    assert relay["Subject"] == "#1 carla@example.org: Tulips"
    assert QUESTION in relay.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    desk.comes(by_owner(reply(first, "Yes, red ones.\r\n\r\nKind regards")), first)
    answer = desk.wait_for(CARLA, 1)[0]
    words = answer.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert words.startswith("Yes, red ones.")
    assert "Tulips" in str(answer["Subject"])
    # Carla's program keeps no thread and changes the subject: the address tells.
    back = re.search(r"shop\+[a-z2-7]{36}@flowers\.example", str(answer["Reply-To"]))
    assert back
    desk.comes(b"From: carla@example.org\r\nSubject: Hm\r\nMessage-ID: <c2@x>\r\n\r\nThree.\r\n", back[0], CARLA)
    second = desk.wait_for(OWNER, 2)[1]
    assert (second["Subject"], second["References"]) == (relay["Subject"], relay["References"])
    desk.comes(by_owner(reply(desk.answers_go_to(1), "!close", 2)), desk.answers_go_to(1))
    desk.wait_for(OWNER, 3)
    assert desk.decided() == {"relayed": 2, "answered": 1, "command": 1}
    assert len(desk.mails_to(CARLA)) == 1


async def test_a_conversation_by_mail(desk: Desk) -> None:
    await play(desk, conversation)


def forgeries(desk: Desk) -> None:
    to = desk.answers_go_to()
    for sender in FORGED_FROM.values():
        mail = letter(sender, f"To: {to}", text="Send me the money.\r\n")
        forged = [mail]
        try:
            forged.append(signed(mail, attacker_key(), "evil.example"))
            forged.append(signed(mail, attacker_key(), "owner.example"))
        except (dkim.DKIMException, IndexError):
            pass  # dkimpy signs no header that is none
        for one in forged:
            try:
                desk.comes(one, to, EVIL)
            except smtplib.SMTPDataError as refused:
                assert refused.smtp_code == 554  # noqa: PT017 - bare line ends, which are refused at the door
    outcomes = desk.decided()
    assert sum(outcomes.values()) > 2 * len(FORGED_FROM)
    assert set(outcomes) <= {"relayed", "doubtful", "flood", "automatic", "owner's machine"}
    assert not [mail for mail in desk.mails_to(CARLA) if mail["Auto-Submitted"] is None]


async def test_who_forges_the_owner_sends_nothing(desk: Desk) -> None:
    await play(desk, forgeries)


def replays(desk: Desk) -> None:
    to = desk.answers_go_to()
    assert desk.shop.send("And roses?", sender="bob@example.org") == 250
    other = desk.answers_go_to(1)
    genuine = by_owner(reply(to, "Yes, red ones."))
    desk.comes(genuine, to)
    desk.wait_for(CARLA, 1)
    # Again, and to another customer's address; with the other address in its header, and with another owner's token.
    desk.comes(genuine + b"\r\n", to)
    desk.comes(genuine, other)
    desk.comes(genuine.replace(to.encode(), other.encode()), other)
    desk.comes(by_owner(reply(to[:20] + "a" * 5 + to[25:], "Yes.", 2)), to[:20] + "a" * 5 + to[25:])
    desk.comes(by_owner(reply(other, "I am away until Monday.", 3, "Auto-Submitted: auto-replied")), other)
    outcomes = desk.decided()
    assert outcomes["answered"] == 1
    assert outcomes["owner's machine"] == 1
    assert sum(outcomes.values()) - outcomes.get("doubtful", 0) - outcomes.get("owner's line again", 0) == 4
    assert (len(desk.mails_to(CARLA)), len(desk.mails_to("bob@example.org"))) == (1, 0)


async def test_what_is_sent_again_or_elsewhere_sends_nothing(desk: Desk) -> None:
    await play(desk, replays)


def commands(desk: Desk) -> None:
    """Every command in every field that a customer fills in."""
    to = desk.answers_go_to()
    lines = [f"!{command.usage.replace('N', '1')}" for command in COMMANDS] + ["#1 Yes.", "1", "// note"]
    for number, line in enumerate(lines):
        mail = EmailMessage()
        mail["From"] = f'"{line}" <eve{number}@example.org>'
        mail["To"], mail["Subject"], mail["Message-ID"] = f'"{line}" <{to}>', line, f"<e{number}@example.org>"
        mail["X-Command"] = line
        mail.set_content(line)
        mail.add_attachment(line.encode(), maintype="text", subtype="plain", filename=line.replace(" ", "_") + ".txt")
        desk.comes(mail.as_bytes(policy=SMTP), to, f"eve{number}@example.org")
    assert desk.decided() == {"relayed": 1 + len(lines)}
    with sqlite3.connect(desk.shop.database) as connection:
        kinds = {kind for (kind,) in connection.execute("SELECT kind FROM outbox")}
        states = {state for (state,) in connection.execute("SELECT state FROM conversations")}
    connection.close()
    assert (kinds, states) == ({"relay"}, {"open"})


async def test_a_customer_who_writes_commands_executes_none(desk: Desk) -> None:
    await play(desk, commands)
