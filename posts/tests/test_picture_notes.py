"""What is in a picture file beside its pixels decides nothing."""

import io
import random
import re
import struct
import zlib

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from bookshelf.pictures import images
from bookshelf.pictures.formats.base import MAX_PARTS
from posts.tests.cost import THOROUGH
from posts.tests.pictures import prepared

BRIEFLY = settings(max_examples=400 if THOROUGH else 25, deadline=None, derandomize=True)
PNG = b"\x89PNG\r\n\x1a\n"


def drawn(mode: str) -> Image.Image:
    """A picture in which each place is different, so that no row can be missing unseen."""
    noise = Image.frombytes("RGB", (24, 36), random.Random(7).randbytes(24 * 36 * 3))
    image = noise.resize((96, 144), Image.Resampling.BICUBIC)
    return image.quantize(64) if mode == "P" else image.convert(mode)


def saved(kind: str, mode: str = "RGB", **options) -> bytes:
    out = io.BytesIO()
    drawn(mode).save(out, kind, **options)
    return out.getvalue()


PICTURES = {
    "JPEG": saved("JPEG", quality=90),
    "JPEG, progressive": saved("JPEG", progressive=True),
    "JPEG, grey": saved("JPEG", "L"),
    "JPEG, for print": saved("JPEG", "CMYK"),
    "JPEG, restarts": saved("JPEG", restart_marker_rows=1),
    "PNG": saved("PNG"),
    "PNG, palette": saved("PNG", "P", transparency=3),
    "PNG, transparent": saved("PNG", "RGBA"),
    "PNG, grey": saved("PNG", "L"),
    "WEBP": saved("WEBP"),
    "WEBP, lossless": saved("WEBP", "RGBA", lossless=True),
}


def kind_of(name: str) -> str:
    return name.split(",")[0]


def chunk(kind: bytes, body: bytes, checksum: int | None = None) -> bytes:
    checksum = zlib.crc32(kind + body) if checksum is None else checksum
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)


def segment(marker: int, body: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body


def riff(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def with_note(name: str, data: bytes, note: bytes, place: int) -> bytes:
    """Return the file with this chunk or segment before (0) or behind (1) its pixels."""
    if kind_of(name) == "JPEG":
        tables = data.index(b"\xff\xdb")
        return data[:tables] + note + data[tables:] if place == 0 else data + note
    if kind_of(name) == "PNG":
        return data[:33] + note + data[33:] if place == 0 else data[:-12] + note + data[-12:]
    return data + note


SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
PNG_NOTES = {
    "much text": chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"words " * 250_000)),
    "much international text": chunk(
        b"iTXt", b"Comment\0\1\0\0\0" + zlib.compress(b"words " * 250_000)
    ),
    "a huge profile": chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(1_400_000))),
    "a broken profile": chunk(b"iCCP", b"p\0\0" + zlib.compress(SRGB)[:-9]),
    "no profile": chunk(b"iCCP", b""),
    "text with a wrong checksum": chunk(b"tEXt", b"Comment\0words", 1),
    "a profile with a wrong checksum": chunk(b"iCCP", b"p\0\0" + zlib.compress(SRGB), 1),
    "text without an end": chunk(b"tEXt", b"Comment")[:-7],
    "text with a wrong length": b"\x7f\xff\xff\xff" + chunk(b"tEXt", b"Comment\0words")[4:],
    "Exif that is none": chunk(b"eXIf", b"MM\0*\xff\xff\xff\xff"),
    "a size that is none": chunk(b"pHYs", b"x"),
    "animation that is none": chunk(b"acTL", b"\0\0\0\1") + chunk(b"fcTL", b"x"),
    "an unknown chunk": chunk(b"noTe", b"\0" * 99),
    "a time that is none": chunk(b"tIME", b"\xff" * 7),
    "a gamma of nothing": chunk(b"gAMA", b"\0" * 4) + chunk(b"cHRM", b"x") + chunk(b"sBIT", b""),
}
JPEG_NOTES = {
    "Exif that is none": segment(0xE1, b"Exif\0\0" + b"MM\0*\xff\xff\xff\xff"),
    "Exif cut off": segment(0xE1, b"Exif\0\0II*\0"),
    "Exif in a loop": segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\x69\x87" * 40),
    "a thumbnail": segment(0xE1, b"Exif\0\0" + PICTURES["JPEG"]),
    "parts of a profile": segment(0xE2, b"ICC_PROFILE\0\3\7" + SRGB),
    "an empty profile": segment(0xE2, b"ICC_PROFILE\0"),
    "more pictures": segment(0xE2, b"MPF\0MM\0*\xff\xff\xff\xff"),
    "Photoshop's": segment(0xED, b"Photoshop 3.0\08BIM\x04"),
    "a comment": segment(0xFE, b"\xff\xd9\xff\xda" * 99),
    "an odd JFIF": segment(0xE0, b"JFIF\0"),
    "an odd Adobe": segment(0xEE, b"Adobe"),
    "an empty note": segment(0xE5, b""),
    "a note without a length": b"\xff\xe9\0\0",
    "garbage": b"\0\1\2",
}
WEBP_NOTES = {
    "Exif that is none": riff(b"EXIF", b"MM\0*\xff\xff\xff\xff"),
    "a profile that is none": riff(b"ICCP", b"x"),
    "XMP": riff(b"XMP ", b"<" * 999),
    "an unknown chunk": riff(b"noTe", b"\0" * 99),
    "a chunk cut off": riff(b"XMP ", b"<" * 999)[:-500],
    "garbage": b"\0\1\2",
}
NOTES = {"PNG": PNG_NOTES, "JPEG": JPEG_NOTES, "WEBP": WEBP_NOTES}


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize(
    ("name", "note"), [(name, note) for name in PICTURES for note in NOTES[kind_of(name)]]
)
def test_what_is_thrown_away_changes_nothing(name, note, place):
    data = PICTURES[name]

    changed = with_note(name, data, NOTES[kind_of(name)][note], place)

    assert changed != data
    assert prepared(changed).files == prepared(data).files


@pytest.mark.parametrize("name", PICTURES)
def test_what_stands_behind_a_picture_changes_nothing(name):
    for behind in (b"\0", b"PK\3\4" + bytes(999), PICTURES["PNG"], PICTURES["JPEG"][:200]):
        assert prepared(PICTURES[name] + behind).files == prepared(PICTURES[name]).files


@pytest.mark.parametrize("missing", [1, 2])
@pytest.mark.parametrize("name", [name for name in PICTURES if kind_of(name) == "JPEG"])
def test_a_jpeg_needs_no_end(name, missing):
    assert prepared(PICTURES[name][:-missing]).files == prepared(PICTURES[name]).files


@pytest.mark.parametrize("missing", range(1, 17))
@pytest.mark.parametrize("name", [name for name in PICTURES if kind_of(name) == "PNG"])
def test_a_png_needs_no_end(name, missing):
    """Twelve bytes say that it ends, and four are the checksum of its pixels."""
    assert prepared(PICTURES[name][:-missing]).files == prepared(PICTURES[name]).files


@BRIEFLY
@given(st.sampled_from(sorted(PICTURES)), st.integers(0, 1), st.data())
def test_any_note_may_be_broken_anywhere(name, place, data):
    notes = NOTES[kind_of(name)]
    note = bytearray(notes[data.draw(st.sampled_from(sorted(notes)))])
    # The first eight bytes say how long it is, and of what kind.
    if len(note) > 12:
        for _ in range(data.draw(st.integers(0, 5))):
            note[data.draw(st.integers(8, len(note) - 1))] = data.draw(st.integers(0, 255))
    changed = with_note(name, PICTURES[name], bytes(note), place)

    assert prepared(changed)[:2] == prepared(PICTURES[name])[:2]


@BRIEFLY
@given(st.sampled_from(sorted(PICTURES)), st.data())
def test_broken_pixels_are_refused_with_a_sentence_or_drawn(name, data):
    file = bytearray(PICTURES[name])
    for _ in range(data.draw(st.integers(1, 9))):
        file[data.draw(st.integers(12, len(file) - 1))] = data.draw(st.integers(0, 255))

    try:
        prepared(bytes(file))
    except ValidationError as error:
        assert re.search(r"[.]$", error.messages[0])


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_that_is_cut_through_is_refused(name):
    data = PICTURES[name]
    # The end of a JPEG is found by what its pixels depend on: some bits are filling.
    for share in (0.3, 0.5, 0.8, 0.95):
        with pytest.raises(ValidationError):
            prepared(data[: int(len(data) * share)])


def test_broken_pixels_of_a_png_are_refused():
    for name in ("PNG", "PNG, palette"):
        data = bytearray(PICTURES[name])
        data[data.index(b"IDAT") + 60] ^= 0x55
        with pytest.raises(ValidationError):
            prepared(bytes(data))


@pytest.mark.parametrize("exif_in", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_picture_stands_upright(exif_in, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(exif_in, exif=exif)

    upright = prepared(data)

    assert (upright.width > upright.height) == (orientation >= 5)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_profile_that_can_be_read_is_applied(kind):
    # In this one red and blue have changed places.
    profile = SRGB.replace(b"rXYZ", b"tmpX").replace(b"bXYZ", b"rXYZ").replace(b"tmpX", b"bXYZ")
    assert profile != SRGB

    applied = prepared(saved(kind, icc_profile=profile))

    assert applied.files != prepared(saved(kind)).files


@pytest.mark.parametrize(
    "data",
    [
        PICTURES["PNG"][:33] + chunk(b"noTe", b"") * (MAX_PARTS + 1) + PICTURES["PNG"][33:],
        PICTURES["JPEG"][:2] + segment(0xE5, b"") * (MAX_PARTS + 1) + PICTURES["JPEG"][2:],
        PICTURES["WEBP"] + riff(b"noTe", b"") * (MAX_PARTS + 1),
        PICTURES["PNG"][:33] + (b"\0\x7f\0\0IDAX" + b"IDAT\0\0\0\0" * 999) + PICTURES["PNG"][33:],
    ],
)
def test_a_file_of_nothing_but_notes_is_refused_soon(data):
    with pytest.raises(ValidationError) as caught:
        prepared(data)

    assert caught.value.messages == [images.DAMAGED]
