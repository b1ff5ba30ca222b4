"""Markdown: to HTML for pages, to plain text for everything else."""

from concurrent.futures import ThreadPoolExecutor
from html import unescape

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from posts.content.markdown import excerpt, to_html, to_text
from posts.tests.inert import assert_review_is_inert, parsed

MOST = 20_000
"""As long as a review can be."""


def shown(text: str) -> str:
    """Return what is to be read before any spoiler is opened."""
    tree = parsed(to_html(text))
    for details in list(tree.iter("details")):
        tail, details.tail = details.tail, None
        for child in list(details):
            details.remove(child)
        details.text, details.tail = "[spoiler]", tail
    return tree.text_content()


# --- What can be written


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*em* **strong** ~~out~~", "<p><em>em</em> <strong>strong</strong> <s>out</s></p>"),
        ("a line\nand another", "<p>a line<br>\nand another</p>"),
        ("> quoted", "<blockquote>\n<p>quoted</p>\n</blockquote>"),
        ("- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>"),
        ("3. three", '<ol start="3">\n<li>three</li>\n</ol>'),
        ("1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>"),
        ("1. a\n1. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>"),
        ("1. a\n1984. b", '<ol>\n<li>a</li>\n<li value="1984">b</li>\n</ol>'),
        ("`code`", "<p><code>code</code></p>"),
        ("```py\nx\n```", "<pre><code>x\n</code></pre>"),
        ("---", "<hr>"),
        ("line\n---", "<p>line</p>\n<hr>"),
        ("    indented", "<p>indented</p>"),
        ("# one", "<h3>one</h3>"),
        ("## two", "<h4>two</h4>"),
        ("###### six", "<h5>six</h5>"),
        ("<b>bold</b>", "<p>&lt;b&gt;bold&lt;/b&gt;</p>"),
        ("no.No example.com", "<p>no.No example.com</p>"),
        ("Rock'n'roll -- (c) ...", "<p>Rock'n'roll -- (c) ...</p>"),
    ],
)
def test_what_markdown_becomes(text, html):
    assert to_html(text).strip().replace(' dir="auto"', "") == html


@pytest.mark.parametrize(
    ("text", "href", "label"),
    [
        ("[a book](https://example.org/b)", "https://example.org/b", "a book"),
        ('[a book](https://example.org/b "title")', "https://example.org/b", "a book"),
        ("<https://example.org/b>", "https://example.org/b", "https://example.org/b"),
        ("see https://example.org/b.", "https://example.org/b", "https://example.org/b"),
        ("[write](mailto:ana@example.org)", "mailto:ana@example.org", "write"),
        ("[a][1]\n\n[1]: http://example.org", "http://example.org", "a"),
        ("![a cat](https://example.org/cat.png)", "https://example.org/cat.png", "a cat"),
        ("[![cat](https://a.example/c.png)](https://b.example)", "https://b.example", "cat"),
    ],
)
def test_links_lead_out_and_images_are_links(text, href, label):
    (link,) = parsed(to_html(text)).iter("a")

    assert (link.get("href"), link.text_content()) == (href, label)
    assert link.get("rel") == "nofollow ugc noopener"
    assert "title" not in link.attrib


@pytest.mark.parametrize("url", ["javascript:x", "data:x", "/posts/", "//example.org", "ftp://a.b"])
def test_other_addresses_are_no_links(url):
    assert list(parsed(to_html(f"[x]({url}) <{url}>")).iter("a")) == []


# --- Spoilers


@pytest.mark.parametrize(
    "text",
    [
        "||SECRET||",
        "|| SECRET ||",
        "||two lines,\nSECRET||",
        "He ||*is* the SECRET||!",
        "- one ||SECRET||",
        "> ||SECRET||",
        "# The end: ||SECRET||",
        "*||SECRET||*",
        "||https://example.org/SECRET||",
        "[a ||SECRET||](https://example.org)",
        "![a ||SECRET||](https://example.org/cat.png)",
        "||[a](https://example.org/) SECRET||",
        "|||SECRET|||",
        "::: spoiler\nSECRET\n\nSECRET\n:::",
        ":::spoiler\n- SECRET\n\n> SECRET\n:::",
        ":::spoiler\nSECRET",
        ":::spoiler\nSECRET\n:::spoiler\nSECRET\n:::\nSECRET\n:::",
        "- item\n\n  :::spoiler\n  SECRET\n  :::",
        "||SECRET\n\nSECRET||",
        "||\nSECRET\n\nSECRET\n||",
        "|| SECRET\n\nSECRET\n\nSECRET ||",
        "Beside it: ||SECRET\n\nSECRET|| and after",
        "> ||SECRET\n>\n> SECRET||",
        "- ||SECRET\n\n  SECRET||",
        "This || that.\n\n||SECRET\n\nSECRET||",
        "`||` is the mark.\n\n||SECRET\n\nSECRET||",
        "||The end:\n- the SECRET\n- SECRET||",
        "||\n- SECRET\n\n||",
        "- ||SECRET\n- SECRET||",
        "- ||SECRET\n\n> SECRET||",
        "# ||SECRET\n\n# SECRET||",
        "||\n# SECRET\n||",
        "||\n```\nSECRET\n```\n||",
        "||\n***\nSECRET\n***\n||",
        "| a ||SECRET | b |\n|---|---|\n| SECRET|| | d |",
        "||SECRET\r\n\r\n- SECRET||",
        "||SECRET",
        "|| SECRET\n\n- SECRET\n\n```\nSECRET\n```",
        "> ||SECRET\n\nSECRET",
        "[a ||b](https://example.org) SECRET||",
        "*a ||b* SECRET||",
        "||a `b|| SECRET`",
        "||a `b||` SECRET || c",
        "`||` SECRET||",
        "```\n||\n```\n\nSECRET||",
        "```\n||SECRET||",
        "```||\nSECRET\n```\n||",
        "[||]: https://example.org\n\nSECRET||",
        "[a](https://example.org/||SECRET||)",
        '[a](https://example.org "||SECRET||")',
        "<https://example.org/||SECRET||>",
        "https://example.org/||SECRET||",
        "https://example.org/a||The SECRET||",
        "||https://example.org/a||b SECRET",
        "||||SECRET||||",
        "||a||||SECRET||",
        r"\|||SECRET||",
        "||&#124;&#124; SECRET||",
        "a || b\n\n||SECRET||",
        "||a|| SECRET||",
        ":::spoiler ||SECRET||\na\n:::",
        ":::spoiler\n```\n:::\n```\nSECRET\n:::",
        "- :::spoiler\n  SECRET\nSECRET\n:::",
        "> :::spoiler\n> a\n\nSECRET",
        "a\n    :::spoiler\n    SECRET\n    :::",
    ],
)
def test_a_spoiler_is_hidden_wherever_the_text_appears(text):
    (first, *_) = parsed(to_html(text)).iter("details")

    assert first.get("open") is None
    assert first[0].tag == "summary"
    assert "SECRET" not in shown(text)
    for said in (to_text(text), excerpt(text, 90)):
        assert "SECRET" not in said
        assert "[spoiler]" in said


@pytest.mark.parametrize(
    "text",
    [
        "||", "||||", "a||", r"\||not one", r"a \|| b", "a &#124;&#124; b", "`||code||`", "`||`",
        "```\n||a||\n```", "```\na || b\n```", "::: other\nx\n:::", ":::", "a | b | c",
        "https://example.org/a||b", "<https://example.org/a||b>", "[a](https://example.org/?a||b)",
        "```\n:::spoiler\nx\n:::\n```",
    ],
)  # fmt: skip
def test_what_is_no_spoiler_stays_as_it_is(text):
    assert "<details" not in to_html(text)
    assert "[spoiler]" not in to_text(text)


# --- Plain text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# Head\n\n*Two* words", "Head\n\nTwo words"),
        ("- one\n- two", "one\ntwo"),
        ("1. a\n1. b\n1984. c\n1985. d", "1. a\n2. b\n1984. c\n1985. d"),
        ("1984. A year\n3) three", "1984. A year\n\n3) three"),
        ("> a [link](https://example.org \"t\") ![cat](https://a.example)", "a link (t) cat"),
        ("`a`\n\n```\nb\n```", "a\n\nb"),
        ("one\ntwo", "one\ntwo"),
        ("a & b &amp; c &lt;i&gt; <b>", "a & b & c <i> <b>"),
        ("", ""),
    ],
)  # fmt: skip
def test_plain_text_has_no_markup(text, said):
    assert to_text(text) == said


def test_an_excerpt_ends_after_its_words():
    assert excerpt("one *two*\n\nthree", 3) == "one two three"
    assert excerpt("one *two*, three", 2) == "one two…"
    assert excerpt("", 3) == ""
    assert len(excerpt("x" * 500, 3)) == 31
    assert len(excerpt("本" * 500, 3)) == 31


def test_an_excerpt_that_ends_within_a_spoiler_shows_none_of_it():
    assert excerpt("one two ||three four five|| six", 4) == "one two [spoiler] six"
    assert excerpt("one two ||three four five|| six", 3) == "one two [spoiler]…"


def test_the_filters_escape_what_is_not_html():
    page = Template("{% load markdown %}{{ t|markdown }}|{{ t|markdown:7 }}|{{ t|excerpt:2 }}")

    drawn = page.render(Context({"t": "<i> *a* b"}))

    html = '<p dir="auto">&lt;i&gt; <em>a</em> b</p>\n'
    assert drawn == f"{html}|{html}|&lt;i&gt; a…"


# --- Whatever comes


@given(st.text(st.sampled_from("|*_`[]()!<>#-:~\\&; \n\tax1./@s\"'"), max_size=200))
def test_no_text_is_too_strange(text):
    assert_review_is_inert(to_html(text))
    to_text(text)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=100))
def test_letters_of_every_kind_come_through(text):
    assert_review_is_inert(to_html(text))
    to_text(text)


@given(
    st.text(st.sampled_from("*_[]()!>#- \n\ta|:"), max_size=20),
    st.text(st.sampled_from("*_[](!># \n\ta"), max_size=20),
)
def test_a_block_hides_what_is_in_it_whatever_stands_there(before, within):
    text = f"{before}\n\n:::spoiler\n\n{within}\n\nSECRET\n\n:::\n"

    assert "SECRET" not in to_text(text)
    assert "SECRET" not in shown(text)


def test_many_threads_read_at_once():
    """linkify-it keeps its place in the object."""
    texts = [f"see https://example.org/{'x' * n} and ||https://a.example/{n}||" for n in range(200)]
    expected = [to_html.__wrapped__(text) for text in texts]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(to_html.__wrapped__, texts * 3)) == expected * 3


def test_the_form_says_what_can_be_written(as_ana):
    form = as_ana.get("/posts/new/").content.decode()

    assert "||spoilers||" in unescape(form)
