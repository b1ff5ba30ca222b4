"""Comments on a post: write, reply, edit, remove, and find them."""

from contextlib import suppress
from http import HTTPStatus

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import replace_url

from accounts.limits import limited
from accounts.models.block import Blocked
from accounts.requests import SignedInRequest
from accounts.signing_in import (
    kept_fields,
    login_required_keeping_post,
    login_required_with_return,
    offering,
)
from accounts.standing import good_standing
from bookshelf.doorbell import announce
from bookshelf.ids import id_or_404
from posts.events import post_topic
from posts.forms import CommentForm
from posts.models import Comment, CommentDraft, Post
from posts.models.comment import MOST_REPLIES, CommentQuerySet
from posts.pages.conversation import page_with, replies
from posts.pages.live_region import live
from posts.pages.viewer_state import add_comment_viewer_state
from posts.views.offered import comment_of
from posts.views.reading import render_post

REFUSED = _(
    "You cannot comment on this reader’s posts, or reply to what they say. "
    "Nothing is lost: your text is below."
)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("comment")
@login_required_keeping_post(CommentForm)
@good_standing
def comment_create(request: SignedInRequest, pk: int) -> HttpResponse:
    """Comment on a post, or reply to the comment `parent`."""
    post = get_object_or_404(Post.objects.select_related("author"), pk=pk)
    if request.method != "POST":
        return redirect(post)
    form = CommentForm(request.POST)
    if not form.is_valid():
        return _send_back(request, post, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    comment = form.save(commit=False)
    comment.post, comment.author = post, request.user
    comment.parent_id = form.cleaned_data["parent"]
    comment.submission = form.cleaned_data["submission"] or comment.submission
    try:
        try:
            announce(comment.publish())
        except Comment.AlreadyPublished:
            announce(comment.publish_again())
    except Comment.Gone:
        return _send_back(request, post, form, HTTPStatus.CONFLICT)
    except Blocked:
        form.add_error(None, REFUSED)
        return _send_back(request, post, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    CommentDraft.objects.of(request.user, pk, comment.parent_id).delete()
    return _show(request, comment)


def _show(request: SignedInRequest, comment: Comment) -> HttpResponse:
    """Lead to a comment that was just posted.

    htmx gets the page itself, with the focus on the comment; its address replaces that of the form.
    """
    if not request.htmx.boosted:
        return redirect(comment)
    before = page_with(comment.parent or comment)
    query = f"?before={before}" if before else ""
    address = f"{comment.post.get_absolute_url()}{query}#comment-{comment.pk}"
    response = replace_url(
        render_post(request, comment.post_id, before=before, posted=comment), address
    )
    response["HX-Reswap"] = f"outerHTML show:top showTarget:#comment-{comment.pk}"
    return response


@never_cache
@require_POST
@limited("draft")
def comment_keep(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep a comment while its author types. The page stays as it is (204)."""
    if not request.user.is_authenticated:
        # No redirect: the page that sent this must stay.
        return render(request, "posts/_comment_not_kept.html", status=HTTPStatus.UNAUTHORIZED)
    post = get_object_or_404(Post.objects.only("pk"), pk=pk)
    if "body" not in request.POST:
        # The field is disabled while the form is on its way: what it says is not nothing.
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    form = CommentForm(request.POST)
    form.is_valid()
    parent = form.cleaned_data["parent"]
    if parent is not None:
        get_object_or_404(Comment.objects.only("pk"), pk=parent, post=post)
    body = request.POST.get("body", "").replace("\0", "").replace("\r\n", "\n")
    submission = form.cleaned_data["submission"]
    CommentDraft.objects.keep(request.user, post.pk, parent, body, submission)
    # What was kept through signing in is in the form by now, and older than this.
    kept_fields(request, reverse("posts:comments", args=[pk]))
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def _send_back(
    request: HttpRequest, post: Post, form: CommentForm, status: HTTPStatus
) -> HttpResponse:
    """Send the form back with what was typed, below the post or the comment that it was below."""
    post.refresh_from_db(fields=["removed_at", "closed_at"])
    parent_id = form.cleaned_data["parent"]
    if parent_id is None or post.removed_at:
        return render_post(request, post.pk, form=form, status=status)
    parents = Comment.objects.select_related("author", "post").filter(post=post)
    parent = parents.filter(pk=parent_id).first()
    ctx = {
        "post": post,
        "comment": parent,
        "form": form,
        "focus_form": True,
        "gone": status == HTTPStatus.CONFLICT,
    }
    return render(request, "posts/reply.html", ctx, status=status)


@require_safe
@login_required_with_return
def comment_reply(request: SignedInRequest, pk: int, comment_pk: int) -> HttpResponse:
    """Show the form for a reply, as a page; htmx takes only the form from it."""
    comment = _opening(pk, comment_pk, Comment.objects.visible())
    draft = CommentDraft.objects.of(request.user, pk, comment.pk).first()
    form = CommentForm(parent=comment.pk, initial={"body": draft.body} if draft else None)
    ctx = {"post": comment.post, "comment": comment, "form": form, "focus_form": True}
    return render(request, "posts/reply.html", ctx)


@require_safe
def comment_detail(request: HttpRequest, pk: int, comment_pk: int) -> HttpResponse:
    """Redirect from the permalink of a comment to the page of the conversation that shows it."""
    comments = Comment.objects.shown().select_related("post", "parent__post")
    comment = get_object_or_404(comments, pk=comment_pk, post_id=pk)
    opening = comment.parent or comment
    where, before = comment.post.get_absolute_url(), page_with(opening)
    if comment.parent:
        newer = comment.parent.replies.visible().newer_than(comment.pk).oldest_first()
        ids = list(newer.values_list("pk", flat=True)[:MOST_REPLIES])
        if len(ids) == MOST_REPLIES:
            where, before = reverse("posts:replies", args=[pk, opening.pk]), ids[-1]
    return redirect(f"{where}{f'?before={before}' if before else ''}#comment-{comment.pk}")


@require_safe
@limited("history", "GET")
def comment_replies(request: HttpRequest, pk: int, comment_pk: int) -> HttpResponse:
    """Show all replies to a comment, in pages."""
    topics = live(post_topic(pk))
    comment = _opening(pk, comment_pk, Comment.objects.shown())
    talk = replies(comment, id_or_404(request.GET.get("before")))
    comment.latest_replies = talk.rows[::-1]
    add_comment_viewer_state(request.user, [comment])
    ctx = {"live": topics, "post": comment.post, "comment": comment, "talk": talk}
    return render(request, "posts/replies.html", ctx)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("comment")
@login_required_keeping_post(CommentForm)
@good_standing
def comment_edit(request: SignedInRequest, pk: int, comment_pk: int) -> HttpResponse:
    """Edit a comment of one's own."""
    comments = Comment.objects.editable_by(request.user).select_related("post", "author")
    comment = get_object_or_404(comments, pk=comment_pk, post_id=pk)
    if comment.removed_at and request.method != "POST":
        return redirect(comment.post)
    form = CommentForm(request.POST or None, instance=comment, initial=kept_fields(request))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    if request.method == "POST" and form.is_valid():
        try:
            announce(comment.revise(form.cleaned_data["body"], editor=request.user))
            return redirect(comment)
        except Blocked:
            form.add_error(None, REFUSED)
            status = HTTPStatus.UNPROCESSABLE_ENTITY
        except Comment.Gone:
            status = HTTPStatus.CONFLICT
    ctx = {
        "post": comment.post,
        "comment": comment,
        "form": form,
        "gone": status == HTTPStatus.CONFLICT,
    }
    return render(request, "posts/comment_form.html", ctx, status=status)


@require_POST
@limited("remove")
@offering(_("Remove this comment"), about=comment_of)
@good_standing
def comment_delete(request: SignedInRequest, pk: int, comment_pk: int) -> HttpResponse:
    """Remove a comment of one's own."""
    comments = Comment.objects.editable_by(request.user).select_related("post")
    comment = get_object_or_404(comments, pk=comment_pk, post_id=pk)
    # The second of two clicks leads to the same page as the first.
    with suppress(Comment.Gone):
        announce(comment.remove())
    return redirect(f"{comment.post.get_absolute_url()}#talk")


def _opening(pk: int, comment_pk: int, comments: CommentQuerySet) -> Comment:
    """Return the comment to reply to. Raises Http404, also when its post has been removed."""
    found = comments.opening().filter(Q(post_id=pk) & Q(post__removed_at=None))
    comment = found.select_related("author", "post").filter(pk=comment_pk).first()
    if comment is None:
        raise Http404("This comment does not exist.")
    return comment
