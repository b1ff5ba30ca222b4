"""Uploaded pictures: one in, a few small WebP files out. Nothing in here knows the database.

What a browser sent is never served: its pixels are drawn again, and all else that was in the file
(EXIF with its places, comments, profiles, whatever hides behind the picture) stays behind.
"""

import io
import logging
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageCms

from bookshelf.pictures.files import COVER, MAX_ASPECT, PreparedPicture, Shape
from bookshelf.pictures.formats import DamagedError, PictureFile, strip
from bookshelf.pictures.formats.jpeg import SCAN, colours_in_first_scan, tails
from bookshelf.pictures.formats.webp import webp_size

logger = logging.getLogger(__name__)

MAX_MEGABYTES = 8
MAX_MEGAPIXELS = {"JPEG": 25, "PNG": 6, "WEBP": 3}
"""By format: reading one takes at most 100 MB. A plain JPEG is decoded at a fraction of its size; a
pixel of a PNG takes up to 14 bytes, and one of a WebP 20."""
MAX_BUFFERED_MEGAPIXELS = 6
"""Of a JPEG that comes in several scans: all of its coefficients are held, 6 bytes a pixel."""
MAX_SCANS = 16
"""Each scan goes over the whole picture; programs that write progressive JPEGs make about ten."""
MIN_SIDE = 48
"""Pixels. Less than this is an icon, or one of those pictures that count readers."""
QUALITY, EFFORT = 82, 1
"""The files are as small as with more effort, in half of the time (measured)."""
PAPER = (250, 246, 239)
"""What shows through where a picture is transparent."""

SIGNATURES = {"JPEG": b"\xff\xd8\xff", "PNG": b"\x89PNG\r\n\x1a\n", "WEBP": b"RIFF"}

UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How to turn a picture of each orientation."""

UNREADABLE = _("This is not a picture that we can read. Choose a JPEG, PNG or WebP file.")
DAMAGED = _("This picture is damaged or was cut off on its way. Choose it again, or another one.")
EMPTY = _("This file is empty. Choose the picture again.")
TOO_LARGE = format_lazy(
    _("This file is larger than {megabytes} MB. Choose a smaller picture."), megabytes=MAX_MEGABYTES
)
TOO_MANY_PIXELS = format_lazy(
    _(
        "This picture has too many pixels. A JPEG may have {JPEG} million ({progressive} when it "
        "is progressive), a PNG {PNG} and a WebP {WEBP} million. Choose a smaller one: {width} "
        "pixels of width are enough."
    ),
    progressive=MAX_BUFFERED_MEGAPIXELS,
    width=COVER.widths[-1],
    **MAX_MEGAPIXELS,
)
BUSY = _(
    "We are busy with other pictures just now. Choose this one again in a moment, or go without."
)
TOO_SMALL = format_lazy(
    _("This picture is too small. It takes at least {side} pixels each way."), side=MIN_SIDE
)
TOO_LONG = _("This picture is too long and narrow. Crop it first.")

# Pillow's own guard, for what is in the file beside its first picture.
Image.MAX_IMAGE_PIXELS = MAX_MEGAPIXELS["JPEG"] * 1_000_000

# One takes up to 100 MB while it is being read, so uploads wait their turn, but not for ever.
_one_at_a_time = Lock()
MAX_WAIT = 5.0
"""Seconds."""


def prepare(file: "File[bytes]", shape: Shape = COVER) -> PreparedPicture:
    """Read an uploaded picture, check it, and draw it again in the widths of its shape.

    Raises ValidationError with a sentence for the person who chose the file.
    """
    if (file.size or 0) > MAX_MEGABYTES * 1_000_000:
        raise ValidationError(TOO_LARGE, code="too_large")
    data = file.read()
    if not data:
        raise ValidationError(EMPTY, code="empty")
    try:
        with _a_turn():
            kind = _kind(data)
            stripped = strip(kind, data)
            del data
            if stripped.ends_early:
                stripped = _completed(stripped, shape)
            with _open(kind, stripped.data) as image:
                return _encode(_draw(image, stripped, shape), shape)
    except ValidationError:
        raise
    except Exception as error:
        # Bytes that are made up lead Pillow's readers anywhere: SyntaxError, struct.error, …
        logger.info("an uploaded picture could not be read: %r", error)
        raise ValidationError(DAMAGED, code="damaged") from error


@contextmanager
def _a_turn() -> Iterator[None]:
    """Wait until no other picture is being read. Raises ValidationError when that takes long."""
    if not _one_at_a_time.acquire(timeout=MAX_WAIT):
        raise ValidationError(BUSY, code="busy")
    try:
        yield
    finally:
        _one_at_a_time.release()


def _kind(data: bytes) -> str:
    """Return the format of a picture by its first bytes. Raises ValidationError for others."""
    names = [name for name, start in SIGNATURES.items() if data.startswith(start)]
    if not names or (names == ["WEBP"] and data[8:12] != b"WEBP"):
        raise ValidationError(UNREADABLE, code="format")
    return names[0]


def _completed(file: PictureFile, shape: Shape) -> PictureFile:
    """Return a JPEG whose end is missing with an end, when all of its pixels are there."""
    seen = set()
    for data in tails(file):
        with _open("JPEG", data) as image:
            image.draft(None, _draft_size(image, file.orientation, shape))
            seen.add(_checksum(image))
    if len(seen) > 1:
        raise DamagedError("cut off")
    return file._replace(data=tails(file)[0], ends_early=False)


def _checksum(image: Image.Image) -> int:
    """Return a checksum of the pixels. A copy of all of them would take too much memory."""
    found = 0
    for top in range(0, image.height, 64):
        rows = image.crop((0, top, image.width, min(top + 64, image.height)))
        found = zlib.crc32(rows.tobytes(), found)
    return found


def _open(kind: str, data: bytes) -> Image.Image:
    """Open a picture without decoding it, when its format, size and shape are admitted."""
    if kind == "WEBP":
        # Before Pillow sees it: libwebp makes room for the whole picture when it is opened.
        _check_shape(kind, *webp_size(data))
    try:
        # Only the one reader: the others, some of which are little used, never see foreign bytes.
        image = Image.open(io.BytesIO(data), formats=[kind])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValidationError(TOO_MANY_PIXELS, code="pixels") from error
    _check_shape(kind, *image.size)
    if kind == "JPEG" and _has_several_scans(data, image):
        too_large = image.width * image.height > MAX_BUFFERED_MEGAPIXELS * 1_000_000
        if too_large or data.count(SCAN) > MAX_SCANS:
            raise ValidationError(TOO_MANY_PIXELS, code="pixels")
    return image


def _check_shape(name: str, width: int, height: int) -> None:
    """Raise ValidationError unless a cover in this format may be so large, and of this shape."""
    if width * height > MAX_MEGAPIXELS[name] * 1_000_000:
        raise ValidationError(TOO_MANY_PIXELS, code="pixels")
    if min(width, height) < MIN_SIDE:
        raise ValidationError(TOO_SMALL, code="small")
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise ValidationError(TOO_LONG, code="shape")


def _has_several_scans(data: bytes, image: Image.Image) -> bool:
    """Whether a JPEG is progressive, or its colours come one after the other.

    libjpeg then holds all of it before the first pixel is drawn, whatever the size asked for.
    """
    return "progressive" in image.info or colours_in_first_scan(data) != len(image.getbands())


def _box(orientation: int, shape: Shape) -> tuple[int, int]:
    """Return how large a picture may be before it is turned."""
    width, height = shape.largest
    sideways = orientation in (5, 6, 7, 8)
    return (height, width) if sideways else (width, height)


def _draft_size(image: Image.Image, orientation: int, shape: Shape) -> tuple[int, int]:
    """Return the size at which to decode a picture: at least twice as large as it is shown."""
    box = _box(orientation, shape)
    scale = min(2 * box[0] / image.width, 2 * box[1] / image.height)
    return int(scale * image.width), int(scale * image.height)


def _draw(image: Image.Image, file: PictureFile, shape: Shape) -> Image.Image:
    """Decode the first frame into plain RGB: upright, flat, at most as large as the shape is."""
    if image.mode in ("I;16", "I;16B", "I"):
        # PNG in 16 bits of grey; `convert` alone would clip it to white.
        image = image.point(lambda value: value / 256).convert("L")
    elif image.mode in ("1", "P", "PA") or "transparency" in image.info:
        # Numbers in a table, or one colour that means "nothing", cannot be averaged.
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    # Makes it smaller as soon as can be: a JPEG is even decoded at a fraction of its size.
    image.draft(None, _draft_size(image, file.orientation, shape))
    box = _box(file.orientation, shape)
    image.thumbnail(box, Image.Resampling.LANCZOS, reducing_gap=2.0)
    image = _to_srgb(image, file.profile)
    if file.orientation in UPRIGHT:
        image = image.transpose(UPRIGHT[file.orientation])
    if image.has_transparency_data:
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, PAPER)
        image = Image.alpha_composite(paper, image)
    image = image.convert("RGB")
    image.info.clear()
    return image


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Translate colours by the embedded profile: without one they mean sRGB to every browser."""
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


def _encode(image: Image.Image, shape: Shape) -> PreparedPicture:
    """Encode an RGB picture in the widths that are not above its own, and in its own.

    A square in all of the widths.
    """
    widths = sorted({*(width for width in shape.widths if width < image.width), image.width})
    if shape.is_square:
        image, widths = _square(image, shape.widths[-1]), list(shape.widths)
    files = {}
    for width in widths:
        height = max(1, round(image.height * width / image.width))
        scaled = image
        if width != image.width:
            scaled = image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
        out = io.BytesIO()
        scaled.save(out, "WEBP", quality=QUALITY, method=EFFORT)
        files[width] = out.getvalue()
    return PreparedPicture(image.width, image.height, files)


def _square(image: Image.Image, side: int) -> Image.Image:
    """Return the middle of a picture, as a square of this side in pixels."""
    shorter = min(image.size)
    left, top = (image.width - shorter) // 2, (image.height - shorter) // 2
    middle = (left, top, left + shorter, top + shorter)
    return image.resize((side, side), Image.Resampling.LANCZOS, box=middle)
