"""What readers say about themselves."""

from typing import Any

from django import forms

from accounts.kinds import NotificationKind
from accounts.models import User


class SettingsForm(forms.ModelForm):
    """The settings of an account. Give it the account as `instance`."""

    wanted = forms.MultipleChoiceField(
        label="Tell me of",
        required=False,
        choices=NotificationKind.choices,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = User
        fields = ("name", "about", "show_in_rooms", "digest")
        widgets = {"about": forms.Textarea({"rows": False, "cols": False})}
        help_texts = {
            "name": "On your posts and your shelf. Without one it is your username.",
            "about": "A sentence or two, under the name on your shelf.",
            "show_in_rooms": (
                "While you have a book’s page open, everybody who has it open too sees your name "
                "there, and sees you come and go. Without this you are counted among the guests."
            ),
            "digest": "To your address, once you have confirmed it. Nothing is mailed twice.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        muted = set(self.instance.muted)
        self.initial["wanted"] = [kind for kind in NotificationKind.values if kind not in muted]

    def save(self, commit: bool = True) -> User:
        """Store what the form shows, and nothing else: other columns may change meanwhile."""
        wanted = set(self.cleaned_data["wanted"])
        self.instance.muted = [kind for kind in NotificationKind.values if kind not in wanted]
        if commit:
            self.instance.save(update_fields=[*self.Meta.fields, "muted"])
        return self.instance

    def clean_name(self) -> str:
        """Return the name in one line; it has something in it that others can call one by."""
        name = " ".join(self.cleaned_data["name"].split())
        if name and not any(map(str.isalnum, name)):
            raise forms.ValidationError("A name has at least one letter or digit.")
        return name
