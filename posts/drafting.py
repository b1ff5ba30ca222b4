"""Keeping what is being typed, as it is typed."""

import uuid
from typing import Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateformat import format as date_format

from posts.forms import SubmissionField
from posts.models import Cover, Draft, Post
from posts.models.draft import MOST_DRAFTS, TYPED


class NotKept(Exception):
    """Says why, in words for the author."""


class RawField(forms.CharField):
    """Text as it was typed; but NULs, which PostgreSQL cannot store, are left out."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs | {"strip": False})

    def to_python(self, value: Any) -> str:
        return super().to_python(value).replace("\0", "").replace("\r\n", "\n")


def too_long(what: str) -> dict[str, str]:
    return {
        "max_length": f"{what} is too long to be kept: %(show_value)s characters, and at most "
        "%(limit_value)s are."
    }


class DraftForm(forms.ModelForm):
    """What is typed into a PostForm, to be kept: nothing has to be right, or there.

    `cover` is the picture that was sent with the form just now, if there was one.
    """

    submission = SubmissionField(required=False)
    continues = forms.CharField(required=False)
    pending_cover = forms.CharField(required=False)

    class Meta:
        model = Draft
        fields = TYPED
        field_classes = dict.fromkeys(("title", "book_author", "rating", "body", "tags"), RawField)
        error_messages = {
            "title": too_long("The title"),
            "book_author": too_long("The author of the book"),
            "rating": too_long("The rating"),
            "body": too_long("The review"),
            "tags": too_long("The list of tags"),
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
        """Whether there is nothing to keep."""
        names = ("title", "book_author", "rating", "body", "tags")
        return not (self.cover or any(self.cleaned_data[name].strip() for name in names))

    def keep(self) -> str:
        """Keep what was typed; return in a few words that it is kept, or "" for an empty form.

        Raises NotKept, with a sentence for the author.
        """
        if not self.is_valid():
            raise NotKept(" ".join(error for errors in self.errors.values() for error in errors))
        typed = {name: self.cleaned_data[name] for name in TYPED}
        submission = self.cleaned_data["submission"]
        if self.is_blank:
            Draft.objects.owned_by(self.writer).filter(submission=submission).delete()
            return ""
        try:
            Draft.objects.keep(
                self.writer,
                submission,
                continues=self.cleaned_data["continues"],
                post=self.post,
                cover=self.cover,
                **typed,
            )
        except Draft.Finished:
            raise NotKept("This has been sent already.") from None
        except Draft.TooMany:
            raise NotKept(f"Not kept: you have {MOST_DRAFTS} drafts. Discard some.") from None
        return f"Draft kept at {date_format(timezone.localtime(), 'H:i')}"
