"""The picture of a post: published, kept for a form, replaced, taken off."""

import re
import uuid
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from bookshelf.log import Change
from posts.factories import published
from posts.models import Cover, Post
from posts.tests.pictures import EMMA, SVG, bomb, count_files, picture, prepared, upload


@pytest.fixture(autouse=True)
def media(tmp_path, settings) -> Path:
    """A storage of this test's own."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "covers"


def kept_token(response) -> str:
    return re.search(r'name="pending_cover" value="(\w+)"', response.content.decode())[1]


# --- On a post ---


def test_a_post_is_published_with_its_cover(as_ana, ana, media):
    response = as_ana.post("/posts/new/", EMMA | {"cover": upload(picture())})

    post = Post.objects.get()
    assert response.status_code == 302
    assert post.cover.owner == ana
    assert Change.objects.count() == 1
    names = sorted(path.name for path in media.iterdir())
    assert names == sorted(f"{post.cover.token}-{w}.webp" for w in (96, 192, 440, 600))
    for page in ("/", post.get_absolute_url(), f"/posts/{post.pk}/edit/"):
        text = as_ana.get(page).content.decode()
        assert f'src="/media/covers/{post.cover.token}-192.webp"' in text
        assert f"/media/covers/{post.cover.token}-600.webp 600w" in text


@pytest.mark.django_db
def test_names_are_random(as_ana, media):
    for _ in range(2):
        file = upload(picture((60, 90)), "my secret.jpg")
        as_ana.post("/posts/new/", EMMA | {"cover": file})

    names = {path.name for path in media.iterdir()}
    assert len(names) == 2
    assert all(re.fullmatch(r"[0-9a-f]{32}-60\.webp", name) for name in names)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: SVG, "can read"),
        (lambda: picture()[:-900], "damaged"),
        (bomb, "too many pixels"),
        (lambda: b"", "empty"),
        (lambda: picture() + b"\0" * 8_000_000, "8 MB"),
    ],
)
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.django_db
def test_a_refused_picture_keeps_the_form(as_ana, media, make, sentence):
    response = as_ana.post("/posts/new/", EMMA | {"tags": "novel", "cover": upload(make())})

    text = response.content.decode()
    assert response.status_code == 422
    assert re.search(f'id="id_cover_error"[^>]*>[^<]*({sentence})', text)
    assert all(typed in text for typed in (*EMMA.values(), "novel"))
    assert not Post.objects.exists()
    assert count_files(media) == 0


def test_a_replaced_picture_is_deleted_when_that_is_certain(
    as_ana, ana, media, django_capture_on_commit_callbacks
):
    as_ana.post("/posts/new/", EMMA | {"cover": upload(picture())})
    post = Post.objects.get()
    old = post.cover.token

    with django_capture_on_commit_callbacks(execute=True):
        as_ana.post(f"/posts/{post.pk}/edit/", EMMA | {"cover": upload(picture((100, 150)))})
        assert list(media.glob(f"{old}-*"))

    new = Cover.objects.get(post=post).token
    assert new != old
    assert {path.name for path in media.iterdir()} == {f"{new}-96.webp", f"{new}-100.webp"}
    assert Change.objects.count() == 2


def test_a_picture_can_be_taken_off(as_ana, media, django_capture_on_commit_callbacks):
    as_ana.post("/posts/new/", EMMA | {"cover": upload(picture())})
    post = Post.objects.get()

    with django_capture_on_commit_callbacks(execute=True):
        as_ana.post(f"/posts/{post.pk}/edit/", EMMA | {"remove_cover": "on"})

    assert not Cover.objects.exists()
    assert count_files(media) == 0
    assert "cover--cloth" in as_ana.get("/").content.decode()


def test_an_edit_without_a_picture_leaves_the_one_that_is_there(as_ana):
    as_ana.post("/posts/new/", EMMA | {"cover": upload(picture())})
    post = Post.objects.get()
    as_ana.post(f"/posts/{post.pk}/edit/", EMMA | {"body": "Better than I thought."})

    assert Cover.objects.get().post == post


def test_a_failed_verb_leaves_the_old_picture(ana, media, django_capture_on_commit_callbacks):
    post, _ = published(author=ana)
    post.revise(cover=Cover.keep_pending(prepared(picture()), ana))
    new = Cover.keep_pending(prepared(picture()), ana)

    commit = django_capture_on_commit_callbacks(execute=True)
    with commit, pytest.raises(ZeroDivisionError), transaction.atomic():
        Post.objects.get(pk=post.pk).revise(cover=new)
        raise ZeroDivisionError

    assert Cover.objects.get(post=post).pk != new.pk
    assert Cover.objects.pending().get() == new
    assert count_files(media) == 8


@pytest.mark.parametrize("count", [1, 9])
def test_pictures_cost_a_list_no_query(ana, client, count, django_assert_num_queries):
    result = prepared(picture((60, 90)))
    for _ in range(count):
        published(author=ana)[0].revise(cover=Cover.keep_pending(result, ana))
        published(author=ana)

    with django_assert_num_queries(5):
        text = client.get("/").content.decode()

    assert text.count("cover--image") == text.count("cover--cloth") == count


def test_a_wide_picture_asks_for_files_that_fill_the_height(ana):
    cover = Cover.keep_pending(prepared(picture((900, 600))), ana)

    assert cover.sizes_on_list == "(min-width: 44rem) 216px, 144px"


# --- Waiting for the form ---


def test_a_good_picture_survives_a_mistake_elsewhere(as_ana, media):
    typed = EMMA | {"title": "", "cover": upload(picture())}
    response = as_ana.post("/posts/new/", typed)
    token = kept_token(response)
    assert response.status_code == 422
    assert f"/media/covers/{token}-192.webp" in response.content.decode()

    response = as_ana.post("/posts/new/", EMMA | {"body": "", "pending_cover": token})
    assert kept_token(response) == token

    as_ana.post("/posts/new/", EMMA | {"pending_cover": token})
    assert Post.objects.get().cover.token == token
    assert count_files(media) == 4


def test_a_second_picture_takes_the_place_of_the_first(as_ana):
    first = kept_token(as_ana.post("/posts/new/", {"cover": upload(picture())}))
    as_ana.post("/posts/new/", EMMA | {"pending_cover": first, "cover": upload(picture())})

    assert Post.objects.get().cover.token != first


def test_a_waiting_picture_can_be_left_out(as_ana):
    token = kept_token(as_ana.post("/posts/new/", {"cover": upload(picture())}))
    as_ana.post("/posts/new/", EMMA | {"pending_cover": token, "remove_cover": "on"})

    assert not Cover.objects.exclude(post=None).exists()


def test_a_waiting_picture_is_its_owners_alone(as_ana, as_ben):
    token = kept_token(as_ana.post("/posts/new/", {"cover": upload(picture())}))

    response = as_ben.post("/posts/new/", EMMA | {"pending_cover": token})

    assert response.status_code == 422
    assert "choose it again" in response.content.decode()
    assert token not in response.content.decode()
    assert not Post.objects.exists()


def test_a_picture_that_is_on_a_post_cannot_be_taken_for_another(as_ana):
    as_ana.post("/posts/new/", EMMA | {"cover": upload(picture())})
    token = Cover.objects.get().token
    as_ana.post("/posts/new/", EMMA | {"title": "Persuasion", "pending_cover": token})

    assert Cover.objects.get().post.title == "Emma"


def test_two_clicks_with_a_picture_make_one_post(as_ana):
    form = as_ana.post("/posts/new/", {"cover": upload(picture())})
    sent = EMMA | {"submission": str(uuid.uuid4()), "pending_cover": kept_token(form)}

    answers = [as_ana.post("/posts/new/", sent).status_code for _ in range(2)]

    assert answers == [302, 302]
    assert Post.objects.get().cover.token == sent["pending_cover"]


def test_a_conflict_keeps_the_picture_for_the_next_attempt(as_ana, ana):
    post, _ = published(author=ana)
    Post.objects.get(pk=post.pk).revise()
    typed = EMMA | {"version": 1, "cover": upload(picture())}

    response = as_ana.post(f"/posts/{post.pk}/edit/", typed)

    assert response.status_code == 409
    typed = EMMA | {"version": 2, "pending_cover": kept_token(response)}
    as_ana.post(f"/posts/{post.pk}/edit/", typed)
    assert Cover.objects.get().post == post


def test_only_a_few_pictures_wait_for_one_person(ana, django_capture_on_commit_callbacks, media):
    result = prepared(picture((60, 90)))
    with django_capture_on_commit_callbacks(execute=True):
        made = [Cover.keep_pending(result, ana) for _ in range(8)]

    assert list(Cover.objects.order_by("pk")) == made[3:]
    assert count_files(media) == 5


@pytest.mark.parametrize("name", ["cover.jpg", "cover.svg", "x.exe", "no-ending"])
@pytest.mark.django_db
def test_the_name_and_the_type_that_were_sent_mean_nothing(as_ana, name):
    good = SimpleUploadedFile(name, picture(kind="PNG"), content_type="text/html")
    as_ana.post("/posts/new/", EMMA | {"cover": good})
    bad = SimpleUploadedFile("cover.png", SVG, content_type="image/png")
    refused = as_ana.post("/posts/new/", EMMA | {"cover": bad})

    assert Cover.objects.get().post.title == "Emma"
    assert refused.status_code == 422
