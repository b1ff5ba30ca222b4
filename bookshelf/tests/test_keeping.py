"""{% keep %} renders a block once for the same values, in each language."""

import pytest
from django.template import Context, Template
from django.utils.translation import override

from bookshelf.templatetags.keeping import MOST_KEPT


class Counted:
    """Counts how often a template asks for it."""

    asked = 0

    def __hash__(self) -> int:
        return 1

    def __str__(self) -> str:
        self.asked += 1
        return "here"


def test_a_block_is_rendered_once_for_the_same_values():
    counted = Counted()
    template = Template("{% keep it=it noun=noun %}{{ it }} {{ noun }}{% endkeep %}")

    texts = [template.render(Context({"it": counted, "noun": noun})) for noun in "abab"]

    assert texts == ["here a", "here b", "here a", "here b"]
    assert counted.asked == 2


def test_it_sees_nothing_but_its_arguments():
    template = Template("{% keep a=a %}{{ a }}{{ b }}{% endkeep %}")

    assert template.render(Context({"a": "1", "b": "2"})) == "1"


@pytest.mark.parametrize("values", [("<b>", "&lt;b&gt;"), (1, "1"), (True, "True"), ("1", "1")])
def test_values_that_are_equal_but_not_the_same_are_told_apart(values):
    value, text = values
    template = Template("{% keep a=a %}{{ a }}{% endkeep %}")
    for other in (1, True, "1", 1.0):
        template.render(Context({"a": other}))

    assert template.render(Context({"a": value})) == text


def test_each_language_has_its_own(languages):
    template = Template('{% keep %}{% load i18n %}{% translate "Search" %}{% endkeep %}')
    texts = {}
    for code in ("en", "de", "es", "en"):
        with override(code):
            texts[code] = template.render(Context())

    assert len(set(texts.values())) == 3
    assert texts["en"] == "Search"


def test_of_many_values_few_are_kept():
    template = Template("{% keep a=a %}{{ a }}{% endkeep %}")
    for number in range(3 * MOST_KEPT):
        assert template.render(Context({"a": number})) == str(number)

    [node] = template.nodelist
    assert 0 < len(node._kept) <= MOST_KEPT
