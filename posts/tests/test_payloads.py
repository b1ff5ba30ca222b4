"""What people write in order to break out stays what it is: words."""

import pytest

from bookshelf.characters import one_line
from posts.content.markdown import excerpt, to_html, to_text
from posts.factories import published
from posts.live.comment import CommentFrame, LiveComment
from posts.live.post import LivePost, PostFrame
from posts.models import Comment, Post
from posts.tests.inert import assert_review_is_inert, bones
from posts.tests.payloads import HANDFULS, NULS, PAYLOADS

SAID = (CommentFrame.CREATED, CommentFrame.EDITED)
DRAWN = (PostFrame.CREATED, PostFrame.EDITED, PostFrame.ROOM_EDITED)


def tags_of(payload: str) -> str:
    """Return as much of a payload as goes into the field for tags."""
    text = " ".join(payload.replace(",", " ").split())
    parts = [text[start : start + 40] for start in range(0, min(len(text), 320), 40)]
    # What has no letter or digit is refused, with a sentence.
    return ",".join(part for part in parts if any(map(str.isalnum, part)))


def as_a_post(payload: str) -> dict[str, str]:
    """Return a form in which this is every field."""
    line = " ".join(payload.split())
    return {"title": line, "book_author": line, "body": payload, "tags": tags_of(payload)}


def views(client, post: Post) -> list[str]:
    """Return everything that shows a post: two pages and the frames."""
    pages = [client.get(path, follow=True) for path in ("/", f"/posts/{post.pk}/")]
    stored = LivePost.fetch([post.pk])[post.pk]
    frames = [LivePost.draw(frame, post.pk, stored) for frame in DRAWN]
    return [page.content.decode() for page in pages] + frames


def test_there_are_many():
    assert len(set(PAYLOADS)) >= 60


@pytest.mark.parametrize("payload", PAYLOADS + NULS)
def test_no_markdown_becomes_more_than_a_review_may_have(payload):
    for text in (payload, f"> {payload}", f"- {payload}", f"||{payload}||", f"# {payload}"):
        assert_review_is_inert(to_html(text))


def test_together_they_do_no_more_than_alone():
    for joint in ("\n\n", "\n", " ", ""):
        assert_review_is_inert(to_html(joint.join(PAYLOADS + NULS)))


@pytest.mark.parametrize("payloads", HANDFULS)
def test_a_payload_in_every_field_changes_nothing_but_the_words(payloads, client, as_ana, ana):
    harmless, _ = published(author=ana, title="Emma", body="Fine.")
    expected = [bones(view) for view in views(client, harmless)]
    harmless.remove()

    for payload in payloads:
        response = as_ana.post("/posts/new/", as_a_post(payload))

        assert response.status_code == 302, payload
        post = Post.objects.visible().get()
        assert post.title == " ".join(one_line(payload).split())
        assert [bones(view) for view in views(client, post)] == expected, payload
        post.remove()


@pytest.mark.parametrize("payloads", HANDFULS)
def test_a_payload_in_a_comment_changes_nothing_but_the_words(
    payloads, client, as_ana, as_ben, ana
):
    def said() -> list[list]:
        comment = Comment.objects.newest_first().first()
        item = LiveComment.fetch([comment.pk])[comment.pk]
        frames = [LiveComment.draw(frame, comment.pk, item) for frame in SAID]
        pages = [client.get(post.get_absolute_url()), as_ana.get("/notifications/")]
        return [bones(view) for view in [*(page.content.decode() for page in pages), *frames]]

    post, _ = published(author=ana, title="Emma", body="Fine.")
    as_ben.post(f"/posts/{post.pk}/comments/", {"body": "Harmless."})
    expected = said()
    Comment.objects.all().delete()

    for payload in payloads:
        response = as_ben.post(f"/posts/{post.pk}/comments/", {"body": payload})

        assert response.status_code == 302, payload
        assert Comment.objects.get().body.strip() == payload.replace("\r\n", "\n").strip()
        assert said() == expected, payload
        Comment.objects.all().delete()


@pytest.mark.parametrize("payloads", HANDFULS)
def test_the_form_shows_a_payload_as_it_was_typed(payloads, as_ana, ana):
    def form_of(post: Post) -> list:
        return bones(as_ana.get(f"/posts/{post.pk}/edit/").content.decode())

    expected = form_of(published(author=ana, title="Emma", body="Fine.")[0])

    for payload in payloads:
        post, _ = published(author=ana, title=payload, book_author=payload, body=payload)
        assert form_of(post) == expected, payload


def test_nuls_are_refused(as_ana):
    for payload in NULS:
        assert as_ana.post("/posts/new/", as_a_post(payload)).status_code == 422


@pytest.mark.parametrize("payload", PAYLOADS + NULS)
def test_plain_text_is_text(payload):
    assert type(to_text(payload)) is type(excerpt(payload, 90)) is str
