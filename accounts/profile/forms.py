"""The form of the picture."""

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from bookshelf.pictures.fields import LIMITS, PictureField
from bookshelf.pictures.files import AVATAR


class AvatarForm(forms.Form):
    """One's own picture; with `removes`, none."""

    picture = PictureField(
        shape=AVATAR,
        help_text=format_lazy(
            "{} {}",
            LIMITS,
            _("Its middle is shown, as a square. Without one your first letter is."),
        ),
        error_messages={"required": _("Choose a picture first.")},
    )

    def __init__(self, *args: Any, removes: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["picture"].required = not removes
