"""The forms of the account settings and of signing up."""

import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import (
    AddEmailForm,
    BaseSignupForm,
    ResetPasswordForm,
    SignupForm,
    default_token_generator,
)
from allauth.account.internal.flows.signup import complete_signup
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from django import forms
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.backends import accounts_to_reset
from accounts.languages import language_choices, time_zone_choices
from accounts.models import NameTaken, TakenName, User
from accounts.models.invitation import Invitation
from accounts.names.validators import TAKEN, validate_not_a_role
from accounts.notification_kinds import WANTED
from accounts.stale_forms import StaleFormMixin

EMAIL_USE = _(
    "To get back in when you forget your password, and for mails that you ask for. Others never "
    "see it."
)
"""What an address is good for, in the words of the forms that ask for one."""

if TYPE_CHECKING:
    UserModelForm = forms.ModelForm[User]
else:
    UserModelForm = forms.ModelForm


class SettingsForm(StaleFormMixin, UserModelForm):
    """The settings of an account. Give it the account as `instance`."""

    wanted = forms.MultipleChoiceField(
        label=_("Notify me about"),
        required=False,
        choices=WANTED,
        widget=forms.CheckboxSelectMultiple,
    )
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=language_choices,
        help_text=_("Of pages and mails. What people write stays in their own."),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        choices=time_zone_choices,
        help_text=_(
            "Of the times on your own pages and in mails. What everybody sees names its zone."
        ),
    )

    class Meta:
        model = User
        fields = ("name", "about", "show_in_rooms", "digest", "language", "time_zone")
        widgets = {"about": forms.Textarea({"rows": False, "cols": False})}
        # Those of the model are for the admin.
        labels = {
            "name": _("Name shown to others"),
            "about": _("About you"),
            "show_in_rooms": _("Show my name in rooms"),
            "digest": _("Mail me what I have not read, once a day"),
        }
        help_texts = {
            "name": _("Shown with what you write. Leave it empty to show your username."),
            "about": _("A sentence or two, shown under your name on the page of your posts."),
            "show_in_rooms": _(
                "While you have a book’s page open, other readers of that page see your name, and "
                "see when you join and leave. Otherwise you are counted as a guest."
            ),
            "digest": _("Sent to your address, once you have confirmed it. Nothing is sent twice."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        muted = set(self.instance.muted)
        wanted = [kind for kind, _ in WANTED if kind not in muted]
        self.initial.setdefault("wanted", wanted)
        if self.instance.is_suspended:
            # Others would see these change.
            for name in ("name", "about"):
                self.fields[name].disabled = True

    def save(self, commit: bool = True) -> User:
        """Store only what the form shows: other columns may change meanwhile.

        Raises NameTaken when somebody else takes the name at the same time.
        """
        wanted = set(self.cleaned_data["wanted"])
        self.instance.muted = [kind for kind, _ in WANTED if kind not in wanted]
        if commit:
            with transaction.atomic():
                self.instance.save(update_fields=[*self.Meta.fields, "muted"])
                if "name" in self.changed_data:
                    TakenName.objects.verify(self.instance, "name")
        return self.instance

    def clean_name(self) -> str:
        """Return the name on one line. Refuse a new one in which others would see the site's."""
        name = " ".join(self.cleaned_data["name"].split())
        if name and "name" in self.changed_data and not self.instance.is_staff:
            validate_not_a_role(name)
        return name


class KeepingName(BaseSignupForm):
    """A form of signing up: of two with one name at once, the second gets the form back.

    An account and the mail to its owner are stored together, or neither is.
    """

    template: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "email" in self.fields:
            self.fields["email"].help_text = EMAIL_USE

    def try_save(self, request: HttpRequest) -> tuple[AbstractBaseUser | None, HttpResponse | None]:
        """Return the new account, if any, and the answer."""
        try:
            with transaction.atomic():
                return self._join(request)
        except NameTaken:
            self.add_error("username", TAKEN)
            context = {"form": self, "login_url": reverse("account_login")}
            return None, render(request, self.template, context)

    def _join(self, request: HttpRequest) -> tuple[AbstractBaseUser | None, HttpResponse | None]:
        saved: tuple[AbstractBaseUser | None, HttpResponse | None] = super().try_save(request)
        return saved


class SignUpForm(KeepingName, SignupForm):
    """allauth's form.

    An address that has an account takes as long, and the same queries, as one that has none: its
    owner is notified by mail.
    """

    template = "account/signup.html"

    invitation = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)

    password_hash: str | None = None
    """The new password, hashed before the transaction: that takes long, and others would wait."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if context.request is not None:
            self.initial.setdefault("invitation", context.request.GET.get("invitation", ""))

    @property
    def invited_by(self) -> User | None:
        """Who sent the invitation with which somebody joins, as long as it is open."""
        token = self["invitation"].value()
        found = Invitation.objects.open().with_token(token).first() if token else None
        return found.inviter if found else None

    def save(self, request: HttpRequest) -> AbstractBaseUser:
        """Store the account, and accept the invitation."""
        user: AbstractBaseUser = super().save(request)
        token = self.cleaned_data["invitation"]
        if token and not Invitation.objects.accept(token, user):
            text = gettext("Your invitation had been used or taken back meanwhile.")
            messages.warning(request, text)
        return user

    def try_save(self, request: HttpRequest) -> tuple[AbstractBaseUser | None, HttpResponse | None]:
        """Return the new account, if any, and the answer."""
        if password := self.cleaned_data.get("password1"):
            self.password_hash = make_password(password)
        return super().try_save(request)

    def _join(self, request: HttpRequest) -> tuple[AbstractBaseUser | None, HttpResponse | None]:
        if self.account_already_exists:
            self._save_in_vain(request)
        user, response = super()._join(request)
        if user is not None:
            try:
                response = complete_signup(request, user=user, by_passkey=self.by_passkey)
            except ImmediateHttpResponse as immediate:
                response = immediate.response
        return user, response

    def _save_in_vain(self, request: HttpRequest) -> None:
        """Do what a new account would take, and undo it."""
        email = self.cleaned_data["email"]
        self.cleaned_data["email"] = f"{secrets.token_hex(8)}@example.invalid"
        self.account_already_exists = False
        with suppress(_Undone), transaction.atomic():
            self.save(request)
            raise _Undone
        self.cleaned_data["email"] = email
        self.account_already_exists = True


class NewAddressForm(AddEmailForm):
    """allauth's form; the address that the account has hears at once that another is wanted.

    allauth tells it only when the new one is confirmed: then the old one can do nothing any more.
    """

    def save(self, request: HttpRequest) -> EmailAddress:
        """Store the new address, which is to be confirmed, and tell the old one."""
        assert isinstance(self.user, User)
        before = self.user.email
        address: EmailAddress = super().save(request)
        if before and before.lower() != address.email.lower():
            get_adapter(request).send_notification_mail(
                "account/email/email_change_requested",
                self.user,
                {"from_email": before, "to_email": address.email},
                email=before,
            )
        return address


class PasswordResetForm(ResetPasswordForm):
    """allauth's form, with the same queries whether an address is known or not.

    A blocked address that has an account is let through: its owner may go on using it.
    """

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        self.users = accounts_to_reset(email)
        return email

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Mail a link, or that there is no account."""
        with transaction.atomic():
            if not self.users:
                # What a token for somebody would take.
                EmailAddress.objects.filter(user_id=0, email=self.cleaned_data["email"]).exists()
                default_token_generator.make_token(User(pk=0))
            saved: str = super().save(request, **kwargs)
            return saved


class _Undone(Exception):
    """What was stored for the sake of the time that it takes is rolled back."""
