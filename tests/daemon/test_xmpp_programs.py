"""Strangers' programs on a real Prosody: customers with go-sendxmpp and swaks (mail), the owner with profanity."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers import profanity, prosody
from servers.profanity import GoSendxmpp, Profanity

from daemon.lines import until_printed
from daemon.shop import SHOP
from daemon.town import Town

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(profanity.missing(), reason=f"install the Debian packages {profanity.DEBIAN_PACKAGES}"),
]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with prosody.running() as server:
        yield Town(server, tmp_path)


def mail(town: Town, text: str) -> None:
    where = ["--server", f"127.0.0.1:{town.shop.port}", "--from", "carla@example.org", "--to", SHOP]
    what = ["--header", "Subject: Opening hours", "--body", text]
    subprocess.run(["swaks", *where, *what], check=True, capture_output=True, timeout=30)


def answered_by_mail(town: Town) -> str:
    [answer] = town.shop.wait_for_answers(1)
    assert answer["To"] == "carla@example.org"
    words = answer.get_body(("plain",))
    assert words is not None
    return str(words.get_content())


def test_the_owner_in_one_chat(town: Town, tmp_path: Path) -> None:
    town.owned_by_olga()
    customer = GoSendxmpp(town.anna, town.server.port, town.server.certificates.authority)
    with town.shop.running() as daemon, Profanity(tmp_path / "olga", town.olga, town.server.port) as owner:
        town.ready(daemon)
        owner.type(f"/msg {town.jid} list")
        customer.say(town.jid, "Do you have tulips?")
        owner.until(f"#1 {town.anna} (XMPP): Do you have tulips?")
        mail(town, "Are you open on Sunday?")
        owner.until("Are you open on Sunday?")
        with customer.listening() as phone:
            owner.type("#1 Yes, many.")
            until_printed(phone, "Yes, many.")
        owner.type("#2 On Sunday until six.")
        assert "On Sunday until six." in answered_by_mail(town)
        owner.until("sent: #1 XMPP")
        # Without a number nothing leaves: it is asked about, and whoever was shown last comes first.
        owner.type("And roses, too.")
        owner.find(r"To whom shall(?s:.*)1 +#2 carla@example.org")
        assert daemon.stop() == 0


def test_the_owner_with_a_contact_for_each_conversation(town: Town, tmp_path: Path) -> None:
    town.owned_by_olga_with_contacts()
    customer = GoSendxmpp(town.anna, town.server.port, town.server.certificates.authority)
    with town.shop.running() as daemon, Profanity(tmp_path / "olga", town.olga, town.server.port) as owner:
        town.ready(daemon)
        customer.say(town.jid, "Do you have tulips?")
        contact = owner.find(r"anna\.1\.\w+@customers\.shop\.test")
        mail(town, "Are you open on Sunday?")
        other = owner.find(r"carla\.2\.\w+@customers\.shop\.test")
        owner.type(f"/sub allow {contact}")
        owner.type(f"/win {contact}")
        owner.until("Do you have tulips?")
        with customer.listening() as phone:
            owner.type("Yes, many.")
            until_printed(phone, "Yes, many.")
        owner.type(f"/win {other}")
        owner.until("Are you open on Sunday?")
        owner.type("On Sunday until six.")
        assert "On Sunday until six." in answered_by_mail(town)
        assert daemon.stop() == 0


def test_two_owners_in_one_room(town: Town, tmp_path: Path) -> None:
    town.owned_by_olga_and_paul_who_share_rooms()
    customer = GoSendxmpp(town.anna, town.server.port, town.server.certificates.authority)
    with (
        town.shop.running() as daemon,
        Profanity(tmp_path / "olga", town.olga, town.server.port) as olga,
        Profanity(tmp_path / "paul", town.paul, town.server.port) as paul,
    ):
        town.ready(daemon)
        customer.say(town.jid, "Do you have tulips?")
        room = olga.find(r"anna\.1\.\w+@customers\.shop\.test")
        olga.type(f"/join {room}")
        olga.until("Do you have tulips?")
        with customer.listening() as phone:
            olga.type("Yes, many.")
            until_printed(phone, "Yes, many.")
        # Who comes later reads what was said, and by whom.
        paul.find(re.escape(room))
        paul.type(f"/join {room}")
        paul.find(r"Olga: Yes, many\.")
        paul.type("/// She is a good customer.")  # to profanity the first one is its own
        olga.find(r"Paul: // She is a good customer\.")
        paul.type("!close")
        olga.until("The conversation is closed")
        assert daemon.stop() == 0
