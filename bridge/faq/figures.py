"""The figures in a message: sums of money, and numbers of orders, invoices, parcels, customers, telephones. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal, InvalidOperation

from bridge.faq.phrases import words_in
from bridge.faq.words_of import folded

_DASH = "-\u2010-\u2015"
_BLANK = "\u00a0\u202f "
_AMOUNT = rf"\d{{1,3}}(?:[.,'{_BLANK}]\d{{3}}){{1,4}}(?:[.,]\d{{1,2}})?(?!\d)|\d{{1,15}}(?:[.,]\d{{1,2}})?(?!\d)"
_SIGN = (
    r"(?:€|\$|£|¥|₹|₺|zł\b|kr\b|R\$|US\$"
    r"|(?:eur|usd|gbp|chf|pln|brl|sek|nok|dkk|czk|huf|inr|aud|cad|nzd)\b)"
)
_SUM = re.compile(
    rf"{_SIGN}[{_BLANK}]?(?P<after>{_AMOUNT})"
    rf"|(?<![\w.,])(?P<before>{_AMOUNT})(?:[.,][{_DASH}]+)?[{_BLANK}]?(?:{_SIGN}|(?P<word>[^\W\d_]{{1,20}}))",
    re.IGNORECASE,
)

# A date, a time or a year is no such number, nor is what has a unit.
_UNITS = "%|°|x|cm|mm|km|kg|ml|mg|gb|mb|kb|tb|mah|hz|watt|volt|kw|kwh|inch|zoll|m²|m2|l|g|w|v|m|h|am|pm|st|nd|rd|th"
_OTHER = re.compile(
    r"(?<![\w./-])\d{1,4}(?P<mark>[./-])\d{1,2}(?P=mark)(?:\d{4}|\d{2})?(?!\w)"
    r"|(?<!\w)\d{1,2}[:.h]\d{2}(?:[:.]\d{2})?(?!\w)"
    rf"|(?<![\w#-])(?<![.:#] )(?:19|20)\d\d(?:[/{_DASH}](?:19|20)?\d\d)?(?![\w/-])"
    rf"|(?<![\w#])\d{{1,9}}(?:[.,]\d{{1,9}})?[ ]?(?:{_UNITS})(?!\w)",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"(?<![\w@.-])(?=[\w-]{0,40}?\d)[\w-]{3,40}(?![\w@-])")
_MARK = re.compile(r"(?:[#№]|\b(?:nr|nro|no|num|id)[.:°º]{1,2}|\bn[.º°])[ ]?$", re.IGNORECASE)
_NAMED = re.compile(
    r"(?P<noun>[^\W\d_]{2,30})"
    r"(?P<marked>[ ]?[-.:#]?[ ]?(?:number|nummer|n[uú]mero|num[eé]ro|numer|code|id|no|nr|num|nº|n°)?[ ]?[.:#°º]*"
    r"(?:[ ](?:is|ist|lautet|es|est|è|é|to))?)[ ]?[:#]?[ ]?$",
    re.IGNORECASE,
)
# "Do you deliver to 10115?", "PLZ 8010", "pincode 560001": a place, not an order; but "a change to 482137".
_PLACE = re.compile(
    r"(?P<noun>[^\W\d_]{2,30}[ ])?\b(?:(?P<bare>to|in|nach|naar|vers)[ ]"
    r"|(?:plz|postleitzahl|post ?code|postal code|zip(?: ?code)?|pin ?code|code postal|c[oó]digo postal|cap|cep)[ :]*)"
    r"(?P<code>\d{4,6})(?![\w-]|[.,/]\d)",
    re.IGNORECASE,
)
_BROUGHT = re.compile(
    r"\b(?:deliver|ship|send|sent|parcel|package|courier|liefer|versand|versend|verschick|schick|paket|päckchen"
    r"|livr|expédi|envoy|envoi|envi|envío|entreg|sped|conseg|bezorg|lever|verzend|stuur|wysył|dostaw|dostarcz)",
    re.IGNORECASE,
)
# "Under 50 euros", "free from 49 €": a bound that is asked about, not a sum that somebody paid.
_BOUND = re.compile(
    r"\b(?:under|below|over|above|from|until|than|up to|for orders? of|unter|über|ueber|ab|bis|mehr als|weniger als"
    r"|menos de|más de|mas de|desde|hasta|moins de|plus de|à partir de|meno di|più di|minder dan|meer dan|vanaf|tot"
    r"|poniżej|powyżej|od|abaixo de|acima de)[ ](?:a |an |the |von |of )?$",
    re.IGNORECASE,
)
# "You took over 50 € from me", "ich habe mehr als 50 Euro bezahlt": a sum after all.
_TAKEN = re.compile(
    r"\b(?:took|taken|take from|paid|charged|lost|spent|owe[sd]?|deducted|withdr[ae]wn?|debited|refund(?:ed)?|back|mine"
    r"|from me|my (?:card|account|money)|bezahlt|gezahlt|abgebucht|überwiesen|abgezogen|verloren|zurück|von mir"
    r"|meine[mnrs]?|payé|prélevé|débité|perdu|remboursée?|pagado|pagué|cobrado|cobraron|cobraste|perdido|pagato"
    r"|addebitat[oi]|perso|rimborsat[oi]|betaald|afgeschreven|terug|kwijt|zapłacił[ae]m|pobra(?:ne|no|liście)|paguei"
    r"|cobraram|cobrou|debitaram|perdi)\b",
    re.IGNORECASE,
)
_SPACED = re.compile(r"(?<![\w+-])\+?\d{2,5}(?:[ /-]\d{2,5}){2,8}(?!\w)")
_BEFORE = 50
_LONG = 6
"""As many digits are no quantity."""


def sums_in(text: str) -> tuple[str, ...]:
    """The sums of money, as bare numbers: "1.234,50 €" is 1234.5. A bound ("under 50 €") is none."""
    found = (amount for (start, end), amount in _sums(text) if not _is_bound(text, start, end))
    return tuple(dict.fromkeys(map(_amount, found)))


def _is_bound(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - _BEFORE) : start]
    return _BOUND.search(before) is not None and not _TAKEN.search(before + "#" + text[end : end + _BEFORE])


def numbers_in(text: str) -> tuple[str, ...]:
    """What looks like the number of an order or the like: its letters and digits, small, without what is between."""
    bare = _blanked(text, (span for span, _ in _sums(text)))
    bare = _blanked(bare, (found.span() for found in _OTHER.finditer(bare)))
    bare = _blanked(bare, (found.span("code") for found in _PLACE.finditer(bare) if _is_place(found)))
    found = [token[0] for token in _TOKEN.finditer(bare) if _is_number(token[0], bare[: token.start()][-_BEFORE:])]
    spaced = [token[0] for token in _SPACED.finditer(bare)]
    return tuple(dict.fromkeys(compact(number) for number in (*found, *spaced)))


def figures_in(texts: Sequence[str]) -> frozenset[str]:
    """Every number in these texts, as it is written by the two above: what an entry itself speaks of."""
    tokens = {compact(word) for text in texts for word in re.findall(r"[\w-]*\d[\w-]*", text[:20_000])}
    amounts = {_amount(number) for text in texts for number in re.findall(_AMOUNT, text[:20_000])}
    return frozenset(tokens | amounts)


def compact(number: str) -> str:
    """Letters and digits only, small."""
    return re.sub(r"[\W_]", "", number).casefold()


def _sums(text: str) -> Iterator[tuple[tuple[int, int], str]]:
    """Where sums of money stand, and the amount as it is written."""
    for found in _SUM.finditer(text):
        if found["word"] is None or folded(found["word"]) in words_in("currency"):
            yield found.span(), found["after"] or found["before"]


def _amount(written: str) -> str:
    joined = re.sub(rf"['{_BLANK}]", "", written)
    cents = re.search(r"[.,](\d{1,2})$", joined)
    whole = joined[: cents.start()] if cents else joined
    number = re.sub(r"\D", "", whole) + (f".{cents[1]}" if cents else "")
    try:
        return f"{Decimal(number).normalize():f}"
    except InvalidOperation:  # digits that make no number together
        return number


def _is_number(token: str, before: str) -> bool:
    """Whether a word with digits is the number of something, by its look and by what stands before it."""
    digits = sum(letter.isdigit() for letter in token)
    if _MARK.search(before):
        return digits >= 3
    named = _NAMED.search(before)
    if named and folded(named["noun"]) in words_in("order"):
        # "order no 123" has a number; "order 1234" too; "order 1000 roses" and "order 50" have none.
        marked = bool(named["marked"].strip()) or before.rstrip().endswith(("#", ":"))
        return digits >= 3 if marked else digits >= 4 and not token.endswith("00")
    # By itself only what is too long to be a quantity, or has letters and many digits: a parcel's number.
    return digits >= _LONG if token.isdigit() else re.search(r"\d{5}", token) is not None


def _is_place(found: re.Match[str]) -> bool:
    """Whether something is brought there, or it says itself that it is a postal code."""
    if found["bare"] is None:
        return not _is_named(found["noun"])
    before = found.string[max(0, found.start("bare") - _BEFORE) : found.start("bare")]
    return _BROUGHT.search(before) is not None and not _is_named(found["noun"])


def _is_named(noun: str | None) -> bool:
    """Whether "to" is the Polish "is": "numer zamówienia to 12345"."""
    return noun is not None and folded(noun.strip()) in words_in("order", "pl")


def _blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    pieces, done = list[str](), 0
    for start, end in spans:
        pieces += [text[done:start], " " * (end - start)]
        done = end
    return "".join([*pieces, text[done:]])
