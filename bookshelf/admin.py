"""The admin site, which uses the site's own sign-in."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.decorators import rate_limit
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _


class BookShelfAdminSite(AdminSite):
    """Check passwords only where attempts are counted, so that the admin bypasses no limit."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Return whether a request may see the admin: of staff, with a second factor if need be."""
        user = request.user
        if not user.is_authenticated or not super().has_permission(request):
            return False
        return not settings.ADMIN_SECOND_FACTOR or is_mfa_enabled(user)

    @method_decorator(secure_admin_login)
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Redirect guests to the site's sign-in and back; answer 403 to users who are not staff.

        Staff go to the index. Django's own page would check any name and password that is sent.
        """
        if not self.has_permission(request):
            said = _("The admin takes a second factor. Set one up here first.")
            messages.warning(request, said)
            return redirect("mfa_index")
        return redirect("admin:index")

    @method_decorator(rate_limit(action="change_password"))
    def password_change(  # type: ignore[override]  # the stubs leave out the redirect afterwards
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().password_change(request, extra_context)
