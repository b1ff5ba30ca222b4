"""JPEG (ITU T.81): segments up to the first scan, and then what is coded."""

import re
from collections.abc import Iterator

from bookshelf.pictures.formats.base import (
    MAX_PARTS,
    MAX_PROFILE,
    DamagedError,
    PictureFile,
    read_orientation,
)

SCAN, END = b"\xff\xda", b"\xff\xd9"
JFIF = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
# Fill bytes before a marker are other bytes 0xFF; a restart within a scan begins no segment.
MARKER = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")
FRAMES = {0xC0, 0xC1, 0xC2}
"""The markers of headers that name the colours, for the kinds of JPEG that there are."""
MAX_SCAN_HEADER = 12
"""Bytes: of four colours."""
NOTES = 0xE0
"""The first of the markers of segments that say nothing about pixels, but for some."""


def strip_jpeg(data: bytes) -> PictureFile:
    """Keep the tables and the scans. Raises DamagedError."""
    view = memoryview(data)
    kept: list[bytes | memoryview] = [b"\xff\xd8"]
    exif, profile, ends_early = b"", dict[int, bytes](), True
    frame, scans = b"", list[bytes]()
    for marker, start, end in _segments(data):
        body = data[start + 4 : end] if marker >= NOTES else b""
        if marker == END[1]:
            ends_early = False
        elif marker == NOTES and body.startswith(b"JFIF\0"):
            kept.append(JFIF)
        elif marker == 0xE1 and body.startswith(b"Exif\0\0"):
            exif = exif or body
        elif marker == 0xE2 and body.startswith(b"ICC_PROFILE\0"):
            # Number, count, and a part of the profile.
            profile.setdefault(body[12] if len(body) > 13 else 0, body[14:])
        elif (marker == 0xEE and body.startswith(b"Adobe") and len(body) >= 12) or marker < NOTES:
            kept.append(view[start:end])
            if marker == SCAN[1]:
                scans.append(data[start + 4 : start + 4 + MAX_SCAN_HEADER])
            elif marker in FRAMES:
                frame = data[start + 4 : end]
    if not scans or (ends_early and not _is_whole(frame, scans)):
        raise DamagedError("no pixels, or not all")
    whole_profile = b"".join(profile[number] for number in sorted(profile))
    file = b"".join(kept)
    return PictureFile(
        # Half of the end's marker would make a marker with what is put behind it.
        file.rstrip(b"\xff") if ends_early else file + END,
        read_orientation(exif) if exif else 1,
        whole_profile if len(whole_profile) <= MAX_PROFILE else b"",
        ends_early,
    )


def _is_whole(frame: bytes, scans: list[bytes]) -> bool:
    """Whether these headers of scans bring all bits of all 64 coefficients of each colour."""
    missing = {(colour, place) for colour in frame[6::3] for place in range(64)}
    for scan in scans:
        colours = scan[1 : 1 + 2 * scan[0] : 2]
        first, last, bits = scan[1 + 2 * len(colours) :][:3]
        if bits & 0x0F == 0:
            missing -= {(colour, place) for colour in colours for place in range(first, last + 1)}
    return not missing


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker, start and end of the segments of a JPEG; of a scan with what it codes.

    Like libjpeg it goes on at the next marker when there is something else in between.
    """
    place = 2
    for _ in range(MAX_PARTS):
        found = MARKER.search(data, place)
        if found is None:
            return
        start = found.start()
        marker = data[start + 1]
        if marker == END[1]:
            yield marker, start, start + 2
            return
        end = start + 2 + int.from_bytes(data[start + 2 : start + 4], "big")
        if marker == SCAN[1]:
            following = MARKER.search(data, end)
            end = following.start() if following else len(data)
        elif marker >= NOTES and (end > len(data) or end < start + 4):
            # A note with a wrong length: what follows is looked for in it.
            place = start + 2
            continue
        yield marker, start, end
        place = end
    raise DamagedError("too many segments")


def tails(file: PictureFile) -> tuple[bytes, bytes]:
    """Return a JPEG that ends early with two ends: once nothing more is coded, once anything.

    The pixels are all there when both have the same ones.
    """
    return file.data + END, file.data + bytes(range(1, 255)) * 16 + END


def colours_in_first_scan(data: bytes) -> int:
    """Return how many colours the first scan of a JPEG brings; 0 when there is none to be found."""
    place = 2
    while place + 4 < len(data) and data[place] == 0xFF:
        if data[place : place + 2] == SCAN:
            return data[place + 4]
        fill = data[place + 1] == 0xFF
        place += 1 if fill else 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return 0
