"""Filters for what is written in Markdown."""

from django import template
from django.utils.safestring import SafeString

from posts.content import markdown as reader

register = template.Library()


@register.filter
def markdown(text: str, scope: object = "") -> SafeString:
    """`{{ post.body|markdown }}`: as HTML. Wrap it in an element with hx-ignore."""
    return reader.to_html(text, scope)


@register.filter
def excerpt(text: str, most: int) -> str:
    """`{{ post.body|excerpt:90 }}`: the first 90 words, as plain text without spoilers."""
    return reader.excerpt(text, most)
