"""Words in what is sent to everybody: in each language of the site, and the style sheet shows one.

A fragment is rendered once, kept, and broadcast, so it cannot be in the language of its reader. See
docs/architecture.md. What a page shows of its own uses Django's `translate` and `blocktranslate`.
"""

from collections.abc import Callable, Hashable

from django import template
from django.conf import settings
from django.template import Context, NodeList
from django.template.base import Parser, Token, VariableNode
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import override

from bookshelf.templatetags.keeping import KeptNode, enclosed

register = template.Library()


@register.tag
def words(parser: Parser, token: Token) -> "MultilingualNode":
    """Render a few words in each language: `{% words _("Reply") %}`."""
    _, text = token.split_contents()
    return MultilingualNode(NodeList([VariableNode(parser.compile_filter(text))]), {})


@register.tag
def multilingual(parser: Parser, token: Token) -> "MultilingualNode":
    """Render what it encloses once in each language.

        {% multilingual n=post.likes_count %}{% blocktranslate count n=n trimmed %}
          {{ n }} like{% plural %}{{ n }} likes{% endblocktranslate %}{% endmultilingual %}

    What is enclosed sees its arguments, which are hashable, and nothing else of the context: so the
    words for the same arguments are kept.
    """
    return MultilingualNode(*enclosed(parser, token))


class MultilingualNode(KeptNode):
    """Of one block of one template."""

    def surroundings(self) -> Hashable:
        # The languages of the site are set once.
        return None

    def draw(self, context: Context) -> SafeString:
        return in_all_languages(lambda: self._text(context))

    def _text(self, context: Context) -> SafeString:
        # Without the space at its ends: templates break lines there.
        return mark_safe(self.nodelist.render(context).strip())  # noqa: S308 - it was rendered


def in_all_languages(render: Callable[[], SafeString]) -> SafeString:
    """Return what a function renders in the active language, in each language of the site.

    Once where all of them are equal.
    """
    texts: dict[str, SafeString] = {}
    for code, _ in settings.LANGUAGES:
        with override(code):
            texts[code] = render()
    if len(set(texts.values())) == 1:
        return texts.popitem()[1]
    # Without the style sheet the site's own language is shown.
    attributes = ("", *[" hidden"] * (len(texts) - 1))
    spans = zip(texts, attributes, texts.values(), strict=True)
    return format_html_join("", '<span class="in" lang="{}"{}>{}</span>', spans)
