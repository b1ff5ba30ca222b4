"""Lists within sentences, in the language of the page."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import get_text_list
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from accounts.leaving.departures import Counted

register = template.Library()

WAYS = {
    "reauthenticate": _("use your password"),
    "mfa_reauthenticate": _("use authenticator app or code"),
    "mfa_reauthenticate:webauthn": _("use a security key"),
    "provider": _("sign in again"),
}
"""Within a sentence, what AccountAdapter.get_reauthentication_methods calls ways to do it."""


@register.simple_tag
def names_of(things: Iterable[Any]) -> str:
    """Return "A, B, C"."""
    return gettext(", ").join(str(each.name) for each in things)


@register.simple_tag
def either_of(things: Iterable[Any]) -> str:
    """Return "A, B or C"."""
    return get_text_list([str(each.name) for each in things], gettext("or"))


@register.simple_tag
def all_of(counted: Iterable[Counted]) -> SafeString:
    """Return "<b>A</b>, <b>B</b> and <b>C</b>"."""
    marked: list[str] = [format_html("<b>{}</b>", each.words) for each in counted]
    return mark_safe(get_text_list(marked, gettext("and")))  # noqa: S308


@register.simple_tag
def other_ways(ways: Iterable[dict[str, Any]]) -> SafeString:
    """Return links to other ways of proving who one is: "use your password, or sign in again"."""
    links = [(way["url"], WAYS.get(way["id"], way["description"])) for way in ways]
    return format_html_join(pgettext("between ways", ", or "), '<a href="{}">{}</a>', links)
