"""Addresses are links as they were typed, and nothing that was typed is lost."""

import pytest

from posts.content.markdown import to_html
from posts.tests.inert import parsed

# No database is asked, so one phase of the units is enough.
pytestmark = pytest.mark.only_on("sqlite")


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/_foo_/bar", "https://example.org/*foo*/bar", "https://example.org/~~a~~/b",
        "https://example.org/a||b", "https://example.org/a_b_", "https://example.org/?a=*&b=*c",
        "https://example.org/(a_b)_c", "HTTPS://example.org/__init__.py",
        "mailto:_a_@example.org",
    ],
)  # fmt: skip
@pytest.mark.parametrize("around", ["{}", "a {} b", "({})", "{}, and", "*{}*", "||{}||", "a: {}."])
def test_a_bare_address_is_one_link_whatever_stands_in_it(address, around):
    if address.startswith("mailto:_") or ("||" in address and "||" in around):
        around = "{}"

    (link,) = parsed(to_html(around.format(address))).iter("a")

    assert link.text_content() == address
    assert link.get("href") == address.replace("|", "%7C")


@pytest.mark.parametrize(
    "text",
    [
        "[lost]: https://example.org", '[a](https://example.org "lost")', "``` two lost\nx\n```",
        "[lost]: https://example.org 'title'\n[lost]: https://example.com", "> [lost]: https://a.example",
        ":::spoiler lost\n:::", "a\n:::spoiler lost", "- " * 30 + "lost", "> " * 30 + "lost",
        "\n".join("  " * n + "- lost" for n in range(30)), ":::spoiler\n" * 30 + "lost",
    ],
)  # fmt: skip
def test_nothing_that_was_typed_is_lost(text):
    assert parsed(to_html(text)).text_content().count("lost") == text.count("lost")


def test_a_definition_that_is_used_is_not_shown():
    assert to_html("[a][b]\n\n[b]: https://example.org").count("<p ") == 1


def test_deep_lists_leave_the_rest_as_it_is():
    text = "\n".join("  " * n + f"- level {n}" for n in range(30)) + "\n\n*After*."

    html = to_html(text)

    assert html.count("<ul ") == 9
    assert html.endswith('<p dir="auto"><em>After</em>.</p>\n')
