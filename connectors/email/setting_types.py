"""The kinds of values that several tables of an email account's settings have in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from bridge.connector import one_line
from connectors.email.address import is_address, is_host

MEBIBYTE = 1024 * 1024


def _checked_address(text: str) -> str:
    if not is_address(text):
        raise ValueError(f"{one_line(text, 80)!r} is not an email address; write it plain, like info@example.com")
    return text


def _checked_host(text: str) -> str:
    if not is_host(text):
        raise ValueError(
            f"{one_line(text, 80)!r} is not a host name; write it like mail.example.com: no https://, and no port"
        )
    return text


def _one_line(text: str) -> str:
    return one_line(text, 200)


Address = Annotated[str, AfterValidator(_checked_address)]
Host = Annotated[str, AfterValidator(_checked_host)]
Line = Annotated[str, AfterValidator(_one_line)]
Seconds = Annotated[float, Field(gt=0, le=3600)]
