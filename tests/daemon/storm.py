"""A shop on XMPP in bad weather: people talk while links break, server and bridge are killed; then all is counted.

    figures = await weather(folder, seed, faults)     figures["wrong"] is what was lost, doubled, out of order

Of what was lost, figures["known"] says what store, logs and archives know; the folder then has the server's, too.

The people are careful: each line goes out under an id, and is said again only where the receiver's archive (or, from a
contact, the missing receipt) shows that it did not arrive. So whatever comes twice was doubled by the bridge. An answer
that the bridge calls "maybe sent" may be missing, if the owner was told.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from servers import prosody
from servers.account import account, signed_in
from servers.desk import Desk
from servers.faults import Faults
from servers.person import Person
from slixmpp.exceptions import IqError, IqTimeout
from slixmpp.xmlstream.xmlstream import NotConnectedError

from bridge.connector import Message
from daemon import postmortem
from daemon.process import Running, environment, start, until_listening
from daemon.town import Town

CUSTOMERS = 4
LINES = 200
"""Each way, in all."""
MARKED = "[maybe shown before]"
HOLE_SECONDS = 3.0

# How often each happens among forty.
MIX = {
    "the bridge's link is reset": 8,
    "people's links are reset": 4,
    "all links are reset": 5,
    "a black hole before the bridge": 6,
    "a black hole before everybody": 2,
    "the server is killed": 6,
    "the bridge is killed": 6,
    "the old session is gone": 2,
    "the archive has expired": 1,
}
BROKEN = (IqError, IqTimeout, NotConnectedError, TimeoutError, OSError)


def plan(faults: int, dice: random.Random) -> list[str]:
    """So many faults, mixed as above, in random order."""
    made = [fault for fault, often in MIX.items() for _ in range(max(1, round(often * faults / 40)))]
    made += dice.choices(list(MIX), weights=list(MIX.values()), k=max(0, faults - len(made)))
    dice.shuffle(made)
    return made


@dataclass(eq=False)
class Storm:
    """What happens to the town."""

    town: Town
    links: Sequence[Faults]
    people: Faults
    dice: random.Random
    evidence: postmortem.Evidence
    happened: Counter[str] = field(default_factory=Counter)
    _daemon: Running | None = None

    async def blow(self, faults: Sequence[str]) -> None:
        """One fault after the other, a second or so apart."""
        actions: dict[str, Callable[[], Any]] = {
            "the bridge's link is reset": lambda: self._cut(*self.links),
            "people's links are reset": lambda: self._cut(self.people),
            "all links are reset": lambda: self._cut(*self.links, self.people),
            "a black hole before the bridge": lambda: self._hole(*self.links),
            "a black hole before everybody": lambda: self._hole(*self.links, self.people),
            "the server is killed": self._restart,
            "the bridge is killed": self.revive,
            "the old session is gone": lambda: self._hole(*self.links, cut=True),
            "the archive has expired": lambda: self.revive(self._expire),
        }
        for fault in faults:
            await asyncio.sleep(self.dice.uniform(0.4, 1.4))
            self.happened[fault] += 1
            self.evidence.note(fault)
            await actions[fault]()

    async def _cut(self, *links: Faults) -> None:
        for link in links:
            link.cut()

    async def _hole(self, *links: Faults, cut: bool = False) -> None:
        for link in links:
            link.stall()
            if cut:
                link.cut()
            asyncio.get_running_loop().call_later(HOLE_SECONDS, link.flow)
        if cut:
            await asyncio.sleep(HOLE_SECONDS)

    async def _restart(self) -> None:
        self.town.server.kill()
        await asyncio.sleep(self.dice.uniform(0, 0.5))
        await asyncio.to_thread(self.town.server.resume)
        self.evidence.note("the server is back")

    def _expire(self) -> None:
        with contextlib.closing(sqlite3.connect(self.town.shop.database)) as store, store:
            store.execute("UPDATE positions SET value = 'gone-since-long' WHERE key = 'archive_id'")

    async def revive(self, meanwhile: Callable[[], None] | None = None) -> None:
        """Kill the bridge, if it is there, and start it."""
        self.kill()
        if meanwhile is not None:
            meanwhile()
        shop = self.town.shop
        self._daemon = start("run", "--config", str(shop.config), cwd=shop.folder, environ=environment())
        await asyncio.to_thread(until_listening, shop.port, self._daemon, 90)
        self.evidence.note("the bridge is back")

    def kill(self) -> None:
        """As a power cut would."""
        if self._daemon is not None:
            with self._daemon as daemon:
                daemon.kill()
            self.evidence.logs.append(daemon.log.text)
            self._daemon = None

    def doubted(self, jid: str) -> list[str]:
        """The answers to this customer that count as maybe sent."""
        query = "SELECT json_extract(payload, '$.text') FROM outbox WHERE state = 'maybe' AND address = ?"
        with contextlib.closing(sqlite3.connect(self.town.shop.database)) as store:
            return [text for (text,) in store.execute(query, (jid,))]

    def known(self, wrong: Sequence[str], folder: Path) -> dict[str, list[str]]:
        """What is known of each line that is missing; the server's folder is kept beside the bridge's then."""
        if not wrong:
            return {}
        self.kill()
        shutil.copytree(self.town.server.folder, folder / "server", ignore=shutil.ignore_patterns("*.sock"))
        lost = {one: found for one in wrong if (found := postmortem.missing(one)) is not None}
        return {one: postmortem.of(line, jid, self.evidence) for one, (jid, line) in lost.items()}

    async def ready(self) -> None:
        """Until the bridge is signed in everywhere."""
        assert self._daemon is not None
        await asyncio.to_thread(self.town.ready, self._daemon)


# -- people --------------------------------------------------------------------------------------------------------


async def passed_on(person: Person) -> None:
    """Until the server has handled all before. Raises one of BROKEN."""
    await person.client.plugin["xep_0199"].ping(prosody.DOMAIN, timeout=2)


async def acknowledged(person: Person, named: str) -> bool:
    """Whether there is a receipt (XEP-0184), soon."""
    with contextlib.suppress(TimeoutError):
        await person.until(lambda: any(_receipt(one) == named for one in person.got), 2)
        return True
    return False


def _receipt(stanza: Any) -> str:
    found = stanza.xml.find("{urn:xmpp:receipts}received")
    return "" if found is None else str(found.get("id"))


@dataclass(eq=False)
class Talker:
    """Says lines, each until it has arrived."""

    jid: str
    port: int
    authority: Path
    stem: str
    by_receipt: bool = False
    _said: int = 0
    _doubtful: bool = False

    async def say(self, lines: Sequence[tuple[str, str]], pause: float) -> None:
        """Each (to, text), in order."""
        self._said = 0
        while self._said < len(lines):
            try:
                # A fixed resource: signing in ends the session before it, so that nothing of that arrives late.
                async with Person(f"{self.jid}/pc", self.port, self.authority) as person:
                    await self._on(person, lines, pause)
            except BROKEN:
                await asyncio.sleep(0.2)

    async def _on(self, person: Person, lines: Sequence[tuple[str, str]], pause: float) -> None:
        while self._said < len(lines):
            to, text = lines[self._said]
            named = f"{self.stem}-{self._said}"
            if not (self._doubtful and not self.by_receipt and await self._there(to, named)):
                self._doubtful = True
                person.say(to, text, id=named)
                await passed_on(person)
                if self.by_receipt and not await acknowledged(person, named):
                    continue
            self._said, self._doubtful = self._said + 1, False
            await asyncio.sleep(pause)

    async def _there(self, to: str, named: str) -> bool:
        """Whether it reached the receiver's archive: one's own may have it where the server was killed in between."""
        async with Person(to, self.port, self.authority, seen=False) as receiver:
            return await receiver.knows(named)


# -- the whole -----------------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def shop_in_the_weather(folder: Path, dice: random.Random, *, contacts: bool) -> AsyncIterator[Storm]:
    """A town, its bridge running, with a link for each of its connections and one for all people."""
    server = prosody.start(hibernation=2)
    try:
        async with (
            Faults(server.port) as link,
            Faults(server.component_port) as component,
            Faults(server.port) as people,
        ):
            town = Town(server, folder, port=link.port, component_port=component.port)
            town.shop.flood = 10_000
            if contacts:
                town.owned_by_olga_with_contacts()
            else:
                town.owned_by_olga()
            evidence = postmortem.Evidence(town.shop.database, server.folder)
            storm = Storm(town, [link, component], people, dice, evidence)
            await storm.revive()
            try:
                yield storm
            finally:
                storm.kill()
    finally:
        server.stop()


async def weather(folder: Path, seed: int, faults: int = 40, *, contacts: bool = False) -> dict[str, Any]:
    """So many lines each way under so many faults; what came of it."""
    dice, began = random.Random(seed), time.monotonic()
    async with shop_in_the_weather(folder, dice, contacts=contacts) as storm:
        town, each = storm.town, LINES // CUSTOMERS
        customers = [town.server.register(f"customer{number}") for number in range(CUSTOMERS)]
        await storm.ready()
        places = await first_words(town, customers)
        questions = {jid: [f"to shop {number}." for number in range(each)] for jid in customers}
        answers = {jid: [f"to customer {number}." for number in range(each)] for jid in customers}
        pause = faults * 1.2 / LINES
        authority, port = town.server.certificates.authority, storm.people.port
        talking = [
            Talker(jid, port, authority, f"q-{number}").say(
                [(town.jid, text) for text in questions[jid]], pause * CUSTOMERS
            )
            for number, jid in enumerate(customers)
        ]
        in_turn = [(jid, number) for number in range(each) for jid in customers]
        talking.append(
            Talker(town.olga, port, authority, "a", by_receipt=contacts).say(
                [(places[jid][0], places[jid][1] + answers[jid][number]) for jid, number in in_turn], pause
            )
        )
        await asyncio.gather(storm.blow(plan(faults, dice)), *talking)
        result = await judged(storm, places, questions, answers)
        known = storm.known(result["wrong"], folder)
        happened = dict(storm.happened)
    took = round(time.monotonic() - began)
    figures = {"seed": seed, "contacts": contacts, "lines": 2 * LINES, "faults": happened, **result, "took": took}
    return {**figures, "known": known, "timeline": storm.evidence.timeline if result["wrong"] else []}


async def first_words(town: Town, customers: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Before the storm each customer says hello; where Olga answers them, and what her line begins with there."""
    places = {}
    async with town.person(f"{town.olga}/pc") as olga:
        for jid in customers:
            async with town.person(jid) as customer:
                customer.say(town.jid, f"Hello from {jid}")
                hello = await olga.until_told(f"Hello from {jid}", 30)
                handle = str(hello["body"]).partition(" ")[0]
                places[jid] = (hello["from"].bare, f"{handle} " if handle.startswith("#") else "")
    return places


async def judged(
    storm: Storm,
    places: dict[str, tuple[str, str]],
    questions: dict[str, list[str]],
    answers: dict[str, list[str]],
    patience: float = 90,
) -> dict[str, Any]:
    """What is wrong, once nothing more comes for so long: a busy machine is no fault of the bridge's."""
    town, end, least = storm.town, time.monotonic() + patience, 0
    while True:
        shown = await archived(town.server, town.olga)
        marked, lost, wrong = 0, 0, list[str]()
        for jid, (place, handle) in places.items():
            relays = [
                (text, named)
                for sender, text, named in shown
                if sender == place and handle in text and "to shop " in text
            ]
            marked += sum(MARKED in text for text, _ in relays)
            came = [text[text.index("to shop ") :] for text, _ in relays]
            wrong += _compared(f"shown of {jid}", questions[jid], came, relays)
            got = [(text, named) for _, text, named in await archived(town.server, jid)]
            texts = [text for text, _ in got]
            missed = [text for text in storm.doubted(jid) if text not in texts]
            wrong += _compared(f"answers to {jid}", [one for one in answers[jid] if one not in missed], texts, got)
            lost += len(missed)
        maybe = sum("Maybe sent" in text for _, text, _ in shown)
        if lost > maybe:
            wrong.append(f"{lost} answers may not have arrived, and the owner was told of {maybe}")
        if len(wrong) < least or not least:
            end, least = time.monotonic() + patience, len(wrong)
        if not wrong or time.monotonic() > end:
            return {"marked": marked, "maybe": maybe, "lost": lost, "wrong": wrong}
        await asyncio.sleep(3)


def _compared(what: str, expected: list[str], came: list[str], as_shown: list[tuple[str, str]]) -> list[str]:
    """Missing, twice without a mark (with the ids of each), out of order."""
    wrong = [f"{what}: missing {text}" for text in expected if text not in came]
    ids: dict[str, list[str]] = {}
    for text, (whole, named) in zip(came, as_shown, strict=True):
        if MARKED not in whole:
            ids.setdefault(text, []).append(named)
    wrong += [f"{what}: twice {text} as {all_ids}" for text, all_ids in ids.items() if len(all_ids) > 1]
    firsts = [text for text in dict.fromkeys(came) if text in expected]
    if firsts != [text for text in expected if text in firsts]:
        wrong.append(f"{what}: out of order")
    return wrong


async def archived(server: prosody.Prosody, jid: str) -> list[tuple[str, str, str]]:
    """What reached this account for good, in order, by its own archive: from whom, what, and its id."""
    reader = account(server, jid)
    async with signed_in(reader, Desk(reader), 120) as desk:
        return [(message.address, message.text.plain, message.native_id) for message in desk.of(Message)]
