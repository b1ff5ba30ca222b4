"""What moderators did about oneself, and appeals against it."""

from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.limits import limited
from accounts.requests import SignedInRequest
from accounts.signing_in import (
    kept_fields,
    login_required_keeping_post,
    login_required_with_return,
)
from accounts.standing import good_standing, moderators_only, read_appeal_token
from bookshelf.doorbell import announce
from bookshelf.ids import id_or_404
from posts.forms.moderation import AnswerForm, AppealForm
from posts.models import Appeal, ModerationAction
from posts.models.moderation import Verb
from posts.moderation.notices import mail_answer
from posts.moderation.verbs import answer
from posts.pages.pagination import read_page

PAGE_SIZE = 30

SENT = _("Your appeal is on its way to the moderators. You see the answer here.")


@never_cache
@require_safe
@login_required_with_return
def standing(request: SignedInRequest) -> HttpResponse:
    """List what moderators did about oneself and what one wrote."""
    mine = ModerationAction.objects.against(request.user).exclude(verb=Verb.DISMISS)
    before = id_or_404(request.GET.get("before"))
    page = read_page(mine.with_details().newest_first(), PAGE_SIZE, before)
    return render(request, "moderation/standing.html", {"page": page})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited("appeal")
@login_required_keeping_post(AppealForm)
def notice(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show what a moderator did about oneself and why; appeal against it, once."""
    mine = ModerationAction.objects.against(request.user).exclude(verb=Verb.DISMISS)
    action = get_object_or_404(mine.with_details(), pk=pk)
    return _notice(request, action)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited("appeal")
def banned(request: HttpRequest, token: str) -> HttpResponse:
    """Tell somebody why they are banned, and take their appeal: they cannot sign in."""
    person = read_appeal_token(token)
    if person is None:
        raise Http404("This link is no longer valid.")
    bans = ModerationAction.objects.against(person).filter(verb__in=[Verb.BAN, Verb.PURGE])
    action = bans.with_details().newest_first().first()
    if action is None:
        raise Http404("Nobody is banned.")
    return _notice(request, action)


def _notice(request: HttpRequest, action: ModerationAction) -> HttpResponse:
    form = AppealForm(request.POST or None, initial=kept_fields(request))
    if request.method == "POST" and form.is_valid() and action.can_be_appealed:
        # The second of two clicks finds the appeal of the first.
        Appeal.objects.get_or_create(action=action, defaults={"text": form.cleaned_data["text"]})
        messages.success(request, SENT)
        return redirect(request.path)
    is_wrong = form.is_bound and not form.is_valid()
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_wrong else HTTPStatus.OK
    ctx = {"action": action, "appeal": getattr(action, "appeal", None), "form": form}
    return render(request, "moderation/notice.html", ctx, status=status)


@never_cache
@require_safe
@login_required_with_return
@moderators_only
def appeal_list(request: SignedInRequest) -> HttpResponse:
    """List the appeals that nobody has answered, the latest first."""
    before = id_or_404(request.GET.get("before"))
    open_appeals = Appeal.objects.open().with_details().newest_first()
    page = read_page(open_appeals, PAGE_SIZE, before)
    return render(request, "moderation/appeals.html", {"page": page})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited("moderate")
@login_required_keeping_post(AnswerForm)
@moderators_only
@good_standing
def appeal_answer(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show an appeal to a moderator, who answers it: it stays so, or is taken back."""
    appeal = get_object_or_404(Appeal.objects.with_details(), pk=pk)
    may_answer = appeal.may_be_answered_by(request.user)
    form = AnswerForm(request.POST or None, initial=kept_fields(request))
    if request.method == "POST" and form.is_valid() and may_answer:
        taken_back = form.cleaned_data["decision"] == "take_back"
        announce(answer(appeal, request.user, taken_back, form.cleaned_data["text"]))
        mail_answer(request, appeal)
        messages.success(request, _("The appeal is answered, and the person is told."))
        return redirect("moderation:appeals")
    is_wrong = form.is_bound and not form.is_valid()
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_wrong else HTTPStatus.OK
    ctx = {"appeal": appeal, "action": appeal.action, "form": form, "may_answer": may_answer}
    return render(request, "moderation/appeal.html", ctx, status=status)
