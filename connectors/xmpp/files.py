"""Files: ours are put on the server's upload service (XEP-0363), customers' are fetched from hosts that are known.

A file's address is a stranger's wish to make this machine ask another one for something. So it is fetched only by
https, only from the hosts that the configuration or the upload service names, without following it anywhere else.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import httpx

from bridge.connector import Attachment, DeliveryFailure, PermanentFailure, TemporaryFailure, one_line
from connectors.xmpp.failures import Failed, NoSession
from connectors.xmpp.features import Features
from connectors.xmpp.namespaces import UPLOAD, tag
from connectors.xmpp.stanza import child
from connectors.xmpp.stream import Stream

_CHUNK = 64 * 1024
# XEP-0363 section 5: the headers that a slot may ask for, and nothing else.
_HEADERS = frozenset(["authorization", "cookie", "expires"])
_AGAIN = frozenset([408, 425, 429, 500, 502, 503, 504])


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """Where to put a file, and where it is to be had afterwards."""

    put: str
    get: str
    headers: dict[str, str]


class Files:
    """Puts and fetches over HTTPS. `ca_file` replaces the system's trust."""

    def __init__(self, session: Stream, ca_file: Path | None, timeout: float, hosts: Collection[str]) -> None:
        self._session = session
        self._ca_file = ca_file
        self._timeout = timeout
        self._hosts = frozenset(hosts)
        self._announced: set[str] = set()
        self._service = ""
        self._asked: set[str] = set()

    def announce(self, service: str) -> None:
        """The server has this upload service: what stands there may be fetched."""
        if service:
            self._announced.add(service)
        self._service = service

    async def _learn(self) -> None:
        """Where what the service took is to be had: often not under its own name, and only a slot of its tells. Raises
        TemporaryFailure.
        """
        service = self._service
        if service and service not in self._asked:
            with contextlib.suppress(PermanentFailure):
                await self._slot(Attachment(name="x", size=1), 1, service)
            self._asked.add(service)

    async def upload(self, files: Sequence[Attachment], features: Features, limit: int) -> Sequence[str]:
        """Put them all; their addresses, in order. Raises TemporaryFailure, PermanentFailure."""
        return [await self._upload(file, features, limit) for file in files]

    async def _upload(self, file: Attachment, features: Features, limit: int) -> str:
        content = file.content
        if content is None:
            raise PermanentFailure(f"the content of the file {file.name} is missing")
        if not features.upload:
            raise PermanentFailure(f"the XMPP server takes no files (XEP-0363), so that {file.name} cannot be sent")
        smaller = min(features.upload_limit or limit, limit)
        if len(content) > smaller:
            raise PermanentFailure(f"{file.name} has {len(content)} bytes; the largest that can be sent has {smaller}")
        slot = await self._slot(file, len(content), features.upload)
        await self._put(slot, file, content)
        return slot.get

    async def _slot(self, file: Attachment, size: int, service: str) -> Slot:
        about = {"filename": file.name, "size": str(size), "content-type": file.media_type}
        try:
            answer = await self._session.ask("get", ET.Element(tag(UPLOAD, "request"), about), service)
        except NoSession as error:
            raise TemporaryFailure(f"there is no connection to the XMPP server: {error}") from error
        except Failed as error:
            failure: type[DeliveryFailure] = TemporaryFailure
            if error.condition in ("not-acceptable", "forbidden", "not-allowed"):
                failure = PermanentFailure
            raise failure(f"the XMPP server does not take {file.name}: {error}") from error
        slot = _slot(answer)
        if slot is None:
            raise TemporaryFailure("the XMPP server gave no https address to put the file to")
        self._announced.add(urlsplit(slot.get).hostname or "")
        return slot

    async def _put(self, slot: Slot, file: Attachment, content: bytes) -> None:
        headers = {**slot.headers, "Content-Type": file.media_type}
        try:
            async with self._http() as http:
                status = (await http.put(slot.put, content=content, headers=headers)).status_code
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise TemporaryFailure(f"{file.name} could not be uploaded: {_words(error)}") from error
        if status not in (200, 201):
            raise TemporaryFailure(f"{file.name} could not be uploaded: the server answered {status}")

    def may_fetch(self, source: str) -> bool:
        """Whether this address is one that may be asked."""
        try:
            parts = urlsplit(source)
            plain = parts.scheme == "https" and parts.username is None
            return plain and (parts.hostname or "") in self._hosts | self._announced
        except ValueError:
            return False

    async def fetch(self, source: str, limit: int) -> bytes:
        """The file at this address, at most `limit` bytes. Raises TemporaryFailure, PermanentFailure."""
        if not self.may_fetch(source) and source.startswith("https:"):
            await self._learn()
        if not self.may_fetch(source):
            host = one_line(source.partition("//")[2].partition("/")[0], 100)
            raise PermanentFailure(f"files are not fetched from {host}; fetch_hosts can name it")
        try:
            async with self._http() as http, http.stream("GET", source) as answer:
                return await _content(answer, limit)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise TemporaryFailure(f"the file could not be fetched: {_words(error)}") from error

    def _http(self) -> httpx.AsyncClient:
        trust = ssl.create_default_context(cafile=self._ca_file)
        # No proxy of the environment's, no redirect, nothing unpacked: what was named is what is had.
        return httpx.AsyncClient(
            verify=trust,
            timeout=self._timeout,
            follow_redirects=False,
            trust_env=False,
            headers={"Accept-Encoding": "identity"},
        )


async def _content(answer: httpx.Response, limit: int) -> bytes:
    if answer.status_code in _AGAIN:
        raise TemporaryFailure(f"the file could not be fetched: the server answered {answer.status_code}")
    if answer.status_code != 200:
        raise PermanentFailure(f"the file could not be fetched: the server answered {answer.status_code}")
    content = bytearray()
    async for chunk in answer.aiter_raw(_CHUNK):
        content += chunk
        if len(content) > limit:
            raise PermanentFailure(f"the file has more than {limit} bytes, the most that is fetched")
    return bytes(content)


def _slot(answer: ET.Element) -> Slot | None:
    slot = child(answer, "slot", UPLOAD)
    put = child(slot, "put", UPLOAD) if slot is not None else None
    get = child(slot, "get", UPLOAD) if slot is not None else None
    if put is None or get is None:
        return None
    addresses = put.get("url", ""), get.get("url", "")
    if not all(address.startswith("https://") for address in addresses):
        return None
    headers = {
        one.get("name", ""): (one.text or "").replace("\r", "").replace("\n", "")
        for one in put.findall(tag(UPLOAD, "header"))
        if one.get("name", "").lower() in _HEADERS
    }
    return Slot(put=addresses[0], get=addresses[1], headers=headers)


def _words(error: Exception) -> str:
    return one_line(str(error), 150) or type(error).__name__
