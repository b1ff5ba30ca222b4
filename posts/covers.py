"""Pictures of covers: an upload in, a few small WebP files out. Nothing in here knows the database.

What a browser sent is never served: its pixels are drawn anew, and all else that was in the file
(EXIF with its places, comments, profiles, whatever hides behind the picture) stays behind.
"""

import io
import logging
import secrets
from threading import Lock
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from PIL import Image, ImageCms, ImageOps

logger = logging.getLogger(__name__)

MAX_MEGABYTES = 8
MAX_MEGAPIXELS = 40
MIN_SIDE = 48
"""Pixels. Less than this is an icon, or one of those pictures that count readers."""
MAX_ASPECT = 4
"""How many times as high as wide a picture may be, and the other way round."""

WIDTHS = (96, 192, 440, 880)
"""Pixels: a list and the page of a post, each on a plain screen and on a fine one."""

QUALITY = 82
PAPER = (250, 246, 239)
"""What shows through where a picture is transparent."""

SIGNATURES = {"JPEG": b"\xff\xd8\xff", "PNG": b"\x89PNG\r\n\x1a\n", "WEBP": b"RIFF"}

UNREADABLE = "This is not a picture that we can read. Choose a JPEG, PNG or WebP file."
DAMAGED = "This picture is damaged or was cut off on its way. Choose it again, or another one."
EMPTY = "This file is empty. Choose the picture again."
TOO_LARGE = f"This file is larger than {MAX_MEGABYTES} MB. Choose a smaller picture."
TOO_MANY_PIXELS = (
    f"This picture has more than {MAX_MEGAPIXELS} million pixels. Choose a smaller one: "
    f"{WIDTHS[-1]} pixels of width are enough."
)
TOO_SMALL = f"This picture is too small. It takes at least {MIN_SIDE} pixels each way."
TOO_LONG = "This picture is too long and narrow for a cover. Crop it to the shape of a book."

# Pillow's own guard, which looks as early as we do; it raises from twice as many on.
Image.MAX_IMAGE_PIXELS = MAX_MEGAPIXELS * 1_000_000

# A picture of 40 million pixels takes up to 1.5 s and 660 MB (measured: a WebP with transparency)
# while it is being read, so uploads wait their turn.
_one_at_a_time = Lock()


class PreparedCover(NamedTuple):
    """A picture ready to be stored."""

    width: int
    """Of the largest file, in pixels."""
    height: int
    files: dict[int, bytes]
    """WebP files by width, the narrowest first."""


def prepare(file: File) -> PreparedCover:
    """Read an uploaded picture, check it, and draw it anew in the widths that pages show.

    Raises ValidationError with a sentence for the person who chose the file.
    """
    if (file.size or 0) > MAX_MEGABYTES * 1_000_000:
        raise ValidationError(TOO_LARGE, code="too_large")
    data = file.read()
    if not data:
        raise ValidationError(EMPTY, code="empty")
    try:
        with _open(data) as image, _one_at_a_time:
            return _encode(_draw(image))
    except ValidationError:
        raise
    except Exception as error:
        # Bytes that are made up lead Pillow's readers anywhere: SyntaxError, struct.error, …
        logger.info("an uploaded picture could not be read: %r", error)
        raise ValidationError(DAMAGED, code="damaged") from error


def store(prepared: PreparedCover, token: str) -> None:
    """Write the files of a prepared cover to the storage, under names that `token` decides."""
    for width, data in prepared.files.items():
        default_storage.save(file_name(token, width), ContentFile(data))


def discard(token: str, widths: list[int]) -> None:
    """Delete the files of a cover. One that is not there, or cannot be reached, is no error."""
    for width in widths:
        try:
            default_storage.delete(file_name(token, width))
        except Exception:
            # They are useless, but harm nobody: prunecovers finds them again.
            logger.exception("could not delete %s", file_name(token, width))


def new_token() -> str:
    """Return a name that cannot be guessed and says nothing of the upload's own."""
    return secrets.token_hex(16)


def file_name(token: str, width: int) -> str:
    return f"covers/{token}-{width}.webp"


def _open(data: bytes) -> Image.Image:
    """Open a picture without decoding it, when its format, size and shape are admitted."""
    names = [name for name, start in SIGNATURES.items() if data.startswith(start)]
    if not names or (names == ["WEBP"] and data[8:12] != b"WEBP"):
        raise ValidationError(UNREADABLE, code="format")
    try:
        # Only the one reader: the others, some of which are little used, never see foreign bytes.
        image = Image.open(io.BytesIO(data), formats=names)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValidationError(TOO_MANY_PIXELS, code="pixels") from error
    width, height = image.size
    if width * height > MAX_MEGAPIXELS * 1_000_000:
        raise ValidationError(TOO_MANY_PIXELS, code="pixels")
    if min(width, height) < MIN_SIDE:
        raise ValidationError(TOO_SMALL, code="small")
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise ValidationError(TOO_LONG, code="shape")
    return image


def _draw(image: Image.Image) -> Image.Image:
    """Decode the first frame into plain RGB: upright, flat, at most the largest width."""
    if image.mode in ("I;16", "I;16B", "I"):
        # PNG in 16 bits of grey; `convert` alone would clip it to white.
        image = image.point(lambda value: value / 256).convert("L")
    elif image.mode in ("1", "P", "PA") or "transparency" in image.info:
        # Numbers in a table, or one colour that means "nothing", cannot be averaged.
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    # Makes it smaller as soon as can be: a JPEG is even decoded at a fraction of its size.
    widest = WIDTHS[-1] * MAX_ASPECT
    sideways = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
    box = (widest, WIDTHS[-1]) if sideways else (WIDTHS[-1], widest)
    image.thumbnail(box, Image.Resampling.LANCZOS, reducing_gap=3.0)
    image = _to_srgb(ImageOps.exif_transpose(image))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, PAPER)
        image = Image.alpha_composite(paper, image)
    image = image.convert("RGB")
    image.info.clear()
    return image


def _to_srgb(image: Image.Image) -> Image.Image:
    """Translate colours by the embedded profile: without one they mean sRGB to every browser."""
    profile = image.info.get("icc_profile")
    # Profiles describe colours, and know nothing of transparency.
    if not profile or image.mode not in ("RGB", "CMYK", "L"):
        return image
    try:
        translated = ImageCms.profileToProfile(
            image,
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            outputMode="RGB",
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image
    return translated or image


def _encode(image: Image.Image) -> PreparedCover:
    """Encode an RGB picture in the widths that are not above its own, and in its own."""
    widths = sorted({*(width for width in WIDTHS if width < image.width), image.width})
    files = {}
    for width in widths:
        height = max(1, round(image.height * width / image.width))
        scaled = image
        if width != image.width:
            scaled = image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
        out = io.BytesIO()
        scaled.save(out, "WEBP", quality=QUALITY, method=4)
        files[width] = out.getvalue()
    return PreparedCover(image.width, image.height, files)
