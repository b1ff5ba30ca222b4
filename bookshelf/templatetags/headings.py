"""The focus of a page that htmx puts in place of another one."""

import re
from typing import Any

from django import template
from django.utils.safestring import SafeString

register = template.Library()

HEADING = re.compile(r"<h1(?=[\s>])")
SAID = ("undone",)
"""Ids of elements within a page that say what was done."""

AUTOFOCUS = re.compile(r"<[a-z][^<>]*\sautofocus[\s>=]")


@register.simple_block_tag(takes_context=True)
def heading_focus(context: dict[str, Any], content: SafeString) -> SafeString:
    """Give the page's heading the focus, so that a page that was swapped in is announced by it.

    A page that the browser loads has no need of it. The heading is described by what the site says
    of the action: the messages, or what can be undone. The focus goes elsewhere when the page asks
    for that. It stays with a form that is shown again, with errors or to be pressed once more.
    """
    request = context.get("request")
    htmx = getattr(request, "htmx", None)
    if not htmx or not htmx.boosted:
        return content
    form = context.get("form")
    stays = getattr(form, "is_bound", False) or AUTOFOCUS.search(content)
    if stays or _is_there(htmx.source, content):
        return content
    said = ["messages"] if context.get("messages") else []
    said += [place for place in SAID if f' id="{place}"' in content]
    described = f' aria-describedby="{" ".join(said)}"' if said else ""
    return SafeString(HEADING.sub(f'<h1 tabindex="-1" autofocus{described}', content, count=1))


def _is_there(source: str | None, content: SafeString) -> bool:
    """Whether the element that sent the request, "form#id", is on the page again."""
    _, _, element_id = (source or "").partition("#")
    return bool(element_id) and f' id="{element_id}"' in content
