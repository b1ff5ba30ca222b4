"""Notifications, and following authors."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.limits import limited
from accounts.models import User
from accounts.models.block import Blocked
from accounts.requests import SignedInRequest
from accounts.signing_in import offering, referring_page
from accounts.standing import good_standing
from bookshelf.doorbell import announce
from bookshelf.ids import id_or_404
from posts.events import CARDS, author_topic
from posts.models import Follow, Notification, Post
from posts.pages.listings import cards_on, page_as_seen_by
from posts.pages.live_region import live
from posts.pages.notices import gather
from posts.pages.pagination import read_page, read_posts
from posts.views.offered import name_of
from posts.views.reader_names import in_any_case

NOTIFICATIONS_SIZE = 30

MOST_FOLLOWED = 40
"""How many followed authors insert new posts into the open page. A reload shows all of them."""


@require_safe
@login_required
@never_cache
def notifications(request: SignedInRequest) -> HttpResponse:
    """List the reader's notifications, the latest first: one entry for a post and a kind.

    Looking at them marks nothing as read.
    """
    mine = Notification.objects.of(request.user)
    entries = mine.entries().with_details().newest_first()
    page = read_page(entries, NOTIFICATIONS_SIZE, id_or_404(request.GET.get("before")))
    gather(page.rows, among=mine)
    ctx: dict[str, Any] = {
        "page": page,
        # For the unread count in the header, which is live on this page too.
        "live": live(CARDS),
    }
    return render(request, "posts/notifications.html", ctx)


@require_safe
@login_required
def notification_open(request: SignedInRequest, pk: int) -> HttpResponse:
    """Redirect to what a notification is about, as the links in mails do. Marks nothing as read.

    Programs follow links as well: they fetch ahead, and look for what is harmful.
    """
    mine = Notification.objects.of(request.user)
    return redirect(get_object_or_404(mine.with_details(), pk=pk))


@require_POST
@limited("notification")
@offering(_("Mark as read"), passes=("id", "until"))
def notifications_read(request: SignedInRequest) -> HttpResponse:
    """Mark the entry `id` as read; without an `id` all up to `until`, or all.

    With `open` mark that entry, and lead to what the latest of it is about.
    """
    mine = Notification.objects.of(request.user)
    pk, until = id_or_404(request.POST.get("id")), id_or_404(request.POST.get("until"))
    opened = None
    if (open_pk := id_or_404(request.POST.get("open"))) is not None:
        opened = get_object_or_404(mine.with_details(), pk=open_pk)
        mine = mine.in_entry_of(opened)
    elif pk is not None:
        found = mine.filter(pk=pk).first()
        mine = mine.in_entry_of(found) if found else mine.none()
    elif until is not None:
        # The reader has not seen those that came meanwhile.
        mine = mine.filter(pk__lte=until)
    announce(mine.mark_read(request.user))
    if opened is not None:
        return redirect(opened)
    return redirect(referring_page(request, default=reverse("posts:notifications")))


@in_any_case
@require_POST
@limited("like")
@offering({"": _("Follow"), "1": _("Follow"), "0": _("Unfollow")}, "following", about=name_of)
@good_standing
def follow(request: SignedInRequest, username: str) -> HttpResponse:
    """Follow or unfollow an author: `following` is the wanted state."""
    others = User.objects.present().exclude(pk=request.user.pk)
    author = get_object_or_404(others, username=username)
    following = request.POST.get("following") != "0"
    refused = False
    try:
        Follow.objects.put(request.user, author, following)
    except Blocked:
        following, refused = False, True
    if not request.htmx or request.htmx.boosted:
        if refused:
            messages.error(request, _("You cannot follow this reader."))
        return redirect("posts:author", username)
    ctx = {"author": author, "following": following, "refused": refused}
    return render(request, "posts/_follow.html", ctx)


@require_safe
@login_required
def following(request: SignedInRequest) -> HttpResponse:
    """List the posts of the authors that the reader follows."""
    latest = Follow.objects.by(request.user).latest_authors(MOST_FOLLOWED)
    topics = [author_topic(pk) for pk in latest]
    live_region = live(CARDS) if "before" in request.GET else live(CARDS, *topics)
    posts = Post.objects.followed_by(request.user)
    page = cards_on(read_posts(posts, id_or_404(request.GET.get("before"))))
    ctx: dict[str, Any] = {
        "live": live_region,
        "page": page_as_seen_by(request.user, page),
        "authors": User.objects.filter(followers__follower=request.user).order_by("username"),
    }
    return render(request, "posts/following.html", ctx)
