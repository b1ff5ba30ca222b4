"""Download everything of mine: all that somebody gave, nothing of others', in bounded steps."""

import io
import json
import secrets
from zipfile import ZipFile

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient, Client
from django.utils import timezone

from accounts.factories import UserFactory
from accounts.leaving.exports import LEFT_OUT, archive, covered
from accounts.models import Block
from accounts.relations import name_of, references_to_users
from accounts.tests.proof import reauthenticate
from bookshelf.pictures import images
from bookshelf.tests.post_views import PASSWORD
from posts.factories import commented, published
from posts.models import Comment, Cover, Draft, Follow, ShelvedBook
from posts.tests.pictures import picture, upload

pytestmark = pytest.mark.django_db


def unpacked(user) -> dict[str, bytes]:
    with ZipFile(io.BytesIO(b"".join(archive(user)))) as found:
        assert found.testzip() is None
        return {name: found.read(name) for name in found.namelist()}


def rows(found: dict[str, bytes], name: str) -> list[dict]:
    return json.loads(found[f"{name}.json"])


def test_every_reference_to_a_user_is_in_it_or_left_out_for_a_reason():
    """A new model that refers to a user fails here: register a part, or say why there is none."""
    names = {name_of(field) for field in references_to_users()}

    assert names - covered() - set(LEFT_OUT) == set()
    assert all(LEFT_OUT.values())
    assert not covered() & set(LEFT_OUT)


@pytest.fixture
def given(ana, ben, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    cover = Cover.keep_pending(images.prepare(upload(picture())), ana)
    post, _ = published(author=ana, title="Persuasion / Überredung", tags=("novel",))
    post.body = "Half agony, *half* hope."
    post.revise(("novel", "letters"), editor=ana, cover=cover)
    gone, _ = published(author=ana, title="Sanditon")
    gone.remove()
    theirs, _ = published(author=ben, title="Emma")
    commented(theirs, "Badly done.", author=ana)
    commented(post, "The secret of Ben.", author=ben)
    theirs.like(ana, True)
    Follow.objects.put(ana, ben, True)
    ShelvedBook.objects.put(ana, theirs, "want")
    Block.objects.put(ana, UserFactory(username="cleo"), True)
    Draft.objects.create(author=ana, submission="0" * 32, body="Half.", kept_at=timezone.now())
    Draft.objects.create(author=ben, submission="1" * 32, body="Hush.", kept_at=timezone.now())
    return post


def test_it_has_all_that_somebody_gave(ana, given):
    found = unpacked(ana)

    posts = rows(found, "posts")
    assert [post["title"] for post in posts] == ["Persuasion / Überredung", "Sanditon"]
    assert posts[0]["tags"] == ["letters", "novel"]
    assert found[posts[0]["cover"]].startswith(b"RIFF")
    assert posts[1]["removed_at"]
    assert "Half agony, *half* hope." in found[f"posts/{given.pk}.md"].decode()
    assert len(rows(found, "revisions")) == 1
    assert [each["body"] for each in rows(found, "comments")] == ["Badly done."]
    assert [each["body"] for each in rows(found, "drafts")] == ["Half."]
    assert len(rows(found, "likes")) == len(rows(found, "shelf")) == 1
    assert rows(found, "following")[0]["username"] == "ben"
    assert rows(found, "blocked")[0]["username"] == "cleo"
    assert rows(found, "notifications")[0]["by"] == "ben"
    assert rows(found, "profile")[0]["email"] == "ana@example.com"


def test_its_readme_names_every_file(ana, given):
    found = unpacked(ana)

    readme = found["README.md"].decode()
    for name in found:
        folder, _, rest = name.partition("/")
        assert name == "README.md" or (f"`{folder}/*" if rest else f"`{name}`") in readme, name


def test_it_has_nothing_that_others_wrote_and_no_password(ana, ben, given):
    ana.set_password(PASSWORD)
    ana.save()
    everything = b"".join(unpacked(ana).values()).decode(errors="replace")

    for secret in ("The secret of Ben", "Hush.", "ben@example.com", ana.password):
        assert secret not in everything


def test_it_is_sent_in_pieces_and_read_in_batches(
    ana, ben, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr("accounts.leaving.exports.AT_ONCE", 50)
    monkeypatch.setattr("accounts.leaving.exports.CHUNK", 1_000)
    post, _ = published(author=ben)
    Comment.objects.bulk_create(
        Comment(post=post, author=ana, body=secrets.token_hex(200)) for _ in range(500)
    )

    chunks = archive(ana)
    with django_assert_max_num_queries(60):
        sizes = [len(chunk) for chunk in chunks]

    assert len(sizes) > 10
    assert sum(size > 0 for size in sizes) > 4
    assert max(sizes) < 40_000


def test_somebody_who_gave_nothing_gets_an_archive_too(ben):
    assert rows(unpacked(ben), "comments") == []


def test_it_is_asked_for_with_the_password(ana, given):
    ana.set_password(PASSWORD)
    ana.save()
    client = Client()
    client.post("/accounts/login/", {"login": "ana", "password": PASSWORD})
    assert "Download it" in client.get("/accounts/export/").content.decode()
    asked = client.post("/accounts/export/")

    answer = client.post(asked["Location"], {"password": PASSWORD, "next": "/accounts/export/"})

    assert answer["Content-Type"] == "application/zip"
    assert 'attachment; filename="bookshelf-ana-' in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]
    ZipFile(io.BytesIO(b"".join(answer.streaming_content))).testzip()


def test_guests_sign_in_first(client):
    assert client.post("/accounts/export/")["Location"].startswith("/accounts/login/")


@pytest.mark.django_db(transaction=True)
async def test_under_asgi_it_is_streamed(ana, given):
    client = AsyncClient()
    await client.aforce_login(ana)
    await sync_to_async(reauthenticate)(client, ana)

    answer = await client.post("/accounts/export/")

    assert answer.is_async
    data = b"".join([chunk async for chunk in answer.streaming_content])
    assert ZipFile(io.BytesIO(data)).testzip() is None
