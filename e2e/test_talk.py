"""Stories of a book's room: an author, a signed-in reader and a guest."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def room(author):
    """The address of a post's page, which its author has open."""
    author.posts("Middlemarch", author="George Eliot")
    author.title("Middlemarch").first.get_by_role("link").click()
    expect(author.page).to_have_url(re.compile(r"/posts/\d+/middlemarch/$"))
    author.is_live()
    author.page.evaluate("window.neverReloaded = true")
    return author.page.url


@pytest.fixture
def reader(visitor, author, room):
    """A signed-in reader in the room."""
    return (
        visitor().signs_up(author.page.locator(".nav-name").inner_text() + "s-friend").reads(room)
    )


@pytest.fixture
def guest(visitor, room):
    """A guest in the room."""
    return visitor().reads(room)


def says(visitor, text: str) -> None:
    visitor.page.get_by_label("Your comment").fill(text)
    visitor.page.get_by_role("button", name="Say it").click()
    hears(visitor, text)
    # It may have come through the socket; the page that answers the form comes a moment later.
    expect(visitor.page.get_by_label("Your comment")).to_have_value("")


def hears(visitor, text: str) -> None:
    expect(visitor.page.get_by_text(text)).to_be_visible()


def comment(visitor, text: str):
    return visitor.page.locator(".comment", has_text=text).last


def rewrites(visitor, text: str, new: str) -> None:
    comment(visitor, text).get_by_role("link", name="Edit", exact=True).click()
    expect(visitor.page.get_by_role("heading", name="Edit your comment")).to_be_visible()
    visitor.page.get_by_label("Your comment").fill(new)
    visitor.page.get_by_role("button", name="Save").click()


def test_what_is_said_in_a_room_reaches_everybody_in_it(author, reader, guest):
    says(reader, "I gave up twice.")
    for visitor in (author, guest):
        hears(visitor, "I gave up twice.")

    comment(author, "I gave up twice.").get_by_role("link", name="Reply").click()
    author.page.get_by_label(re.compile("Reply to")).fill("Skip the prelude.")
    author.page.get_by_role("button", name="Reply", exact=True).click()

    for visitor in (author, reader, guest):
        expect(visitor.page.locator(".replies .comment")).to_contain_text("Skip the prelude.")
    for visitor in (reader, guest):
        visitor.has_not_reloaded()
    guest.sees_the_talk_of_a_fresh_load()


def test_a_comment_is_edited_and_removed_under_everybodys_eyes(author, reader, guest):
    says(reader, "Too long.")

    rewrites(reader, "Too long.", "Just long enough.")
    for visitor in (author, guest, reader):
        hears(visitor, "Just long enough.")

    comment(reader, "Just long enough.").get_by_text("Remove", exact=True).click()
    reader.page.get_by_role("button", name="Remove this comment").click()
    for visitor in (author, guest, reader):
        expect(visitor.page.get_by_text("Just long enough.")).to_have_count(0)
    guest.sees_the_talk_of_a_fresh_load()


def test_half_typed_text_focus_and_caret_survive_all_that_arrives(author, reader, guest):
    says(author, "A first word.")
    hears(reader, "A first word.")
    box = reader.page.get_by_label("Your comment")
    box.fill("What I always meant to say about")
    box.press("Home")

    says(author, "Second.")
    author.page.locator(".post-foot .heart").click()
    expect(reader.page.locator(".post-foot")).to_contain_text("Liked by")
    rewrites(author, "A first word.", "A first word, again.")
    hears(reader, "A first word, again.")

    expect(box).to_be_focused()
    expect(box).to_have_value("What I always meant to say about")
    assert box.evaluate("box => box.selectionStart") == 0
    reader.has_not_reloaded()


def test_a_removed_post_takes_its_room_along_but_not_what_is_being_typed(author, reader, guest):
    says(author, "A first word.")
    box = reader.page.get_by_label("Your comment")
    box.fill("A long thought.")

    author.page.get_by_text("Remove", exact=True).first.click()
    author.page.get_by_role("button", name="Remove this post").click()
    reader.sees("This post has been removed")
    expect(reader.page.get_by_text("A first word.")).to_be_hidden()
    expect(box).to_have_value("A long thought.")

    reader.page.get_by_role("button", name="Say it").click()
    expect(reader.page.locator(".error--form")).to_contain_text("removed while you were writing")
    expect(reader.page.get_by_label("Your comment")).to_have_value("A long thought.")

    author.page.get_by_role("button", name="Undo").click()
    for visitor in (reader, guest):
        visitor.sees("Middlemarch")
        hears(visitor, "A first word.")


def test_likes_are_counted_on_every_open_page(author, reader, guest, visitor):
    lists = visitor().reads()

    heart = reader.page.locator(".post-foot .heart")
    heart.click()
    expect(heart).to_have_attribute("aria-pressed", "true")
    for someone in (author, guest):
        expect(someone.page.locator(".post-foot")).to_contain_text("Liked by")
        expect(someone.page.locator(".post-foot .heart")).to_have_attribute("aria-pressed", "false")
    expect(lists.page.locator(".post", has_text="Middlemarch").first).to_contain_text("1 like")

    heart.click()
    expect(heart).to_have_attribute("aria-pressed", "false")
    expect(guest.page.locator(".post-foot")).not_to_contain_text("Liked by")
    expect(lists.page.locator(".post", has_text="Middlemarch").first).not_to_contain_text("1 like")


def test_a_card_that_came_by_itself_can_be_liked(author, visitor):
    reader = visitor().signs_up("likes-what-arrives").reads()
    author.writes("Silas Marner")
    reader.sees("Silas Marner")

    card = reader.page.locator(".post", has_text="Silas Marner")
    card.locator(".heart").click()

    expect(card.locator(".heart")).to_have_attribute("aria-pressed", "true")
    expect(card).to_contain_text("1 like")
    reader.has_not_reloaded()


def test_a_guest_is_brought_back_to_the_form_with_what_they_typed(author, guest, visitor):
    visitor().signs_up("comes-back")
    guest.page.get_by_label("Your comment").fill("A guest has thoughts.")
    guest.page.get_by_role("button", name="Sign in and say it").click()
    guest.page.get_by_label("Username or email").fill("comes-back")
    guest.page.get_by_label("Password").fill("a very quiet room")
    guest.page.locator("main form").get_by_role("button", name="Sign in", exact=True).click()

    expect(guest.page.get_by_label("Your comment")).to_have_value("A guest has thoughts.")
    guest.page.get_by_role("button", name="Say it").click()
    hears(author, "A guest has thoughts.")


def test_a_guest_who_likes_is_asked_to_sign_in(guest):
    guest.page.locator(".post-foot .heart").click()

    expect(guest.page).to_have_url(re.compile(r"/accounts/login/\?next=/posts/"))


def test_a_bell_rings_in_every_tab_and_is_quiet_again_when_all_was_read(author, reader, room):
    second = author.context.new_page()
    second.goto("/")
    expect(second.locator("#conn")).to_contain_text("live")

    says(reader, "Well said.")
    for page in (author.page, second):
        expect(page.locator("#bell .bell-count")).to_contain_text("1")
    expect(reader.page.locator("#bell .bell-count")).to_have_count(0)

    second.locator("#bell").click()
    expect(second.get_by_role("button", name=re.compile("commented on"))).to_be_visible()
    second.get_by_role("button", name="Mark all as read").click()
    for page in (author.page, second):
        expect(page.locator("#bell .bell-count")).to_have_count(0)


def test_who_follows_an_author_is_told_and_finds_the_posts_on_one_page(author, visitor):
    author.posts("Romola")
    name = author.page.locator(".nav-name").inner_text()
    reader = visitor().signs_up("follower")
    reader.goes_to(f"/readers/{name}/").page.get_by_role(
        "button", name="Follow", exact=True
    ).click()
    expect(reader.page.get_by_role("button", name="Following")).to_be_visible()
    reader.reads("/following/")

    author.writes("Felix Holt")

    reader.sees("Felix Holt")
    expect(reader.page.locator("#bell .bell-count")).to_contain_text("1")
    reader.has_not_reloaded()
    reader.sees_what_a_fresh_load_shows()


def test_a_room_works_without_javascript(author, room, visitor):
    reader = visitor(java_script_enabled=False)
    reader.signs_up("plain").goes_to(room)

    reader.page.get_by_label("Your comment").fill("By mere HTML.")
    reader.page.get_by_role("button", name="Say it").click()
    hears(author, "By mere HTML.")
    reader.page.locator(".comment .heart").click()
    expect(reader.page.locator(".comment .heart")).to_have_attribute("aria-pressed", "true")
    reader.page.get_by_role("link", name="Reply").click()
    reader.page.get_by_label(re.compile("Reply to")).fill("And again.")
    reader.page.get_by_role("button", name="Reply", exact=True).click()
    expect(author.page.locator(".replies .comment")).to_contain_text("And again.")
    reader.goes_to("/").page.locator(".post .heart").first.click()
    expect(reader.page.locator(".post").first).to_contain_text("1 like")
    reader.page.locator("#bell").click()
    expect(reader.page.get_by_text("Nothing yet.")).to_be_visible()
