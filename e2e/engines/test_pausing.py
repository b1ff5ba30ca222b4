"""A page says how much is new, and its reader may hold it back. In three engines."""

import pytest

from e2e.engines.conftest import NARROW, PARAGRAPH, WIDE
from e2e.engines.test_place import READ, first_comment, is_held

BOTH = pytest.mark.parametrize("width", [WIDE, NARROW])


def pauses(tab):
    """Press the space bar on the control, and see it pressed or released."""
    before = tab.evaluate("() => document.querySelector('#pause').checked")
    tab.evaluate("() => document.querySelector('#pause').focus({preventScroll: true})")
    tab.press("Space")
    tab.wait_until(
        lambda: tab.evaluate("() => document.querySelector('#pause').checked") != before, "a press"
    )
    tab.wait_for_a_frame()


def is_new(tab, sentence):
    """Wait for the sentence that says how many are new."""
    tab.wait_until(lambda: tab.text(".arrived") == sentence, sentence)


def title(tab):
    return tab.evaluate("() => document.title")


# --- How many are new


def test_the_sentence_and_the_title_count_new_posts_alone(visit, author, editor):
    old = author.writes("Old and changing", tags="changing")
    reader = visit()
    before = title(reader)

    author.sends(f"/posts/{old}/delete/")
    reader.wait_until(lambda: not reader.count(f"#post-{old}"), "the removal")
    author.sends(f"/posts/{old}/restore/")
    reader.wait_until(lambda: reader.count(f"#posts > #post-{old}"), "the post again")
    editor.sends(f"/pinned/posts/{old}/", pinned="1")
    reader.sees("#pinned h2", "Old and changing")
    editor.sends(f"/pinned/posts/{old}/", pinned="0")
    reader.wait_until(lambda: not reader.count("#pinned h2"), "it unpinned")
    assert (reader.text(".arrived"), title(reader)) == ("", before)

    for number in range(1, 12):
        author.writes(f"New {number}")
        is_new(
            reader,
            "1 new post"
            if number == 1
            else f"{number} new posts"
            if number < 10
            else "More than 9 new posts",
        )
        assert title(reader) == f"(•) {before}"


def test_the_link_takes_the_mark_from_the_title(visit, author):
    reader = visit(width=NARROW)
    before = title(reader)
    reader.scroll_to(1500)
    author.writes("Announced in the title")
    reader.wait_until(lambda: title(reader) == f"(•) {before}", "the mark")
    reader.sees(".ribbon", "new post")

    reader.click(".ribbon")

    reader.wait_until(lambda: title(reader) == before, "the title without it")
    is_new(reader, "")


def test_a_reset_takes_the_mark_from_the_title(visit, author):
    reader = visit()
    before = title(reader)
    author.writes("Announced, and drawn again")
    reader.wait_until(lambda: title(reader) == f"(•) {before}", "the mark")
    reader.hide()
    reader.wait_until(lambda: "reconnecting" in reader.text("#conn"), "reconnecting")
    reader.evaluate("() => { document.querySelector('#cursor').value = '0000000000000000.1'; }")

    reader.show()

    reader.wait_until(lambda: title(reader) == before, "the title without it", timeout=30)
    is_new(reader, "")


def test_a_room_counts_new_comments(visit, author, join):
    post = author.writes("Counted room")
    author.says(post, "Old.")
    reader = visit(f"/posts/{post}/")
    before = title(reader)
    parent = first_comment(reader)

    author.says(post, "New.")
    is_new(reader, "1 new comment")
    author.says(post, "A new reply.", parent=parent)

    is_new(reader, "2 new comments")
    assert title(reader) == f"(•) {before}"


# --- Pause


@BOTH
@pytest.mark.parametrize("scroll", [0, 1500])
def test_a_paused_list_holds_posts_back_counts_them_and_lets_them_in(visit, author, width, scroll):
    reader = visit(width=width)
    reader.scroll_to(scroll)
    pauses(reader)
    read = f"#{reader.evaluate(READ)}"
    before = reader.top(read)

    posts = [author.writes(f"Held back {number}", body=PARAGRAPH) for number in range(2)]
    is_new(reader, "2 new posts")
    is_held(reader, read, before)
    assert reader.is_visible(".ribbon")
    assert not any(reader.is_visible(f"#post-{post}") for post in posts)
    pauses(reader)

    # WebKit, which has no scroll anchoring, lets them in at the top, or by the link.
    if not scroll or reader.evaluate("() => CSS.supports('overflow-anchor', 'auto')"):
        for post in posts:
            reader.wait_until(lambda post=post: reader.is_visible(f"#post-{post}"), "the post")
    if scroll:
        is_held(reader, read, before)


def test_a_pause_survives_what_is_swapped(visit, author, join):
    old = author.writes("Liked while paused")
    member = join()
    reader = visit("/", member=member)
    pauses(reader)
    held = author.writes("Held through a swap")
    is_new(reader, "1 new post")

    reader.click(f"#post-{old}-like .heart")
    reader.wait_until(
        lambda: reader.attribute(f"#post-{old}-like .heart", "aria-pressed") == "true", "liked"
    )
    author.likes(held)
    author.sends(f"/posts/{old}/delete/")
    reader.wait_until(lambda: not reader.count(f"#post-{old}"), "the removal")
    author.sends(f"/posts/{old}/restore/")
    reader.wait_until(lambda: reader.count(f"#posts > #post-{old}"), "the post again")
    reader.wait_for_a_frame()

    assert reader.evaluate("() => document.querySelector('#pause').checked")
    assert not reader.is_visible(f"#post-{old}")
    assert not reader.is_visible(f"#post-{held}")
    pauses(reader)
    reader.sees(f"#post-{old} h2", "Liked while paused")
    reader.sees(f"#post-{held} h2", "Held through a swap")


def test_a_reset_and_a_sent_form_leave_a_page_paused_with_all_that_it_shows(visit, author, join):
    post = author.writes("Paused room")
    author.says(post, "There before.")
    talker = visit(f"/posts/{post}/", member=join())
    pauses(talker)
    author.says(post, "Held back.")
    is_new(talker, "1 new comment")
    assert not talker.is_visible(".comment", "Held back.")

    talker.fill("#comment-form-body", "My own word")
    talker.click("#comment-form button")

    for words in ("There before.", "Held back.", "My own word"):
        talker.sees(".comment", words)
    assert talker.evaluate("() => document.querySelector('#pause').checked")
    talker.is_live()
    author.says(post, "Held again.")
    is_new(talker, "1 new comment")
    assert not talker.is_visible(".comment", "Held again.")


def test_a_paused_room_keeps_what_is_typed_in_its_place(visit, author, join):
    post = author.writes("Quiet room")
    for number in range(6):
        author.says(post, f"Old {number}. {PARAGRAPH}")
    talker = visit(f"/posts/{post}/", member=join())
    pauses(talker)
    talker.fill("#comment-form-body", "Half a thought")
    before = talker.top("#comment-form-body")

    for number in range(2):
        author.says(post, f"Arrives {number}. {PARAGRAPH}")
    is_new(talker, "2 new comments")

    assert talker.has_focus("#comment-form-body")
    is_held(talker, "#comment-form-body", before)


def test_a_page_that_comes_back_hides_nothing(visit, author):
    reader = visit()
    pauses(reader)
    author.writes("Held before leaving")
    is_new(reader, "1 new post")
    shown = reader.attribute("#posts > .post:nth-child(2)", "id")

    reader.click(f"#{shown} h2 a")
    reader.is_at("/posts/")
    reader.sees("#talk")
    reader.back()
    reader.is_live()

    reader.sees(f"#{shown} h2")
    reader.reload()
    reader.is_live()
    reader.sees("#posts h2", "Held before leaving")
