"""The form of a post. Bad input gets a sentence that says what to do."""

import logging
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.http import QueryDict
from django.urls import reverse_lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.stale_forms import StaleFormMixin
from bookshelf.pictures.fields import LIMITS, NOT_STORED, PictureField
from posts.forms.fields import LineTextField, SubmissionField, TagsField, TextField
from posts.models import Cover, Draft, Post
from posts.models.cover import KEEP, Keep
from posts.models.resubmission import Choice

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

    PostModelForm = forms.ModelForm[Post]
else:
    PostModelForm = forms.ModelForm

logger = logging.getLogger(__name__)


def stars(half_stars: int) -> "StrPromise":
    """Name a rating: 9 is "4½ stars"."""
    whole, half = divmod(half_stars, 2)
    said = ngettext_lazy("{number} star", "{number} stars", 1 if half_stars <= 2 else 2)
    return format_lazy(said, number=f"{whole or ''}{'½' if half else ''}")


# The values have the database's format. An edit would not find the chosen one otherwise.
STARS = [("", _("No rating"))] + [(f"{half / 2:.1f}", stars(half)) for half in range(1, 11)]


class PostForm(StaleFormMixin, PostModelForm):
    """Write or edit a post. `writer` is the user who does so.

    A valid picture is stored at once, so that it is not lost when another field is not valid: the
    form comes back with the token of the picture in `pending_cover`.
    """

    rating = forms.DecimalField(
        label=_("Rating"),
        required=False,
        min_value=Decimal("0.5"),
        max_value=Decimal(5),
        widget=forms.RadioSelect(choices=STARS),
        error_messages={
            "invalid": _("Choose from half a star to five, or no rating."),
            "min_value": _("The lowest rating is half a star."),
            "max_value": _("The highest rating is five stars."),
            "max_decimal_places": _("Ratings go in half stars, such as 3.5."),
            "max_digits": _("Choose from half a star to five, or no rating."),
            "max_whole_digits": _("The highest rating is five stars."),
        },
    )
    tags = TagsField(
        label=_("Tags"),
        required=False,
        help_text=_("Separated by commas, such as: ghost stories, translation"),
        max_length=400,
    )
    submission = SubmissionField(required=False, widget=forms.HiddenInput)
    continues = forms.CharField(required=False, widget=forms.HiddenInput)
    version = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    cover = PictureField(
        required=False,
        help_text=format_lazy("{} {}", LIMITS, _("Without one the book is bound in cloth.")),
    )
    remove_cover = forms.BooleanField(
        required=False, label=_("Bind it in cloth, without this picture")
    )
    pending_cover = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)

    class Meta:
        model = Post
        fields = ["title", "book_author", "rating", "body", "tags"]
        field_classes = {
            "title": LineTextField,
            "book_author": LineTextField,
            "body": TextField,
        }
        widgets = {
            "title": forms.TextInput(attrs={"autocomplete": "off"}),
            "book_author": forms.TextInput(attrs={"autocomplete": "off"}),
            "body": forms.Textarea(attrs={"rows": 12}),
        }
        help_texts = {
            "body": format_lazy(
                _(
                    "You can write *emphasis*, &gt; quotes, - lists, [links](https://…) and "
                    '||spoilers||. <a href="{}" target="_blank">How, with examples</a>'
                ),
                reverse_lazy("posts:help"),
            ),
        }
        error_messages = {
            "title": {"required": _("Which book is it? Give its title.")},
            "book_author": {"required": _("Who wrote the book?")},
            "body": {"required": _("Say something about the book, if only a sentence.")},
        }

    def __init__(self, *args: Any, writer: AbstractBaseUser, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.writer = writer
        self.pending: Cover | None = None
        self.initial.setdefault("submission", uuid.uuid4())
        if self.instance.pk:
            given = kwargs.get("initial") or {}
            tags = [tag.name for tag in self.instance.tags.all()]
            self.initial.update({"version": self.instance.version, "tags": tags, **given})

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
            # A cover that is on a post by now was put on it by the first of two clicks.
            if cover is None:
                self.add_error("cover", _("We have not kept this picture. Please choose it again."))
            elif cover.post_id is None:
                self.pending = cover
        return cleaned

    @property
    def chosen_cover(self) -> Cover | Keep | None:
        """What to do with the post's cover. Only for a valid form."""
        if self.pending:
            return self.pending
        return None if self.cleaned_data["remove_cover"] else KEEP

    @property
    def shown_cover(self) -> Cover | None:
        """The picture that the form shows: the pending one, or the post's own."""
        return self.pending or getattr(self.instance, "cover", None)

    @property
    def cover_to_come(self) -> Cover | None:
        """The picture that the post would have if the form were saved now."""
        removed = self["remove_cover"].value() and not self.pending
        return None if removed else self.shown_cover

    @property
    def form_ids(self) -> dict[str, Any]:
        """The ids that the form got when it was drawn: its own, and that of the draft in it."""
        return {name: self.cleaned_data[name] for name in ("submission", "continues")}

    @property
    def answer(self) -> dict[str, Any]:
        """What the author chose when asked what a form that came again means."""
        chosen = self.data.get("again", "")
        choice = Choice(chosen) if chosen in set(Choice) else Choice.UNKNOWN
        return {"choice": choice, "version": self.cleaned_data["version"]}

    def take_up(self, draft: Draft) -> None:
        """Fill this fresh form from a draft: the texts as typed, and the version that they edit."""
        self.initial.update(draft.typed | {"continues": draft.revision_ref})
        if draft.cover and draft.cover.post_id is None:
            self.pending = draft.cover

    def forgive_gaps(self) -> None:
        """Drop errors of required fields: the form is still being filled in."""
        for name, errors in list(self.errors.items()):
            if all(error.code == "required" for error in errors.as_data()):
                del self.errors[name]

    def bring_up_to(self, version: int) -> None:
        """Make this an edit of this version, which its author has now seen: saving replaces it."""
        assert isinstance(self.data, QueryDict)  # It was sent.
        data = self.data.copy()
        data["version"] = str(version)
        self.data = data

    def _save_m2m(self) -> None:
        """Do nothing: the model's verbs store the tags together with the change."""
