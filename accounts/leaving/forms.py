"""The form to delete one's account."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.names.keys import name_key


class LeaveForm(forms.Form):
    """Delete one's account: what becomes of the texts, and for some the username once more."""

    KEEP, REMOVE = "keep", "remove"
    texts = forms.ChoiceField(
        label=_("What becomes of what you wrote?"),
        choices=[
            (KEEP, _("Keep my posts and comments, without my name")),
            (REMOVE, _("Remove everything I wrote")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the two.")},
    )
    username = forms.CharField(
        label=_("Your username, to confirm"), widget=forms.TextInput({"autocomplete": "off"})
    )

    def __init__(self, *args: Any, user: User, asks_for_name: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if not asks_for_name:
            del self.fields["username"]

    def clean_username(self) -> str:
        if name_key(self.cleaned_data["username"]) != name_key(self.user.username):
            text = gettext("Type your username as it is: %(name)s")
            raise forms.ValidationError(text, params={"name": self.user.username})
        return self.user.username

    @property
    def keeps_texts(self) -> bool:
        """What was chosen. Only for a valid form."""
        return bool(self.cleaned_data["texts"] == self.KEEP)
