"""Pictures for tests."""

import io
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from bookshelf.pictures import files, images

EMMA = {"title": "Emma", "book_author": "Jane Austen", "body": "Handsome, clever, and rich."}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def picture(
    size: tuple[int, int] = (600, 900), kind="JPEG", mode="RGB", colour=None, **options
) -> bytes:
    image = Image.new(mode, size, colour or {"RGB": (200, 100, 50)}.get(mode, 0))
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def upload(data: bytes, name: str = "cover.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type="image/jpeg")


def prepared(data: bytes) -> files.PreparedPicture:
    return images.prepare(ContentFile(data))


def bomb() -> bytes:
    """A PNG of 400 million pixels in a few kilobytes."""
    return picture((20_000, 20_000), "PNG", "1")


def count_files(folder: Path) -> int:
    return len(list(folder.iterdir())) if folder.exists() else 0
