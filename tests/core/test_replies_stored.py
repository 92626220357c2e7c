"""Owners who answer on Telegram, through all of it: updates as Telegram brings them, the parser, the decisions and the
store's tables. 20,000 lines of two owners, in private chats and in a group with topics, no word to the wrong customer.

The owners quote, write in topics, type numbers, answer what shows several customers, choose where they are asked, and
change what they wrote; all of it comes late now and then. The oracle keeps, for each word, to whom it may go.
"""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from shop import POLICY, Shop
from sqlalchemy import Row, insert, select, update

from bridge.messages import RawItem
from bridge.outbound import OutboundKind
from bridge.policy import Owner, SurfaceAddress
from bridge.store.book_tables import rooms, shown
from bridge.store.rows import outbound_from
from bridge.store.work_tables import outbox
from connectors.telegram.parse import parse_update

LINES = int(os.environ.get("OWNERS_STORED_LINES", "20000"))
A_SHOP = 250
"""So many lines to a shop; then another one opens, since a day's book is no longer."""

PARTS = 4
"""For as many processors."""

OLGA, PAUL, GROUP, BOT = 99, 98, -1001, 777
OWNERS = tuple(
    Owner(
        name=name,
        surfaces=(
            SurfaceAddress(connector="bot", address=str(number), buttons=True),
            SurfaceAddress(connector="bot", address=str(GROUP), member=str(number), rooms=True, buttons=True),
        ),
    )
    for name, number in (("Olga", OLGA), ("Paul", PAUL))
)
RULES: Mapping[str, Any] = {
    "owners": OWNERS,
    "undo": timedelta(0),
    "second_owner_asks": timedelta(0),
    "edits": frozenset(["bot"]),
    "flood_limit": 10_000,
    "history_lines": 0,
}


@dataclass
class Shown:
    """A message that an owner sees: where, its number, and whom it shows."""

    chat: int
    number: int
    conversations: tuple[int, ...]
    room: str


@dataclass
class Play:
    """One shop, and what its owners see and do. `allowed` is to whom each word may go, `clear` the one it has to."""

    dice: random.Random
    shop: Shop = field(default_factory=lambda: Shop(POLICY).with_policy(**RULES))
    allowed: dict[str, set[int]] = field(default_factory=dict)
    clear: dict[str, int] = field(default_factory=dict)
    seen: list[Shown] = field(default_factory=list)
    topics: dict[int, str] = field(default_factory=dict)
    written: list[tuple[dict[str, Any], str]] = field(default_factory=list)
    held: dict[tuple[int, int, str], tuple[str, dict[str, int]]] = field(default_factory=dict)
    late: list[tuple[dict[str, Any], str]] = field(default_factory=list)
    looked_at: int = 0
    customers: int = 0
    number: int = 5000

    # -- what happens ----------------------------------------------------------------------------------------------

    def happens(self, **update: Any) -> None:
        facts: dict[str, object] = {"bot": BOT, "username": "shop_bot"}
        chat = next(iter(update.values()))["chat"]["id"]
        if chat == GROUP:
            facts["owners"] = [OLGA, PAUL]
        self.number += 1
        raw = json.dumps({"update_id": self.number, **update}).encode()
        item = RawItem(native_id=str(self.number), raw=raw, lane="", facts=facts, received_at=self.shop.clock())
        for event in parse_update(item):
            self.shop.happens(event, "bot")

    def message(self, chat: int, text: str, user: int, **fields: Any) -> dict[str, Any]:
        self.number += 1
        kind = {"id": chat, "type": "supergroup", "title": "Owners"} if chat == GROUP else _private(chat)
        author = {"id": user, "is_bot": False, "first_name": f"U{user}"}
        return {"message_id": self.number, "date": 1, "chat": kind, "from": author, "text": text, **fields}

    def customers_write(self) -> None:
        """One, or two at once."""
        for _ in range(self.dice.choice((1, 1, 2))):
            if self.customers < 3 or self.dice.random() < 0.1:
                self.customers += 1
            chat = 4000 + self.dice.randint(1, self.customers)
            self.happens(message=self.message(chat, "tulips?", chat))

    def play(self) -> None:
        """One line of an owner's."""
        self.shop.clock.advance(seconds=1)
        if self.dice.random() < 0.4 or not self.seen:
            self.customers_write()
        self.take()
        getattr(self, self.dice.choice(("writes", "writes", "writes", "writes", "edits", "chooses")))()
        self.take()

    # -- what an owner does ----------------------------------------------------------------------------------------

    def writes(self) -> None:
        word = f"w{self.number}w"
        user, chat, room = self.place()
        quoted = self.dice.choice([None, *[one for one in self.seen if one.chat == chat][-12:]])
        unknown = self.dice.random() < 0.05
        handle = self.dice.choice((0, 0, 0, self.dice.choice(list(self.topics))))
        sign = self.dice.choice(("", "", "", "", "// ", "!"))
        if quoted is not None and quoted.room != room and self.dice.random() < 0.8:
            quoted = None
        fields: dict[str, Any] = {"message_thread_id": int(room), "is_topic_message": True} if room else {}
        if unknown or quoted is not None:
            number = 1 if unknown or quoted is None else quoted.number
            fields["reply_to_message"] = self.message(chat, "x", BOT) | {"message_id": number}
        named = {*(quoted.conversations if quoted and not unknown else ()), *((handle,) if handle else ())}
        named |= {number for number, name in self.topics.items() if name == room}
        one = len(named) == 1 and not sign and (not unknown or bool(handle))
        self.allowed[word] = set(named) if one else set()
        if one:
            self.clear[word] = min(named)
        line = self.message(chat, f"{f'#{handle} ' if handle else ''}{sign}{word}", user, **fields)
        self.types(line, word)

    def types(self, line: dict[str, Any], word: str) -> None:
        key = _key(line)
        self.held.pop(key, None)
        if self.dice.random() < 0.1:
            self.late.append((line, word))  # it comes after what is typed next
            return
        self.happens(message=line)
        self.written = [*self.written[-5:], (line, word)]
        self.listen(key, word)
        self.come_late()

    def come_late(self) -> None:
        while self.late:
            line, word = self.late.pop()
            self.held.pop(_key(line), None)
            self.happens(message=line)
            self.listen(_key(line), word)

    def edits(self) -> None:
        if not self.written:
            return
        line, before = self.dice.choice(self.written)
        word = f"w{self.number}w"
        handle = self.dice.choice((0, 0, self.dice.choice(list(self.topics))))
        stays = not handle or {handle} == self.allowed[before]
        self.allowed[word] = set(self.allowed[before]) if stays else set()
        self.happens(edited_message={**line, "text": f"{f'#{handle} ' if handle else ''}{word}", "edit_date": 2})

    def chooses(self) -> None:
        """A bare number, where something is asked; elsewhere it is a line like any other."""
        if not self.held:
            return
        user, chat, room = key = self.dice.choice(list(self.held))
        word, options = self.held.pop(key)
        digit = self.dice.choice([*options, "0"])
        if digit in options:
            self.allowed[word].add(options[digit])
        fields: dict[str, Any] = {"message_thread_id": int(room), "is_topic_message": True} if room else {}
        self.happens(message=self.message(chat, digit, user, **fields))

    def place(self) -> tuple[int, int, str]:
        """Who writes, in which chat, in which topic."""
        user = self.dice.choice((OLGA, PAUL))
        if self.dice.random() < 0.5:
            return user, user, ""
        return user, GROUP, self.dice.choice(["", *list(self.topics.values())[-4:]])

    def listen(self, key: tuple[int, int, str], word: str) -> None:
        """What the owner is asked, as they read it."""
        for row in self.rows():
            told = outbound_from(row).text.plain
            if row.kind == OutboundKind.NOTICE and told.startswith("To whom") and word in told:
                options = {place: int(number) for place, number in re.findall(r"^(\d+)  #(\d+) ", told, re.MULTILINE)}
                for other in [other for other in self.held if other[:2] == key[:2]]:
                    del self.held[other]  # one question at a time
                self.held[key] = (word, options)

    # -- what the network does -------------------------------------------------------------------------------------

    def rows(self) -> list[Row[Any]]:
        with self.shop.engine.connect() as connection:
            query = select(outbox).where(outbox.c.seq > self.looked_at).order_by(outbox.c.seq)
            return list(connection.execute(query).all())

    def take(self) -> None:
        """Telegram takes all that waits: topics are opened, relays in a private chat stand together now and then."""
        rows = self.rows()
        first: Row[Any] | None = None
        with self.shop.engine.begin() as connection:
            for row in rows:
                self.looked_at = row.seq
                self.check(row)
                room = self.room(connection, row)
                name = f"{row.address}:{100_000 + row.seq}"
                taken = {"state": "sent", "native_id": name, "sent_at": self.shop.clock()}
                apart = first is None or (first.address, row.kind) != (row.address, OutboundKind.RELAY) or bool(room)
                if first is not None and not apart and self.dice.random() < 0.5:
                    taken |= {"merged_into": first.id, "native_id": f"{first.address}:{100_000 + first.seq}"}
                    connection.execute(update(outbox).where(outbox.c.id == first.id).values(merged_into=first.id))
                    self.also(first, row)
                else:
                    named = {"connector": "bot", "native_id": name, "outbound": row.id}
                    connection.execute(insert(shown).values(**named, conversation=row.conversation))
                    if row.conversation and row.kind in (OutboundKind.RELAY, OutboundKind.NOTICE):
                        number = 100_000 + row.seq
                        self.seen.append(Shown(int(row.address), number, (row.conversation,), room))
                    first = row if row.kind == OutboundKind.RELAY and not room else None
                connection.execute(update(outbox).where(outbox.c.seq == row.seq).values(taken))

    def also(self, first: Row[Any], row: Row[Any]) -> None:
        for one in self.seen:
            if (one.chat, one.number) == (int(first.address), 100_000 + first.seq):
                one.conversations = tuple(dict.fromkeys((*one.conversations, row.conversation)))

    def room(self, connection: Any, row: Row[Any]) -> str:
        """The topic that it stands in, opened if need be."""
        if not row.payload.get("in_room") or not row.conversation:
            return str(row.payload.get("room", ""))
        if row.conversation not in self.topics:
            self.topics[row.conversation] = str(1000 + row.conversation)
            key = {"connector": "bot", "address": row.address, "conversation": row.conversation}
            connection.execute(insert(rooms).values(**key, room=self.topics[row.conversation]))
        return self.topics[row.conversation]

    # -- what must hold --------------------------------------------------------------------------------------------

    def check(self, row: Row[Any]) -> None:
        """Each word of an owner's that goes to a customer may go there."""
        if int(row.address) in (OLGA, PAUL, GROUP):
            return
        for word in re.findall(r"w\d+w", outbound_from(row).text.plain):
            assert row.conversation in self.allowed[word], (word, self.allowed[word], row)
            self.clear.pop(word, None)


def _key(line: Mapping[str, Any]) -> tuple[int, int, str]:
    return line["from"]["id"], line["chat"]["id"], str(line.get("message_thread_id", ""))


def _private(chat: int) -> dict[str, Any]:
    return {"id": chat, "type": "private", "first_name": f"U{chat}"}


def test_a_hundred_lines() -> None:
    """The quick part of the test below."""
    played(100, 7)


@pytest.mark.servers  # none, but it is long
@pytest.mark.timeout(180 + LINES // 40)
@pytest.mark.parametrize("part", range(PARTS))
def test_no_word_goes_to_the_wrong_customer(part: int) -> None:
    for shop in range(part, LINES // A_SHOP, PARTS):
        played(A_SHOP, shop)


def played(lines: int, seed: int) -> None:
    play = Play(random.Random(seed))
    for _ in range(lines):
        play.play()
    play.come_late()
    play.take()
    assert play.clear == {}, "what was clear did not arrive"
