"""A reader's reading list. It is personal: its changes are not announced."""

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from accounts.limits import limited
from accounts.requests import SignedInRequest
from accounts.signing_in import offering, referring_page
from accounts.standing import good_standing
from bookshelf.ids import parse_id
from posts.models import Post, Shelf, ShelvedBook
from posts.models.shelf import OFF, WANTED, State
from posts.pages.shelf import read_shelf
from posts.pages.viewer_state import add_viewer_state
from posts.views.offered import title_of
from posts.views.reader_names import in_any_case

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SHOWN_LABELS = {
    "1": _("Show your reading list to everybody"),
    "0": _("Make your reading list private"),
}
WANTED_LABELS: "dict[str, StrOrPromise]" = {
    **dict(State.choices),
    OFF: _("Take off my reading list"),
}

bad_request = partial(HttpResponseBadRequest, "Where to?", content_type="text/plain")


@require_safe
@login_required
def shelf(request: SignedInRequest) -> HttpResponse:
    """Show one's own reading list. `?off=<id>` offers to put a book back."""
    taken_off = parse_id(request.GET.get("off"))
    mine = ShelvedBook.objects.of(request.user).with_posts()
    ctx = {
        "parts": read_shelf(request, request.user),
        "public": Shelf.objects.shown_to_all().filter(reader=request.user).exists(),
        "off": mine.taken_off().filter(pk=taken_off).first() if taken_off else None,
    }
    return render(request, "posts/shelf.html", ctx)


@in_any_case
@require_safe
def public_shelf(request: HttpRequest, username: str) -> HttpResponse:
    """Show a reader's reading list, if it is public."""
    found = Shelf.objects.shown_to_all().select_related("reader")
    reader = get_object_or_404(found, reader__username=username, reader__purged_at=None).reader
    ctx = {"reader": reader, "parts": read_shelf(request, reader, for_others=True)}
    return render(request, "posts/public_shelf.html", ctx)


@require_POST
@limited("like")
@offering(WANTED_LABELS, "state", about=title_of)
def shelve(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put a post's book on one's reading list, move or take it off: `state` is what is wanted."""
    post = get_object_or_404(Post.objects.visible(), pk=pk)
    wanted = request.POST.get("state")
    if wanted not in WANTED:
        return bad_request()
    ShelvedBook.objects.put(request.user, post, wanted)
    if request.htmx:
        add_viewer_state(request.user, post)
        return render(request, "posts/_shelf.html", {"post": post, "answered": True})
    back = referring_page(request, default=post.get_absolute_url())
    return redirect(f"{back}#post-{post.pk}-foot")


@require_POST
@limited("like")
@offering(WANTED_LABELS, "state")
def shelf_move(request: SignedInRequest, pk: int) -> HttpResponse:
    """Move a book of one's reading list, take it off or back: `state` is what is wanted."""
    book = get_object_or_404(ShelvedBook.objects.of(request.user).with_posts(), pk=pk)
    wanted = request.POST.get("state")
    if wanted not in WANTED:
        return bad_request()
    if wanted == OFF:
        book.take_off()
    else:
        book.move_to(wanted)
    ShelvedBook.objects.forget_taken_off(request.user)
    # Back to the same part of the list, where a book that was taken off can be put back.
    came_from = urlsplit(referring_page(request, default="")).query
    query = {name: value for name, value in parse_qsl(came_from) if name in ("part", "before")}
    query |= {"off": str(pk)} if wanted == OFF else {}
    return redirect(f"{reverse('posts:shelf')}?{urlencode(query)}".rstrip("?"))


@require_POST
@offering(SHOWN_LABELS, "public")
@good_standing
def shelf_show(request: SignedInRequest) -> HttpResponse:
    """Make one's reading list public (`public=1`) or private (`public=0`)."""
    wanted = request.POST.get("public")
    if wanted not in ("0", "1"):
        return bad_request()
    Shelf.objects.show(request.user, wanted == "1")
    return redirect("posts:shelf")
