"""The pages of an account that are ours; the others are allauth's."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.forms import SettingsForm
from accounts.models import User

UNPROCESSABLE = 422


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account_settings(request: HttpRequest) -> HttpResponse:
    """What others see of one, and where."""
    # A copy: the form writes into it what was typed, and the header names the user as stored.
    account = User.objects.get(pk=request.user.pk)
    form = SettingsForm(request.POST or None, instance=account)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Your settings are saved.")
        return redirect("accounts:settings")
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "accounts/settings.html", {"form": form}, status=status)
