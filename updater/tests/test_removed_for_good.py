"""What was removed, hidden or redacted is nowhere: a walk over every address, feed and frame.

A secret word stands in every text of a post, of its history, of comments and of a name.
"""

import re
import uuid
from contextlib import suppress
from pathlib import Path

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import models
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.factories import UserFactory
from accounts.models import User
from bookshelf.log import START
from bookshelf.pictures import images
from bookshelf.tests.post_views import VIEWS
from posts.factories import commented, published
from posts.models import (
    Appeal,
    Comment,
    Cover,
    Draft,
    Follow,
    ModerationAction,
    Notification,
    Post,
    Shelf,
    ShelvedBook,
)
from posts.models.moderated import Redaction
from posts.models.moderation import Verb
from posts.models.report import Reason, Report
from posts.moderation.verbs import NOTHING, carry_out
from posts.tests.pictures import picture, upload
from updater.log_reader import LogReader

pytestmark = pytest.mark.django_db

OF_OTHER_THINGS = {
    "posts:notification": Notification, "moderation:person": User, "moderation:purge": User,
    "moderation:notice": ModerationAction, "moderation:answer": Appeal,
}  # fmt: skip
"""Views whose `pk` is not that of a post."""

POST_ONLY = {
    "posts:delete", "posts:restore", "posts:like", "posts:history_forget", "posts:comment_keep",
    "posts:comment_like", "posts:comment_delete", "posts:draft_keep", "posts:draft_discard",
    "posts:notifications_read", "posts:follow", "posts:shelf_move", "posts:shelve",
    "posts:shelf_show", "posts:post_key", "posts:post_pin",
}  # fmt: skip

SECRET = "Zanzibarbarossa"


@pytest.fixture
def world(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return World()


class World:
    """A post that says the secret wherever a text can; and readers who had to do with it."""

    def __init__(self) -> None:
        self.author = UserFactory(username="author")
        self.ben = UserFactory(username="ben")
        self.moderator = UserFactory(username="mod", is_superuser=True)
        Follow.objects.put(self.ben, self.author, True)
        said = {"title": f"On {SECRET}", "book_author": f"{SECRET} Jr."}
        self.post, _ = published(
            author=self.author,
            body=f"@ben {SECRET} was here. ||{SECRET}||",
            tags=("novel", SECRET),
            **said,
        )
        cover = Cover.keep_pending(images.prepare(upload(picture())), self.author)
        self.post.body += f" Once more {SECRET}."
        self.post.revise(None, editor=self.author, cover=cover)
        self.comment = commented(self.post, f"I hate {SECRET}, @ben", author=self.author)
        self.reply = commented(self.post, "Why?", author=self.ben, parent=self.comment)
        self.other, _ = published(author=self.ben, tags=("novel",))
        self.elsewhere = commented(self.other, f"{SECRET}!", author=self.author)
        commented(self.other, "Pardon?", author=self.ben, parent=self.elsewhere)
        self.post.like(self.ben, True)
        self.other.like(self.author, True)
        self.post.pin()
        self.post.mark(key=True)
        ShelvedBook.objects.put(self.ben, self.post, "want")
        Shelf.objects.show(self.ben, True)
        Draft.objects.create(
            author=self.author,
            post=self.post,
            submission=uuid.uuid4(),
            body=SECRET,
            kept_at=timezone.now(),
        )
        self.slug = self.post.slug
        self.covers = [cover.url(width) for width in cover.widths]

    def some(self, name: str) -> dict[str, object]:
        """Return some arguments of a view."""
        some = {"pk": self.post.pk, "comment_pk": self.comment.pk, "username": "ben"}
        # One of two addresses of it has none.
        return {} if name == "posts:draft_keep" else {each: some[each] for each in VIEWS[name]}

    def do(self, verb: Verb, target: Post | Comment | User, redaction: Redaction = NOTHING):
        action = ModerationAction.of(self.moderator, verb, target, reason=Reason.OTHER)
        return carry_out(action, redaction)

    def addresses(self) -> set[str]:
        """Return every address there is, for everything there is."""
        comments = Comment.objects.values_list("pk", "post_id")
        values = {
            "slug": {"any-words", "novel"},
            "username": {"author", "ben"},
            "key": set(Post.objects.values_list("book_key", flat=True)),
            "name": {file for cover in Cover.objects.all() for file in cover.file_names},
        }
        found = {"/feed/", "/feed.json"}
        for name in sorted(VIEWS):
            if name.startswith(("admin:", "account")) or name in POST_ONLY | {"favicon"}:
                continue
            names = VIEWS[name]
            combined = [{}]
            if "comment_pk" in names or name == "moderation:comment":
                pk = "pk" if name == "moderation:comment" else "comment_pk"
                combined = [{pk: comment, "pk": post} for comment, post in comments]
            elif "pk" in names:
                model = OF_OTHER_THINGS.get(name, Post)
                combined = [{"pk": pk} for pk in model.objects.values_list("pk", flat=True)]
            for each in names - {"pk", "comment_pk"}:
                given = values.get(each, set())
                combined = [{**one, each: value} for one in combined for value in given]
            for one in combined:
                with suppress(NoReverseMatch):
                    found.add(reverse(name, kwargs=one))
        queries = [f"/search/?q={word}" for word in (SECRET, SECRET[:8], "novel", "once")]
        topics = ["posts", "key", "cards", f"author-{self.author.pk}", "tag-novel"]
        topics += [f"post-{self.post.pk}", f"post-{self.other.pk}"]
        queries += [f"/changes/?topic={topic}&cursor={START}" for topic in topics]
        return found | set(queries)


def visible_text(response) -> str:
    """Return all that an answer says, but for what the reader has typed: the query."""
    text = f"{response.headers} {response.content.decode(errors='replace')}"
    return re.sub(rf'value="{SECRET}[^"]*"|“{SECRET}[^”]*”|<title>{SECRET}[^<]*', "", text)


def leaks(world: World) -> list[str]:
    """Return where the secret still is, for a guest, and for a reader who is an author, too."""
    found = []
    for who in (None, world.ben):
        client = Client()
        if who is not None:
            client.force_login(who)
        for address in sorted(world.addresses()):
            text = visible_text(client.get(address))
            if (re.search(SECRET, text, re.IGNORECASE) and not address.startswith("/search/")) or (
                address.startswith("/search/") and world.slug in text
            ):
                found.append(f"{who} {address}")
    reader = LogReader()
    topics = [frozenset({topic, "cards"}) for topic in ("posts", "key", "tag-novel")]
    topics.append(frozenset({f"author-{world.author.pk}", "cards"}))
    topics += [frozenset({f"post-{post.pk}"}) for post in (world.post, world.other)]
    result = reader.read((), [(each, START) for each in topics])
    for request, frames in result.catch_ups.items():
        if any(re.search(SECRET, frame.text, re.IGNORECASE) for frame in frames or ()):
            found.append(f"a frame for {sorted(request[0])}")
    return found


def stored(but: frozenset[str] | set[str] = frozenset()) -> list[str]:
    """Return the columns of the database in which the secret stands."""
    found = []
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, models.CharField | models.TextField | models.JSONField):
                where = f"{model._meta.label}.{field.name}"
                values = model._base_manager.values_list(field.name, flat=True)
                if where not in but and any(SECRET.lower() in str(v).lower() for v in values):
                    found.append(where)
    return found


def test_the_walk_finds_the_secret_where_it_is(world):
    found = leaks(world)

    assert any("/feed.json" in each for each in found)
    assert any("/notifications/" in each for each in found)
    assert any("a frame for" in each for each in found)
    assert any("/history/" in each for each in found)
    assert any("/readers/ben/shelf/" in each for each in found)
    client, paths = Client(), [reverse(name, kwargs=world.some(name)) for name in POST_ONLY]
    assert {client.get(path).status_code for path in paths} == {405}
    assert {"posts.Post.title", "posts.Revision.body", "posts.Draft.body"} <= set(stored())


@pytest.mark.parametrize("verb", [Verb.HIDE, Verb.REMOVE])
def test_what_a_moderator_took_down_is_nowhere(
    world, verb, client, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        world.do(verb, world.post)
        world.do(verb, world.comment)
        world.do(verb, world.elsewhere)

    assert leaks(world) == []
    assert [client.get(cover).status_code for cover in world.covers] == [404] * len(world.covers)


def test_what_its_author_removed_is_nowhere_but_on_the_own_shelf_of_who_saved_it(
    world, client, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        world.comment.remove()
        world.elsewhere.remove()
        world.post.remove()

    assert set(leaks(world)) <= {"ben /shelf/"}
    assert [client.get(cover).status_code for cover in world.covers] == [404] * len(world.covers)


def test_the_files_of_a_removed_cover_are_for_its_owner_and_moderators_until_it_is_back(
    world, django_capture_on_commit_callbacks, settings
):
    with django_capture_on_commit_callbacks(execute=True):
        world.do(Verb.HIDE, world.post)
    cover = Cover.objects.get()
    clients = {}
    for user in (world.author, world.moderator, world.ben):
        clients[user.username] = Client()
        clients[user.username].force_login(user)
    clients["guest"] = Client()

    answers = {name: client.get(cover.src).status_code for name, client in clients.items()}
    with django_capture_on_commit_callbacks(execute=True):
        world.do(Verb.RESTORE, world.post)

    assert answers == {"author": 200, "mod": 200, "ben": 404, "guest": 404}
    cover.refresh_from_db()
    assert Client().get(cover.src).status_code == 200
    assert not set(cover.file_names) & set(world.covers)
    folder = Path(settings.MEDIA_ROOT)
    files = {str(path.relative_to(folder)) for path in folder.rglob("*.webp")}
    assert files == set(cover.file_names)


def test_a_storage_that_fails_keeps_no_post_and_is_settled_later(
    world, client, monkeypatch, django_capture_on_commit_callbacks
):
    def fails(before, after):
        raise OSError("the storage is away")

    with monkeypatch.context() as patch:
        patch.setattr("bookshelf.pictures.files.copy", fails)
        with django_capture_on_commit_callbacks(execute=True):
            world.do(Verb.REMOVE, world.post)
    assert not Post.objects.visible().filter(pk=world.post.pk).exists()
    assert client.get(world.covers[0]).status_code == 200

    with django_capture_on_commit_callbacks(execute=True):
        call_command("prunecovers")

    assert client.get(world.covers[0]).status_code == 404
    assert all(map(default_storage.exists, Cover.objects.get().file_names))


REDACTIONS = {
    "a passage": Redaction(SECRET, frozenset({"tags", "cover"})),
    "whole texts": Redaction(
        parts=frozenset({"title", "book_author", "body", "tags", "cover", "history"})
    ),
}


@pytest.mark.parametrize(
    ("way", "removed"), [("a passage", False), ("a passage", True), ("whole texts", False)]
)
def test_what_was_redacted_is_gone_from_every_page_and_from_the_database(
    world, client, way, removed, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        if removed:
            world.do(Verb.HIDE, world.post)
        world.do(Verb.REDACT, world.post, REDACTIONS[way])
        for comment in (world.comment, world.elsewhere):
            world.do(Verb.REDACT, comment, Redaction(SECRET))
    world.post.refresh_from_db()

    assert leaks(world) == []
    # The log names the lists that a post was on, for seven days.
    assert stored({"bookshelf.Change.tags_before", "bookshelf.Change.tags_after"}) == []
    assert [client.get(cover).status_code for cover in world.covers] == [404] * len(world.covers)
    assert Client().get(f"/posts/{world.post.pk}/{world.slug}/", follow=True).status_code == (
        410 if removed else 200
    )


def test_a_form_that_was_open_does_not_bring_it_back(world):
    client = Client()
    client.force_login(world.author)
    world.do(Verb.REDACT, world.post, Redaction(SECRET))

    response = client.post(
        f"/posts/{world.post.pk}/edit/",
        {"title": SECRET, "book_author": "A", "body": SECRET, "version": "2"},
    )

    assert response.status_code == 409
    assert SECRET not in Post.objects.get(pk=world.post.pk).body


def test_authors_take_old_versions_out_of_the_history_for_good(ana, as_ana, as_ben, client):
    post, _ = published(author=ana, title=SECRET, book_author="A. N.", body=f"Dear {SECRET},")
    ShelvedBook.objects.put(UserFactory(), post, "want")
    post.title, post.body = "Letters", "Dear all,"
    post.revise()
    path = f"/posts/{post.pk}/history/forget/"
    assert SECRET in client.get(f"/posts/{post.pk}/history/").content.decode()
    assert "Delete this version" not in as_ben.get(f"/posts/{post.pk}/history/").content.decode()
    assert as_ben.post(path, {"version": "1"}).status_code == 404

    assert as_ana.post(path, {"version": "1"}).status_code == 302

    assert stored() == []
    page = client.get(f"/posts/{post.pk}/zanzibarbarossa/", follow=True)
    assert page.request["PATH_INFO"] == f"/posts/{post.pk}/letters/"
    # The second of two clicks.
    assert as_ana.post(path, {"version": "1"}).status_code == 302


def test_who_is_purged_has_left_no_trace(world, client, django_capture_on_commit_callbacks):
    User.objects.filter(pk=world.author.pk).update(name=SECRET, about=f"I am {SECRET}.")
    Report.objects.file(world.ben, "spam", person=world.author)

    with django_capture_on_commit_callbacks(execute=True):
        world.do(Verb.PURGE, User.objects.get(pk=world.author.pk))

    assert leaks(world) == []
    assert client.get("/readers/author/").status_code == 404
    assert [client.get(cover).status_code for cover in world.covers] == [404] * len(world.covers)
