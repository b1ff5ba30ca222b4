"""Light or dark, for base.html."""

from typing import Any

from django import template

from accounts.themes import COOKIE, theme_of

register = template.Library()


@register.simple_tag(takes_context=True)
def theme(context: dict[str, Any]) -> str:
    """Return the theme that this browser has chosen; empty for the system's."""
    request = context.get("request")
    return theme_of(request.COOKIES.get(COOKIE)) if request is not None else ""
