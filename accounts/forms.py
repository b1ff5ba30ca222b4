"""What readers say about themselves."""

from django import forms

from accounts.models import User


class SettingsForm(forms.ModelForm):
    """The settings of an account. Give it the account as `instance`."""

    class Meta:
        model = User
        fields = ("name", "about", "show_in_rooms")
        widgets = {"about": forms.Textarea({"rows": False, "cols": False})}
        help_texts = {
            "name": "On your posts and your shelf. Without one it is your username.",
            "about": "A sentence or two, under the name on your shelf.",
            "show_in_rooms": (
                "While you have a book’s page open, everybody who has it open too sees your name "
                "there, and sees you come and go. Without this you are counted among the guests."
            ),
        }

    def clean_name(self) -> str:
        """Return the name in one line; it has something in it that others can call one by."""
        name = " ".join(self.cleaned_data["name"].split())
        if name and not any(map(str.isalnum, name)):
            raise forms.ValidationError("A name has at least one letter or digit.")
        return name
