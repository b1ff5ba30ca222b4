"""The field of a form for a picture. Bad input gets a sentence that says what to do."""

from typing import Any

from django import forms
from django.core.files.base import File

from bookshelf.pictures import images
from bookshelf.pictures.files import COVER, PreparedPicture, Shape
from bookshelf.pictures.images import MAX_MEGABYTES, MAX_MEGAPIXELS

LIMITS = (
    f"A picture of up to {MAX_MEGABYTES} MB: a JPEG of up to {MAX_MEGAPIXELS['JPEG']} million "
    f"pixels, a PNG of up to {MAX_MEGAPIXELS['PNG']} or a WebP of up to {MAX_MEGAPIXELS['WEBP']}."
)
NOT_STORED = "We could not store this picture just now. Choose it again in a moment, or go without."


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
