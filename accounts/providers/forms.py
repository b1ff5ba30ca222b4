"""Forms of signing in with other sites."""

from typing import Any

from allauth.socialaccount import forms
from allauth.socialaccount.adapter import get_adapter
from django.forms import ModelChoiceField

from accounts.forms import KeepingName


class ProviderSignUpForm(KeepingName, forms.SignupForm):
    """allauth's form: a name to choose, and an address, both suggested by the other site."""

    template = "socialaccount/signup.html"


class DisconnectForm(forms.DisconnectForm):
    """allauth's form, with the accounts of the sites that there are now."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        apps = get_adapter().list_apps(self.request)
        providers = [app.provider_id or app.provider for app in apps]
        self.accounts = self.accounts.filter(provider__in=providers)
        field = self.fields["account"]
        assert isinstance(field, ModelChoiceField)
        field.queryset = self.accounts
