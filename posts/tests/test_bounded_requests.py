"""Whatever is sent, a request takes a moment, little memory, and no lock while it reads."""

import io
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client

from accounts.factories import UserFactory
from bookshelf.pictures import images
from posts.content import markdown
from posts.models import Comment, Post
from posts.tests.cost import MOST_MEGABYTES, MOST_READINGS, megabytes_for, readings_for
from posts.tests.hard_texts import repeated
from posts.tests.pictures import EMMA, picture, prepared

HARD = [repeated("", "a\n#\n"), repeated("", "a\n\n"), repeated("", "[||")]


@pytest.fixture
def reads_in_transactions(monkeypatch) -> list[str]:
    """The texts that were read as Markdown while a transaction was open."""
    found = []
    tokens_of = markdown.tokens_of

    def noted(md, text, scope=""):
        if connection.in_atomic_block:
            found.append(text)
        return tokens_of(md, text, scope)

    monkeypatch.setattr(markdown, "tokens_of", noted)
    markdown.to_text.cache_clear()
    return found


@pytest.mark.django_db(transaction=True)
def test_no_verb_reads_markdown_within_its_transaction(reads_in_transactions):
    client = Client()
    client.force_login(UserFactory())
    client.post("/posts/new/", EMMA | {"body": "*One* @ben"})
    post = Post.objects.get()
    client.post(f"/posts/{post.pk}/comments/", {"body": "*Two* @ben"})
    comment = Comment.objects.get()
    markdown.to_text.cache_clear()
    client.post(f"/posts/{post.pk}/comments/{comment.pk}/edit/", {"body": "*Three* @ben"})
    client.post(f"/posts/{post.pk}/edit/", EMMA | {"body": "*Four* @ben"})
    client.post(f"/posts/{post.pk}/delete/")
    markdown.to_text.cache_clear()
    client.post(f"/posts/{post.pk}/restore/")

    assert Post.objects.visible().get().body == "*Four* @ben"
    assert Comment.objects.get().body == "*Three* @ben"
    assert reads_in_transactions == []


@pytest.mark.parametrize("body", HARD, ids=["headings", "paragraphs", "brackets"])
def test_a_hard_review_makes_no_view_slow(body, as_ana, client):
    def cold(send):
        for cached in (markdown.to_html, markdown.to_open_html, markdown.to_text):
            cached.cache_clear()
        return send()

    as_ana.get("/posts/new/")
    as_ana.post("/posts/new/", EMMA | {"body": body})
    post = Post.objects.get()
    post.body = body[:-2]
    post.revise()
    for path in ("/", post.get_absolute_url(), "/feed/", "/feed.json", "/search/?q=" + "a " * 99):
        client.get(path)
        assert readings_for(lambda path=path: cold(lambda: client.get(path))) < MOST_READINGS, path
    for path in ("/drafts/keep/", f"/drafts/keep/{post.pk}/"):
        form = EMMA | {"body": body}
        send = lambda path=path, form=form: as_ana.post(path, form)  # noqa: E731
        assert readings_for(lambda send=send: cold(send)) < MOST_READINGS, path


def test_keeping_drafts_is_limited_far_above_what_typing_does(as_ana, settings):
    settings.RATE_LIMITS = True

    form = EMMA | {"submission": str(uuid.uuid4())}
    answers = [as_ana.post("/drafts/keep/", form).status_code for _ in range(61)]

    assert answers == [200] * 60 + [429]


PREPARATION = """
import io, random
from django.core.exceptions import ValidationError
from PIL import Image
from bookshelf.pictures import images
from posts.tests.pictures import picture, prepared
prepared(picture())
def noisy(kind, megapixels, mode="RGB", **options):
    width = int((megapixels * 1e6 / 1.5) ** 0.5)
    image = Image.effect_noise((width // 8, width * 3 // 16), 60).convert("RGB")
    image = image.resize((width, width * 3 // 2)).convert(mode)
    if mode == "RGBA":
        image.putalpha(128)
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()
"""

PICTURES = {
    "a photo of 24 million pixels": "noisy('JPEG', 24, quality=80)",
    "a progressive JPEG": "noisy('JPEG', 5.9, quality=90, subsampling=0, progressive=True)",
    "a PNG": "noisy('PNG', 5.9, 'RGBA', compress_level=1)",
    "a PNG with one clear colour": "noisy('PNG', 5.9, transparency=(1, 2, 3), compress_level=1)",
    "a photo without its end": "noisy('JPEG', 24, quality=80)[:-2]",
    "a progressive JPEG without its end": (
        "noisy('JPEG', 5.9, quality=90, subsampling=0, progressive=True)[:-2]"
    ),
    "a PNG without its end": "noisy('PNG', 5.9, 'RGBA', compress_level=1)[:-14]",
    "a WebP": "noisy('WEBP', 2.9, 'RGBA', lossless=True, method=0)",
}


@pytest.mark.parametrize("name", PICTURES)
def test_the_largest_pictures_that_are_taken_fit_into_memory(name):
    preparation = f"{PREPARATION}\ndata = {PICTURES[name]}"

    assert megabytes_for(preparation, "prepared(data)") < MOST_MEGABYTES


def webp_claiming(width: int, height: int) -> bytes:
    """Return 38 bytes of a WebP that says it is this large."""
    bits = (width - 1) | (height - 1) << 14
    chunk = b"\x2f" + bits.to_bytes(4, "little") + b"\0" * 13
    return b"RIFF" + (30).to_bytes(4, "little") + b"WEBPVP8L" + b"\x12\0\0\0" + chunk


BOMBS = {
    "38 bytes of a WebP": webp_claiming(16_000, 16_000),
    "a transparent WebP": picture((2_000, 2_000), "WEBP", "RGBA", lossless=True),
    "an animated WebP": picture((2_000, 2_000), "WEBP", save_all=True),
    "a PNG of one bit": picture((3_000, 3_000), "PNG", "1"),
    "a large progressive JPEG": picture((3_000, 3_000), progressive=True, quality=10),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_before_it_takes_any_memory(name):
    data = BOMBS[name]
    refuse = "\ntry:\n    prepared(data)\nexcept ValidationError:\n    pass"

    with pytest.raises(ValidationError, match="too many pixels"):
        prepared(data)
    assert megabytes_for(f"{PREPARATION}\ndata = {data!r}", refuse) < 20


def test_a_jpeg_of_very_many_scans_is_refused():
    data = picture((1_500, 1_500), progressive=True)
    start = data.index(images.SCAN)
    scan = data[start : data.index(b"\xff", start + 14)]

    with pytest.raises(ValidationError, match="too many pixels"):
        prepared(data[:-2] + scan * 200 + data[-2:])


def test_an_upload_does_not_wait_for_ever_and_the_text_stays(as_ana, monkeypatch):
    monkeypatch.setattr(images, "MAX_WAIT", 0.01)
    upload = io.BytesIO(picture())
    upload.name = "cover.jpg"

    with images._one_at_a_time:
        response = as_ana.post("/posts/new/", EMMA | {"cover": upload})

    assert response.status_code == 422
    assert str(images.BUSY) in response.content.decode()
    assert EMMA["body"] in response.content.decode()
    assert not Post.objects.exists()
