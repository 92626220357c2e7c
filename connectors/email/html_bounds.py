"""Whether HTML is harmless to a parser of the HTML standard, and its bare words where it is not. Pure, linear.

The standard's tree building takes quadratic time, and memory, in tags that stay open: each `<div>` looks through all
open elements, each paragraph repeats all open `<font>`s. 1.5 MB of `<div>` kept lexbor busy for four minutes. So the
open tags are counted before: by name, an end tag without its start tag counting nothing, and one that ends by itself
where the next of its kind begins counting once. Each attribute is compared with all others of its tag, so they are
counted, too: 80,000 in one tag took ten seconds.
"""

from __future__ import annotations

import html
import re
from collections import Counter

# Looks into the open elements (2.5 ns each), comparisons of attributes (1.4 ns), and nodes that open formatting may
# multiply to.
_MOST_LOOKS = 200_000_000
_MOST_COMPARISONS = 400_000_000
_MOST_COPIES = 500_000

_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]{0,30})")
# A whole tag up to its ">", which may stand in a quoted value, too. Possessive: it is gone over once.
_WHOLE_TAG = re.compile(r"<[a-zA-Z](?:=\s*+(?:\"[^\"]*+\"?+|'[^']*+'?+)|[^=>]++|=)*+")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_QUOTED = re.compile(r"=\s*+(?:\"[^\"]*+\"|'[^']*+')")
_LONG_TAG = 8000
_ATTRIBUTE = re.compile(r"[\s/\"']++[^\s/\"']")
# Those end by themselves where the next one begins, and those that have no end. Table cells do so in tables only, and
# are nothing at all elsewhere.
_UNCOUNTED = frozenset(
    [
        "p",
        "option",
        "td",
        "th",
        "tr",
        "tbody",
        "thead",
        "tfoot",
        "colgroup",
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
        "html",
        "head",
        "body",
    ]
)
# An item ends the one before it, but not across one of the other kind: these two nest in each other.
_ITEMS = {"li": "li", "dt": "dd", "dd": "dd"}
_FORMATTING = frozenset(
    ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"]
)


def is_harmless(source: str) -> bool:
    """Whether building the tree of this takes no more than a part of a second."""
    # An end tag in a comment or in an attribute ends nothing, and what looks like a comment may be none.
    readings = {source, _QUOTED.sub("=", _COMMENT.sub("", source))}
    return all(map(_is_flat, readings)) and _comparisons(source) <= _MOST_COMPARISONS


def _is_flat(source: str) -> bool:
    open_: Counter[str] = Counter()
    tags = depth = deepest = formatting = most_formatting = 0
    item = ""
    for found in _TAG.finditer(source):
        tags += 1
        name = found[2].lower()
        if name in _UNCOUNTED or (found[1] and not open_[_ITEMS.get(name, name)]):
            continue
        if name in _ITEMS:
            name, before, item = _ITEMS[name], item, _ITEMS[name]
            if not found[1] and before == name and open_[name]:
                continue
        step = -1 if found[1] else 1
        open_[name] += step
        depth += step
        deepest = max(deepest, depth)
        if name in _FORMATTING:
            formatting += step
            most_formatting = max(most_formatting, formatting)
    copies_few = most_formatting <= 3 or tags * most_formatting <= _MOST_COPIES
    return copies_few and tags * deepest <= _MOST_LOOKS


def _comparisons(source: str) -> int:
    """At most so many pairs of attributes of one tag; data in an address (src="data:...") counts a little."""
    long = (found[0] for found in _WHOLE_TAG.finditer(source) if found.end() - found.start() > _LONG_TAG)
    return sum(len(_ATTRIBUTE.findall(tag)) ** 2 for tag in long)


# No run over a "<": else each of many tags that never end would be looked at up to the end of the text.
_SILENT = re.compile(r"<(script|style|title)\b[^<>]*>.*?(?:</\1\b[^<>]*>|\Z)", re.IGNORECASE | re.DOTALL)
_BLOCK = re.compile(
    r"<(?:/?(?:p|div|tr|table|h[1-6]|li|ul|ol|blockquote|pre|section)|br|hr)\b[^>]{0,2000}>?", re.IGNORECASE
)
_ANY_TAG = re.compile(r"<[/!?a-zA-Z][^<>]{0,2000}>?")


def bare_words(source: str) -> str:
    """The text without its tags: no links, no emphasis, lines where blocks begin and end."""
    text = _SILENT.sub("", _COMMENT.sub("", source))
    text = _ANY_TAG.sub("", _BLOCK.sub("\n", text))
    lines = (" ".join(line.split()) for line in html.unescape(text).split("\n"))
    return "\n".join(line for line in lines if line)
