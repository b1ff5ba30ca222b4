"""Drafts and the preview of a post: keep, show, list, discard."""

from collections.abc import Iterable
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.limits import limited
from accounts.requests import SignedInRequest
from accounts.signing_in import login_required_with_return, offering
from bookshelf.ids import id_or_404
from posts.forms import PostForm
from posts.forms.draft import DraftForm, NotKept, kept_now
from posts.forms.preview import preview_of
from posts.models import Draft, Post

MOST_OFFERED = 3
SIGNED_OUT = _("Not kept: you are signed out. Sign in in another tab, then come back to this one.")


@never_cache
@require_POST
@limited("draft")
def draft_keep(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Keep a draft while its author types, and return the preview. `pk` is the edited post."""
    if not request.user.is_authenticated:
        # No redirect: the page that sent this must stay.
        kept = {"result": SIGNED_OUT}
        return render(request, "posts/_draft_kept.html", kept, status=HTTPStatus.UNAUTHORIZED)
    mine = Post.objects.editable_by(request.user).select_related("cover")
    post = get_object_or_404(mine, pk=pk) if pk else None
    draft = DraftForm(request.POST, writer=request.user, post=post)
    status = HTTPStatus.OK
    try:
        result = draft.keep()
    except NotKept as error:
        result, status = str(error), HTTPStatus.UNPROCESSABLE_ENTITY
    form = PostForm(request.POST, instance=post, writer=request.user)
    form.pending = draft.cover
    ctx = {"result": result, "preview": preview_of(form, form.cover_to_come)}
    return render(request, "posts/_draft_kept.html", ctx, status=status)


def handle_preview_or_draft(
    request: SignedInRequest, form: PostForm, post: Post | None = None
) -> HttpResponse | None:
    """Answer the buttons "Preview" and "Keep as draft"; return None for any other button.

    The form comes back with everything that was typed. A picture that came along is kept with it.
    """
    keeps = "keep" in request.POST
    if not (keeps or "preview" in request.POST):
        return None
    form.forgive_gaps()
    if keeps and not form.is_stale and "cover" not in form.errors:
        draft = DraftForm(request.POST, writer=request.user, post=post, cover=form.pending)
        try:
            if kept := draft.set_aside():
                messages.success(request, f"{kept_now()}.")
                return redirect(kept)
        except NotKept as error:
            messages.error(request, str(error))
    return show_form(request, form, post)


def show_form(
    request: SignedInRequest,
    form: PostForm,
    post: Post | None = None,
    *,
    theirs: Post | None = None,
    posted: Post | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """Draw the page of the form, with the preview.

    A fresh form is filled from the draft that `?draft=` names; without that it offers one's drafts.
    `theirs` is what somebody else has saved meanwhile; `posted` is what its author has posted from
    this form before.
    """
    drafts: Iterable[Draft] = []
    if form.is_bound:
        if form.errors and status == HTTPStatus.OK:
            status = HTTPStatus.UNPROCESSABLE_ENTITY
    elif "continues" in form.initial:
        # Sent before signing in (accounts.signing_in), and newer than any draft.
        pass
    elif draft := requested_draft(request, post):
        form.take_up(draft)
    else:
        mine = Draft.objects.owned_by(request.user).of(post).newest_first()
        drafts = mine[: MOST_OFFERED + 1]
    ctx = {
        "form": form,
        "post": post,
        "theirs": theirs,
        "posted": posted,
        "drafts": drafts,
        "most_offered": MOST_OFFERED,
        "preview": preview_of(form, form.cover_to_come),
    }
    return render(request, "posts/form.html", ctx, status=status)


def requested_draft(request: SignedInRequest, post: Post | None = None) -> Draft | None:
    """Return one's own draft of `?draft=<id>`, or None without that. Raises Http404."""
    pk = id_or_404(request.GET.get("draft"))
    if pk is None:
        return None
    drafts = Draft.objects.owned_by(request.user).of(post).select_related("cover")
    return get_object_or_404(drafts, pk=pk)


@never_cache
@require_safe
@login_required_with_return
def draft_list(request: SignedInRequest) -> HttpResponse:
    """List one's own drafts."""
    drafts = Draft.objects.owned_by(request.user).newest_first().select_related("post")
    return render(request, "posts/drafts.html", {"drafts": drafts})


@require_POST
@offering(_("Discard this draft"))
def draft_discard(request: SignedInRequest, pk: int) -> HttpResponse:
    """Discard a draft of one's own. The second of two clicks leads to the same page."""
    Draft.objects.owned_by(request.user).filter(pk=pk).delete()
    return redirect("posts:drafts")
