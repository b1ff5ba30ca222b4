"""The page stays where its reader is: nothing that arrives, and no Back, moves what is being read
or typed. In three engines, of which WebKit has no scroll anchoring.
"""

from contextlib import contextmanager

import pytest

from e2e.engines.conftest import NARROW, PARAGRAPH, WIDE

# The first post on the list that begins within the viewport, and not at its lower edge: what one
# reads. What is within the scroll padding browsers do not keep in its place.
READ = """() => {
    const padding = parseFloat(getComputedStyle(document.documentElement).scrollPaddingBlockEnd);
    const within = y => y >= 0 && y < innerHeight - padding;
    return [...document.querySelectorAll("#posts > .post")].find(
        post => post.checkVisibility() && within(post.getBoundingClientRect().y))?.id;
}"""

BOTH = pytest.mark.parametrize("width", [WIDE, NARROW])


@contextmanager
def pinned(editor, post):
    """While this lasts a post stands on top of the front page; None for none."""
    if post is not None:
        editor.sends(f"/pinned/posts/{post}/", pinned="1")
    yield
    if post is not None:
        editor.sends(f"/pinned/posts/{post}/", pinned="0")


def is_held(tab, selector, before):
    """Fail if the element has moved by more than one pixel since it was at `before`."""
    tab.wait_for_a_frame()
    moved = tab.top(selector) - before
    assert abs(moved) <= 1, f"{selector} moved by {moved:g} px"


@pytest.fixture
def room(author):
    """A post with a dozen comments."""
    post = author.writes("A full room", body=PARAGRAPH)
    for number in range(12):
        author.says(post, f"Comment {number}. {PARAGRAPH}")
    return f"/posts/{post}/", post


def first_comment(tab):
    """The number of the first comment on the page."""
    return int(tab.attribute("#comments > .comment", "data-id"))


# --- Lists


@BOTH
@pytest.mark.parametrize("pin", [False, True], ids=["plain", "pinned"])
def test_what_is_read_stays_in_its_place_when_a_post_arrives(visit, author, editor, width, pin):
    with pinned(editor, author.writes("Pinned", body=PARAGRAPH) if pin else None):
        reader = visit(width=width)
        for scroll in (1, 60, 1500):
            reader.open("/").is_live()
            reader.scroll_to(scroll)
            read = reader.evaluate(READ)
            if not read:
                # On a phone the list begins below what is pinned.
                assert (pin, width, scroll) == (True, NARROW, 1)
                continue
            read = f"#{read}"
            before = reader.top(read)

            for _ in range(2):
                post = f"#posts > #post-{author.writes('Above all', body=PARAGRAPH)}"
                reader.wait_until(lambda post=post: reader.count(post), "the post")
                is_held(reader, read, before)


@BOTH
@pytest.mark.parametrize("pin", [False, True], ids=["plain", "pinned"])
def test_what_arrives_at_the_very_top_is_shown(visit, author, editor, width, pin):
    with pinned(editor, author.writes("Pinned", body=PARAGRAPH) if pin else None):
        reader = visit(width=width)

        post = author.writes("On top")

        reader.sees(f"#posts > #post-{post} h2", "On top")
        assert reader.is_in_view(f"#post-{post}")
        assert reader.scroll_y == 0


@BOTH
def test_the_ribbon_counts_what_has_arrived(visit, author, width):
    reader = visit(width=width)
    reader.scroll_to(1500)

    for number in range(1, 4):
        author.writes(f"Counted {number}")

        reader.wait_until(
            lambda number=number: (
                reader.style(".ribbon-count", "content", "::before") == f'"{number}"'
            ),
            f"{number} new",
        )
        assert reader.is_in_view(".ribbon")


def test_the_ribbon_brings_every_newcomer_into_view(visit, author):
    reader = visit(width=NARROW)
    reader.scroll_to(1500)
    posts = [author.writes(f"Newcomer {number}") for number in range(2)]
    reader.wait_until(lambda: reader.count(f"#arrived-{posts[1]}"), "the marks")

    reader.click(".ribbon")

    for post in posts:
        reader.sees(f"#posts > #post-{post} h2", "Newcomer")
    reader.wait_until(lambda: reader.scroll_y == 0, "the top")


@BOTH
@pytest.mark.parametrize("arrives", [False, True], ids=["quiet", "arrival"])
def test_back_leads_to_the_place_one_left(visit, author, width, arrives):
    reader = visit(width=width)
    reader.scroll_to(1500)
    read = reader.evaluate(READ)
    # The click itself would scroll to a title that is not wholly in view.
    reader.scroll_to(reader.scroll_y + reader.top(f"#{read}") - 200)
    before, scrolled = reader.top(f"#{read}"), reader.scroll_y

    reader.click(f"#{read} h2 a")
    reader.is_at("/posts/")
    reader.sees("#talk")
    reader.is_live()
    missed = author.writes("Came meanwhile", body=PARAGRAPH) if arrives else None
    reader.back()
    reader.sees(f"#{read}")
    reader.is_live()
    if missed:
        reader.wait_until(lambda: reader.count(f"#posts > #post-{missed}"), "what was missed")

    if arrives and "Firefox" in reader.evaluate("() => navigator.userAgent"):
        # It anchors nothing between restoring a position and the next time that one scrolls.
        assert abs(reader.scroll_y - scrolled) <= 1
    else:
        is_held(reader, f"#{read}", before)
    assert arrives or abs(reader.scroll_y - scrolled) <= 1
    reader.forward()
    reader.sees("#talk")


# --- Rooms


@BOTH
def test_the_comment_field_stays_while_comments_arrive_above_it(visit, author, join, room, width):
    path, post = room
    talker = visit(path, member=join(), width=width)
    talker.fill("#comment-form-body", "Half a thought")
    before = talker.top("#comment-form-body")

    for number in range(3):
        author.says(post, f"Arrives {number}. {PARAGRAPH}")
        talker.sees(".comment", f"Arrives {number}.")

    assert talker.has_focus("#comment-form-body")
    if talker.evaluate("() => CSS.supports('overflow-anchor', 'none')"):
        is_held(talker, "#comment-form-body", before)
    else:
        assert talker.is_in_view("#comment-form-body")


@BOTH
def test_a_reply_form_opens_in_sight_and_has_the_focus(visit, author, join, room, width):
    path, post = room
    talker = visit(path, member=join(), width=width)
    parent = first_comment(talker)
    for number in range(8):
        author.says(post, f"Reply {number}. {PARAGRAPH}", parent=parent)
    talker.reload()
    talker.is_live()

    talker.click(f"#comment-{parent} > .comment-foot a", "Reply")

    talker.wait_until(lambda: talker.has_focus(".reply-slot textarea"), "focus in the reply")
    field, height = talker.box(".reply-slot textarea"), talker.evaluate("() => innerHeight")
    assert 0 <= field["y"] <= height - field["height"]


def test_a_comment_adds_no_entry_to_the_history(visit, join, room):
    path, _ = room
    talker = visit(path, member=join())
    entries = talker.evaluate("() => history.length")

    talker.fill("#comment-form-body", "Once and for all")
    talker.click("#comment-form button")
    talker.sees(".comment", "Once and for all")
    talker.wait_until(lambda: not talker.value("#comment-form-body"), "an empty field")

    assert talker.evaluate("() => history.length") == entries


@pytest.mark.parametrize("way", ["reload", "link and back"])
def test_a_half_typed_comment_is_kept(visit, join, room, way):
    path, _ = room
    talker = visit(path, member=join())
    talker.fill("#comment-form-body", "Half a thought")

    if way == "reload":
        # As drafts of posts are: at a pause in typing.
        other = talker.second_tab()
        other.open(path)
        talker.wait_until(
            lambda: other.open(path).value("#comment-form-body") == "Half a thought", "it kept"
        )
        other.close()
        talker.reload()
    else:
        talker.click("#main .byline a")
        talker.is_at("/readers/")
        talker.back()
        talker.sees("#talk")

    talker.wait_until(lambda: talker.value("#comment-form-body") == "Half a thought", "the comment")


def test_a_like_keeps_the_focus(visit, author, join):
    post = author.writes("Liked by keyboard")
    talker = visit(f"/posts/{post}/", member=join())
    talker.click(".post-foot .heart")
    talker.wait_until(
        lambda: talker.attribute(".post-foot .heart", "aria-pressed") == "true", "liked"
    )
    if talker.evaluate("() => document.activeElement === document.body"):
        # Safari gives a button that is clicked no focus; the keyboard does.
        talker.evaluate("() => document.querySelector('.post-foot .heart').focus()")
    talker.press("Enter")
    talker.wait_until(
        lambda: talker.attribute(".post-foot .heart", "aria-pressed") == "false", "not liked"
    )

    assert talker.has_focus(".post-foot .heart")


@BOTH
def test_the_header_does_not_move_when_a_field_has_the_focus(visit, author, join, width):
    post = author.writes("Still")
    talker = visit(f"/posts/{post}/", member=join(), width=width)
    talker.evaluate(
        "() => { window.places = () => [...document.querySelectorAll('.site a')].map("
        "each => each.getBoundingClientRect().x); }"
    )
    before = talker.evaluate("() => places()")

    talker.evaluate(
        "() => document.querySelector('#comment-form-body').focus({preventScroll: true})"
    )
    talker.wait_for_a_frame()

    assert talker.evaluate("() => places()") == before
