"""One's own picture."""

import logging
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.limits import limited
from accounts.profile.avatars import put_avatar
from accounts.profile.forms import AvatarForm
from accounts.requests import SignedInRequest
from bookshelf.pictures.fields import NOT_STORED

TAKEN = _("This is your picture now.")
REMOVED = _("Your picture is removed.")

logger = logging.getLogger(__name__)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("picture")
@login_required
def picture(request: SignedInRequest) -> HttpResponse:
    """Show one's picture, and take another one, or none."""
    removes = "remove" in request.POST
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = AvatarForm(*sent, removes=removes)
    if form.is_valid():
        try:
            put_avatar(request.user, None if removes else form.cleaned_data["picture"])
        except Exception:
            # Each kind of storage has errors of its own.
            logger.exception("a picture could not be stored")
            form.add_error("picture", NOT_STORED)
        else:
            messages.success(request, REMOVED if removes else TAKEN)
            return redirect("accounts:picture")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, "accounts/picture.html", {"form": form}, status=status)
