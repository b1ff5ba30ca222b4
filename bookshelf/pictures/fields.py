"""The field of a form for a picture. Bad input gets a sentence that says what to do."""

from typing import Any

from django import forms
from django.core.files.base import File
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from bookshelf.pictures import images
from bookshelf.pictures.files import COVER, PreparedPicture, Shape
from bookshelf.pictures.images import MAX_MEGABYTES, MAX_MEGAPIXELS

LIMITS = format_lazy(
    _(
        "A picture of up to {megabytes} MB: a JPEG of up to {JPEG} million pixels, a PNG of up to "
        "{PNG} or a WebP of up to {WEBP}."
    ),
    megabytes=MAX_MEGABYTES,
    **MAX_MEGAPIXELS,
)
NOT_STORED = _(
    "We could not store this picture just now. Choose it again in a moment, or go without."
)


class PictureField(forms.FileField):
    """Prepare an uploaded picture: the value is a PreparedPicture of this shape."""

    widget = forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"})
    default_error_messages = {"empty": images.EMPTY}

    def __init__(self, *, shape: Shape = COVER, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.shape = shape

    def to_python(  # type: ignore[override]  # the form wants what is made of the file
        self, data: "File[bytes] | None"
    ) -> PreparedPicture | None:
        file = super().to_python(data)
        return images.prepare(file, self.shape) if file else None
