"""Delete one's account."""

from http import HTTPStatus

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.leaving.departures import NAME_KEPT_FOR, LastAdmin, counted, leave
from accounts.leaving.forms import LeaveForm
from accounts.limits import limited
from accounts.requests import SignedInRequest

LAST_ADMIN = _(
    "You are the only administrator of this site. Make somebody else one first, in the admin."
)


def sends(request: HttpRequest) -> bool:
    """Whether a request does something: only then it has to be its user once more."""
    return request.method == "POST"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited("leave")
@login_required
@reauthentication_required(enabled=sends)  # type: ignore[untyped-decorator]  # allauth's is
def leave_for_good(request: SignedInRequest) -> HttpResponse:
    """Say what deleting the account means, and do it."""
    form = LeaveForm(
        request.POST or None,
        user=request.user,
        # Who has neither a password nor a second factor could not be asked for one.
        asks_for_name=not get_reauthentication_flows(request.user),
    )
    if request.method == "POST" and form.is_valid():
        try:
            leave(request.user, keeps_texts=form.keeps_texts)
        except LastAdmin:
            form.add_error(None, LAST_ADMIN)
        else:
            logout(request)
            text = gettext("Your account has been deleted. Farewell, and thank you.")
            messages.success(request, text)
            return redirect("posts:list")
    ctx = {
        "form": form,
        "counted": [each for each in counted(request.user) if each.number],
        "name_kept_days": NAME_KEPT_FOR.days,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, "accounts/delete.html", ctx, status=status)
