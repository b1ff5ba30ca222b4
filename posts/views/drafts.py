"""What is being written: kept, shown as it will stand, found again, discarded."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.signing_in import signed_in
from posts.drafting import DraftForm, NotKept
from posts.forms import PostForm
from posts.models import Draft, Post
from posts.pages import id_of
from posts.preview import preview_of

UNPROCESSABLE = 422
MOST_OFFERED = 3
SIGNED_OUT = "Not kept: you are signed out. Sign in in another tab, then come back to this one."


@never_cache
@require_POST
def draft_keep(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Keep a form as it is typed, and return how it will stand. `pk` is the post that is edited."""
    if not request.user.is_authenticated:
        # No redirect: the page that asks is not to go anywhere.
        return render(request, "posts/_draft_kept.html", {"said": SIGNED_OUT}, status=401)
    mine = Post.objects.editable_by(request.user).select_related("cover")
    post = get_object_or_404(mine, pk=pk) if pk else None
    draft = DraftForm(request.POST, writer=request.user, post=post)
    status = 200
    try:
        said = draft.keep()
    except NotKept as error:
        said, status = str(error), UNPROCESSABLE
    form = PostForm(request.POST, instance=post, writer=request.user)
    form.pending = draft.cover
    ctx = {"said": said, "preview": preview_of(form, form.cover_to_come)}
    return render(request, "posts/_draft_kept.html", ctx, status=status)


def answer_aside(
    request: HttpRequest, form: PostForm, post: Post | None = None
) -> HttpResponse | None:
    """Answer the buttons "Preview" and "Keep as draft"; None when it was not one of them.

    The form comes back with everything that was typed. A picture that came along is kept with it.
    """
    keeps = "keep" in request.POST
    if not (keeps or "preview" in request.POST):
        return None
    form.forgive_gaps()
    if keeps and "cover" not in form.errors:
        draft = DraftForm(request.POST, writer=request.user, post=post, cover=form.pending)
        try:
            if said := draft.keep():
                messages.success(request, f"{said}.")
                kept = Draft.objects.owned_by(request.user)
                return redirect(kept.get(submission=draft.cleaned_data["submission"]))
        except NotKept as error:
            messages.error(request, str(error))
    return show_form(request, form, post)


def show_form(
    request: HttpRequest,
    form: PostForm,
    post: Post | None = None,
    *,
    theirs: Post | None = None,
    status: int | None = None,
) -> HttpResponse:
    """Draw the page of the form, with how it will stand.

    A fresh one comes with the draft that `?draft=` asks for, or offers those that there are.
    """
    drafts = []
    if form.is_bound:
        status = status or (UNPROCESSABLE if form.errors else 200)
    elif "continues" in form.initial:
        # Sent before signing in (accounts.signing_in), and newer than any draft.
        pass
    elif draft := draft_asked_for(request, post):
        form.take_up(draft)
    else:
        mine = Draft.objects.owned_by(request.user).of(post).newest_first()
        drafts = mine[: MOST_OFFERED + 1]
    ctx = {
        "form": form,
        "post": post,
        "theirs": theirs,
        "drafts": drafts,
        "most_offered": MOST_OFFERED,
        "preview": preview_of(form, form.cover_to_come),
    }
    return render(request, "posts/form.html", ctx, status=status)


def draft_asked_for(request: HttpRequest, post: Post | None = None) -> Draft | None:
    """Return the draft of `?draft=<id>`, None without that; Http404 unless it is one's own."""
    pk = id_of(request.GET.get("draft"))
    if pk is None:
        return None
    drafts = Draft.objects.owned_by(request.user).of(post).select_related("cover")
    return get_object_or_404(drafts, pk=pk)


@never_cache
@require_safe
@signed_in
def draft_list(request: HttpRequest) -> HttpResponse:
    """One's own drafts."""
    drafts = Draft.objects.owned_by(request.user).newest_first().select_related("post")
    return render(request, "posts/drafts.html", {"drafts": drafts})


@require_POST
@signed_in
def draft_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw one's own draft away. The second of two clicks leads where the first one did."""
    Draft.objects.owned_by(request.user).filter(pk=pk).delete()
    return redirect("posts:drafts")
