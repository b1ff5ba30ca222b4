"""The page of a post, and its history."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from accounts.limits import limited
from accounts.requests import SignedInRequest
from accounts.signing_in import kept_fields, offering
from accounts.standing import good_standing
from bookshelf.doorbell import announce
from bookshelf.ids import id_or_404
from posts.events import post_topic
from posts.forms import CommentForm
from posts.models import Comment, Post
from posts.pages.history import history_of
from posts.pages.live_region import Live
from posts.pages.page_cache import log_cursor, same_for_everyone
from posts.pages.room import read_room


@require_safe
def post_detail(request: HttpRequest, pk: int, slug: str = "") -> HttpResponse:
    """Show a post. Redirect there from an address whose slug is not the post's."""
    return render_post(request, pk, before=id_or_404(request.GET.get("before")), slug=slug)


def render_post(
    request: HttpRequest,
    pk: int,
    form: CommentForm | None = None,
    status: HTTPStatus = HTTPStatus.OK,
    before: int | None = None,
    posted: Comment | None = None,
    slug: str | None = None,
) -> HttpResponse:
    """Draw the page of a post: its text, the conversation older than `before`, and the form.

    `form` and `status` bring back a comment that could not be stored. `posted` is the comment that
    gets the focus. When `slug` is given and is not the post's, redirect to where it is.
    """
    # Before the post: the page then catches up with what happens in between.
    topics = Live(log_cursor(request), (post_topic(pk),))
    reading = read_room(pk, before, topics.cursor)
    if reading.value is None:
        raise Http404("There is no such post.")
    found = reading.value.card.post
    # The address of a removed post says nothing of its title, and neither does another one lead to.
    if slug not in (None, found.slug) and found.removed_at is None:
        query = f"?{request.GET.urlencode()}" if request.GET else ""
        return redirect(found.get_absolute_url() + query, permanent=True)
    room, draft = reading.value.seen_by(request.user)
    kept = None
    if form is None:
        kept = kept_fields(request, reverse("posts:comments", args=[pk]))
        form = CommentForm(initial=kept or {"body": draft})
    ctx: dict[str, Any] = {
        "live": topics,
        "form": form,
        "focus_form": form.is_bound or bool(kept),
        "may_edit": found.is_editable_by(request.user),
    }
    if found.removed_at:
        status = HTTPStatus.GONE if status == HTTPStatus.OK else status
        return render(request, "posts/removed.html", {**ctx, "post": found}, status=status)
    if not form.is_bound:
        same_for_everyone(request, topics.cursor, reading.shown)
    may_mark = request.user.is_authenticated and request.user.may_mark_posts
    ctx |= {
        "card": room.card,
        "post": room.card.as_post(),
        "likers": room.likers,
        "talk": room.talk,
        "also": room.also,
        "focus_comment": posted and posted.pk,
        "is_pinned": may_mark and Post.objects.pinned() == found,
    }
    return render(request, "posts/detail.html", ctx, status=status)


@require_POST
@limited("post")
@offering(_("Remove from the history"), passes=("version",))
@good_standing
def history_forget(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take the text before an edit of one's own post out of the history, for good.

    `version` says which; without it, all.
    """
    post = get_object_or_404(Post.objects.editable_by(request.user), pk=pk)
    announce(post.forget(id_or_404(request.POST.get("version") or None)))
    messages.success(request, _("It is gone from the history, for good."))
    return redirect("posts:history", pk) if not post.removed_at else redirect(post)


@require_safe
@limited("history", "GET")
def post_history(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what each edit of a post changed, in pages."""
    post = get_object_or_404(Post.objects.visible().with_details(), pk=pk)
    page = history_of(post, id_or_404(request.GET.get("before")))
    return render(request, "posts/history.html", {"post": post, "page": page})
