"""Parts of templates that are rendered once, and then kept: in each process, for few values."""

from collections.abc import Hashable

from django import template
from django.template import Context, Node, NodeList
from django.template.base import FilterExpression, Parser, Token, token_kwargs
from django.urls import get_script_prefix
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()

MOST_KEPT = 500
"""Of a block, for how many values of its arguments it is kept."""


class KeptNode(Node):
    """A block of a template that sees its arguments, which are hashable, and nothing else."""

    def __init__(self, nodelist: NodeList, arguments: dict[str, FilterExpression]) -> None:
        self.nodelist = nodelist
        self._arguments = arguments
        self._kept: dict[Hashable, SafeString] = {}

    def render(self, context: Context) -> SafeString:
        values = {name: each.resolve(context) for name, each in self._arguments.items()}
        key = (self.surroundings(), *((type(value), value) for value in values.values()))
        # Other threads render this node as well: what is kept may be gone a moment later.
        text = self._kept.get(key)
        if text is None:
            text = self.draw(context.new(values))
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[key] = text
        return text

    def surroundings(self) -> Hashable:
        """Return what the block depends on beside its arguments."""
        return get_language(), get_script_prefix()

    def draw(self, context: Context) -> SafeString:
        """Render the block."""
        return self.nodelist.render(context)


def enclosed(parser: Parser, token: Token) -> tuple[NodeList, dict[str, FilterExpression]]:
    """Parse the rest of a block tag: `{% name a=b %}…{% endname %}`."""
    name, *words = token.split_contents()
    arguments = token_kwargs(words, parser)
    nodes = parser.parse((f"end{name}",))
    parser.delete_first_token()
    return nodes, arguments


@register.tag
def keep(parser: Parser, token: Token) -> KeptNode:
    """Render what it encloses once in each language, for the same arguments.

        {% keep noun=noun %}{% if noun == "post" %}…{% endif %}{% endkeep %}

    What is enclosed sees its arguments, which are hashable, and nothing else of the context.
    """
    return KeptNode(*enclosed(parser, token))
