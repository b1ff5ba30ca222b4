"""The site's adapter for allauth: count failed sign-ins, remember devices, check new names."""

import ipaddress
from contextlib import nullcontext
from typing import Any
from unicodedata import normalize
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ReauthenticationRequired
from allauth.core.internal.ratelimit import RateLimitUsage, consume
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from accounts.backends import find_account
from accounts.devices import device_of, remember_device
from accounts.languages import activate_for, in_language_of
from accounts.limits import client_network
from accounts.models import NameTaken, TakenName, User
from accounts.models.blocked_mail import BlockedMail
from accounts.names.validators import validate_not_reserved
from accounts.presses import press_at
from accounts.security.reauthentication import has_used_provider, needs_provider
from accounts.sessions.listed import end_oldest
from accounts.standing import appeal_token
from bookshelf.characters import one_line

ADDRESS = "login_failed_address"
NEW_DEVICE = "login_failed_new_device"
KNOWN_DEVICE = "login_failed_known_device"


class AccountAdapter(DefaultAccountAdapter):
    """Count failed sign-ins, in a way that locks no owner out.

    A stranger's guesses must not keep the owner out. So a device that has signed in to an account
    is counted by itself. Other devices are counted by login and address, by address, and by login
    alone: the last bounds guesses from many addresses. While it is exceeded the owner gets in on a
    new device by resetting the password, which signs in.
    """

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count an attempt before the password is checked. Raises ValidationError if too many."""
        login = login_in(credentials)
        known = known_device(request, login)
        if known:
            self._count(request, KNOWN_DEVICE, known)
            return
        super().pre_authenticate(request, **credentials)
        by_login = self._login_failed_rl_usage
        assert by_login is not None  # allauth has raised otherwise.
        by_address = self._count(request, ADDRESS, login)
        new_device = self._count(request, NEW_DEVICE, login)
        # allauth takes all of it back when the password was right.
        new_device.usage += by_login.usage + by_address.usage

    def _count(self, request: HttpRequest, action: str, key: str) -> RateLimitUsage:
        usage = consume(request, app="allauth.account", action=action, key=key)
        if usage is None:
            raise self.validation_error("too_many_login_attempts")
        self._login_failed_rl_usage = usage
        return usage

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        return f"{login_in(credentials)} {client_network(request)}"

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **_: Any) -> None:
        """Keep the counts when a password is reset. The reset signs the user in anyway.

        allauth would also forget the counts of the address: an attacker who keeps resetting the
        password of an account of their own could then guess others' without a limit.
        """

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Return a new username in its composed form. Raises ValidationError."""
        username = super().clean_username(normalize("NFC", username), shallow)
        validate_not_reserved(username)
        if not shallow:
            TakenName.objects.check_free(username)
        return username

    def clean_email(self, email: str) -> str:
        """Return a new address, of an account or of one to be. Raises ValidationError if blocked.

        All ways go through this: signing up, also by another site's account, and changing it.
        """
        email = super().clean_email(email)
        if email:
            BlockedMail.objects.check_allowed(email)
        return email

    def save_user(
        self, request: HttpRequest, user: AbstractBaseUser, form: BaseForm, commit: bool = True
    ) -> AbstractBaseUser:
        """Store a new account. Raises NameTaken when two sign up with one name at once."""
        assert isinstance(user, User)
        password_hash = getattr(form, "password_hash", None)
        if password_hash:
            # Hashed already, outside of the transaction: see SignUpForm.
            form.cleaned_data.pop("password1", None)
        super().save_user(request, user, form, commit=False)
        if password_hash:
            user.password = password_hash
        if not commit:
            return user
        try:
            with transaction.atomic():
                user.save()
                TakenName.objects.verify(user, "username")
        except IntegrityError as error:
            raise NameTaken from error
        return user

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        """Return a mail in which no value, such as a browser's name, begins a line of its own."""
        lines = {
            name: one_line(value) if isinstance(value, str) else value
            for name, value in context.items()
        }
        message: EmailMessage = super().render_mail(template_prefix, email, lines, headers)
        return message

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Mail to an account in its language; to an address without one in that of the request."""
        user = context.get("user")
        with in_language_of(user) if isinstance(user, User) else nullcontext():
            super().send_mail(template_prefix, email, context)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell the owner of an account, in their language, what has changed."""
        assert isinstance(user, User)
        with in_language_of(user):
            super().send_notification_mail(template_prefix, user, context, email)

    def get_login_stages(self) -> list[str]:
        theirs = "allauth.account.stages.EmailVerificationStage"
        return [
            "accounts.stages.AddressStage" if stage == theirs else stage
            for stage in super().get_login_stages()
        ]

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Sign in, and note on the user whether it is for the first time: for the greeting."""
        assert isinstance(user, User)
        user.is_new_here = user.last_login is None
        super().login(request, user)
        # What is said of it stands on the next page, which is in the language of the account.
        activate_for(user)

    def post_login(
        self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any
    ) -> HttpResponse:
        response = super().post_login(request, user, **kwargs)
        assert isinstance(user, User)
        end_oldest(user)
        remember_device(request, response, user.pk)
        return response

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        """Tell who is banned so, and lead to the appeal. The password was right."""
        assert isinstance(user, User)
        if user.banned_at is not None:
            return redirect("moderation:banned", token=appeal_token(user))
        return super().respond_user_inactive(request, user)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Return whether allauth is to ask who it is. Raises ReauthenticationRequired."""
        request = context.request
        if needs_provider(request.user) and not has_used_provider(request):
            # allauth would let it pass.
            raise ReauthenticationRequired
        required: bool = super().is_reauthentication_required(app=app, **kwargs)
        return required

    def get_reauthentication_methods(self, user: AbstractBaseUser | AnonymousUser) -> list[Any]:
        """Return the pages on which users can prove who they are; the first one is shown."""
        methods: list[Any] = super().get_reauthentication_methods(user)
        if needs_provider(user):
            url = reverse("accounts:sign_in_again")
            methods.append({"id": "provider", "description": gettext("Sign in again"), "url": url})
        return methods

    def is_safe_url(self, url: str) -> bool:
        """Return whether signing in may lead there: a page of ours, none that takes POST alone."""
        return super().is_safe_url(url) and press_at(urlsplit(url).path) is None

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the client's address; on an IPv6 socket IPv4 addresses are returned as IPv4.

        ::ffff:192.0.2.7 would be counted by its first 64 bits, which all of IPv4 shares.
        """
        address = ipaddress.ip_address(super().get_client_ip(request))
        return str(getattr(address, "ipv4_mapped", None) or address)


def login_in(credentials: dict[str, Any]) -> str:
    """Return the user name or mail address of a sign-in, in lower case."""
    return (credentials.get("email") or credentials.get("username") or "").lower()


def known_device(request: HttpRequest, login: str) -> str:
    """Return what to count this device under if it has signed in to that account, else ""."""
    device = device_of(request)
    if device is None:
        return ""
    account = find_account(login)
    if account is None or account.pk not in device.user_ids:
        return ""
    return device.key_for(account.pk)
