"""The files of a picture: what they are called, and how they get into the storage and out."""

import logging
import secrets
from collections.abc import Iterable
from typing import NamedTuple

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

logger = logging.getLogger(__name__)

MAX_ASPECT = 4
"""How many times as high as wide a picture may be, and the other way round."""


class Shape(NamedTuple):
    """What pictures are for: decides their widths, and where their files are."""

    folder: str
    widths: tuple[int, ...]
    """Pixels."""
    is_square: bool
    """Cut to a square, and drawn in all widths. Other pictures are not drawn wider than they are.
    """

    @property
    def largest(self) -> tuple[int, int]:
        """The box that a picture is decoded to fit in, upright: width and height in pixels."""
        width = self.widths[-1]
        # The shorter side is to fill a square; what is longer than twice its width is drawn
        # narrower instead.
        return (width * MAX_ASPECT, width * MAX_ASPECT) if self.is_square else (width, 2 * width)


COVER = Shape("covers", (96, 192, 440, 880), is_square=False)
"""A list and the page of a post, each on a plain screen and on a fine one."""

WITHDRAWN_COVER = COVER._replace(folder="withdrawn")
"""Of a post that is removed or hidden: not for the public."""

AVATAR = Shape("avatars", (96, 288), is_square=True)
"""Beside a name, and on the page of a reader."""


class PreparedPicture(NamedTuple):
    """A picture ready to be stored."""

    width: int
    """Of the largest file, in pixels."""
    height: int
    files: dict[int, bytes]
    """WebP files by width, the narrowest first."""


def new_token() -> str:
    """Return a name that cannot be guessed and says nothing of the upload's own."""
    return secrets.token_hex(16)


def store(prepared: PreparedPicture, token: str, shape: Shape = COVER) -> None:
    """Write the files of a prepared picture to the storage, under names that `token` decides."""
    for width, data in prepared.files.items():
        default_storage.save(file_name(token, width, shape), ContentFile(data))


def discard(names: Iterable[str]) -> None:
    """Delete the files of a picture. One that is not there, or cannot be reached, is no error."""
    for name in names:
        try:
            default_storage.delete(name)
        except Exception:
            # They are useless, but harm nobody: prunecovers finds them again.
            logger.exception("could not delete %s", name)


def copy(before: str, after: str) -> None:
    """Copy a file of a picture within the storage."""
    with default_storage.open(before) as file:
        default_storage.save(after, ContentFile(file.read()))


def file_name(token: str, width: int, shape: Shape = COVER) -> str:
    return f"{shape.folder}/{token}-{width}.webp"
