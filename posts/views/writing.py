"""Writing, changing and removing one's posts."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.limits import limited
from accounts.signing_in import kept_fields, signed_in
from posts.events import announce
from posts.forms import PostForm
from posts.models import Draft, Post
from posts.views.drafts import answer_aside, show_form

CONFLICT = 409


@require_http_methods(["GET", "HEAD", "POST"])
@limited("post")
@signed_in
def post_create(request: HttpRequest) -> HttpResponse:
    """Write a post."""
    form = PostForm(
        request.POST or None,
        request.FILES or None,
        writer=request.user,
        initial=kept_fields(request),
    )
    if aside := answer_aside(request, form):
        return aside
    if request.method == "POST" and form.is_valid():
        post = form.save(commit=False)
        post.author = request.user
        post.submission = form.cleaned_data["submission"] or post.submission
        tags, cover = form.cleaned_data["tags"], form.chosen_cover
        try:
            announce(post.publish(tags, cover=cover))
        except Post.AlreadyPublished:
            if change := post.publish_again(tags, cover=cover):
                announce(change)
        Draft.objects.finish(request.user, **form.drawing)
        return redirect("posts:list")
    return show_form(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("post")
@signed_in
def post_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a post of one's own; staff may change any."""
    post = get_object_or_404(Post.objects.editable_by(request.user), pk=pk)
    if post.removed_at and request.method != "POST":
        return redirect(post)
    form = PostForm(
        request.POST or None,
        request.FILES or None,
        instance=post,
        writer=request.user,
        initial=kept_fields(request),
    )
    if aside := answer_aside(request, form, post):
        return aside
    if request.method == "POST" and form.is_valid():
        mine = form.save(commit=False)
        mine.version = form.cleaned_data["version"] or post.version
        try:
            announce(
                mine.revise(form.cleaned_data["tags"], editor=request.user, cover=form.chosen_cover)
            )
            Draft.objects.finish(request.user, **form.drawing)
            return redirect(post)
        except Post.Conflict:
            # Nothing is overwritten: both texts are shown, and saving again is a decision.
            theirs = get_object_or_404(Post.objects.with_details(), pk=pk)
            form.bring_up_to(theirs.version)
            return show_form(request, form, post, theirs=theirs, status=CONFLICT)
    return show_form(request, form, post)


@require_POST
@signed_in
def post_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a post of one's own; staff may remove any. The list then offers to undo it."""
    post = get_object_or_404(Post.objects.editable_by(request.user), pk=pk)
    # The second of two clicks leads where the first one did.
    if not post.removed_at:
        announce(post.remove())
    return redirect(f"{reverse('posts:list')}?removed={post.pk}")


@require_POST
@signed_in
def post_restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a removal back, within ten minutes of it."""
    post = get_object_or_404(Post.objects.editable_by(request.user), pk=pk)
    try:
        announce(post.restore())
    except Post.TooLate:
        messages.error(request, "Too late: a removal can be undone for ten minutes only.")
    return redirect(post)
