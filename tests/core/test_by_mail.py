"""An owner whose only client is mail: what counts as theirs, where it goes, and what they are spared."""

from __future__ import annotations

import pytest
from shop import PAUL, Shop, states

from bridge.messages import Attachment, Automatic, AutomaticKind
from bridge.outbound import OutboundKind
from bridge.policy import Owner, SurfaceAddress
from bridge.text import Text

OLGA = "olga@home.example"
BY_MAIL = Owner(name="Olga", surfaces=(SurfaceAddress(connector="mail", address=OLGA, tokens=True, quiet=True),))
AWAY = Automatic(kind=AutomaticKind.AUTO_REPLY, reason="it says so")


@pytest.fixture
def shop() -> Shop:
    """Anna (#1) and Bob (#2) have written; Olga has their mails."""
    shop = Shop().with_policy(owners=(BY_MAIL,), token_key=b"k" * 32, tokens=("mail",), quotes=("mail",))
    shop.customer("anna@example.org", "Do you have tulips?", subject="Tulips", native_id="a1")
    shop.customer("bob@example.net", "And roses?", connector="chat")
    shop.drain()
    return shop


def token_of(shop: Shop, number: int, who: str = OLGA) -> str:
    """The token of the last mail that an owner got about a conversation."""
    shown = [one for one in shop.sent(to=who) if one.conversation == number]
    return shop.outbound(shown[-1].id).token


def reply(shop: Shop, text: str, number: int, **fields: object) -> str:
    """Olga answers the last mail about a conversation; what was decided."""
    given: dict[str, object] = {"token": token_of(shop, number), "replies_to": (shop.line_about(number, OLGA),)}
    given |= {"authenticated": True, "threaded": True, **fields}
    return shop.customer(OLGA, text, **given).reason  # type: ignore[arg-type]


def test_a_mail_to_an_owner_has_a_title_and_a_token(shop: Shop) -> None:
    mail = shop.outbound(shop.sent("relay")[0].id)
    assert (mail.title, mail.from_name, len(mail.token)) == ("#1 Anna: Tulips", "Anna (email)", 36)
    assert mail.token != token_of(shop, 2)


def test_a_reply_goes_to_the_customer_and_carries_what_it_answers(shop: Shop) -> None:
    assert reply(shop, "Yes.", 1) == "answered"
    answer = shop.outbound(shop.sent("answer")[-1].id)
    assert (answer.connector, answer.address, answer.text.plain) == ("mail", "anna@example.org", "Yes.")
    assert answer.quoted is not None
    assert (answer.quoted.author, answer.quoted.text) == ("Anna", "Do you have tulips?")
    assert len(answer.token) == 36
    assert reply(shop, "No.", 2) == "answered"
    chat = shop.outbound(shop.sent("answer")[-1].id)
    assert (chat.connector, chat.token, chat.quoted) == ("chat", "", None)


def test_no_mail_about_what_the_owner_knows(shop: Shop) -> None:
    before = len(shop.sent(to=OLGA))
    reply(shop, "Yes.", 1)
    assert len(shop.sent(to=OLGA)) == before


def test_the_token_alone_tells_where_it_goes(shop: Shop) -> None:
    """A mail program that keeps no thread."""
    assert reply(shop, "Yes.", 1, replies_to=()) == "answered"
    assert shop.sent("answer")[-1].address == "anna@example.org"


def test_a_token_and_a_thread_that_differ(shop: Shop) -> None:
    assert reply(shop, "Yes.", 1, replies_to=(shop.line_about(2, OLGA),)) == "asked"
    assert not shop.sent("answer")
    assert reply(shop, "1", 1, replies_to=()) == "answered"
    assert shop.sent("answer")[-1].text == "Yes."


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"authenticated": False}, id="nothing vouches for it"),
        pytest.param({"token": ""}, id="no token"),
        pytest.param({"token": "a" * 36}, id="a token that was made up"),
        pytest.param({"native_id": ""}, id="an id that could not be known again"),
        pytest.param({"authenticated": False, "doubt": "its DKIM signature does not fit"}, id="a check that failed"),
    ],
)
def test_what_does_not_count(shop: Shop, fields: dict[str, object]) -> None:
    if fields.get("native_id") == "":
        fields = {"authenticated": False}
    assert reply(shop, "!close", 1, **fields) == "doubtful"
    assert not shop.sent("answer")
    assert states(shop, [1, 2, 3]) == ["open", "open", "closed"]
    assert shop.told(OLGA).startswith(f"Suspicious: something came in the name of {OLGA}. Nothing was sent or done")
    assert str(fields.get("doubt", "")) in shop.told(OLGA)


def test_another_owners_token_does_not_count(shop: Shop) -> None:
    paul = Owner(name="Paul", surfaces=(SurfaceAddress(connector="mail", address="p@x.example", tokens=True),))
    shop.with_policy(owners=(BY_MAIL, paul))
    shop.customer("anna@example.org", "Hello?", replies_to=("a1",))
    assert reply(shop, "Yes.", 1, token=token_of(shop, 1, "p@x.example")) == "doubtful"
    assert not shop.sent("answer")


def test_a_customers_token_is_no_owners(shop: Shop) -> None:
    reply(shop, "Yes.", 1)
    assert reply(shop, "More.", 1, token=shop.outbound(shop.sent("answer")[-1].id).token) == "doubtful"


def test_a_token_ends(shop: Shop) -> None:
    token = token_of(shop, 1)
    shop.clock.advance(days=32)
    assert reply(shop, "Yes.", 1, token=token) == "doubtful"


def test_words_that_cannot_be_told_from_the_quote_go_nowhere(shop: Shop) -> None:
    reason = reply(shop, "> Do you have tulips?", 1, visible=Text(""), attachments=(Attachment(name="logo.png"),))
    assert reason == "owner's words unclear"
    assert not shop.sent("answer")
    assert shop.told(OLGA).startswith("Not sent: your words could not be told from what you quote.")


def test_the_same_mail_again_is_no_second_answer(shop: Shop) -> None:
    assert reply(shop, "Yes.", 1, native_id="m1") == "answered"
    assert reply(shop, "Yes.", 1, native_id="m1") == "owner's line again"
    assert reply(shop, "Yes.", 2, native_id="m1") == "owner's line again"
    assert len(shop.sent("answer")) == 1


@pytest.mark.parametrize("authenticated", [True, False])
def test_an_owners_machine_reaches_nobody(shop: Shop, authenticated: bool) -> None:
    before = len(shop.sent())
    assert reply(shop, "I am away.", 1, automatic=AWAY, authenticated=authenticated) == "owner's machine"
    assert len(shop.sent()) == before


def test_what_is_suspicious_is_shown_elsewhere_first(shop: Shop) -> None:
    shop.with_policy(owners=(BY_MAIL, PAUL))
    assert reply(shop, "Send money.", 1, authenticated=False) == "doubtful"
    assert "Send money." in shop.told("paul")
    assert "Send money." not in shop.told(OLGA)


def test_what_is_suspicious_is_shown_some_times_a_day(shop: Shop) -> None:
    """Whatever answers in the owner's name by itself, and is not known as a machine, ends."""
    before = len(shop.sent(to=OLGA))
    for _ in range(30):
        reply(shop, "Read this.", 1, authenticated=False)
    assert len(shop.sent(to=OLGA)) - before == 10


def test_commands_stand_at_the_beginning_of_a_reply(shop: Shop) -> None:
    assert reply(shop, "!close", 1) == "command"
    assert states(shop, [1]) == ["closed"]


def test_a_notice_about_no_conversation_takes_commands(shop: Shop) -> None:
    reply(shop, "!dead", 1)
    token = shop.outbound(shop.sent(to=OLGA)[-1].id).token
    assert reply(shop, "list", 1, token=token, replies_to=()) == "command"
    assert "Anna" in shop.told(OLGA)
    assert reply(shop, "#2 No roses.", 1, token=token, replies_to=()) == "answered"
    assert shop.sent("answer")[-1].address == "bob@example.net"


def test_a_customers_reply_is_known_by_its_token(shop: Shop) -> None:
    reply(shop, "Yes.", 1)
    token = shop.outbound(shop.sent("answer")[-1].id).token
    shop.customer("anna@example.org", "Ten, please.", subject="Order", token=token)
    assert shop.sent(str(OutboundKind.RELAY))[-1].conversation == 1


def test_a_customers_token_in_a_strangers_hand_only_points(shop: Shop) -> None:
    reply(shop, "Yes.", 1)
    token = shop.outbound(shop.sent("answer")[-1].id).token
    shop.customer("carl@example.net", "Anna gave me this.", subject="Order", token=token)
    relay = shop.sent(str(OutboundKind.RELAY))[-1]
    assert (relay.conversation, relay.text) == (3, "#3 Carl (email): [about #1 Anna] Order\nAnna gave me this.")
    shop.drain()
    reply(shop, "Who are you?", 3)
    assert shop.sent("answer")[-1].address == "carl@example.net"


def test_an_answer_to_what_is_suspicious_goes_to_nobody(shop: Shop) -> None:
    """Not to the address it came from: that is Olga's own, and she would take the customer for answered."""
    assert shop.customer(OLGA, "Yes.", authenticated=True).reason == "doubtful"
    shop.drain()
    notice = shop.sent(to=OLGA)[-1]
    assert notice.text.startswith("Suspicious")
    token = shop.outbound(notice.id).token
    given: dict[str, object] = {"authenticated": True, "token": token, "replies_to": (f"mail-{notice.seq}",)}
    assert shop.customer(OLGA, "Yes, we have some.", **given).reason == "asked"  # type: ignore[arg-type]
    assert not shop.sent("answer")
