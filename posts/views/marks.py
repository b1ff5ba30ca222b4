"""Marks by moderators: the pinned post, and the key posts."""

from contextlib import suppress

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.requests import SignedInRequest
from accounts.signing_in import offering
from accounts.standing import good_standing
from bookshelf.doorbell import announce
from posts.models import Post
from posts.views.offered import title_of


@require_POST
@offering({"": _("Pin on top"), "1": _("Pin on top"), "0": _("Unpin")}, "pinned", about=title_of)
@good_standing
def post_pin(request: SignedInRequest, pk: int) -> HttpResponse:
    """Pin a post on top of the front page, or with `pinned=0` unpin it. Moderators only."""
    post = get_object_or_404(Post.objects.markable_by(request.user), pk=pk)
    # Removed meanwhile: the page of the post says so.
    with suppress(Post.Gone):
        announce(post.unpin() if request.POST.get("pinned") == "0" else post.pin())
    return redirect(post)


@require_POST
@offering(
    {"": _("Mark as key post"), "1": _("Mark as key post"), "0": _("Unmark as key post")},
    "key",
    about=title_of,
)
@good_standing
def post_key(request: SignedInRequest, pk: int) -> HttpResponse:
    """Mark a post as a key post, or with `key=0` unmark it. Moderators only."""
    post = get_object_or_404(Post.objects.markable_by(request.user), pk=pk)
    with suppress(Post.Gone):
        announce(post.mark(key=request.POST.get("key") != "0"))
    return redirect(post)
