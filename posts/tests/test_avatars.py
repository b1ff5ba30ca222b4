"""The pictures of people: as careful as covers, and live."""

import io
import os
import re

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.test import Client
from PIL import Image

from accounts.leaving.departures import leave
from accounts.models import RENAMED, User
from accounts.profile.avatars import put_avatar
from bookshelf.log import Change
from bookshelf.pictures.files import AVATAR
from bookshelf.pictures.images import prepare
from posts.factories import commented, published
from posts.tests.pictures import SVG, bomb, picture, upload

pytestmark = pytest.mark.django_db

PATH = "/accounts/picture/"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def files(media) -> list[str]:
    folder = media / "avatars"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def drawn(data: bytes) -> dict[int, Image.Image]:
    found = prepare(ContentFile(data), AVATAR).files
    return {width: Image.open(io.BytesIO(file)) for width, file in found.items()}


@pytest.mark.parametrize("size", [(600, 900), (900, 600), (48, 48), (300, 1200), (1200, 300)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_whatever_its_size_it_becomes_two_squares(size, kind):
    found = drawn(picture(size, kind))

    assert {width: each.size for width, each in found.items()} == {96: (96, 96), 288: (288, 288)}
    assert {each.format for each in found.values()} == {"WEBP"}


def test_its_middle_is_what_is_shown():
    image = Image.new("RGB", (900, 300), (255, 0, 0))
    image.paste((0, 0, 255), (300, 0, 600, 300))
    out = io.BytesIO()
    image.save(out, "PNG")

    square = drawn(out.getvalue())[288].convert("RGB")

    for place in ((5, 5), (282, 5), (144, 144), (5, 282)):
        red, _, blue = square.getpixel(place)
        assert blue > 200 > 60 > red, place


def test_nothing_else_of_the_upload_is_kept(ana, as_ana, media):
    exif = Image.Exif()
    exif[0x010E] = "Taken at home, 12 Milk Street"

    as_ana.post(PATH, {"picture": upload(picture(exif=exif.tobytes()), "me at home.jpg")})

    ana.refresh_from_db()
    assert re.fullmatch("[0-9a-f]{32}", ana.avatar)
    assert files(media) == [f"{ana.avatar}-288.webp", f"{ana.avatar}-96.webp"]
    for name in files(media):
        assert b"Milk Street" not in (media / "avatars" / name).read_bytes()


@pytest.mark.parametrize("wrong", [SVG, b"", b"\xff\xd8\xff no picture", bomb(), picture((20, 20))])
def test_what_is_no_picture_is_refused_in_words(ana, as_ana, media, wrong):
    answer = as_ana.post(PATH, {"picture": upload(wrong)})

    assert answer.status_code == 422
    assert 'class="error"' in answer.content.decode()
    assert User.objects.get(pk=ana.pk).avatar == ""
    assert files(media) == []


def test_nothing_chosen_is_said(as_ana):
    for sent in ({}, {"picture": ""}):
        assert "Choose a picture first." in as_ana.post(PATH, sent).content.decode()


def test_another_one_and_none_delete_the_files_of_the_one_before(
    ana, as_ana, media, django_capture_on_commit_callbacks
):
    for colour in ((1, 2, 3), (200, 1, 1)):
        with django_capture_on_commit_callbacks(execute=True):
            as_ana.post(PATH, {"picture": upload(picture(colour=colour))})
    ana.refresh_from_db()
    assert files(media) == [f"{ana.avatar}-288.webp", f"{ana.avatar}-96.webp"]

    with django_capture_on_commit_callbacks(execute=True):
        as_ana.post(PATH, {"remove": ""}, follow=True)

    assert files(media) == []
    assert User.objects.get(pk=ana.pk).avatar == ""


def test_it_goes_with_the_account(ana, media, django_capture_on_commit_callbacks):
    put_avatar(ana, prepare(ContentFile(picture()), AVATAR))
    ana.refresh_from_db()

    with django_capture_on_commit_callbacks(execute=True):
        leave(ana, keeps_texts=True)
        put_avatar(ana, prepare(ContentFile(picture()), AVATAR))

    assert files(media) == []
    assert User.objects.get(pk=ana.pk).avatar == ""


def test_each_new_picture_is_one_change(ana, as_ana):
    before = Change.objects.count()

    as_ana.post(PATH, {"picture": upload(picture())})
    as_ana.post(PATH, {"remove": ""})
    as_ana.post(PATH, {"remove": ""})

    kinds = list(Change.objects.order_by("seq").values_list("kind", flat=True))[before:]
    assert kinds == [RENAMED, RENAMED]


def test_it_stands_beside_what_one_writes_and_is_served(ana, ben, as_ana, client):
    post, _ = published(author=ben)
    commented(post, author=ana)
    as_ana.post(PATH, {"picture": upload(picture())})
    ana.refresh_from_db()
    image = f'<img src="{ana.avatar_small}" width="24" height="24" alt="" loading="lazy"'

    room = client.get(post.get_absolute_url()).content.decode()

    assert image in room
    assert (
        f'<span class="avatar avatar-{ben.pk}" dir="auto" aria-hidden="true">B</span>'
        in room.replace("\n", "")
    )
    assert ana.avatar_large in client.get("/readers/ana/").content.decode()
    served = client.get(ana.avatar_small)
    assert (served["Content-Type"], served.status_code) == ("image/webp", 200)
    assert "immutable" in served["Cache-Control"]
    assert client.get(ana.avatar_small.replace("-96", "-97")).status_code == 404


def test_a_storage_that_fails_changes_nothing(ana, as_ana, monkeypatch):
    monkeypatch.setattr(default_storage, "save", lambda *args: 1 / 0)

    answer = as_ana.post(PATH, {"picture": upload(picture())})

    assert "could not store" in answer.content.decode()
    assert User.objects.get(pk=ana.pk).avatar == ""


def test_strays_are_pruned_and_pictures_in_use_are_not(ana, media, monkeypatch):
    put_avatar(ana, prepare(ContentFile(picture()), AVATAR))
    ana.refresh_from_db()
    default_storage.save(f"avatars/{'0' * 32}-96.webp", ContentFile(b"x"))
    old = media / "avatars" / f"{'0' * 32}-96.webp"
    os.utime(old, (0, 0))
    for name in files(media):
        os.utime(media / "avatars" / name, (0, 0))

    call_command("prunecovers")

    assert files(media) == [f"{ana.avatar}-288.webp", f"{ana.avatar}-96.webp"]


def test_guests_and_stale_forms_store_nothing(client, ana, media):
    assert client.post(PATH, {"picture": upload(picture())}).status_code == 302
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ana)
    answer = strict.post(PATH, {"picture": upload(picture()), "csrfmiddlewaretoken": "s" * 64})
    assert "choose it again" in answer.content.decode()

    assert files(media) == []


def test_who_has_none_is_a_letter():
    for name, initial in {"ana": "A", "“émile”": "É", "ßa": "S", "孤独": "孤"}.items():
        assert User(name=name).initial == initial
