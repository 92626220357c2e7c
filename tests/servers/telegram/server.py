"""The fake Bot API over real HTTP (h11), with long polling, and faults on demand.

    async with FakeTelegram() as telegram:
        await telegram.world.write(4711, "Do you have tulips?")
        ... a bot with telegram.token at telegram.url ...
        sent = await telegram.until_sent(1)

What a caller does that the official schema does not allow is answered with 400 and kept in `violations`; leaving the
block with any is a failure.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.utils import formatdate
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import h11

from servers.telegram import methods
from servers.telegram.methods import Refusal
from servers.telegram.schema import Uploaded, faults_of, faults_of_call, method_called, read_form
from servers.telegram.webhook import bring_updates
from servers.telegram.world import Json, World

_SHOWING = ("send", "edit", "deleteMessage", "setMessage", "createForum", "editForum", "closeForum", "reopenForum")


@dataclass(frozen=True)
class Fault:
    """How the next call of a method goes wrong. `taken`: it is done all the same, and the answer goes missing.

    `silent` leaves the caller waiting, `cut` ends the connection; else `status` and `body` are the answer.
    """

    status: int = 500
    description: str = "Internal Server Error"
    parameters: Mapping[str, int] = field(default_factory=dict)
    chat: int | None = None
    taken: bool = False
    silent: bool = False
    cut: bool = False
    body: bytes | None = None


@dataclass(frozen=True)
class Sent:
    """A call that changed something, when it was, and what it made."""

    method: str
    given: Mapping[str, Any]
    made: Any
    at: float

    @property
    def text(self) -> str:
        """The words that it shows."""
        media = self.given.get("media") or [{}]
        return str(self.given.get("text") or self.given.get("caption") or media[0].get("caption") or "")


class FakeTelegram:
    """One bot's Bot API server."""

    def __init__(self, world: World | None = None) -> None:
        self.world = world or World()
        self.token = f"{self.world.me['id']}:AAFake_Token-for-the-tests-0123456789"
        self.violations: list[str] = []
        self.sent: list[Sent] = []
        self.calls: list[str] = []
        self.faults: dict[str, deque[Fault]] = defaultdict(deque)
        self.url = ""
        self.polls = 0
        self.clock_ahead = 0.0
        self._poll = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._calling: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        assert not self.violations, self.violations

    async def start(self, port: int = 0) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port, limit=1 << 20)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self._calling = asyncio.create_task(bring_updates(self.world))

    async def stop(self) -> None:
        """Cut every connection, as a server that dies."""
        assert self._server is not None
        assert self._calling is not None
        self._server.close()
        tasks = [*self._tasks, self._calling]
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await self._server.wait_closed()

    def fail(self, method: str, *faults: Fault) -> None:
        """The next calls of this method go wrong, one fault each."""
        self.faults[method].extend(faults)

    async def until(self, there: Callable[[], bool], seconds: float = 10) -> None:
        """Wait for something here to have come about."""
        async with asyncio.timeout(seconds), self.world.changed:
            await self.world.changed.wait_for(there)

    async def until_sent(self, count: int, seconds: float = 10) -> list[Sent]:
        """Wait until so much has been shown in all."""
        await self.until(lambda: len(self.sent) >= count, seconds)
        return self.sent

    # -- HTTP ----------------------------------------------------------------------------------------------------

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        connection = h11.Connection(h11.SERVER)
        try:
            while await self._exchange(connection, reader, writer):
                connection.start_next_cycle()
        except (OSError, h11.RemoteProtocolError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _exchange(
        self, connection: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        request, body = await _read(connection, reader)
        if request is None:
            return False
        headers = {name.decode(): value.decode("latin-1") for name, value in request.headers}
        answer = asyncio.ensure_future(self._answer(request.target.decode(), headers, bytes(body)))
        # A caller that goes away while it waits for updates has to be noticed: its poll is over then.
        gone = asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                return False
            status, content = answer.result()
        finally:
            for task in (answer, gone):
                task.cancel()
            await asyncio.wait({answer, gone})
        if status == 0:
            return False
        told = formatdate(time.time() + self.clock_ahead, usegmt=True)
        head = [("Content-Type", "application/json"), ("Content-Length", str(len(content))), ("Date", told)]
        writer.write(connection.send(h11.Response(status_code=status, headers=head)) or b"")
        writer.write((connection.send(h11.Data(data=content)) or b"") + (connection.send(h11.EndOfMessage()) or b""))
        await writer.drain()
        return connection.our_state is h11.DONE and connection.their_state is h11.DONE

    async def _answer(self, target: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        parts = urlsplit(target)
        if parts.path.startswith(f"/file/bot{self.token}/"):
            held = self.world.files.get(parts.path.rpartition("/")[2])
            return (200, held.content) if held else (404, b"{}")
        if not parts.path.startswith("/bot"):
            return 404, _error(Refusal(404, "Not Found"))
        token, _, name = parts.path.removeprefix("/bot").partition("/")
        if token != self.token:
            return 401, _error(Refusal(401, "Unauthorized"))
        method = method_called(name)
        if method is None:
            self.violations.append(f"there is no method {name}")
            return 404, _error(Refusal(404, "Not Found: method not found"))
        given = _given(method, headers, body, parts.query)
        self.calls.append(method)
        return await self._faulty(method, given)

    async def _faulty(self, method: str, given: Json) -> tuple[int, bytes]:
        fault = self._fault(method, given)
        if fault is None:
            return await self._called(method, given)
        if fault.taken:
            await self._called(method, given)
        await self.world.notify()
        if fault.silent:
            await asyncio.get_running_loop().create_future()
        if fault.cut:
            return 0, b""
        if fault.body is not None:
            return fault.status, fault.body
        return fault.status, _error(Refusal(fault.status, fault.description, **fault.parameters))

    def _fault(self, method: str, given: Json) -> Fault | None:
        for fault in self.faults[method]:
            if fault.chat in (None, given.get("chat_id")):
                self.faults[method].remove(fault)
                return fault
        return None

    async def _called(self, method: str, given: Json) -> tuple[int, bytes]:
        found = list(faults_of_call(method, given))
        self.violations += found
        if found:
            return 400, _error(Refusal(400, f"Bad Request: {found[0]}"))
        try:
            made = await self._updates(given) if method == "getUpdates" else methods.call(self.world, method, given)
        except Refusal as refusal:
            if "parse entities" in refusal.description:
                self.violations.append(f"{method}: {refusal.description}")
            return refusal.code, _error(refusal)
        if method.startswith(_SHOWING) and method != "sendChatAction":
            self.sent.append(Sent(method, given, made, time.monotonic()))
        answer = _public(made)
        if method == "getUpdates":  # what a test made up was looked at then, or is meant to be wrong
            return 200, _result(answer)
        await self.world.notify()
        # The fake is held to the schema itself.
        self.violations += faults_of(methods.RETURNS.get(method, "True"), answer, f"the answer to {method}")
        return 200, _result(answer)

    # -- getUpdates ----------------------------------------------------------------------------------------------

    async def _updates(self, given: Json) -> list[Json]:
        if self.world.webhook:
            raise Refusal(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook first")
        if "allowed_updates" in given:
            self.world.allowed = given["allowed_updates"] or None
        self._poll.set()  # whoever waits already is thrown out
        self._poll = mine = asyncio.Event()
        offset, limit = given.get("offset", 0), given.get("limit", 100)
        self.world.pending(offset, limit)
        self.polls += 1
        await self.world.notify()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(given.get("timeout", 0)), self.world.changed:
                await self.world.changed.wait_for(lambda: bool(self.world.updates) or mine.is_set())
        if mine.is_set():
            words = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
            raise Refusal(409, words)
        return self.world.pending(offset, limit)


async def _read(connection: h11.Connection, reader: asyncio.StreamReader) -> tuple[h11.Request | None, bytearray]:
    request, body = None, bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(1 << 16))
        elif isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            return request, body
        else:
            return None, body


def _given(method: str, headers: Mapping[str, str], body: bytes, query: str) -> Json:
    kind = headers.get("content-type", "")
    given: Json = dict(parse_qsl(query, keep_blank_values=True))
    if kind.startswith("application/json"):
        return {name: value for name, value in json.loads(body or b"{}").items() if value is not None}
    if kind.startswith("multipart/form-data"):
        given |= _multipart(kind, body)
    else:
        given |= dict(parse_qsl(body.decode(), keep_blank_values=True))
    return read_form(method, given)


def _multipart(kind: str, body: bytes) -> Json:
    given: Json = {}
    for part in message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body, policy=policy.HTTP).iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        file_name = part.get_filename()
        given[name] = content.decode() if file_name is None else Uploaded(file_name, content, part.get_content_type())
    return given


def _result(answer: Any) -> bytes:
    return json.dumps({"ok": True, "result": answer}).encode()


def _error(refusal: Refusal) -> bytes:
    answer: Json = {"ok": False, "error_code": refusal.code, "description": refusal.description}
    return json.dumps(answer | ({"parameters": refusal.parameters} if refusal.parameters else {})).encode()


def _public(made: Any) -> Any:
    """Without what the fake keeps on a message for itself."""
    if isinstance(made, dict):
        return {name: _public(value) for name, value in made.items() if not name.startswith("_")}
    return [_public(one) for one in made] if isinstance(made, list) else made
