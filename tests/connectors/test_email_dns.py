"""What `doctor` says of the sending domain's DNS records."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from bridge.connector import FindingLevel
from connectors.email.dkim_key import read_key
from connectors.email.dns_check import check_dns, dkim, dmarc, spf
from connectors.email.resolver import DnsTrouble, Kind
from connectors.email.settings import EmailSettings

OK, WARNING, FAILURE = FindingLevel.OK, FindingLevel.WARNING, FindingLevel.FAILURE
GOOD = {"shop.example": ["v=spf1 mx -all"], "_dmarc.shop.example": ["v=DMARC1; p=reject"]}


class Records:
    """The TXT records of a made-up DNS."""

    def __init__(self, records: Mapping[str, list[str]]) -> None:
        self.records = records
        self.asked: list[str] = []

    async def lookup(self, name: str, kind: Kind) -> Sequence[bytes]:
        assert kind == "TXT"
        self.asked.append(name)
        return [record.encode() for record in self.records.get(name, [])]


def settings(address: str = "info@shop.example", **dkim_table: object) -> EmailSettings:
    more = {"dkim": {"selector": "s1", **dkim_table}} if dkim_table else {}
    return EmailSettings(address=address, submission={"host": "mail.host.example"}, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    path = tmp_path_factory.mktemp("dkim") / "key.pem"
    subprocess.run(["openssl", "genrsa", "-out", path, "2048"], check=True, capture_output=True)
    return path


@pytest.mark.parametrize(
    ("found", "level", "words"),
    [
        ([], WARNING, '"v=spf1 mx a:mail.host.example ~all"'),
        (["something else", "v=spf10 x"], WARNING, "add the TXT record at shop.example"),
        (["v=spf1 mx ~all"], OK, ""),
        (["V=SPF1"], OK, ""),
        (["v=spf1 a -all", "v=spf1 mx -all"], FAILURE, "join them"),
        (["v=spf1 mx +all"], WARNING, "let it end"),
    ],
)
def test_spf(found: list[str], level: FindingLevel, words: str) -> None:
    finding = spf("shop.example", "mail.host.example", found)
    assert finding.level is level
    assert words in finding.todo


RECORD = "v=DKIM1; k=rsa; p=AAAA"


@pytest.mark.parametrize(
    ("found", "level", "words"),
    [
        ([], FAILURE, f'the TXT record at s1._domainkey.shop.example must be: "{RECORD}"'),
        (["v=DKIM1; p=AA AA"], OK, ""),
        (["k=rsa;p=AAAA;"], OK, ""),
        (["v=DKIM1; p=BBBB"], FAILURE, RECORD),
        (["v=DKIM1; p="], FAILURE, "take a new selector"),
        (["google-site-verification=x"], FAILURE, RECORD),
    ],
)
def test_dkim(found: list[str], level: FindingLevel, words: str) -> None:
    finding = dkim("s1._domainkey.shop.example", RECORD, found)
    assert finding.level is level
    assert words in finding.todo


@pytest.mark.parametrize(
    ("found", "level"),
    [
        (["v=DMARC1; p=none"], OK),
        (["v=DMARC1;p=Quarantine; rua=mailto:x@y.example"], OK),
        (["v=DMARC1; rua=mailto:x@y.example"], FAILURE),
        (["v=DMARC1; p=none", "v=DMARC1; p=none"], FAILURE),
    ],
)
def test_dmarc(found: list[str], level: FindingLevel) -> None:
    assert dmarc("_dmarc.shop.example", found).level is level


async def test_all_three_are_looked_at(key: Path) -> None:
    there = Records({**GOOD, "s1._domainkey.shop.example": [read_key(key).record]})
    assert [one.level for one in await check_dns(settings(key=key), there)] == [OK, OK, OK]
    assert [one.level for one in await check_dns(settings(key=key), Records({}))] == [WARNING, FAILURE, WARNING]


async def test_a_policy_above_counts_and_the_top_is_not_asked() -> None:
    records = Records({"_dmarc.shop.example": ["v=DMARC1; p=none"]})
    findings = await check_dns(settings("info@mail.Shop.example"), records)
    assert findings[-1].level is OK
    assert records.asked == ["mail.shop.example", "_dmarc.mail.shop.example", "_dmarc.shop.example"]


async def test_a_missing_key_and_a_strange_domain_are_said(key: Path, tmp_path: Path) -> None:
    missing = await check_dns(settings(key=tmp_path / "none.pem"), Records(GOOD))
    strange = await check_dns(settings(key=key, domain="other.example"), Records(GOOD))
    assert (missing[1].level, strange[1].level) == (FAILURE, WARNING)
    assert "cannot be read" in missing[1].what
    assert "does not count for DMARC" in strange[1].what


class Silent:
    """A DNS that cannot be reached."""

    async def lookup(self, name: str, kind: Kind) -> Sequence[bytes]:
        raise DnsTrouble(f"{kind} {name}: LifetimeTimeout")


async def test_without_dns_there_is_one_warning() -> None:
    [finding] = await check_dns(settings(), Silent())
    assert finding.level is WARNING
    assert "were not looked at" in finding.what


@pytest.mark.parametrize(
    ("host", "record"),
    [("mail.example", "a:mail.example"), ("192.0.2.7", "ip4:192.0.2.7"), ("2001:db8::7", "ip6:2001:db8::7")],
)
def test_the_record_to_add_names_an_ip_address_as_one(host: str, record: str) -> None:
    assert f'"v=spf1 mx {record} ~all"' in spf("shop.example", host, []).todo
