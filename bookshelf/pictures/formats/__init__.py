"""Picture files taken apart: what decides the pixels is kept, and all else never reaches a decoder.

Programs write notes, thumbnails, profiles and more into pictures, and not all write them well. None
of it is shown, so none of it may make a picture "damaged".
"""

from bookshelf.pictures.formats.base import DamagedError, PictureFile
from bookshelf.pictures.formats.jpeg import strip_jpeg
from bookshelf.pictures.formats.png import strip_png
from bookshelf.pictures.formats.webp import strip_webp

__all__ = ["DamagedError", "PictureFile", "strip"]


def strip(kind: str, data: bytes) -> PictureFile:
    """Take a file of this kind ("JPEG", "PNG", "WEBP") apart. Raises DamagedError."""
    return {"JPEG": strip_jpeg, "PNG": strip_png, "WEBP": strip_webp}[kind](data)
