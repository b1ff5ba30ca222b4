"""WebP (RFC 9649): chunks in a RIFF file."""

from bookshelf.pictures.formats.base import (
    MAX_PARTS,
    MAX_PROFILE,
    DamagedError,
    PictureFile,
    read_orientation,
)

KEPT_FLAGS = 0b00010010
"""Of a VP8X chunk: has transparency, is animated."""


def strip_webp(data: bytes) -> PictureFile:
    kept: list[bytes] = []
    exif = profile = b""
    place = 12
    for _ in range(MAX_PARTS):
        kind, length = (
            data[place : place + 4],
            int.from_bytes(data[place + 4 : place + 8], "little"),
        )
        if len(kind) < 4:
            break
        end = place + 8 + length
        body = data[place + 8 : end]
        if kind == b"VP8X" and len(body) >= 10:
            # Without the flags of what is left out.
            kept.append(data[place : place + 8] + bytes([body[0] & KEPT_FLAGS]) + body[1:])
        elif kind in (b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"):
            kept.append(data[place:end] + b"\0" * (length % 2))
        elif kind == b"EXIF":
            exif = exif or body
        elif kind == b"ICCP" and length <= MAX_PROFILE:
            profile = profile or body
        place = end + length % 2
    else:
        raise DamagedError("too many chunks")
    size = 4 + sum(map(len, kept))
    file = b"".join([b"RIFF", size.to_bytes(4, "little"), b"WEBP", *kept])
    return PictureFile(file, read_orientation(exif) if exif else 1, profile)


def webp_size(data: bytes) -> tuple[int, int]:
    """Return the size that a WebP file claims (RFC 9649). Raises DamagedError if it has none."""
    kind, start = data[12:16], 20
    if kind == b"VP8X" and len(data) >= start + 10:
        sides = (data[start + 4 : start + 7], data[start + 7 : start + 10])
        width, height = (int.from_bytes(side, "little") + 1 for side in sides)
    elif kind == b"VP8L" and len(data) >= start + 5:
        bits = int.from_bytes(data[start + 1 : start + 5], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 " and len(data) >= start + 10:
        sides = (data[start + 6 : start + 8], data[start + 8 : start + 10])
        width, height = (int.from_bytes(side, "little") & 0x3FFF for side in sides)
    else:
        raise DamagedError("the size")
    return width, height
