"""PNG (RFC 2083): chunks with a checksum each."""

import re
import zlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bookshelf.pictures.formats.base import (
    MAX_PARTS,
    MAX_PROFILE,
    DamagedError,
    PictureFile,
    read_orientation,
)

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PALETTE = 3
"""The colour type of a PNG whose pixels are numbers in a table."""
DECISIVE = re.compile(b"PLTE|tRNS|IDAT")
"""Kinds of chunks that pixels depend on."""
MAX_SEARCHES = 16
"""How often the next whole chunk is looked for behind a broken one."""


class _Chunk(NamedTuple):
    kind: bytes
    body: memoryview
    is_sound: bool
    """The checksum is right."""


def strip_png(data: bytes) -> PictureFile:
    head: memoryview | None = None
    kept: dict[bytes, bytes] = {}
    pixels: list[memoryview] = []
    is_sound = True
    for chunk in _png_chunks(data):
        if head is None:
            if chunk.kind != b"IHDR" or len(chunk.body) != 13 or not chunk.is_sound:
                raise DamagedError("the header")
            head = chunk.body
        elif chunk.kind == b"IDAT":
            pixels.append(chunk.body)
            is_sound = is_sound and chunk.is_sound
        elif chunk.kind == b"tRNS" or (chunk.kind == b"PLTE" and head[9] == PALETTE):
            if not chunk.is_sound:
                raise DamagedError("colours")
            kept.setdefault(chunk.kind, bytes(chunk.body))
        elif chunk.kind in (b"iCCP", b"eXIf") and chunk.is_sound:
            kept.setdefault(chunk.kind, bytes(chunk.body))
    if head is None or not pixels:
        raise DamagedError("no pixels")
    if not is_sound:
        _check_pixels(head, pixels)
    parts: list[tuple[bytes, Iterable[bytes | memoryview]]] = [
        (b"IHDR", [head]),
        *((kind, [kept[kind]]) for kind in (b"PLTE", b"tRNS") if kind in kept),
        (b"IDAT", pixels),
        (b"IEND", []),
    ]
    file = b"".join(
        [SIGNATURE, *(each for kind, bodies in parts for each in _png_chunk(kind, bodies))]
    )
    orientation = read_orientation(kept[b"eXIf"]) if b"eXIf" in kept else 1
    return PictureFile(file, orientation, _png_profile(kept.get(b"iCCP", b"")))


def _png_chunk(kind: bytes, bodies: Iterable[bytes | memoryview]) -> Iterator[bytes | memoryview]:
    """Yield the parts of one chunk that has these bodies, joined."""
    bodies = list(bodies)
    checksum = zlib.crc32(kind)
    for body in bodies:
        checksum = zlib.crc32(body, checksum)
    yield sum(map(len, bodies)).to_bytes(4, "big")
    yield kind
    yield from bodies
    yield checksum.to_bytes(4, "big")


def _png_chunks(data: bytes) -> Iterator[_Chunk]:
    """Yield the chunks of a PNG, up to its end or as far as they can be told apart."""
    view, place, searches = memoryview(data), len(SIGNATURE), 0
    for _ in range(MAX_PARTS):
        length, kind = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        end = place + 8 + length
        body = view[place + 8 : end]
        checksum = zlib.crc32(body, zlib.crc32(kind))
        is_sound = data[end : end + 4] == checksum.to_bytes(4, "big")
        if kind == b"IEND" or len(kind) < 4:
            return
        # A broken chunk may have a wrong length as well.
        if not is_sound and (end > len(data) or not data[end + 8 : end + 12].isalpha()):
            following = DECISIVE.search(data, place + 8)
            if following:
                searches += 1
                if searches > MAX_SEARCHES:
                    raise DamagedError("chunks")
                # It may have been a part of the pixels.
                yield _Chunk(b"IDAT", view[:0], False)
                place = following.start() - 4
                continue
        yield _Chunk(kind, body, is_sound)
        place = end + 4
    raise DamagedError("too many chunks")


def _check_pixels(head: memoryview, pixels: list[memoryview]) -> None:
    """Raise DamagedError unless the pixels are all there, by the checksum that zlib keeps of them.

    For a file whose own checksums are wrong or missing.
    """
    width, height = (int.from_bytes(head[place : place + 4], "big") for place in (0, 4))
    # The most that a pixel takes is 8 bytes; rows of interlaced pictures have some more.
    left = width * height * 8 + 16 * (width + height) + 64
    inflater = zlib.decompressobj()
    try:
        for part in pixels:
            waiting: bytes | memoryview = part
            while waiting and not inflater.eof:
                left -= len(inflater.decompress(waiting, 1 << 16))
                waiting = inflater.unconsumed_tail
                if left < 0:
                    raise DamagedError("more than its size")
    except zlib.error as error:
        raise DamagedError("pixels") from error
    if not inflater.eof:
        raise DamagedError("cut off")


def _png_profile(body: bytes) -> bytes:
    """Return the profile in an iCCP chunk: a name, NUL, the method 0, and zlib."""
    inflater = zlib.decompressobj()
    try:
        profile = inflater.decompress(body.partition(b"\0")[2][1:], MAX_PROFILE)
    except zlib.error:
        return b""
    return profile if inflater.eof else b""
