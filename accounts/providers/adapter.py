"""The site's adapter for signing in with other sites."""

from typing import Any

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, _build_apps_from_settings
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.http import Http404, HttpRequest

from accounts.models import User
from accounts.security.reauthentication import record_provider


class ProviderAdapter(DefaultSocialAccountAdapter):
    """Only the environment says which sites there are: no query, and nothing in the admin."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        found = _build_apps_from_settings(provider=provider, client_id=client_id)
        return [app for apps in found.values() for app in apps]

    def get_app(
        self, request: HttpRequest, provider: str, client_id: str | None = None
    ) -> SocialApp:
        """Return the app of a provider. Raises Http404 when the environment names no such one."""
        try:
            app: SocialApp = super().get_app(request, provider, client_id)
        except SocialApp.DoesNotExist as error:
            raise Http404 from error
        return app

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: Any) -> User:
        """Take over what the form suggests, and no more: not the real name."""
        wanted = {name: data.get(name) for name in ("username", "email")}
        user = super().populate_user(request, sociallogin, wanted)
        assert isinstance(user, User)
        return user

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Note when somebody who is signed in has proved, with their own account, to be there."""
        is_again = sociallogin.state.get("process") == AuthProcess.REDIRECT
        user = sociallogin.user
        if is_again and user is not None and sociallogin.is_existing and user == request.user:
            account = sociallogin.account
            record_provider(request, user, account.provider, account.uid)
