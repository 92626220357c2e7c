"""The HTML of our mails: what formats, what does not, and that nobody's text becomes a tag."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from bridge.connector import Span, SpanKind, Text
from connectors.email.html_body import as_typed, formatted, page, quote, signature
from connectors.email.markdown import MOST_CHARACTERS

LINK = SpanKind.LINK


@pytest.mark.parametrize(
    ("typed", "html"),
    [
        ("plain", "<p>plain</p>"),
        ("**bold** *it* _it_ `a < b`", "<p><strong>bold</strong> <em>it</em> <em>it</em> <code>a &lt; b</code></p>"),
        ("one\ntwo\n\nthree", "<p>one<br>\ntwo</p>\n<p>three</p>"),
        ("- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>"),
        ("1. one\n2. two", "<ol>\n<li>one</li>\n<li>two</li>\n</ol>"),
        ("> asked\n\nsaid", "<blockquote>\n<p>asked</p>\n</blockquote>\n<p>said</p>"),
        ("```\n<x>\n```", "<pre><code>&lt;x&gt;\n</code></pre>"),
        ("[us](https://x.example/a)", '<p><a href="https://x.example/a">us</a></p>'),
        ("[us](mailto:a@b.example)", '<p><a href="mailto:a@b.example">us</a></p>'),
        ("see https://x.example/a_b_c?d=1&e.", None),
        # What Markdown would change, and people mean.
        ("2*3*4 and 5*6*7", "<p>2*3*4 and 5*6*7</p>"),
        ("snake_case_name", "<p>snake_case_name</p>"),
        ("# 5 roses", "<p># 5 roses</p>"),
        ("roses\n=====\n-----", "<p>roses<br>\n=====<br>\n-----</p>"),
        ("C:\\*x", "<p>C:\\*x</p>"),
        ("&copy; &lt;", "<p>&amp;copy; &amp;lt;</p>"),
        ("    indented", "<p>indented</p>"),
        # Links that lead elsewhere than to the web or a mail, pictures, tags.
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("[x](data:text/html,x)", "<p>[x](data:text/html,x)</p>"),
        ("[x](/local)", "<p>[x](/local)</p>"),
        ("![x](https://x.example/p.png)", '<p>!<a href="https://x.example/p.png">x</a></p>'),
        ("<script>x</script><b onload=x>", "<p>&lt;script&gt;x&lt;/script&gt;&lt;b onload=x&gt;</p>"),
        ('[x](https://a.example "t\\"><b>")', None),
    ],
)
def test_markdown_as_typed(typed: str, html: str | None) -> None:
    made = formatted(Text(typed))
    assert html is None or made == html
    assert_only_our_tags(made)


def test_a_web_address_is_a_link_to_itself() -> None:
    url = "https://x.example/a_b_c?d=1&amp;e"
    assert formatted(Text("see https://x.example/a_b_c?d=1&e.")) == f'<p>see <a href="{url}">{url}</a>.</p>'
    assert as_typed("(https://x.example/a_(b))") == ('(<a href="https://x.example/a_(b)">https://x.example/a_(b)</a>)')


def span(start: int, end: int, kind: SpanKind, target: str = "") -> Span:
    return Span(start=start, end=end, kind=kind, target=target)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (Text("a bold  *x* y", (span(2, 6, SpanKind.BOLD),)), "a <b>bold</b>&#160;&#160;*x* y"),
        (
            Text("abcd", (span(0, 3, SpanKind.BOLD), span(1, 4, SpanKind.ITALIC))),
            "<b>a<i>bc</i></b><i>d</i>",
        ),
        (Text("a\nb", (span(0, 3, SpanKind.STRIKE),)), "<s>a<br>\nb</s>"),
        (Text("x  y\n  z", (span(0, 1, SpanKind.CODE),)), "<code>x</code>&#160;&#160;y<br>\n&#160;&#160;z"),
        (Text("us", (span(0, 2, LINK, "https://x.example/?a&b"),)), '<a href="https://x.example/?a&amp;b">us</a>'),
        (Text("us", (span(0, 2, LINK, 'https://x"onload=y'),)), "us"),
        (Text("us", (span(0, 2, LINK, "javascript:x"),)), "us"),
        (Text("q\na", (span(0, 1, SpanKind.QUOTE),)), "<blockquote>q</blockquote><br>\na"),
        # A chat marks an address as a link to itself: that is no formatting, and the rest is Markdown.
        (
            Text("**b** https://x.example", (span(6, 23, LINK, "https://x.example/"),)),
            '<p><strong>b</strong> <a href="https://x.example">https://x.example</a></p>',
        ),
    ],
)
def test_spans(text: Text, html: str) -> None:
    assert formatted(text) == html


def test_right_to_left_is_left_to_the_reader() -> None:
    assert '<div dir="auto"><p>שלום *x</p></div>' in page([formatted(Text("שלום *x"))])


OUR_TAGS = {
    "html", "head", "meta", "body", "div", "p", "br", "b", "i", "s", "em", "strong", "code", "pre", "a", "ul", "ol",
    "li", "blockquote", "-text", "-undef", "-comment", "-doctype",
}  # fmt: skip


def assert_only_our_tags(html: str) -> None:
    for node in LexborHTMLParser(page([html])).css("*"):
        assert node.tag in OUR_TAGS
        assert set(node.attributes) <= {"href", "title", "dir", "class", "type", "charset", "start"}
        assert str(node.attributes.get("href") or "https://").startswith(("http://", "https://", "mailto:"))


HOSTILE = st.one_of(
    st.text(max_size=80),
    st.lists(
        st.sampled_from(
            ["<b>", "</p>", '"', "'", "*", "_", "`", "[x](", "https://a", "javascript:", ")", "> ", "- ", "\n", "&"]
        ),
        max_size=25,
    ).map("".join),
)  # fmt: skip
SPANS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 40), st.sampled_from(list(SpanKind)), HOSTILE), max_size=6
)


@given(HOSTILE, SPANS)
def test_nobodys_text_becomes_a_tag(plain: str, spans: list[tuple[int, int, SpanKind, str]]) -> None:
    fitting = [span(start, start + more, kind, to) for start, more, kind, to in spans if start + more <= len(plain)]
    for text in (Text(plain), Text(plain, tuple(fitting))):
        assert_only_our_tags(formatted(text))
    assert_only_our_tags(as_typed(plain))
    assert_only_our_tags(quote(plain, plain) + signature(plain))


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Zs", "Zl", "Zp")), max_size=60))
def test_no_word_is_lost(word: str) -> None:
    text = LexborHTMLParser(page([as_typed(word)])).text()
    assert text.strip() == word.strip()


@pytest.mark.parametrize("piece", ["*a ", "[", "> ", "_a_*", "[a](b", "https://", "`", "- ", "**"])
def test_hostile_texts_take_no_time(piece: str) -> None:
    for count in (MOST_CHARACTERS // len(piece), 500_000 // len(piece)):
        began = time.perf_counter()
        formatted(Text(piece * count))
        assert time.perf_counter() - began < 2
