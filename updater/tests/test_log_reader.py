"""Windows, reductions and frames."""

import pytest
from django.db import OperationalError, connection

from bookshelf.log import START, Change, Cursor
from posts.factories import commented, published
from updater import frames as framing
from updater.frames import assemble, cursor_frame
from updater.log_reader import LogReader
from updater.tests.page import Page
from updater.window import Rewritten, Window

pytestmark = pytest.mark.django_db

LIST = frozenset({"posts", "cards"})


def ask(cursor: Cursor, topics=LIST) -> str | None:
    answer = LogReader().read((), [(topics, cursor)]).catch_ups[topics, cursor]
    return None if answer is None else "".join(frame.text for frame in answer)


def test_many_changes_of_one_post_are_one_action(ana):
    post, created = published(author=ana)
    for _ in range(5):
        post.revise()

    assert ask(created.cursor).count(f'hx-target="#post-{post.pk}-card"') == 1
    assert ask(START).count(f'id="post-{post.pk}" data-id=') == 1


def test_what_was_created_and_edited_since_is_inserted_as_it_is_now(ana):
    _, first = published(author=ana)
    post, _ = published(author=ana)
    post.title = "As it is now"
    post.revise()

    answer = ask(first.cursor)
    assert "hx-upsert" in answer
    assert "As it is now" in answer


def test_what_was_created_and_removed_since_is_removed(ana):
    _, first = published(author=ana)
    post, _ = published(author=ana)
    post.remove()

    answer = ask(first.cursor)
    assert "hx-upsert" not in answer
    assert f'hx-target="#post-{post.pk}" hx-swap="delete"' in answer


@pytest.mark.parametrize("fails_at", [1, 2, 3])
def test_a_reading_that_fails_at_any_of_its_queries_is_made_up_for_by_the_next(ana, fails_at):
    room = LogReader()
    room.read([LIST])
    published(author=ana, title="Read twice")
    queries = []

    def fail(execute, *args):
        queries.append(args)
        if len(queries) == fails_at:
            raise OperationalError("gone")
        return execute(*args)

    with connection.execute_wrapper(fail), pytest.raises(OperationalError):
        room.read([LIST])

    assert "Read twice" in room.read([LIST]).live[LIST][0].text
    assert room.read([LIST]).live == {}


def test_a_long_reading_that_fails_half_way_is_made_up_for_too(ana, monkeypatch):
    monkeypatch.setattr("updater.window.SPAN", 2)
    window = Window.at_the_end()
    new = [published(author=ana)[1] for _ in range(5)]
    queries = []

    def fail_the_second(execute, *args):
        queries.append(args)
        if len(queries) == 2:
            raise OperationalError("gone")
        return execute(*args)

    with connection.execute_wrapper(fail_the_second), pytest.raises(OperationalError):
        window.read()

    assert window.read() == new


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ([["essay"]], "delete"),  # drawn before the edit, it shows the post
        ([["essay"], ["novel"]], "hx-upsert"),  # drawn between the two, it does not
        ([["novel", "essay"]], "outerMorph"),
    ],
)
def test_a_page_may_have_been_drawn_anywhere_after_its_cursor(ana, edits, expected):
    _, before = published(author=ana)
    post, _ = published(author=ana, tags=("novel",))
    first, *_ = [post.revise(tags) for tags in edits]
    topics = frozenset({"tag-novel", "cards"})

    answer = ask(Change.objects.get(seq=first.seq - 1).cursor, topics)
    assert f"{expected}" in answer.replace('hx-target="#cursor" hx-swap="outerMorph"', "")
    if expected == "delete":
        assert f'#post-{post.pk}" hx-swap="delete"' in ask(before.cursor, topics)


def test_a_topic_that_only_inserts_gets_no_patch(ana):
    post, created = published(author=ana)
    post.revise()

    assert "#post-" not in ask(created.cursor, frozenset({"posts"}))


def test_readers_of_one_cursor_share_an_answer_and_all_share_renderings(
    ana, django_assert_num_queries
):
    cursors = [published(author=ana)[1].cursor for _ in range(10)]
    room = LogReader()

    with django_assert_num_queries(4):  # the end, what was asked for, the posts, their tags
        room.read((), {(LIST, cursor) for cursor in cursors} | {(frozenset({"posts"}), cursors[0])})
    with django_assert_num_queries(1):  # all of it is at hand
        room.read((), {(LIST, cursor) for cursor in cursors})


def test_a_window_does_not_reach_back_further_than_its_span(ana, monkeypatch):
    monkeypatch.setattr("updater.window.SPAN", 3)
    cursors = [published(author=ana)[1].cursor for _ in range(6)]
    window = Window.at_the_end()
    window.reach_back(cursors)

    assert window.after(cursors[1]) is None
    assert [change.seq for change in window.after(cursors[2])] == [4, 5, 6]


def test_a_window_reads_a_long_log_in_spans(ana, monkeypatch):
    published(author=ana)
    window = Window.at_the_end()
    for _ in range(7):
        published(author=ana)
    monkeypatch.setattr("updater.window.SPAN", 2)

    assert [change.seq for change in window.read()] == list(range(2, 9))
    assert window.cursor == Change.objects.cursor()


def test_a_window_notices_that_the_log_is_another_one(ana):
    published(author=ana)
    window = Window.at_the_end()
    Change.objects.update(word="another0history0")

    with pytest.raises(Rewritten):
        window.read()


def test_a_cursor_whose_seq_was_overtaken_in_another_history_is_not_known(ana):
    _, old = published(author=ana)
    Change.objects.all().delete()
    for _ in range(3):
        published(author=ana)

    assert ask(Cursor(old.word, 2)) is None


def test_a_cursor_before_what_was_pruned_is_not_known(ana):
    cursors = [published(author=ana)[1].cursor for _ in range(4)]
    Change.objects.filter(seq__lt=3).delete()

    assert ask(cursors[0]) is None
    assert ask(cursors[2]) is not None


def test_large_answers_are_cut_into_frames_that_each_move_the_cursor(monkeypatch):
    monkeypatch.setattr(framing, "FRAME_LIMIT", 100)
    fragments = [("%" * 60, Cursor("w", n)) for n in range(1, 6)]

    frames = assemble(fragments, Cursor("w", 9), "the greeting")

    assert [frame.cursor.seq for frame in frames] == [1, 2, 3, 4, 9]
    assert all(f'value="w.{frame.cursor.seq}"' in frame.text for frame in frames)
    assert "".join(frame.text for frame in frames).count("%") == 300
    assert "the greeting" in frames[-1].text
    assert "the greeting" not in frames[0].text


def test_no_frame_comes_near_the_mebibyte_at_which_servers_cut(ana):
    for _ in range(60):
        published(author=ana, body="“" * 20_000)
    reading = LogReader().read((), [(LIST, START)])

    frames = reading.catch_ups[LIST, START]
    assert all(len(frame.text.encode()) < 1024 * 1024 for frame in frames)


def test_a_comment_that_is_missed_comes_with_a_reply_that_came_later(ana):
    post, _ = published(author=ana)
    before = Change.objects.cursor()
    room, topics = LogReader(), frozenset({f"post-{post.pk}"})
    comment = commented(post, "The first word.")
    room.read((), [(topics, before)])
    commented(post, "The second word.", parent=comment)

    (frame,) = room.read((), [(topics, before)]).catch_ups[topics, before]

    page = Page(f"<main><ol id='comments'></ol>{cursor_frame(before)}</main>")
    page.apply(frame.text)
    (shown,) = page.tree.xpath("//ol[@id='comments']/li")
    assert "The second word." in shown.text_content()


def test_a_room_that_is_back_shows_what_was_edited_since(ana):
    post, _ = published(author=ana)
    comment = commented(post, "The first word.")
    post.remove()
    before = Change.objects.cursor()
    room, topics = LogReader(), frozenset({f"post-{post.pk}"})
    post.restore()
    room.read((), [(topics, before)])
    comment.revise("Another word.")

    (frame,) = room.read((), [(topics, before)]).catch_ups[topics, before]

    page = Page(f"<main><section id='post-{post.pk}-returned'></section></main>")
    page.apply(frame.text)
    assert "Another word." in page.tree.text_content()
    assert "The first word." not in page.tree.text_content()
