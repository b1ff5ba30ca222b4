"""What readers say about a post."""

import uuid

import pytest

from accounts.factories import UserFactory
from accounts.models import User
from bookshelf.log import Change
from posts.factories import commented, published
from posts.live.comment import CommentFrame, LiveComment
from posts.models import Comment, Post
from posts.models.comment import MOST_REPLIES
from posts.pages.conversation import TALK_SIZE


@pytest.fixture
def post(ana):
    """A post of Ana's."""
    return published(author=ana)[0]


@pytest.fixture
def talk(post):
    """Where comments on it are sent."""
    return f"/posts/{post.pk}/comments/"


def counted(post: Post) -> int:
    """The count that is shown, which has to be the number of rows."""
    post.refresh_from_db()
    assert post.comments_count == post.comments.visible().count()
    return post.comments_count


# --- Saying something


def test_a_reader_comments_and_is_led_to_the_comment(post, talk, as_ben, ben):
    response = as_ben.post(talk, {"body": "I *loved* it."})

    comment = Comment.objects.get()
    assert (comment.author, comment.body) == (ben, "I *loved* it.")
    assert response["Location"] == f"{talk}{comment.pk}/"
    assert counted(post) == 1
    page = as_ben.get(response["Location"], follow=True)
    assert page.redirect_chain[-1][0] == f"{post.get_absolute_url()}#comment-{comment.pk}"
    assert "<em>loved</em>" in page.content.decode()


def test_a_reply_stands_below_what_it_replies_to(post, talk, as_ben):
    comment = commented(post)

    as_ben.post(talk, {"body": "Really?", "parent": comment.pk})

    assert Comment.objects.get(parent=comment).body == "Really?"
    assert counted(post) == 2


def test_the_second_of_two_clicks_says_nothing_twice(post, talk, as_ben):
    fields = {"body": "Once.", "submission": uuid.uuid4()}

    answers = [as_ben.post(talk, fields)["Location"] for _ in range(2)]

    assert answers[0] == answers[1]
    assert counted(post) == 1


@pytest.mark.parametrize("body", ["", "   ", "\u200b", "x" * 5_001])
def test_an_empty_or_huge_comment_comes_back_with_a_message(post, talk, as_ben, body):
    response = as_ben.post(talk, {"body": body})

    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()
    assert body.strip() in response.content.decode()
    assert counted(post) == 0


def test_a_bad_reply_comes_back_below_what_it_replies_to(post, talk, as_ben):
    comment = commented(post, "The first word.")

    response = as_ben.post(talk, {"body": "x" * 5_001, "parent": comment.pk})

    assert response.status_code == 422
    assert "The first word." in response.content.decode()
    assert "x" * 5_001 in response.content.decode()


def test_a_comment_on_a_post_that_was_removed_meanwhile_comes_back(post, talk, as_ben):
    post.remove()

    response = as_ben.post(talk, {"body": "A long thought."})

    assert response.status_code == 409
    assert "A long thought." in response.content.decode()
    assert "removed while you were writing" in response.content.decode()
    assert not Comment.objects.exists()


def test_a_reply_to_a_comment_that_was_removed_meanwhile_comes_back(post, talk, as_ben):
    comment = commented(post)
    comment.remove()

    response = as_ben.post(talk, {"body": "A long thought.", "parent": comment.pk})

    assert response.status_code == 409
    assert "A long thought." in response.content.decode()
    assert counted(post) == 0


def test_nobody_replies_to_a_reply_or_across_posts(post, talk, as_ben):
    reply = commented(post, parent=commented(post))
    elsewhere = commented(published()[0])

    for parent in (reply, elsewhere):
        assert as_ben.post(talk, {"body": "Hm.", "parent": parent.pk}).status_code == 409
    assert counted(post) == 2


@pytest.mark.parametrize("path", ["comments/1/", "comments/1/reply/", "comments/1/edit/"])
def test_a_comment_that_never_was_is_not_found(post, as_ben, path):
    assert as_ben.get(f"/posts/{post.pk}/{path}").status_code == 404


def test_a_comment_on_a_post_that_never_was_is_not_found(as_ben):
    assert as_ben.post("/posts/99/comments/", {"body": "Hello?"}).status_code == 404


# --- Changing and removing


def test_an_author_edits_a_comment(post, talk, as_ben, ben):
    comment = commented(post, author=ben)

    as_ben.post(f"{talk}{comment.pk}/edit/", {"body": "On second thought."})

    comment.refresh_from_db()
    assert comment.body == "On second thought."
    assert "edited" in as_ben.get(post.get_absolute_url()).content.decode()


def test_an_edit_of_a_comment_that_was_removed_meanwhile_comes_back(post, talk, as_ben, ben):
    comment = commented(post, author=ben)
    comment.remove()

    response = as_ben.post(f"{talk}{comment.pk}/edit/", {"body": "On second thought."})

    assert response.status_code == 409
    assert "On second thought." in response.content.decode()


def test_a_comment_that_is_removed_disappears(post, talk, as_ben, ben):
    comment = commented(post, "Never mind.", author=ben)

    for _ in range(2):
        assert as_ben.post(f"{talk}{comment.pk}/delete/").status_code == 302

    assert counted(post) == 0
    assert "Never mind." not in as_ben.get(post.get_absolute_url()).content.decode()
    assert as_ben.get(f"{talk}{comment.pk}/").status_code == 404


def test_a_removed_comment_with_replies_leaves_a_tombstone(post, as_ben):
    comment = commented(post, "Never mind.")
    reply = commented(post, "I do mind.", parent=comment)
    comment.remove()

    page = as_ben.get(post.get_absolute_url()).content.decode()
    assert "This comment was removed." in page
    assert ("Never mind." in page, "I do mind." in page) == (False, True)

    reply.remove()
    assert "This comment was removed." not in as_ben.get(post.get_absolute_url()).content.decode()


@pytest.mark.parametrize("verb", ["edit", "delete"])
def test_nobody_changes_what_another_said(post, talk, as_ben, ana, verb):
    comment = commented(post, "Mine.", author=ana)

    assert as_ben.post(f"{talk}{comment.pk}/{verb}/", {"body": "Yours."}).status_code == 404
    assert Comment.objects.visible().get().body == "Mine."


@pytest.mark.parametrize("role", ["is_staff", "is_superuser"])
@pytest.mark.parametrize("verb", ["delete", "edit"])
def test_no_role_changes_what_another_said(post, talk, as_ben, ben, role, verb):
    User.objects.filter(pk=ben.pk).update(**{role: True})
    comment = commented(post, "Mine.")

    assert as_ben.post(f"{talk}{comment.pk}/{verb}/", {"body": "Yours."}).status_code == 404
    assert Comment.objects.visible().get().body == "Mine."


def test_only_who_said_it_is_offered_to_change_it(post, talk, as_ana, as_ben, ben, client):
    edit = f"{talk}{commented(post, author=ben).pk}/edit/"

    for browser, offered in ((as_ben, True), (as_ana, False), (client, False)):
        assert (edit in browser.get(post.get_absolute_url()).content.decode()) == offered


# --- Long conversations


def fill(post: Post, count: int, parent: Comment | None = None) -> list[Comment]:
    author = UserFactory()
    rows = [
        Comment(post=post, parent=parent, author=author, body=f"Word {number}.")
        for number in range(count)
    ]
    return Comment.objects.bulk_create(rows)


def test_ten_thousand_comments_are_read_in_pages(post, client, django_assert_max_num_queries):
    comments = fill(post, 10_000)

    with django_assert_max_num_queries(8):
        page = client.get(post.get_absolute_url()).content.decode()
    earlier = client.get(f"{post.get_absolute_url()}?before={comments[-TALK_SIZE].pk}")

    assert page.count('class="comment"') == TALK_SIZE
    assert "Word 9999." in page
    assert f"?before={comments[-TALK_SIZE].pk}" in page
    assert f"Word {9999 - TALK_SIZE}." in earlier.content.decode()
    # What is new goes to the page with the latest only.
    assert 'id="comments"' in page
    assert 'id="comments"' not in earlier.content.decode()


def test_the_link_to_a_comment_finds_its_page(post, talk, client):
    comments = fill(post, 200)

    for number in (0, 77, 199):
        page = client.get(f"{talk}{comments[number].pk}/", follow=True)
        assert page.redirect_chain[-1][0].endswith(f"#comment-{comments[number].pk}")
        assert f"Word {number}." in page.content.decode()


def test_many_replies_have_a_page_of_their_own(post, talk, client):
    comment = commented(post, "So?")
    replies = fill(post, MOST_REPLIES + 60, parent=comment)

    page = client.get(post.get_absolute_url()).content.decode()
    thread = client.get(f"{talk}{comment.pk}/replies/").content.decode()
    first = client.get(f"{talk}{replies[0].pk}/", follow=True).content.decode()

    assert page.count("comment--reply") == MOST_REPLIES
    assert "Word 0." not in page
    assert f"{talk}{comment.pk}/replies/" in page
    assert "Earlier replies" in thread
    assert "Word 0." in first


# --- What is sent to open pages


def frame(kind: CommentFrame, comment: Comment) -> str:
    return LiveComment.draw(kind, comment.pk, LiveComment.fetch([comment.pk]).get(comment.pk))


def test_a_reply_is_put_below_its_comment_and_a_comment_below_the_others(post):
    comment = commented(post)
    reply = commented(post, parent=comment)

    assert 'hx-target="#comments"' in frame(CommentFrame.CREATED, comment)
    expected = f'hx-target="#comment-{comment.pk}-replies"'
    assert expected in frame(CommentFrame.CREATED, reply)


def test_what_is_sent_of_a_comment_says_nothing_of_a_viewer(post):
    comment = commented(post)
    sent = frame(CommentFrame.CREATED, comment)

    assert "csrfmiddlewaretoken" not in sent
    assert "/edit/" not in sent
    assert 'aria-pressed="false"' in sent


def test_a_change_of_a_comment_says_where_it_stands(post):
    comment = commented(post)
    commented(post, parent=comment)
    change = Change.objects.newest()

    assert (change.kind, change.post_id, change.parent_id) == (
        "comment_created",
        post.pk,
        comment.pk,
    )
