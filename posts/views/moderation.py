"""The pages of moderators: the queue, what was done, and the pages from which they act."""

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.limits import limited
from accounts.models import User
from accounts.requests import SignedInRequest, View
from accounts.signing_in import (
    kept_fields,
    login_required_keeping_post,
    login_required_with_return,
)
from accounts.stale_forms import StaleFormMixin
from accounts.standing import good_standing, moderators_only
from bookshelf.doorbell import announce
from bookshelf.ids import id_or_404
from posts.forms.moderation import ActionForm, PurgeForm
from posts.models import Comment, ModerationAction, Post, Report
from posts.models.moderated import REDACTABLE, Redaction
from posts.models.moderation import Verb
from posts.models.report import target_of
from posts.moderation.notices import mail_notice
from posts.moderation.purge import Pointless, traces_of
from posts.moderation.verbs import carry_out, check_may
from posts.pages.pagination import read_page
from posts.pages.queue import read_queue

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ACTIONS_SIZE = 50
MOST_VERSIONS, SHOWN_VERSIONS = 200, 20

NOTHING_LEFT = _("Nothing was left to do: it is so already.")

DONE = {
    Verb.HIDE: _("Done: hide it."),
    Verb.RESTORE: _("Done: put it back."),
    Verb.REMOVE: _("Done: remove it."),
    Verb.REDACT: _("Done: redact it."),
    Verb.CLOSE: _("Done: close the room."),
    Verb.REOPEN: _("Done: open the room again."),
    Verb.DISMISS: _("Done: dismiss the reports."),
    Verb.WARN: _("Done: warn."),
    Verb.SUSPEND: _("Done: suspend."),
    Verb.LIFT: _("Done: lift the suspension."),
    Verb.BAN: _("Done: ban."),
    Verb.UNBAN: _("Done: lift the ban."),
    Verb.UNPURGE: _("Done: bring everything back."),
}

ON_PERSON = [Verb.WARN, Verb.SUSPEND, Verb.BAN]


def moderating(form_class: type[StaleFormMixin]) -> Callable[[View], View]:
    """Decorate a view by whose form a moderator acts. The form is kept through signing in."""

    def decorate(view: View) -> View:
        view = moderators_only(good_standing(view))
        view = limited("moderate")(login_required_keeping_post(form_class)(view))
        return never_cache(require_http_methods(["GET", "HEAD", "POST"])(view))

    return decorate


@never_cache
@require_safe
@login_required_with_return
@moderators_only
def queue(request: SignedInRequest) -> HttpResponse:
    """List what has open reports, the last reported first."""
    page = read_queue(id_or_404(request.GET.get("before")))
    return render(request, "moderation/queue.html", {"page": page})


@never_cache
@require_safe
@login_required_with_return
@moderators_only
def actions(request: SignedInRequest) -> HttpResponse:
    """List what moderators did, the latest first."""
    done = ModerationAction.objects.with_details().newest_first()
    page = read_page(done, ACTIONS_SIZE, id_or_404(request.GET.get("before")))
    return render(request, "moderation/actions.html", {"page": page})


@moderating(ActionForm)
def moderate_post(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show a post to a moderator, removed or not, and do something about it."""
    post = get_object_or_404(Post.objects.with_details(), pk=pk)
    versions = list(post.revisions.all()[:MOST_VERSIONS])
    texts = [getattr(each, name) for each in (post, *versions) for name in REDACTABLE]
    verbs = [Verb.HIDE, Verb.REMOVE]
    if post.taken_down:
        verbs = [Verb.RESTORE, Verb.REMOVE] if post.taken_down == "hidden" else [Verb.RESTORE]
    if post.taken_down == "purged":
        verbs = []
    closing = [Verb.REOPEN if post.closed_at else Verb.CLOSE] if not post.removed_at else []
    verbs += [Verb.REDACT, *closing, *ON_PERSON]
    parts = ["title", "book_author", "body", "cover", "tags", "history"]
    ctx: dict[str, object] = {"post": post, "versions": versions[:SHOWN_VERSIONS]}
    return _moderate(request, post, verbs, texts, parts, ctx)


@moderating(ActionForm)
def moderate_comment(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show a comment to a moderator, removed or not, and do something about it."""
    comment = get_object_or_404(Comment.objects.select_related("author", "post"), pk=pk)
    verbs = [Verb.HIDE, Verb.REMOVE]
    if comment.taken_down:
        verbs = [Verb.RESTORE] if comment.taken_down != "purged" else []
    verbs += [Verb.REDACT, *ON_PERSON]
    ctx: dict[str, object] = {"comment": comment, "post": comment.post}
    return _moderate(request, comment, verbs, [comment.body], ["body"], ctx)


@moderating(ActionForm)
def moderate_person(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show a person to a moderator, with what was reported and done, and do something."""
    person = get_object_or_404(User, pk=pk)
    verbs = [] if person.banned_at else list(ON_PERSON)
    if person.purged_at:
        verbs = [Verb.UNPURGE]
    elif person.banned_at:
        verbs = [Verb.UNBAN]
    elif person.is_suspended:
        verbs = [Verb.LIFT, *verbs]
    return _moderate(request, person, verbs, [], [], {})


def _moderate(
    request: SignedInRequest,
    target: Post | Comment | User,
    verbs: list[Verb],
    texts: list[str],
    parts: list[str],
    ctx: dict[str, object],
) -> HttpResponse:
    person = target if isinstance(target, User) else target.author
    subject = (None, None) if isinstance(target, User) else target.subject
    name = target_of(person.pk, *subject)
    reports = Report.objects.open().about(name).select_related("reporter").newest_first()
    if reports:
        verbs = [*verbs, Verb.DISMISS]
    form = ActionForm(
        request.POST or None,
        verbs=verbs,
        texts=texts,
        parts=parts,
        initial=kept_fields(request),
    )
    if request.method == "POST" and form.is_valid():
        verb = Verb(form.cleaned_data["verb"])
        action = ModerationAction.of(
            request.user,
            verb,
            target,
            reason=form.cleaned_data["reason"],
            text=form.cleaned_data["text"],
            until=form.suspended_until if verb == Verb.SUSPEND else None,
        )
        _carry_out(request, action, DONE[verb], form.redaction)
        return redirect(request.path)
    may_act = request.user.may_act_on(person)
    ctx |= {
        "form": form,
        "person": person,
        "reports": reports[:50],
        "done": ModerationAction.objects.about(name).with_details().newest_first()[:20],
        "done_to_person": ModerationAction.objects.against(person)
        .with_details()
        .newest_first()[:20],
        "may_act": may_act or (request.user.is_superuser and bool(reports)),
        "may_purge": may_act and not person.purged_at,
        "target": name,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, "moderation/target.html", ctx, status=status)


def _carry_out(
    request: SignedInRequest, action: ModerationAction, done: "StrOrPromise", *redaction: Redaction
) -> None:
    """Do what a moderator wants, and say `done`, or that it was done already."""
    try:
        announce(carry_out(action, *redaction))
    except (Pointless, Post.Gone):
        messages.info(request, NOTHING_LEFT)
    else:
        mail_notice(request, action)
        messages.success(request, done)


@moderating(PurgeForm)
def purge_person(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask whether to remove everything of a person, with what that is; and do it."""
    person = get_object_or_404(User, pk=pk)
    form = PurgeForm(request.POST or None, initial=kept_fields(request))
    check_may(ModerationAction.of(request.user, Verb.PURGE, person))
    back = reverse("moderation:person", args=[person.pk])
    if request.method == "POST" and form.is_valid():
        fields = {name: form.cleaned_data[name] for name in ("reason", "text")}
        action = ModerationAction.of(request.user, Verb.PURGE, person, **fields)
        _carry_out(request, action, _("Everything is removed. You can bring it back for 30 days."))
        return redirect(back)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    ctx = {"form": form, "person": person, "traces": traces_of(person), "back": back}
    return render(request, "moderation/purge.html", ctx, status=status)
