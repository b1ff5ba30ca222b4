"""allauth's forms of passkeys and security keys, which take whatever is sent to them.

What a key says is parsed in many steps by several libraries, which expect what a browser sends. For
anything else each has errors of its own.
"""

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms
from django.core.exceptions import ValidationError
from django.db import DatabaseError


class _TakesAnything(forms.AuthenticateWebAuthnForm):
    def clean_credential(self) -> Authenticator:
        """Return the key that has answered. Raises ValidationError."""
        try:
            key: Authenticator = super().clean_credential()
        except (ValidationError, DatabaseError):
            raise
        except Exception as error:
            raise get_adapter().validation_error("incorrect_code") from error
        return key


class AuthenticateForm(_TakesAnything):
    """The second step of signing in."""


class LoginForm(_TakesAnything, forms.LoginWebAuthnForm):
    """Signing in with a passkey alone."""


class ReauthenticateForm(_TakesAnything, forms.ReauthenticateWebAuthnForm):
    """Proving who one is."""


class AddForm(forms.AddWebAuthnForm):
    """Adding a key."""

    def clean(self) -> dict[str, Any]:
        """Return what is to be stored. Raises ValidationError."""
        try:
            cleaned: dict[str, Any] = super().clean()
        except (ValidationError, DatabaseError):
            raise
        except Exception as error:
            raise get_adapter().validation_error("incorrect_code") from error
        return cleaned
