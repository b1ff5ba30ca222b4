"""Prove once more who one is, and a first password. The other pages of security are allauth's."""

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.reauthentication import (
    is_reauthentication_required,
    resume_request,
)
from allauth.account.utils import get_next_redirect_url
from allauth.account.views import password_set
from allauth.core.exceptions import ReauthenticationRequired
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from accounts.security.reauthentication import has_used_provider, needs_provider


@require_safe
@login_required
def sign_in_again(request: SignedInRequest) -> HttpResponse:
    """Offer to sign in with the other site again; afterwards go on with what was begun."""
    wanted = get_next_redirect_url(request)
    if has_used_provider(request) or not needs_provider(request.user):
        response = resume_request(request)
        return response or redirect(wanted or "accounts:settings")
    accounts = SocialAccount.objects.filter(user=request.user).values_list("provider", flat=True)
    theirs = [
        provider
        for provider in get_adapter().list_providers(request)
        if provider.sub_id in accounts
    ]
    back = f"{request.path}?{urlencode({'next': wanted})}" if wanted else request.path
    return render(request, "accounts/sign_in_again.html", {"providers": theirs, "back": back})


@login_required
def set_password(request: SignedInRequest) -> HttpResponse:
    """Set the first password of an account (allauth), after proving again who one is."""
    if request.method == "POST" and _must_reauthenticate(request):
        # What is sent would be kept in the session until then; a password must not be.
        return redirect("account_set_password")
    response: HttpResponse = _set_password(request)
    return response


def _must_reauthenticate(request: HttpRequest) -> bool:
    try:
        required: bool = is_reauthentication_required(request, app="allauth.account")
    except ReauthenticationRequired:
        return True
    return required


_set_password = reauthentication_required(password_set)
