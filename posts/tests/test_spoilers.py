"""What stands between two marks is in the open nowhere, whatever blocks it is made of."""

import re

import pytest
from hypothesis import assume, given, settings

from posts.content.markdown import excerpt, has_unclosed_spoiler, to_html, to_open_html, to_text
from posts.search.analysis import searchable
from posts.tests.compositions import DOCUMENTS, Hidden, numbered, with_marks
from posts.tests.cost import THOROUGH
from posts.tests.inert import parsed
from posts.tests.test_markdown import shown

MANY = settings(max_examples=3_000 if THOROUGH else 150, deadline=None)

# No database is asked, so one phase of the units is enough.
pytestmark = pytest.mark.only_on("sqlite")


def in_the_open(text: str) -> str:
    """Return all that is to be read of a text before any spoiler is opened."""
    tree = parsed(to_html(text))
    for details in list(tree.iter("details")):
        for each in list(details):
            details.remove(each)
        details.text = None
    addresses = [each.get("href", "") for each in tree.iter("a")]
    others = (to_text(text), searchable(text), excerpt(text, 90), to_open_html(text, "https://x/"))
    return "\n".join([shown(text), *addresses, *others])


def is_code(hidden: Hidden) -> bool:
    """Whether all marks stand in one piece of code, which shows them as they are."""
    pieces = [each.text_content() for each in parsed(to_html(hidden.text)).iter("code")]
    return any(each.count("||") >= hidden.marks and re.search(r"w\d", each) for each in pieces)


@MANY
@given(with_marks())
def test_a_secret_between_marks_is_nowhere_in_the_open(hidden: Hidden):
    assume(not is_code(hidden))
    said = in_the_open(hidden.text)

    assert [word for word in hidden.secrets if word in said] == []


@MANY
@given(with_marks())
def test_no_word_vanishes_from_a_page(hidden: Hidden):
    tree = parsed(to_html(hidden.text))
    said = tree.text_content() + " ".join(each.get("href", "") for each in tree.iter("a"))

    assert [word for word in hidden.words if word not in said] == []


@MANY
@given(DOCUMENTS)
def test_a_text_without_marks_hides_nothing_but_what_a_block_hides(document):
    text, words, _ = numbered(document.replace("::: spoiler", "> ").replace("\\||", ""))

    assert [word for word in words if word not in to_html(text)] == []
    assert "<details" not in to_html(text)
    assert not has_unclosed_spoiler(text)


def test_only_what_stands_after_the_mark_that_is_never_closed_is_hidden():
    assert to_text("||one|| two ||three").replace("[spoiler]", "~") == "~ two ~"
    assert to_text("one\n\n- ||two||\n\nthree ||four||\n\nfive ||six\n\nseven") == (
        "one\n\n[spoiler]\n\nthree [spoiler]\n\n[spoiler]"
    )


@pytest.mark.parametrize(
    ("text", "unclosed"),
    [
        ("||a", True), ("a ||b|| c || d", True), (":::spoiler\na", True), ("`||` || a", True),
        ("> :::spoiler\n\na", True), ("`||` a||", False), ("a", False), ("||a||", False),
        ("a||", False), (r"\||a", False),
        ("||a\n\n" + "a\n#\n" * 500, True),
    ],
)  # fmt: skip
def test_a_mark_that_is_never_closed_is_known(text, unclosed):
    assert has_unclosed_spoiler(text) == unclosed


def test_text_after_a_spoiler_is_there_again():
    text = "Before ||SECRET|| after.\n\n:::spoiler The end\nSECRET\n:::\n\nAnd on."

    assert to_text(text) == "Before [spoiler] after.\n\n[spoiler]\n\nAnd on."
    assert "<summary>The end</summary>" in to_html(text)


def test_a_paragraph_with_a_spoiler_holds_together():
    """The parser of HTML ends a p where details begin."""
    tree = parsed(to_html("Before ||SECRET|| after."))

    assert [child.tag for child in tree] == ["div"]
    assert tree[0].text_content() == "Before SpoilerSECRET after."
    assert list(tree.iter("p")) == []


def test_a_spoiler_keeps_its_id_as_long_as_it_says_the_same():
    """So a page that is morphed neither closes it nor opens another one."""

    def ids(text: str, **where: object) -> list[str]:
        return [each.get("id") for each in parsed(to_html(text, **where)).iter("details")]

    (one,) = ids("||one||")

    assert ids("Now longer. ||none|| ||one||")[1] == one
    assert ids("||other||") != [one]
    assert ids("||one||", scope=7) != [one]
    assert len(set(ids("||one|| ||one|| ||one||"))) == 3
