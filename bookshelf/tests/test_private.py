"""What is somebody's own does not exist for others: 404, or the answer that nothing gets."""

import pytest
from django.conf import settings

from bookshelf.tests.doors import ROLES, DoorsWorld, undone
from posts.models import CommentDraft, Draft, Notification, Shelf

# Of what the views decide, not of the database: one of the two is enough.
pytestmark = pytest.mark.only_on("sqlite")

WORLD = DoorsWorld

OTHERS = sorted(set(ROLES) - {"author"})


def status(client, method: str, path: str, fields: dict | None = None) -> int:
    client.handler.enforce_csrf_checks = False
    with undone():
        return getattr(client, method)(path, fields or {}).status_code


@pytest.mark.parametrize("role", [role for role in OTHERS if role not in ("guest", "banned")])
def test_what_is_anas_own_is_not_there_for_others(world, role):
    client, nothing = world.client(role), 10**9
    pairs = [
        ("get", "/posts/new/?draft={}", world.draft.pk, {}),
        ("get", "/notifications/{}/", world.notification.pk, {}),
        ("post", "/notifications/read/", "", {"open": world.notification.pk}),
        ("post", "/shelf/{}/", world.book.pk, {"state": "read"}),
    ]

    if role == "suspended":
        # They get no form at all.
        del pairs[0]
    for method, path, pk, fields in pairs:
        assert status(client, method, path.format(pk), fields) == 404, path
        missing = {name: nothing if name == "open" else each for name, each in fields.items()}
        assert status(client, method, path.format(nothing), missing) == 404, path


@pytest.mark.parametrize("role", OTHERS)
def test_nothing_of_anas_is_touched_by_what_answers_the_same_for_everything(world, role):
    client = world.client(role)
    client.handler.enforce_csrf_checks = False
    draft = Draft.objects.get()
    unread_of_hers = Notification.objects.of(world.ana).unread().count()

    client.post(f"/drafts/{draft.pk}/discard/")
    client.post("/notifications/read/", {"id": world.notification.pk})
    client.post("/notifications/read/", {"until": world.notification.pk})
    client.post("/notifications/read/")
    client.post("/drafts/keep/", {"submission": draft.submission, "body": "Mine now."})
    client.post("/posts/new/", {"keep": "1", "submission": draft.submission, "body": "Mine now."})

    draft.refresh_from_db()
    assert (draft.body, draft.author) == ("Half.", world.ana)
    mine = Notification.objects.of(world.ana)
    assert mine.unread().count() == unread_of_hers


@pytest.mark.parametrize("role", OTHERS)
def test_a_comment_that_is_half_typed_is_in_the_form_of_its_author_alone(world, role):
    CommentDraft.objects.keep(world.ana, world.post.pk, None, "Half a thought of Ana's.", None)
    where = world.post.get_absolute_url()

    assert "Half a thought" in world.client("author").get(where).content.decode()
    assert "Half a thought" not in world.client(role).get(where).content.decode()


@pytest.mark.parametrize("role", OTHERS)
def test_a_private_shelf_is_as_one_of_nobody(world, role):
    Shelf.objects.show(world.ana, False)
    client = world.client(role)

    assert client.get("/readers/ana/shelf/").status_code == 404
    assert client.get("/readers/nobody/shelf/").status_code == 404


@pytest.mark.parametrize("role", OTHERS)
def test_a_session_is_nobody_elses(world, role):
    """Whoever sends a key of their own choosing is signed in to nothing."""
    theirs = world.client("author").cookies[settings.SESSION_COOKIE_NAME].value
    client = world.client(role)

    for key in ("a" * 32, theirs[:-1], theirs.upper(), theirs + "a", f" {theirs[1:]}"):
        client.cookies[settings.SESSION_COOKIE_NAME] = key
        assert client.get("/drafts/").status_code == 302, key
