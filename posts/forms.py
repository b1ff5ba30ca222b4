"""What authors fill in. Bad input gets a sentence that says what to do."""

import logging
import uuid
from decimal import Decimal
from typing import Any
from unicodedata import category

from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.core.files.base import File

from posts import covers
from posts.models import Comment, Cover, Draft, Post
from posts.models.cover import KEEP, Keep
from posts.models.tag import slug_of

logger = logging.getLogger(__name__)

MAX_TAGS = 8

NOT_STORED = "We could not store this picture just now. Choose it again in a moment, or go without."


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
            if not slug_of(name):
                raise forms.ValidationError(f"“{name}” cannot be a tag: it has no letter or digit.")
        return names


class TextField(forms.CharField):
    """Text with something to see in it, its lines ended by LF alone.

    Browsers count a line end once and send two characters; with one, the length that they allow is
    the length that is taken, and an edit shows as what was changed and no more.
    """

    def to_python(self, value: Any) -> str:
        text = super().to_python(value).replace("\r\n", "\n")
        # Letters, marks, numbers, punctuation or symbols: not only joiners and odd spaces.
        return text if any(category(each)[0] in "LMNPS" for each in text) else ""


class SubmissionField(forms.UUIDField):
    """Which drawing of the form this is. One that is not ours is as good as none."""

    def clean(self, value: Any) -> uuid.UUID | None:
        try:
            return super().clean(value)
        except forms.ValidationError:
            return None


class CoverField(forms.FileField):
    """An uploaded picture to a posts.covers.PreparedCover."""

    widget = forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"})
    default_error_messages = {"empty": covers.EMPTY}

    def to_python(self, data: File | None) -> covers.PreparedCover | None:
        file = super().to_python(data)
        return covers.prepare(file) if file else None


class PostForm(forms.ModelForm):
    """Write or edit a post. `writer` is who does.

    A good picture is stored as soon as it has been read, so that it is not lost when another field
    has to be filled in again: the form comes back with its token in `pending_cover`.
    """

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
    submission = SubmissionField(required=False, widget=forms.HiddenInput)
    continues = forms.CharField(required=False, widget=forms.HiddenInput)
    version = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    cover = CoverField(
        required=False,
        help_text=f"A JPEG, PNG or WebP picture of up to {covers.MAX_MEGABYTES} MB. "
        "Without one the book is bound in cloth.",
    )
    remove_cover = forms.BooleanField(
        required=False, label="Bind it in cloth, without this picture"
    )
    pending_cover = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)

    class Meta:
        model = Post
        fields = ["title", "book_author", "rating", "body", "tags"]
        field_classes = dict.fromkeys(("title", "book_author", "body"), TextField)
        widgets = {
            "title": forms.TextInput(attrs={"autocomplete": "off"}),
            "book_author": forms.TextInput(attrs={"autocomplete": "off"}),
            "body": forms.Textarea(attrs={"rows": 12}),
        }
        help_texts = {
            "body": "You can write *emphasis*, &gt; quotes, - lists, [links](https://…) and "
            "||spoilers||.",
        }
        error_messages = {
            "title": {"required": "Which book is it? Give its title."},
            "book_author": {"required": "Who wrote the book?"},
            "body": {"required": "Say something about the book, if only a sentence."},
        }

    def __init__(self, *args: Any, writer: AbstractBaseUser, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.writer = writer
        self.pending: Cover | None = None
        self.initial.setdefault("submission", uuid.uuid4())
        if self.instance.pk:
            given = kwargs.get("initial") or {}
            tags = [tag.name for tag in self.instance.tags.all()]
            self.initial |= {"version": self.instance.version, "tags": tags, **given}

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        prepared = self.cleaned_data.get("cover")
        token = self.cleaned_data.get("pending_cover")
        if prepared:
            try:
                self.pending = Cover.keep_pending(prepared, self.writer)
            except Exception:
                # Each kind of storage has errors of its own.
                logger.exception("a cover could not be stored")
                self.add_error("cover", NOT_STORED)
        elif token and not self.cleaned_data.get("remove_cover"):
            cover = Cover.objects.owned_by(self.writer).filter(token=token).first()
            # One that is on a post by now came there by the first of two clicks.
            if cover is None:
                self.add_error("cover", "We have not kept this picture. Please choose it again.")
            elif cover.post_id is None:
                self.pending = cover
        return cleaned

    @property
    def chosen_cover(self) -> Cover | Keep | None:
        """What to do with the post's cover; to be asked when the form is valid."""
        if self.pending:
            return self.pending
        return None if self.cleaned_data["remove_cover"] else KEEP

    @property
    def shown_cover(self) -> Cover | None:
        """The picture that the post will have as the form stands, for the preview."""
        return self.pending or getattr(self.instance, "cover", None)

    @property
    def cover_to_come(self) -> Cover | None:
        """The picture that the post would have if what is typed were saved."""
        removed = self["remove_cover"].value() and not self.pending
        return None if removed else self.shown_cover

    @property
    def drawing(self) -> dict[str, Any]:
        """Which drawing of the form was sent, and which draft it was drawn with."""
        return {name: self.cleaned_data[name] for name in ("submission", "continues")}

    def take_up(self, draft: Draft) -> None:
        """Fill this fresh form with a draft: as it was typed, begun on the version it was."""
        self.initial |= draft.typed | {"continues": draft.place}
        if draft.cover and draft.cover.post_id is None:
            self.pending = draft.cover

    def forgive_gaps(self) -> None:
        """Check what was sent of a form that is still being filled in: what is missing is fine."""
        for name, errors in list(self.errors.items()):
            if all(error.code == "required" for error in errors.as_data()):
                del self.errors[name]

    def bring_up_to(self, version: int) -> None:
        """Show what was typed as an edit of this version: the next save knowingly replaces it."""
        self.data = self.data.copy()
        self.data["version"] = version

    def _save_m2m(self) -> None:
        """The model's verbs store the tags, with the change that says so."""


class IdField(forms.IntegerField):
    """The id of a row, or None for anything else."""

    widget = forms.HiddenInput

    def clean(self, value: Any) -> int | None:
        try:
            found = super().clean(value)
        except forms.ValidationError:
            return None
        return found if found and 0 < found < 2**63 else None


class CommentForm(forms.ModelForm):
    """Say something, or change what one said. `parent` is the id of the comment to reply to."""

    parent = IdField(required=False)
    submission = SubmissionField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Comment
        fields = ["body"]
        field_classes = {"body": TextField}
        widgets = {"body": forms.Textarea(attrs={"rows": 4})}
        error_messages = {"body": {"required": "Say something, if only a word."}}

    def __init__(self, *args: Any, parent: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("submission", uuid.uuid4())
        if parent:
            self.initial["parent"] = parent
