"""The form of a draft: keeps a post while its author types."""

import uuid
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bookshelf.templatetags.times import TIME, words
from posts.forms.fields import SubmissionField
from posts.models import Cover, Draft, Post
from posts.models.draft import MOST_DRAFTS, TYPED

if TYPE_CHECKING:
    DraftModelForm = forms.ModelForm[Draft]
else:
    DraftModelForm = forms.ModelForm


class NotKept(Exception):
    """The draft was not kept. The message tells the author why."""


class RawField(forms.CharField):
    """Text as it was typed, without NULs, which PostgreSQL cannot store."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs | {"strip": False})

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\0", "").replace("\r\n", "\n")


class DraftForm(DraftModelForm):
    """The fields of a PostForm as they are typed: nothing is required, or has to be valid.

    `cover` is the picture that was sent with the form, if any.
    """

    submission = SubmissionField(required=False)
    continues = forms.CharField(required=False)
    pending_cover = forms.CharField(required=False)

    class Meta:
        model = Draft
        fields = TYPED
        field_classes = dict.fromkeys(("title", "book_author", "rating", "body", "tags"), RawField)
        error_messages = {
            "title": {
                "max_length": _(
                    "The title is too long to be kept: %(show_value)s characters, "
                    "and at most %(limit_value)s are."
                )
            },
            "book_author": {
                "max_length": _(
                    "The author of the book is too long to be kept: %(show_value)s characters, "
                    "and at most %(limit_value)s are."
                )
            },
            "rating": {
                "max_length": _(
                    "The rating is too long to be kept: %(show_value)s characters, "
                    "and at most %(limit_value)s are."
                )
            },
            "body": {
                "max_length": _(
                    "The review is too long to be kept: %(show_value)s characters, "
                    "and at most %(limit_value)s are."
                )
            },
            "tags": {
                "max_length": _(
                    "The list of tags is too long to be kept: %(show_value)s characters, "
                    "and at most %(limit_value)s are."
                )
            },
        }

    def __init__(
        self,
        data: QueryDict,
        *,
        writer: AbstractBaseUser,
        post: Post | None = None,
        cover: Cover | None = None,
    ) -> None:
        super().__init__(data)
        self.writer = writer
        self.post = post
        self.cover = cover

    def clean(self) -> dict[str, Any] | None:
        token = self.cleaned_data.get("pending_cover")
        if token and self.cover is None:
            mine = Cover.objects.owned_by(self.writer).pending()
            self.cover = mine.filter(token=token.replace("\0", "")).first()
        return super().clean()

    def clean_submission(self) -> uuid.UUID:
        return self.cleaned_data["submission"] or uuid.uuid4()

    @property
    def is_blank(self) -> bool:
        """Whether every field is empty."""
        names = ("title", "book_author", "rating", "body", "tags")
        return not (self.cover or any(self.cleaned_data[name].strip() for name in names))

    def keep(self) -> str:
        """Keep the draft. Return a few words that confirm it, or "" for an empty form.

        Raises NotKept with a sentence for the author.
        """
        if self._is_emptied():
            return ""
        try:
            Draft.objects.keep(self.writer, **self._kept)
        except Draft.Finished:
            raise NotKept(gettext("This has been sent already.")) from None
        except Draft.TooMany:
            raise NotKept(too_many()) from None
        return kept_now()

    def set_aside(self) -> Draft | None:
        """Keep the draft, and be done with this form. Return the draft; None for an empty form.

        Raises NotKept with a sentence for the author.
        """
        if self._is_emptied():
            return None
        try:
            return Draft.objects.set_aside(self.writer, **self._kept)
        except Draft.TooMany:
            raise NotKept(too_many()) from None

    def _is_emptied(self) -> bool:
        """Delete the draft of an empty form. Raises NotKept when the form is not valid."""
        if not self.is_valid():
            raise NotKept(
                " ".join(str(error) for errors in self.errors.values() for error in errors)
            )
        if self.is_blank:
            mine = Draft.objects.owned_by(self.writer)
            mine.filter(submission=self.cleaned_data["submission"]).delete()
        return self.is_blank

    @property
    def _kept(self) -> dict[str, Any]:
        names = (*TYPED, "submission", "continues")
        typed = {name: self.cleaned_data[name] for name in names}
        return typed | {"post": self.post, "cover": self.cover}


def kept_now() -> str:
    return gettext("Draft kept at %(time)s") % {"time": words(timezone.localtime(), TIME)}


def too_many() -> str:
    return gettext("Not kept: you have %(most)s drafts. Discard some.") % {"most": MOST_DRAFTS}
