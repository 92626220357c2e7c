"""What a worker does with an item. It imports this and the parser's module, and what these need: little."""

from __future__ import annotations

import pickle

from bridge.connector import Parse
from bridge.messages import RawItem


def read(parse: Parse, item: RawItem) -> bytes:
    """The events, pickled."""
    return pickle.dumps(tuple(parse(item)))


def load(parse: Parse) -> bytes:  # noqa: ARG001 - to get it here its module was loaded
    """Ready."""
    return b""
