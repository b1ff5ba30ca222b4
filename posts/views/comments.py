"""Talking in a book's room."""

from contextlib import suppress

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.limits import limited
from accounts.signing_in import kept_fields, signed_in
from posts.events import announce, post_topic
from posts.forms import CommentForm
from posts.live import live
from posts.models import Comment, Post
from posts.models.comment import MOST_REPLIES
from posts.pages import id_of
from posts.personal import personalise_comments
from posts.talk import place_of, replies
from posts.views.reading import room

UNPROCESSABLE = 422
CONFLICT = 409


@require_http_methods(["GET", "HEAD", "POST"])
@limited("comment")
@signed_in
def comment_create(request: HttpRequest, pk: int) -> HttpResponse:
    """Say something about a post, or reply to what somebody said (`parent`)."""
    post = get_object_or_404(Post.objects.with_details(), pk=pk)
    if request.method != "POST":
        return redirect(post)
    form = CommentForm(request.POST)
    if not form.is_valid():
        return _again(request, post, form, UNPROCESSABLE)
    comment = form.save(commit=False)
    comment.post, comment.author = post, request.user
    comment.parent_id = form.cleaned_data["parent"]
    comment.submission = form.cleaned_data["submission"] or comment.submission
    try:
        announce(comment.publish())
    except Comment.AlreadyPublished:
        comment = Comment.objects.get(submission=comment.submission)
    except Comment.Gone:
        return _again(request, post, form, CONFLICT)
    return redirect(comment)


def _again(request: HttpRequest, post: Post, form: CommentForm, status: int) -> HttpResponse:
    """Bring the form back with what was typed, where it was: below the post, or a comment."""
    post.refresh_from_db(fields=["removed_at"])
    parent_id = form.data.get("parent")
    if not parent_id or post.removed_at:
        return room(request, post.pk, form=form, status=status)
    parents = Comment.objects.select_related("author", "post").filter(post=post)
    parent = parents.filter(pk=id_of(parent_id)).first()
    ctx = {"post": post, "comment": parent, "form": form, "gone": status == CONFLICT}
    return render(request, "posts/reply.html", ctx, status=status)


@require_safe
@signed_in
def comment_reply(request: HttpRequest, pk: int, comment_pk: int) -> HttpResponse:
    """The form for a reply: a page, of which htmx takes the form alone."""
    comment = _opening(pk, comment_pk, Comment.objects.visible())
    ctx = {"post": comment.post, "comment": comment, "form": CommentForm(parent=comment.pk)}
    return render(request, "posts/reply.html", ctx)


@require_safe
def comment_detail(request: HttpRequest, pk: int, comment_pk: int) -> HttpResponse:
    """The permalink of a comment: leads to the page of the conversation on which it stands."""
    comments = Comment.objects.shown().select_related("post", "parent__post")
    comment = get_object_or_404(comments, pk=comment_pk, post_id=pk)
    opening = comment.parent or comment
    where, before = comment.post.get_absolute_url(), place_of(opening)
    if comment.parent:
        newer = comment.parent.replies.visible().newer_than(comment.pk).oldest_first()
        ids = list(newer.values_list("pk", flat=True)[:MOST_REPLIES])
        if len(ids) == MOST_REPLIES:
            where, before = reverse("posts:replies", args=[pk, opening.pk]), ids[-1]
    return redirect(f"{where}{f'?before={before}' if before else ''}#comment-{comment.pk}")


@require_safe
def comment_replies(request: HttpRequest, pk: int, comment_pk: int) -> HttpResponse:
    """All replies to one comment, in pages."""
    topics = live(post_topic(pk))
    comment = _opening(pk, comment_pk, Comment.objects.shown())
    talk = replies(comment, id_of(request.GET.get("before")))
    comment.latest_replies = talk.comments[::-1]
    personalise_comments(request.user, [comment])
    ctx = {"live": topics, "post": comment.post, "comment": comment, "talk": talk}
    return render(request, "posts/replies.html", ctx)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("comment")
@signed_in
def comment_edit(request: HttpRequest, pk: int, comment_pk: int) -> HttpResponse:
    """Change a comment of one's own; staff may change any."""
    comments = Comment.objects.editable_by(request.user).select_related("post", "author")
    comment = get_object_or_404(comments, pk=comment_pk, post_id=pk)
    if comment.removed_at and request.method != "POST":
        return redirect(comment.post)
    form = CommentForm(request.POST or None, instance=comment, initial=kept_fields(request))
    status = UNPROCESSABLE if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            announce(comment.revise(form.cleaned_data["body"]))
            return redirect(comment)
        except Comment.Gone:
            status = CONFLICT
    ctx = {"post": comment.post, "comment": comment, "form": form, "gone": status == CONFLICT}
    return render(request, "posts/comment_form.html", ctx, status=status)


@require_POST
@signed_in
def comment_delete(request: HttpRequest, pk: int, comment_pk: int) -> HttpResponse:
    """Remove a comment of one's own; staff may remove any."""
    comments = Comment.objects.editable_by(request.user).select_related("post")
    comment = get_object_or_404(comments, pk=comment_pk, post_id=pk)
    # The second of two clicks leads where the first one did.
    with suppress(Comment.Gone):
        announce(comment.remove())
    return redirect(f"{comment.post.get_absolute_url()}#talk")


def _opening(pk: int, comment_pk: int, comments: object) -> Comment:
    """Return the comment to reply to, whose post is there. Raises Http404."""
    found = comments.opening().filter(Q(post_id=pk) & Q(post__removed_at=None))
    comment = found.select_related("author", "post").filter(pk=comment_pk).first()
    if comment is None:
        raise Http404("There is no such comment.")
    return comment
