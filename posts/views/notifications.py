"""What one is told, and whom one follows."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.limits import limited
from accounts.models import User
from accounts.signing_in import page_before, signed_in
from posts.events import CARDS, announce, author_topic
from posts.live import live
from posts.models import Follow, Notification, Post
from posts.pages import id_of, read_page
from posts.personal import personalise

NOTIFICATIONS_SIZE = 30

MOST_FOLLOWED = 40
"""How many of the authors one follows put new posts on the open page; all are on it when loaded."""


@require_safe
@login_required
@never_cache
def notifications(request: HttpRequest) -> HttpResponse:
    """What the reader is told, the latest first. Looking at it marks nothing as read."""
    before = id_of(request.GET.get("before"))
    found = Notification.objects.of(request.user).with_details().newest_first()
    if before is not None:
        found = found.older_than(before)
    rows = list(found[: NOTIFICATIONS_SIZE + 1])
    more = len(rows) > NOTIFICATIONS_SIZE
    ctx = {
        "notifications": rows[:NOTIFICATIONS_SIZE],
        "before": before,
        "older": rows[NOTIFICATIONS_SIZE - 1].pk if more else None,
        # For the bell, which is live here as well.
        "live": live(CARDS),
    }
    return render(request, "posts/notifications.html", ctx)


@require_safe
@login_required
def notification_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Go where a notification points, and mark it as read."""
    mine = Notification.objects.of(request.user)
    notification = get_object_or_404(mine.with_details(), pk=pk)
    if change := mine.filter(pk=pk).mark_read(request.user):
        announce(change)
    return redirect(notification)


@require_POST
@signed_in
def notifications_read(request: HttpRequest) -> HttpResponse:
    """Mark the notifications `id` as read; all up to `until` that one has seen, without one."""
    mine = Notification.objects.of(request.user)
    pk, until = id_of(request.POST.get("id")), id_of(request.POST.get("until"))
    if pk is not None:
        mine = mine.filter(pk=pk)
    elif until is not None:
        # What came meanwhile has not been seen.
        mine = mine.filter(pk__lte=until)
    if change := mine.mark_read(request.user):
        announce(change)
    return redirect(page_before(request, default=request.path))


@require_POST
@limited("like")
@signed_in
def follow(request: HttpRequest, username: str) -> HttpResponse:
    """Follow an author, or not any more: `following` is the wanted state."""
    author = get_object_or_404(User.objects.exclude(pk=request.user.pk), username=username)
    following = request.POST.get("following") != "0"
    Follow.objects.put(request.user, author, following)
    if not request.htmx or request.htmx.boosted:
        return redirect("posts:author", username)
    return render(request, "posts/_follow.html", {"author": author, "following": following})


@require_safe
@login_required
def following(request: HttpRequest) -> HttpResponse:
    """The posts of the authors that the reader follows, newest first."""
    latest = Follow.objects.by(request.user).latest_authors(MOST_FOLLOWED)
    topics = [author_topic(pk) for pk in latest]
    ctx = {
        "live": live(CARDS) if "before" in request.GET else live(CARDS, *topics),
        "page": read_page(request, Post.objects.followed_by(request.user)),
        "authors": User.objects.filter(followers__follower=request.user).order_by("username"),
    }
    personalise(request.user, ctx["page"].posts)
    return render(request, "posts/following.html", ctx)
