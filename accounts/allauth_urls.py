"""allauth's pages, at the paths and with the names that they have in `allauth.urls`.

Left out are its redirects from paths that it had once, and other ways in than those of a browser.
"""

from allauth.mfa.recovery_codes.views import download_recovery_codes
from allauth.mfa.webauthn import views as webauthn
from django.urls import include, path
from django.views.decorators.http import require_safe

from accounts.providers import views as provider_views
from accounts.security.views import set_password

urlpatterns = [
    # Before allauth's own.
    path("password/set/", set_password, name="account_set_password"),
    path(
        "2fa/recovery-codes/download/",
        require_safe(download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
    path("", include("allauth.account.urls")),
    path("2fa/", include("allauth.mfa.base.urls")),
    path("2fa/totp/", include("allauth.mfa.totp.urls")),
    path("2fa/recovery-codes/", include("allauth.mfa.recovery_codes.urls")),
    path("2fa/webauthn/", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path("2fa/webauthn/add/", webauthn.add_webauthn, name="mfa_add_webauthn"),
    path("2fa/webauthn/login/", webauthn.login_webauthn, name="mfa_login_webauthn"),
    path(
        "2fa/webauthn/reauthenticate/",
        webauthn.reauthenticate_webauthn,
        name="mfa_reauthenticate_webauthn",
    ),
    path("2fa/webauthn/keys/<id:pk>/edit/", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
    path("2fa/webauthn/keys/<id:pk>/remove/", webauthn.remove_webauthn, name="mfa_remove_webauthn"),
    path("sessions/", include("allauth.usersessions.urls")),
    path("3rdparty/", include("allauth.socialaccount.urls")),
    path("github/login/", provider_views.github_login, name="github_login"),
    path("github/login/callback/", provider_views.github_callback, name="github_callback"),
    path(
        "oidc/<slug:provider_id>/login/",
        provider_views.openid_connect_login,
        name="openid_connect_login",
    ),
    path(
        "oidc/<slug:provider_id>/login/callback/",
        provider_views.openid_connect_callback,
        name="openid_connect_callback",
    ),
]
