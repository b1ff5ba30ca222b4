"""Names and titles that run from right to left leave the sentence around them as it is."""

import re

import pytest
from lxml import html

from bookshelf.tests.written import WrittenWorld
from posts.content.markdown import to_html

pytestmark = [pytest.mark.django_db, pytest.mark.only_on("sqlite")]

HELLO = "\u05e9\u05dc\u05d5\u05dd"
"""In Hebrew."""

HEBREW = re.compile("[\u0590-\u05ff]")

PLAIN = {"title", "option", "textarea", "script", "style"}
"""Elements whose text has no markup."""


def is_isolated(element: html.HtmlElement) -> bool:
    """Return whether an element, or one around it, sets the direction by what is inside."""
    around = [element, *element.iterancestors()]
    return any(each.tag == "bdi" or each.get("dir") == "auto" for each in around)


def test_every_name_and_title_has_a_direction_of_its_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    world = WrittenWorld(HELLO)

    wrong, seen = set(), 0
    for page in world.pages():
        tree = html.fromstring(page.html)
        for element in tree.iter():
            if not isinstance(element.tag, str) or element.tag in PLAIN:
                continue
            inside = [(element, element.text), *((element, each.tail) for each in element)]
            for owner, text in inside:
                if text and HEBREW.search(text):
                    seen += 1
                    if not is_isolated(owner):
                        said = " ".join(text.split())[:60]
                        wrong.add(f"{re.sub('[0-9]+', '1', page.path)}: <{owner.tag}> {said}")
    assert wrong == set(), "\n".join(sorted(wrong))
    assert seen > 500


def test_each_paragraph_of_a_text_has_a_direction_of_its_own():
    parts = [
        "Hello.",
        HELLO,
        f"> {HELLO}",
        f"- one\n- {HELLO}",
        "# A",
        "||s||",
        f":::\n{HELLO}\n:::",
    ]
    text = "\n\n".join(parts)

    tree = html.fromstring(f"<div>{to_html(text)}</div>")

    blocks = tree.xpath("//p|//li|//h3|//h4|//h5|//pre|//div[@class='para']")
    assert len(blocks) >= 8
    assert {each.get("dir") for each in blocks} == {"auto", "rtl"}


@pytest.mark.parametrize(
    ("first", "direction"), [("Hello", "auto"), ("\u05e9", "rtl"), ("1.", "auto")]
)
def test_a_quotation_and_a_list_begin_where_their_first_letter_does(first, direction):
    text = f"> {first}!\n>\n> Hello.\n\n- {first}\n- Hello"

    tree = html.fromstring(f"<div>{to_html(text)}</div>")

    found = [each.get("dir") for each in tree.xpath("//blockquote|//ul")]
    assert found == [direction, direction]
    assert [each.get("dir") for each in tree.xpath("//p")] == ["auto", "auto"]
