"""Stanzas between bytes and elements. Pure.

What comes in was read by slixmpp's parser, which takes no document type. What comes out of the store may be anything:
here too a document type, and with it every entity bomb, is refused before the parser sees it. Nothing recurses over
what a stranger nested: the writer of the standard library does, so that what is too deep is cut off first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from bridge.connector import clean
from connectors.xmpp.namespaces import CLIENT, STANZA_ERRORS, tag

DEEPEST = 60
"""Levels of elements that are kept: no XEP needs twenty."""

MESSAGE = tag(CLIENT, "message")

# ElementTree writes neither comments nor CDATA that could hold this, and escapes it in text and attributes.
_DOCUMENT_TYPE = "<!"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class NotAStanza(ValueError):
    """These bytes are no stanza."""


def read(raw: bytes) -> ET.Element:
    """The element that these bytes spell. Raises NotAStanza."""
    try:
        # Not left to the parser: in UTF-16, which it would recognise, nobody would see a document type.
        text = raw.decode("utf-8")
        if _DOCUMENT_TYPE in text or "\x00" in text:
            raise NotAStanza("it holds a document type, a comment or CDATA, which no stanza of ours does")
        return ET.fromstring(text)  # noqa: S314 - without a document type there are no entities to expand
    except (ET.ParseError, UnicodeDecodeError) as error:
        raise NotAStanza("it is no XML") from error


def write(element: ET.Element) -> bytes:
    """The bytes to keep of a stanza; what is nested deeper than DEEPEST is left out (the element is changed)."""
    level = [element]
    for _ in range(DEEPEST):
        level = [child for parent in level for child in parent]
    for parent in level:
        del parent[:]
    written: bytes = ET.tostring(element, encoding="utf-8")
    return written


def sendable(text: str) -> str:
    """Text without what XML 1.0 forbids (section 2.2): one such character would end the stream for everybody."""
    return _NOT_XML.sub("\ufffd", clean(text))


def child(element: ET.Element, name: str, *namespaces: str) -> ET.Element | None:
    """The first direct child of this name in one of the namespaces."""
    return next((found for space in namespaces if (found := element.find(tag(space, name))) is not None), None)


def children(element: ET.Element, *namespaces: str) -> Iterator[ET.Element]:
    """The direct children in one of the namespaces."""
    starts = tuple(tag(space, "") for space in namespaces)
    return (one for one in element if str(one.tag).startswith(starts))


def renamed(element: ET.Element, old: str, new: str) -> ET.Element:
    """The same element, everything in it of the namespace `old` now in `new`. It is changed, and returned."""
    start = tag(old, "")
    for one in element.iter():
        if str(one.tag).startswith(start):
            one.tag = tag(new, name_of(one))
    return element


def name_of(element: ET.Element) -> str:
    """An element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def condition(stanza: ET.Element) -> tuple[str, str]:
    """Why a stanza came back as an error, and in which words (RFC 6120 section 8.3).

    slixmpp reads the condition of a component's stanzas wrongly, unless it is told to read that of a client's wrongly;
    what it makes up it puts behind the server's own.
    """
    found, words = "undefined-condition", ""
    for error in [one for one in stanza if name_of(one) == "error"][:1]:
        for one in children(error, STANZA_ERRORS):
            if name_of(one) == "text":
                words = one.text or ""
            else:
                found = name_of(one)
    return found, words
