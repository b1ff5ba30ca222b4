"""Write, edit, remove and restore posts."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.limits import limited
from accounts.posting_policy import refuse_posting
from accounts.requests import SignedInRequest
from accounts.signing_in import kept_fields, login_required_keeping_post, offering
from accounts.standing import good_standing
from bookshelf.doorbell import announce
from posts.forms import PostForm
from posts.models import Draft, Post
from posts.models.resubmission import SameBookAgain, is_same, publish_again
from posts.views.drafts import handle_preview_or_draft, show_form
from posts.views.offered import title_of

TOO_LATE = _("Too late: a removal can be undone for ten minutes only.")
TAKEN_DOWN = _("A moderator took this post down. You can appeal: see your notifications.")


@require_http_methods(["GET", "HEAD", "POST"])
@limited("post")
@login_required_keeping_post(PostForm)
@good_standing
def post_create(request: SignedInRequest) -> HttpResponse:
    """Write a post."""
    form = PostForm(
        request.POST or None,
        request.FILES or None,
        writer=request.user,
        initial=kept_fields(request),
    )
    if response := handle_preview_or_draft(request, form):
        return response
    if response := refuse_posting(request):
        return response
    if request.method == "POST" and form.is_valid():
        post = form.save(commit=False)
        post.author = request.user
        post.submission = form.cleaned_data["submission"] or post.submission
        tags, cover = form.cleaned_data["tags"], form.chosen_cover
        try:
            announce(post.publish(tags, cover=cover))
        except Post.AlreadyPublished:
            try:
                announce(publish_again(post, tags, cover=cover, **form.answer))
            except SameBookAgain as asked:
                # Nothing is overwritten: the page shows both texts, and the author decides.
                form.bring_up_to(asked.post.version)
                return show_form(request, form, posted=asked.post, status=HTTPStatus.CONFLICT)
        Draft.objects.finish(request.user, **form.form_ids)
        return redirect("posts:list")
    return show_form(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("post")
@login_required_keeping_post(PostForm)
@good_standing
def post_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Edit a post of one's own."""
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
    if response := handle_preview_or_draft(request, form, post):
        return response
    if request.method == "POST" and form.is_valid():
        mine = form.save(commit=False)
        mine.version = form.cleaned_data["version"] or post.version
        tags, cover = form.cleaned_data["tags"], form.chosen_cover
        try:
            announce(mine.revise(tags, editor=request.user, cover=cover))
        except Post.Conflict:
            theirs = get_object_or_404(Post.objects.with_details(), pk=pk)
            # The second of two clicks finds what the first has saved.
            if theirs.removed_at or not is_same(mine, theirs, tags, cover):
                # Nothing is overwritten: the page shows both texts, and the author decides.
                form.bring_up_to(theirs.version)
                return show_form(request, form, post, theirs=theirs, status=HTTPStatus.CONFLICT)
        Draft.objects.finish(request.user, **form.form_ids)
        return redirect(post)
    return show_form(request, form, post)


@require_POST
@limited("remove")
@offering(_("Remove this post"), about=title_of)
@good_standing
def post_delete(request: SignedInRequest, pk: int) -> HttpResponse:
    """Remove a post of one's own. The list then offers to undo it."""
    post = get_object_or_404(Post.objects.editable_by(request.user), pk=pk)
    # The second of two clicks leads to the same page as the first.
    if not post.removed_at:
        announce(post.remove())
    return redirect(f"{reverse('posts:list')}?removed={post.pk}")


@require_POST
@limited("remove")
@offering(_("Undo the removal"))
@good_standing
def post_restore(request: SignedInRequest, pk: int) -> HttpResponse:
    """Undo a removal, within ten minutes of it."""
    post = get_object_or_404(Post.objects.editable_by(request.user), pk=pk)
    try:
        announce(post.restore())
    except Post.TooLate:
        messages.error(request, TAKEN_DOWN if post.taken_down else TOO_LATE)
    return redirect(post)
