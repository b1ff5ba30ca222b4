"""What authors fill in. Bad input gets a sentence that says what to do."""

import uuid
from decimal import Decimal
from typing import Any

from django import forms

from posts.models import Post

MAX_TAGS = 8


def stars(half_stars: int) -> str:
    """Name a rating: 9 is "4½ stars"."""
    whole, half = divmod(half_stars, 2)
    return f"{whole or ''}{'½' if half else ''} {'star' if half_stars <= 2 else 'stars'}"


# The values are written as the database gives them, or an edit would not find the one chosen.
STARS = [("", "No rating")] + [(f"{half / 2:.1f}", stars(half)) for half in range(1, 11)]


class TagsField(forms.CharField):
    """Tags as people type them, `novel, victorian`, to a list of names."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        text = super().clean(value)
        names = list(dict.fromkeys(" ".join(name.split()).lstrip("#") for name in text.split(",")))
        names = [name for name in names if name]
        if len(names) > MAX_TAGS:
            raise forms.ValidationError(f"At most {MAX_TAGS} tags; you gave {len(names)}.")
        for name in names:
            if len(name) > 40:
                raise forms.ValidationError("A tag has at most 40 characters.")
        return names


class PostForm(forms.ModelForm):
    """Write or edit a post."""

    rating = forms.DecimalField(
        required=False,
        min_value=Decimal("0.5"),
        max_value=Decimal(5),
        widget=forms.RadioSelect(choices=STARS),
        error_messages={
            "invalid": "Choose from half a star to five, or no rating.",
            "min_value": "The lowest rating is half a star.",
            "max_value": "The highest rating is five stars.",
            "max_decimal_places": "Ratings go in half stars, such as 3.5.",
            "max_digits": "Choose from half a star to five, or no rating.",
            "max_whole_digits": "The highest rating is five stars.",
        },
    )
    tags = TagsField(
        required=False,
        help_text="Separated by commas, such as: ghost stories, translation",
        max_length=400,
    )
    submission = forms.UUIDField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Post
        fields = ["title", "book_author", "rating", "body", "tags"]
        widgets = {
            "title": forms.TextInput(attrs={"autocomplete": "off"}),
            "book_author": forms.TextInput(attrs={"autocomplete": "off"}),
            "body": forms.Textarea(attrs={"rows": 12}),
        }
        error_messages = {
            "title": {"required": "Which book is it? Give its title."},
            "book_author": {"required": "Who wrote the book?"},
            "body": {"required": "Say something about the book, if only a sentence."},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("submission", uuid.uuid4())
        if self.instance.pk:
            self.initial["tags"] = [tag.name for tag in self.instance.tags.all()]

    def _save_m2m(self) -> None:
        """The model's verbs store the tags, with the change that says so."""
