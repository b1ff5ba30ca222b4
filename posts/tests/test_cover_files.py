"""The files of covers: served from any storage, and pruned."""

import io
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from PIL import Image

from posts.factories import published
from posts.models import Cover, Post
from posts.tests.pictures import EMMA, count_files, picture, prepared, upload


@pytest.fixture(autouse=True)
def media(tmp_path, settings) -> Path:
    """A storage of this test's own."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "covers"


def test_a_picture_is_served_for_ever_and_without_cookies(as_ana, client):
    as_ana.post("/posts/new/", EMMA | {"cover": upload(picture())})
    cover = Cover.objects.get()

    for browser in (client, as_ana):
        response = browser.get(cover.src)
        assert response.status_code == 200
        assert response["Content-Type"] == "image/webp"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in response["Content-Security-Policy"]
        kept = set(response["Cache-Control"].split(", "))
        assert kept == {"public", "max-age=31536000", "immutable"}
        assert "Vary" not in response and not response.cookies
        assert Image.open(io.BytesIO(response.content)).width == 192
    assert client.head(cover.src).status_code == 200
    assert client.post(cover.src).status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "covers/" + "0" * 32 + "-96.webp",
        "covers/../db.sqlite3",
        "covers/%2e%2e/secret.webp",
        "covers/",
        "secret.txt",
        "",
    ],
)
@pytest.mark.django_db
def test_nothing_else_is_served(client, settings, path):
    (Path(settings.MEDIA_ROOT) / "secret.txt").write_text("secret")

    response = client.get(f"/media/{path}")

    assert response.status_code == 404
    assert "immutable" not in response.get("Cache-Control", "")


def test_what_nobody_needs_is_pruned(ana, media, django_capture_on_commit_callbacks, capsys):
    result = prepared(picture((60, 90)))
    _old, young, shown, removed = (Cover.keep_pending(result, ana) for _ in range(4))
    posts = [published(author=ana)[0] for _ in range(2)]
    posts[0].revise(cover=shown)
    posts[1].revise(cover=removed)
    long_ago = timezone.now() - timedelta(days=2)
    Cover.objects.exclude(pk=young.pk).update(created_at=long_ago)
    Post.objects.filter(pk=posts[1].pk).update(removed_at=long_ago)

    with django_capture_on_commit_callbacks(execute=True):
        call_command("prunecovers")

    assert set(Cover.objects.all()) == {young, shown}
    assert count_files(media) == 2
    assert "Deleted 2 covers and 0 stray files." in capsys.readouterr().out


@pytest.mark.django_db
def test_files_without_a_row_are_pruned_when_they_are_old(monkeypatch, media, ana, capsys):
    call_command("prunecovers")
    kept = Cover.keep_pending(prepared(picture((60, 90))), ana)
    default_storage.save("covers/" + "a" * 32 + "-96.webp", ContentFile(b"x"))
    default_storage.save("covers/notes.txt", ContentFile(b"somebody's"))

    call_command("prunecovers")
    assert count_files(media) == 3
    long_ago = timezone.now() - timedelta(days=2)
    monkeypatch.setattr(FileSystemStorage, "get_modified_time", lambda *_: long_ago)
    call_command("prunecovers")

    assert {path.name for path in media.iterdir()} == {f"{kept.token}-60.webp", "notes.txt"}
    assert capsys.readouterr().out.endswith("Deleted 0 covers and 1 stray files.\n")


def test_a_storage_that_cannot_be_reached_fails_no_edit(
    ana, monkeypatch, django_capture_on_commit_callbacks
):
    post, _ = published(author=ana)
    post.revise(cover=Cover.keep_pending(prepared(picture()), ana))

    def unreachable(*_):
        raise ConnectionError

    monkeypatch.setattr(FileSystemStorage, "delete", unreachable)

    with django_capture_on_commit_callbacks(execute=True):
        Post.objects.get(pk=post.pk).revise(cover=None)

    assert not Cover.objects.exists()


@pytest.mark.django_db
def test_a_request_that_is_too_large_gets_a_page_of_ours(as_ana):
    response = as_ana.post("/posts/new/", EMMA | {"body": "x" * 3_000_000})

    assert response.status_code == 400
    assert "up to 20,000 characters" in response.content.decode()


@pytest.mark.django_db
def test_who_is_not_signed_in_stores_nothing(media):
    Client().post("/posts/new/", EMMA | {"cover": upload(picture())})

    assert count_files(media) == 0


def start(**env: str) -> subprocess.CompletedProcess:
    """Load the settings in a process with this environment, and print where pictures may be."""
    code = "from bookshelf import settings as s; print(s.STORAGES['default'],"
    code += "s.CONTENT_SECURITY_POLICY['DIRECTIVES']['img-src'])"
    return subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"DEBUG": "1"} | env,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
    )


def test_another_host_for_pictures_is_a_setting():
    assert start().stdout.strip().endswith("[\"'self'\"]")

    done = start(
        MEDIA_URL="https://files.example:8443/shelf/",
        MEDIA_STORAGE="django.core.files.storage.memory.InMemoryStorage",
        MEDIA_STORAGE_OPTIONS='{"bucket_name": "shelf"}',
    )

    assert done.stdout.strip().endswith("[\"'self'\", 'https://files.example:8443']")
    assert "memory.InMemoryStorage', 'OPTIONS': {'bucket_name': 'shelf'}" in done.stdout


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MEDIA_URL", "files.example"),
        ("MEDIA_URL", "https://files.example"),
        ("MEDIA_URL", "javascript://x/"),
        ("MEDIA_URL", "https://files.example;script-src/"),
        ("MEDIA_URL", "https://files.example/; script-src *"),
        ("MEDIA_STORAGE_OPTIONS", "bucket"),
    ],
)
def test_a_bad_value_is_named(name, value):
    done = start(**{name: value})

    assert done.returncode != 0
    assert f"ImproperlyConfigured: {name}" in done.stderr.splitlines()[-1]


def test_any_storage_of_django_will_do(as_ana, settings, django_capture_on_commit_callbacks):
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.InMemoryStorage",
            "OPTIONS": {"base_url": "https://files.example/"},
        }
    }
    as_ana.post("/posts/new/", EMMA | {"cover": upload(picture())})
    cover = Cover.objects.get()

    text = as_ana.get("/").content.decode()

    assert f'src="https://files.example/covers/{cover.token}-192.webp"' in text
    assert as_ana.get(f"/media/covers/{cover.token}-192.webp").status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        cover.post.revise(cover=None)
    assert default_storage.listdir("covers")[1] == []


def test_a_storage_that_cannot_be_written_keeps_the_form(as_ana, monkeypatch):
    def unreachable(*_):
        raise ConnectionError

    monkeypatch.setattr(FileSystemStorage, "save", unreachable)

    response = as_ana.post("/posts/new/", EMMA | {"cover": upload(picture())})

    assert response.status_code == 422
    assert "could not store this picture just now" in response.content.decode()
    assert not Post.objects.exists()
    monkeypatch.undo()
    as_ana.post("/posts/new/", EMMA)
    assert Post.objects.exists()
