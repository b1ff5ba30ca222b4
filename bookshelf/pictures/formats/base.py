"""What the formats have in common."""

from typing import NamedTuple

from PIL import Image

MAX_PROFILE = 1_000_000
"""Bytes of a colour profile that is looked at."""
MAX_PARTS = 30_000
"""Chunks or segments: pictures have some hundreds, and each takes a step in Python."""


class DamagedError(Exception):
    """The pixels cannot be read from this file."""


class PictureFile(NamedTuple):
    """A picture file with nothing in it but pixels, and the two notes that say how to show them."""

    data: bytes
    orientation: int = 1
    """How the camera was held: 1 to 8, as in Exif."""
    profile: bytes = b""
    """The colour profile (ICC); empty when there is none that can be read."""
    ends_early: bool = False
    """The end is missing: some of the pixels may be as well."""


def read_orientation(exif: bytes) -> int:
    """Return the orientation that Exif data states; 1, upright, when it states none."""
    found = Image.Exif()
    try:
        found.load(exif)
        value = found.get(0x0112, 1)
    except Exception:
        # Made-up bytes lead Pillow's reader anywhere: SyntaxError, struct.error, KeyError …
        return 1
    return value if value in range(2, 9) else 1
