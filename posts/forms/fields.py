"""Fields that several forms use. Bad input gets a sentence that says what to do."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bookshelf.characters import is_visible, one_line
from bookshelf.ids import parse_id
from posts.content.slugs import slug_of

MAX_TAGS = 8
MAX_TAG_LENGTH = 40


class TagsField(forms.CharField):
    """Parse tags as people type them, `novel, victorian`, into a list of names."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        text = super().clean(value)
        names = list(dict.fromkeys(" ".join(name.split()).lstrip("#") for name in text.split(",")))
        names = [name for name in names if name]
        if len(names) > MAX_TAGS:
            said = _("At most %(most)s tags; you gave %(given)s.")
            raise forms.ValidationError(said, params={"most": MAX_TAGS, "given": len(names)})
        for name in names:
            check_tag(name)
        return names


def check_tag(name: str) -> None:
    """Raise ValidationError when this cannot be the name of a tag."""
    if len(name) > MAX_TAG_LENGTH:
        said = _("A tag has at most %(most)s characters.")
        raise forms.ValidationError(said, params={"most": MAX_TAG_LENGTH})
    if "," in name:
        raise forms.ValidationError(_("A tag has no comma: commas stand between tags."))
    if not slug_of(name):
        said = _("“%(name)s” cannot be a tag: it has no letter or digit.")
        raise forms.ValidationError(said, params={"name": name})


class TextField(forms.CharField):
    """Visible text with LF as line end.

    Browsers count a line end as one character and send two. With one, they allow the same length as
    we do, and the history of an edit shows only what was changed.
    """

    def to_python(self, value: Any) -> str:
        text = (super().to_python(value) or "").replace("\r\n", "\n")
        return text if is_visible(text) else ""


class LineTextField(TextField):
    """Visible text on one line."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        # A NUL is refused by a validator of the field.
        return text if "\0" in text else one_line(text)


class SubmissionField(forms.UUIDField):
    """The id that a form got when it was drawn. A malformed one counts as none."""

    def clean(self, value: Any) -> uuid.UUID | None:
        try:
            submission: uuid.UUID | None = super().clean(value)
        except forms.ValidationError:
            return None
        return submission


class IdField(forms.CharField):
    """The id of a row, or None for anything else."""

    widget = forms.HiddenInput

    def clean(self, value: Any) -> int | None:
        return parse_id(value) or None
