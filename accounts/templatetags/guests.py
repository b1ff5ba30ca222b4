"""What forms carry for those who are not signed in, or no longer; and what is offered to them."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.presses import take_offer
from accounts.signing_in import FORM_PATH, TYPED_BY, sign_form
from accounts.stale_forms import SIGNATURE

register = template.Library()


@register.simple_tag
def guest_signature(path: str) -> SafeString:
    """Render the field that proves to `path` that a form of ours sent it; no token, no cookie."""
    return format_html('<input type="hidden" name="{}" value="{}">', SIGNATURE, sign_form(path))


@register.simple_tag
def form_path(path: str) -> SafeString:
    """Render the field by which a press beside this form can bring its text along."""
    return format_html('<input type="hidden" name="{}" value="{}">', FORM_PATH, path)


@register.simple_tag(takes_context=True)
def typed_by(context: dict[str, Any]) -> SafeString:
    """Render the field that says who types: when their session ends, it is kept for them alone."""
    user = context["user"]
    return format_html('<input type="hidden" name="{}" value="{}">', TYPED_BY, user.pk or "")


@register.inclusion_tag("accounts/_offer.html", takes_context=True)
def offer(context: dict[str, Any]) -> dict[str, Any]:
    """Offer what was pressed before signing in."""
    request = context.get("request")
    taken = take_offer(request) if request is not None and hasattr(request, "user") else None
    return {"offer": taken, "csrf_token": context.get("csrf_token")}
