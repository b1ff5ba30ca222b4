"""The form of a comment. Bad input gets a sentence that says what to do."""

import uuid
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.stale_forms import StaleFormMixin
from posts.forms.fields import IdField, SubmissionField, TextField
from posts.models import Comment

if TYPE_CHECKING:
    CommentModelForm = forms.ModelForm[Comment]
else:
    CommentModelForm = forms.ModelForm


class CommentForm(StaleFormMixin, CommentModelForm):
    """Write or edit a comment. `parent` is the id of the comment to reply to."""

    parent = IdField(required=False)
    submission = SubmissionField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Comment
        fields = ["body"]
        field_classes = {"body": TextField}
        widgets = {"body": forms.Textarea(attrs={"rows": 4})}
        error_messages = {"body": {"required": _("Say something, if only a word.")}}

    def __init__(self, *args: Any, parent: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("submission", uuid.uuid4())
        if parent:
            self.initial["parent"] = parent
