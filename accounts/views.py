"""The account settings. The other pages of an account are allauth's."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from accounts.forms import SettingsForm
from accounts.languages import in_language_of
from accounts.limits import limited, spend
from accounts.models import SHOWN, NameTaken, User
from accounts.names.validators import TAKEN
from accounts.requests import SignedInRequest
from accounts.signing_in import kept_fields, login_required_keeping_post


@require_http_methods(["GET", "HEAD", "POST"])
@limited("settings")
@login_required_keeping_post(SettingsForm)
def account_settings(request: SignedInRequest) -> HttpResponse:
    """Show and save the settings."""
    # A copy: the form writes what was typed into it, but the header shows the stored name.
    account = User.objects.get(pk=request.user.pk)
    form = SettingsForm(request.POST or None, instance=account, initial=kept_fields(request))
    if request.method == "POST" and form.is_valid():
        if SHOWN.intersection(form.changed_data):
            spend(request, "rename")
        try:
            account = form.save()
        except NameTaken:
            form.add_error("name", TAKEN)
        else:
            with in_language_of(account):
                messages.success(request, gettext("Your settings are saved."))
            return redirect("accounts:settings")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, "accounts/settings.html", {"form": form}, status=status)
