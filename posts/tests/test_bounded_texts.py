"""Whatever is written, reading it takes a moment, and nothing of it is lost or opened."""

import re
from html import unescape

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from posts.content import markdown
from posts.content.markdown import to_html, to_open_html, to_text
from posts.content.mentions import mentioned_in
from posts.content.parsing_budget import DEEPEST, budget_for
from posts.feeds import sayable
from posts.pages.history import compare
from posts.search.analysis import indexed_text
from posts.tests.cost import MOST_READINGS, THOROUGH, readings_for
from posts.tests.hard_texts import MOST, by_hand, nested, repeated, repetitions, with_prefixes
from posts.tests.inert import assert_review_is_inert, parsed
from posts.tests.test_markdown import shown

RENDERERS = {
    "HTML": lambda text: to_html.__wrapped__(text),
    "HTML of a feed": lambda text: sayable(to_open_html.__wrapped__(text, "https://a.example/")),
    "text to search": lambda text: indexed_text(to_text.__wrapped__(text)),
    "mentions": lambda text: mentioned_in(text),
}

TOO_HARD = [repeated("", "a\n#\n"), repeated("", "a\n>\n"), repeated("> " * 15, "a\n")]
FEW = settings(
    max_examples=500 if THOROUGH else 15,
    deadline=None,
    phases=[Phase.generate] if not THOROUGH else list(Phase),
    suppress_health_check=list(HealthCheck),
)

# No database is asked, so one phase of the units is enough.
pytestmark = pytest.mark.only_on("sqlite")


@pytest.fixture(autouse=True)
def forgetful():
    """Nothing has been read before."""
    for cached in (to_html, to_open_html, to_text):
        cached.cache_clear()


@pytest.mark.parametrize("text", list(by_hand()), ids=lambda text: repr(text[:12]))
def test_a_hard_text_takes_a_moment(text):
    sizes = []

    assert readings_for(lambda: sizes.append(len(RENDERERS["HTML"](text)))) < MOST_READINGS
    assert max(sizes) < 1_000_000


@FEW
@given(repetitions, st.sampled_from(list(RENDERERS)))
def test_whatever_is_repeated_takes_a_moment(text, name):
    assert readings_for(lambda: RENDERERS[name](text)) < MOST_READINGS


def test_a_hard_text_after_each_beginning_takes_a_moment():
    texts = list(with_prefixes())

    for text in texts if THOROUGH else texts[:: len(texts) // 12]:
        assert readings_for(lambda text=text: RENDERERS["HTML"](text)) < MOST_READINGS, text[:60]


@pytest.mark.parametrize("name", RENDERERS)
@pytest.mark.parametrize("text", TOO_HARD, ids=["headings", "quotes", "deep"])
def test_every_renderer_takes_a_moment_for_what_is_too_hard(name, text):
    assert readings_for(lambda: RENDERERS[name](text)) < MOST_READINGS


def test_the_cost_grows_with_the_length_and_no_faster():
    """Steps and not seconds: they are the same on every machine."""

    def steps_for(text: str) -> int:
        env = markdown.environment(text) | {"steps": 10**9}
        with markdown.reader() as md:
            md.parse(text, env)
        return 10**9 - env["steps"]

    for unit in ("a word\n\n", "- item\n", "*a* ", "||a|| ", "> a\n", "# a\n", "[a](http://b) "):
        half, whole = (steps_for(repeated("", unit, most)) for most in (MOST // 4, MOST // 2))
        assert whole < 2.1 * half, unit


@pytest.mark.parametrize(
    "unit",
    [
        "- A short item\n", "**bold** word ", "A line of verse,\n", "||a spoiler|| and text ",
        "[a book](https://example.org/b) ", "> quoted words\n>\n", "A paragraph.\n\n",
        "# Head\nSome text here\n", "`code` and ", "1. first\n   - nested thing\n",
    ],
)  # fmt: skip
def test_what_people_write_is_read_as_markdown_however_long(unit):
    html = to_html(repeated("", unit))

    assert len(re.findall("<(?!p |/p>|br>)", html)) or "verse" in unit or "paragraph" in unit
    with markdown.reader() as md:
        tokens = markdown.tokens_of(md, repeated("", unit))
    assert not any(token.type == "plain_text" for token in tokens)


@pytest.mark.parametrize("text", TOO_HARD, ids=["headings", "quotes", "deep"])
def test_what_is_too_hard_stands_there_as_it_was_typed(text):
    text = f"<b>*First*</b> & \x00 last\r\n\r\n{text}"

    html = to_html(text)

    assert_review_is_inert(html)
    as_typed = text.replace("\r\n", "\n").replace("\x00", "\ufffd")
    words = " ".join(as_typed.split())
    assert " ".join(unescape(re.sub("<[^>]*>", " ", html)).split()) == words
    assert " ".join(to_text(text).split()) == words
    assert html.startswith('<p dir="auto">&lt;b&gt;*First*&lt;/b&gt; &amp; \ufffd last</p>')


@pytest.mark.parametrize(
    "mark", ["||", "||\n\n", "::: spoiler\n", ":::SPOILER Title\n", "`||` or ||"]
)
@pytest.mark.parametrize("before", ["", "Open.\n\n", "- ", "> ", "one || two\n\n"])
def test_of_what_is_too_hard_all_is_hidden_from_the_first_mark_on(before, mark):
    text = f"{before}{mark}SECRET{mark}\n\n" + repeated("", "a\n#\n", 1_500)

    assert "SECRET" not in shown(text)
    assert "SECRET" not in to_text(text)
    assert "SECRET" not in to_open_html(text, "https://a.example/")
    assert "SECRET" in to_html(text)
    (details,) = parsed(to_html(text)).iter("details")
    assert details.get("id", "").startswith("spoiler-")


@given(st.integers(1, 3 * DEEPEST), st.sampled_from(["> ", "- ", "1. ", "- > ", ":::spoiler\n"]))
@settings(deadline=None)
def test_nothing_is_lost_however_deep_it_stands(depth, opening):
    text = f"{nested(opening, '', len(opening) * depth + 1)}\n\nAfter."

    html = to_html(text)

    assert "x" in parsed(html).text_content()
    assert "After." in html


def test_a_text_costs_the_same_however_often_it_has_been_read_before():
    """A reader that gave up on a text reads the next one."""
    before = to_html.__wrapped__("*a* ||b||")
    for text in TOO_HARD:
        to_html(text)

    assert to_html.__wrapped__("*a* ||b||") == before
    assert budget_for("") > 0


WORDS = ["a ", "b ", "c\n", "dd ", " "]


@FEW
@given(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map("".join),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map("".join),
)
def test_comparing_two_texts_takes_a_moment(one, other):
    before, after = repeated("", one), repeated("b ", other)

    assert readings_for(lambda: compare(before, after)) < MOST_READINGS


def test_comparing_what_was_once_slow_takes_a_moment():
    assert readings_for(lambda: compare("a " * 1_999, "b a " * 999)) < MOST_READINGS
    assert readings_for(lambda: compare("a " * 10_000, "b a " * 5_000)) < MOST_READINGS
