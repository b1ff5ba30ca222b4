"""Pictures of covers: what is taken, what is refused, and what is made of it."""

import io
import re

import pytest
from django.core.exceptions import ValidationError
from PIL import Image, ImageCms

from bookshelf.pictures import images
from posts.tests.pictures import SVG, bomb, picture, prepared


def largest(data: bytes) -> Image.Image:
    """Return what prepare makes of a picture, decoded."""
    result = prepared(data)
    return Image.open(io.BytesIO(result.files[result.width]))


def near(pixel: tuple[int, ...], expected: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 12 for a, b in zip(pixel, expected, strict=True))


# --- What is taken ---


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_drawn_anew_as_webp_in_a_few_widths(kind):
    result = prepared(picture((1200, 1800), kind))

    assert list(result.files) == [96, 192, 440, 880]
    assert (result.width, result.height) == (880, 1320)
    for width, data in result.files.items():
        image = Image.open(io.BytesIO(data))
        assert (image.format, image.size) == ("WEBP", (width, round(width * 1.5)))
        assert near(image.convert("RGB").getpixel((9, 9)), (200, 100, 50))


@pytest.mark.parametrize(
    ("width", "widths"), [(150, [96, 150]), (96, [96]), (60, [60]), (500, [96, 192, 440, 500])]
)
def test_a_small_picture_is_never_blown_up(width, widths):
    assert list(prepared(picture((width, width))).files) == widths


def test_a_phone_picture_stands_upright_and_tells_no_place():
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "A telephone"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    data = picture((900, 600), exif=exif, comment=b"at home")

    result = prepared(data)

    assert b"A telephone" in data
    assert (result.width, result.height) == (600, 900)
    for file in result.files.values():
        image = Image.open(io.BytesIO(file))
        assert not image.getexif()
        assert not {"exif", "xmp", "icc_profile", "comment"} & image.info.keys()
        assert b"telephone" not in file


def test_what_is_transparent_shows_the_paper():
    for mode, kind in (("RGBA", "PNG"), ("RGBA", "WEBP"), ("LA", "PNG")):
        assert near(largest(picture(kind=kind, mode=mode)).getpixel((5, 5)), images.PAPER)
    for mode in ("P", "RGB", "L", "1"):
        data = picture(kind="PNG", mode=mode, transparency=(200, 100, 50) if mode == "RGB" else 0)
        assert near(largest(data).getpixel((5, 5)), images.PAPER)


def test_print_and_grey_pictures_keep_their_colours():
    cmyk = picture(mode="CMYK", colour=(0, 255, 255, 0))
    assert near(largest(cmyk).getpixel((5, 5)), (255, 0, 0))
    for mode, value in (("L", 128), ("I;16", 128 * 256)):
        grey = picture(kind="PNG", mode=mode, colour=value)
        assert near(largest(grey).getpixel((5, 5)), (128, 128, 128))


def test_an_embedded_profile_is_applied_and_a_broken_one_ignored():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile in (srgb, b"not a profile"):
        image = largest(picture(icc_profile=profile))
        assert near(image.getpixel((5, 5)), (200, 100, 50))


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_an_animation_the_first_frame_is_taken(kind):
    out = io.BytesIO()
    frames = [Image.new("RGB", (200, 300), colour) for colour in ("red", "blue", "lime")]
    frames[0].save(out, kind, save_all=True, append_images=frames[1:])

    image = largest(out.getvalue())

    assert getattr(image, "n_frames", 1) == 1
    assert near(image.convert("RGB").getpixel((50, 50)), (255, 0, 0))


# --- What is refused ---


def claiming(width: int, height: int) -> bytes:
    """A PNG that says it is this large, and has no pixels."""
    data = bytearray(picture((64, 64), "PNG"))
    data[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    return bytes(data)


REFUSED = {
    "an SVG": (lambda: SVG, "can read"),
    "HTML": (lambda: b"<!doctype html><script>alert(1)</script>", "can read"),
    "a GIF": (lambda: picture(kind="GIF"), "can read"),
    "a TIFF": (lambda: picture(kind="TIFF"), "can read"),
    "a WAV": (lambda: b"RIFF\0\0\0\0WAVEfmt ", "can read"),
    "nothing": (lambda: b"", "empty"),
    "too many bytes": (lambda: picture() + b"\0" * 8_000_000, "8 MB"),
    "a bomb": (bomb, "too many pixels"),
    "the claim of a bomb": (lambda: claiming(2**31 - 1, 2**31 - 1), "pixels|damaged"),
    "a little too many pixels": (lambda: picture((2500, 2500), "PNG", "1"), "too many pixels"),
    "an icon": (lambda: picture((600, 16)), "too small"),
    "a ribbon": (lambda: picture((100, 900)), "too long and narrow"),
    "half a JPEG": (lambda: picture((600, 900), quality=95)[:-900], "damaged"),
    "half a PNG": (lambda: picture(kind="PNG")[:-60], "damaged"),
    "half a WebP": (lambda: picture(kind="WEBP", lossless=True)[:-20], "damaged"),
    "a JPEG's first bytes": (lambda: picture()[:30], "damaged"),
    "an imposter": (lambda: b"\xff\xd8\xff" + SVG, "damaged"),
}


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_a_cover_gets_a_sentence(what):
    make, sentence = REFUSED[what]

    with pytest.raises(ValidationError) as caught:
        prepared(make())

    assert re.search(sentence, caught.value.messages[0])


def test_pixels_are_counted_before_they_are_decoded(monkeypatch):
    data = bomb()
    assert len(data) < 100_000
    monkeypatch.setattr(Image.Image, "load", lambda *_: pytest.fail("it was decoded"))

    with pytest.raises(ValidationError):
        prepared(data)
