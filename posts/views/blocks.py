"""Block other users, and see whom one has blocked."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.limits import limited
from accounts.models import Block, User
from accounts.requests import SignedInRequest
from accounts.signing_in import offering, referring_page
from bookshelf.ids import id_or_404
from posts.pages.pagination import read_page
from posts.views.offered import name_of
from posts.views.reader_names import in_any_case

BLOCKED_SIZE = 50


@in_any_case
@require_POST
@limited("block")
@offering({"": _("Block"), "1": _("Block"), "0": _("Unblock")}, "blocked", about=name_of)
def block(request: SignedInRequest, username: str) -> HttpResponse:
    """Block a user, or no longer: `blocked` is the wanted state."""
    other = get_object_or_404(User.objects.exclude(pk=request.user.pk), username=username)
    wanted = request.POST.get("blocked") != "0"
    Block.objects.put(request.user, other, wanted)
    said = (
        gettext("You have blocked <bdi>{name}</bdi>.")
        if wanted
        else gettext("You no longer block <bdi>{name}</bdi>.")
    )
    messages.success(request, format_html(said, name=other.display_name))
    return redirect(referring_page(request, default=reverse("posts:author", args=[username])))


@never_cache
@require_safe
@login_required
def blocked_list(request: SignedInRequest) -> HttpResponse:
    """List whom one has blocked, the latest first."""
    mine = Block.objects.by(request.user).select_related("blocked").latest_first()
    ctx: dict[str, Any] = {
        "page": read_page(mine, BLOCKED_SIZE, id_or_404(request.GET.get("before")))
    }
    return render(request, "posts/blocked.html", ctx)
