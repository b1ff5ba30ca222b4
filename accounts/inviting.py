"""Pages about invitations: one's own, and the one that its link leads to."""

from http import HTTPStatus

from allauth.account.adapter import get_adapter
from allauth.utils import build_absolute_uri
from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.languages import in_language_of
from accounts.limits import limited
from accounts.models import User
from accounts.models.blocked_mail import BlockedMail
from accounts.models.invitation import LASTS, SHOWN, Invitation, TooManyOpen
from accounts.newcomers import is_newcomer
from accounts.posting_policy import posting_refusal
from accounts.requests import SignedInRequest
from accounts.signing_in import kept_fields, login_required_keeping_post, offering
from accounts.stale_forms import StaleFormMixin

LINK = "invitation_link"
"""The session's key of the link that its owner is shown once."""

ALREADY_MAILED = _(
    "An invitation has gone to this address lately, so we have sent no mail. Give them the link "
    "yourself."
)
TOO_MANY = _("You have as many invitations open as one may have. Take one back, or wait for one.")


def invitation_refusal(user: User) -> str:
    """Return why this user may not invite; empty when they may."""
    if settings.WHO_MAY_POST not in ("everybody", "invited"):
        return gettext("Invitations do not decide who writes here.")
    if reason := posting_refusal(user):
        return reason
    if is_newcomer(user):
        return ngettext(
            "You are new here: you can invite others %(hours)s hour after you have joined.",
            "You are new here: you can invite others %(hours)s hours after you have joined.",
            settings.NEWCOMER_HOURS,
        ) % {"hours": settings.NEWCOMER_HOURS}
    return ""


class InvitationForm(StaleFormMixin, forms.Form):
    email = forms.EmailField(
        label=_("Their email address"),
        required=False,
        help_text=_("We mail them the link. Without an address you give it to them yourself."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        if email:
            BlockedMail.objects.check_allowed(email)
        return email


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited("invite")
@login_required_keeping_post(InvitationForm)
def invitation_list(request: SignedInRequest) -> HttpResponse:
    """Show one's invitations, and make one."""
    form = InvitationForm(
        request.POST if request.method == "POST" else None, initial=kept_fields(request)
    )
    refusal = invitation_refusal(request.user)
    if request.method == "POST" and form.is_valid():
        if refusal:
            form.add_error(None, refusal)
        elif invite(request, form):
            return redirect("accounts:invitations")
    mine = Invitation.objects.of(request.user).newest_first().select_related("accepted_by")
    ctx = {
        "form": form,
        "refusal": refusal,
        "link": request.session.pop(LINK, "") if request.method == "GET" else "",
        "invitations": mine[:SHOWN],
        "days": LASTS.days,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, "accounts/invitations.html", ctx, status=status)


def invite(request: SignedInRequest, form: InvitationForm) -> bool:
    """Make an invitation, mail it, and keep its link for the next page. Return False with errors.

    Whether an address has an account makes no difference.
    """
    email = form.cleaned_data["email"]
    mails = bool(email) and not Invitation.objects.was_mailed(email)
    try:
        with transaction.atomic():
            token = Invitation.objects.invite(request.user, email if mails else "")
            link = build_absolute_uri(request, reverse("accounts:invitation", args=[token]))
            if mails:
                ctx = {"inviter": request.user.display_name, "link": link, "days": LASTS.days}
                with in_language_of(request.user):
                    get_adapter(request).send_mail("accounts/mail/invitation", email, ctx)
    except TooManyOpen:
        form.add_error(None, TOO_MANY)
        return False
    request.session[LINK] = link
    if mails:
        text = gettext("A mail to %(email)s is on its way. It may take a few minutes.")
        messages.success(request, text % {"email": email})
    elif email:
        messages.warning(request, ALREADY_MAILED)
    return True


@require_POST
@offering(_("Take this invitation back"))
def invitation_take_back(request: SignedInRequest, pk: int) -> HttpResponse:
    """Have an invitation of one's own work no longer. The second of two clicks does nothing."""
    if get_object_or_404(Invitation.objects.of(request.user), pk=pk).take_back():
        text = gettext("The invitation is taken back: its link no longer works.")
        messages.success(request, text)
    return redirect("accounts:invitations")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited("invite")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show an invitation to whom it is for: guests may join with it, members accept it."""
    found = Invitation.objects.open().with_token(token).first()
    user = request.user
    if found is None:
        return render(request, "accounts/invitation_over.html", status=HTTPStatus.GONE)
    if request.method == "POST" and isinstance(user, User):
        if Invitation.objects.accept(token, user):
            messages.success(request, gettext("Welcome: you may write posts now."))
            return redirect("posts:create")
        return redirect("accounts:invitation", token)
    ctx = {
        "invitation": found,
        "token": token,
        "is_own": found.inviter_id == user.pk,
        "needs_none": isinstance(user, User) and not posting_refusal(user),
    }
    return render(request, "accounts/invitation.html", ctx)
