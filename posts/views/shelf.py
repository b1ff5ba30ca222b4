"""A reader's own shelf: what is on it, and putting books there. Nothing of it is announced."""

from functools import partial
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.limits import limited
from accounts.signing_in import page_before, signed_in
from posts.models import Post, Shelf, ShelvedBook
from posts.models.shelf import OFF, WANTED
from posts.personal import personalise
from posts.shelves import read_shelf

bad_request = partial(HttpResponseBadRequest, "Where to?", content_type="text/plain")


@require_safe
@login_required
def shelf(request: HttpRequest) -> HttpResponse:
    """One's own shelf. `?off=<id>` offers to put back what was taken off just now."""
    taken_off = request.GET.get("off", "")
    known = taken_off.isascii() and taken_off.isdigit() and len(taken_off) < 19
    mine = ShelvedBook.objects.of(request.user).with_posts()
    ctx = {
        "parts": read_shelf(request, request.user),
        "public": Shelf.objects.shown_to_all().filter(reader=request.user).exists(),
        "off": mine.exclude(taken_off_at=None).filter(pk=taken_off).first() if known else None,
    }
    return render(request, "posts/shelf.html", ctx)


@require_safe
def public_shelf(request: HttpRequest, username: str) -> HttpResponse:
    """Somebody's shelf, when they have made it public."""
    found = Shelf.objects.shown_to_all().select_related("reader")
    reader = get_object_or_404(found, reader__username=username).reader
    ctx = {"reader": reader, "parts": read_shelf(request, reader)}
    return render(request, "posts/public_shelf.html", ctx)


@require_POST
@limited("like")
@signed_in
def shelve(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a post's book on one's shelf, move it there or take it off: `state` is the wanted one."""
    post = get_object_or_404(Post.objects.visible(), pk=pk)
    wanted = request.POST.get("state")
    if wanted not in WANTED:
        return bad_request()
    ShelvedBook.objects.put(request.user, post, wanted)
    if request.htmx:
        personalise(request.user, [post])
        return render(request, "posts/_shelf.html", {"post": post, "answered": True})
    back = page_before(request, default=post.get_absolute_url())
    return redirect(f"{back}#post-{post.pk}-foot")


@login_required
@require_POST
def shelf_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Move a book that is, or just was, on one's shelf: `state` is the wanted one."""
    book = get_object_or_404(ShelvedBook.objects.of(request.user).with_posts(), pk=pk)
    wanted = request.POST.get("state")
    if wanted not in WANTED:
        return bad_request()
    if wanted == OFF:
        book.take_off()
    else:
        book.stand(wanted)
    ShelvedBook.objects.forget_taken_off(request.user)
    # Back to the same part of the shelf, where a book that was taken off can be put back.
    there = urlsplit(page_before(request, default="")).query
    query = {name: value for name, value in parse_qsl(there) if name in ("part", "before")}
    query |= {"off": pk} if wanted == OFF else {}
    return redirect(f"{reverse('posts:shelf')}?{urlencode(query)}".rstrip("?"))


@login_required
@require_POST
def shelf_show(request: HttpRequest) -> HttpResponse:
    """Make one's shelf public (`public=1`) or private (`public=0`)."""
    wanted = request.POST.get("public")
    if wanted not in ("0", "1"):
        return bad_request()
    Shelf.objects.show(request.user, wanted == "1")
    return redirect("posts:shelf")
