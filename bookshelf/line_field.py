"""A model field for what is one line: a title, a name.

A browser's text input sends no line separator, but any other client may. In a mail or a log a title
would then write lines of its own.
"""

from typing import TYPE_CHECKING, Any

from django import forms
from django.db import models

from bookshelf.characters import one_line

if TYPE_CHECKING:
    LineBase = models.CharField[str, str]
else:
    LineBase = models.CharField


class LineFormField(forms.CharField):
    """A form's side of it: what was typed, on one line."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        # A NUL is refused by a validator of the field.
        return one_line(text) if isinstance(text, str) and "\0" not in text else text


class LineField(LineBase):
    """Text on one line, however it is stored: by a form, a verb, a command or `update()`."""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = super().pre_save(model_instance, add)
        if isinstance(value, str):
            value = one_line(value)
            setattr(model_instance, self.attname, value)
        return value

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        # Not get_prep_value, which is for what is looked up as well.
        line = one_line(value) if isinstance(value, str) else value
        return super().get_db_prep_save(line, connection)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": LineFormField, **kwargs})

    def deconstruct(self) -> Any:
        """Say that it is a CharField: the column is the same, and needs no migration."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs
