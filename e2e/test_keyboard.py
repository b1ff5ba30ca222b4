"""The main stories by keyboard alone, and what a screen reader says of them."""

import re

import pytest
from playwright.sync_api import Locator, expect

from e2e.conftest import PASSWORD, Visitor

MOST_TABS = 150


class Typist:
    """Somebody who has no pointer: every way leads through Tab, Enter and Space."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.page = visitor.page

    def tabs_to(self, place: Locator, *, back: bool = False) -> "Typist":
        """Press Tab until the focus is there, and see that it shows."""
        expect(place).to_be_visible()
        for _ in range(MOST_TABS):
            if place.evaluate("element => element === document.activeElement"):
                outline = place.evaluate(
                    "element => getComputedStyle(element).outlineStyle !== 'none'"
                )
                assert outline, f"{place} shows no focus"
                return self
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
        raise AssertionError(f"Tab does not lead to {place}")

    def presses(self, place: Locator, key: str = "Enter", **way: bool) -> "Typist":
        self.tabs_to(place, **way).page.keyboard.press(key)
        return self

    def types(self, place: Locator, text: str) -> "Typist":
        self.tabs_to(place).page.wait_for_load_state()
        self.page.keyboard.type(text)
        return self

    def link(self, name: str, **options: bool) -> Locator:
        return self.page.get_by_role("link", name=name, **options).first

    def button(self, name: str, **options: bool) -> Locator:
        return self.page.get_by_role("button", name=name, **options).first

    def hears_the_page(self, heading: str, title: str) -> "Typist":
        """The heading has the focus, and the title is that of the page."""
        expect(self.page.get_by_role("heading", level=1, name=heading)).to_be_focused()
        expect(self.page).to_have_title(title)
        return self


@pytest.fixture
def typist(visitor):
    return Typist(visitor())


def test_from_signing_in_to_undoing_by_keyboard(typist, visitor):
    visitor().signs_up("typist")
    page = typist.page
    typist.visitor.goes_to("/")

    # Sign in.
    typist.presses(typist.link("Sign in"))
    expect(page.locator("[name=login]")).to_be_visible()
    typist.types(page.locator("[name=login]"), "typist")
    typist.types(page.locator("[name=password]"), PASSWORD)
    page.keyboard.press("Enter")
    expect(typist.link("Write")).to_be_visible()

    # Write a post.
    typist.presses(typist.link("Write"))
    typist.types(page.get_by_label("Title of the book"), "Persuasion")
    typist.types(page.get_by_label("Author of the book"), "Jane Austen")
    typist.types(page.get_by_label("Your review"), "Half agony, half hope.")
    typist.presses(typist.button("Post it"))
    typist.hears_the_page("What we are reading", "BookShelf")

    # Find it, and open it.
    typist.presses(typist.link("Search"), back=True)
    typist.types(page.get_by_role("searchbox"), "persuas")
    status = page.locator("#results-status")
    expect(status).to_have_text("1 result")
    expect(status).to_have_role("status")
    assert page.locator("#results [aria-live], #results [role=status]").count() == 1
    typist.presses(typist.link("Persuasion", exact=True))
    expect(page.get_by_role("heading", level=1)).to_have_text("Persuasion")
    title = page.title()

    # Like it, comment, and reply.
    like = page.locator(".post-foot .heart")
    typist.presses(like, "Space")
    expect(like).to_have_attribute("aria-pressed", "true")
    expect(like).to_be_focused()
    typist.types(page.get_by_label("Your comment"), "My own word.")
    typist.presses(typist.button("Say it"))
    comment = page.locator(".comment", has_text="My own word.")
    expect(comment).to_be_focused()
    typist.presses(comment.get_by_role("link", name="Reply"))
    expect(page.get_by_label("Reply to")).to_be_focused()
    expect(page).to_have_title(title)
    page.keyboard.type("And an answer.")
    typist.presses(page.locator(".reply-slot").get_by_role("button", name="Reply"))
    expect(page.locator(".replies .comment", has_text="And an answer.")).to_be_focused()

    # Edit the comment, and delete the reply.
    typist.presses(comment.get_by_role("link", name="Edit").first, back=True)
    field = page.get_by_label("Your comment")
    typist.tabs_to(field)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("Better said.")
    typist.presses(typist.button("Save"))
    expect(page.locator("#comments")).to_contain_text("Better said.")
    reply = page.locator(".replies .comment")
    typist.presses(reply.get_by_text("Remove", exact=True))
    typist.presses(reply.get_by_role("button", name="Remove this comment"))
    expect(reply).to_have_count(0)
    typist.hears_the_page("Persuasion", title)

    # Delete the post, and undo that.
    typist.presses(page.locator(".actions summary", has_text="Remove"))
    typist.presses(typist.button("Remove this post"))
    typist.hears_the_page("What we are reading", "BookShelf")
    expect(page.locator("h1")).to_have_accessible_description(
        re.compile("You removed “Persuasion”")
    )
    typist.presses(typist.button("Undo"))
    expect(page.get_by_role("heading", name="Persuasion").first).to_be_visible()


def test_notifications_by_keyboard(typist, visitor, author):
    typist.visitor.signs_up("notified").posts("Answered")
    page = typist.page
    path = page.get_by_role("link", name="Answered", exact=True).get_attribute("href")
    author.sends(re.match(r"/posts/\d+/", path)[0] + "comments/", body="Well done.")
    expect(page.locator(".bell-count")).to_be_visible()

    typist.presses(page.locator("#bell"))
    expect(page.get_by_role("heading", level=1, name="Notifications")).to_be_visible()
    typist.presses(typist.button("Mark all as read"))
    typist.hears_the_page("Notifications", "Notifications · BookShelf")
    expect(page.locator(".bell-count")).to_have_count(0)
    typist.presses(page.locator(".notices").get_by_role("button").first)

    expect(page.get_by_role("heading", level=1, name="Answered")).to_be_visible()


def test_arrivals_are_held_back_by_keyboard_and_heard_as_a_number(typist, author):
    page = typist.page
    author.writes("There before")
    typist.visitor.reads()

    pause = page.get_by_role("checkbox", name="Pause what arrives")
    typist.presses(pause, "Space")
    expect(pause).to_be_checked()
    author.writes("Held and counted")
    status = page.locator(".arrived")
    expect(status).to_have_text("1 new post", use_inner_text=True)
    expect(status).to_have_role("status")
    expect(status).to_match_aria_snapshot("- status: 1 new post")
    expect(page.get_by_role("heading", name="Held and counted")).to_be_hidden()
    page.keyboard.press("Space")

    expect(pause).not_to_be_checked()
    typist.visitor.sees("Held and counted")
    assert page.locator("#posts").evaluate("posts => !posts.closest('[aria-live], [role=status]')")


def test_a_tab_in_the_background_says_that_something_is_new(visitor, author):
    reader = visitor().reads("/")
    reader.hides()

    author.writes("Posted meanwhile")

    # It polls every ten seconds.
    expect(reader.page).to_have_title("(•) BookShelf", timeout=30_000)
    reader.comes_back()
    author.writes("And one more")
    reader.sees("And one more")
    expect(reader.page).to_have_title("(•) BookShelf")


def test_an_arrival_takes_no_focus_and_moves_no_field(visitor, author):
    reader = visitor().signs_up("quiet-typist").posts_by_hand("Typed under")
    reader.page.get_by_role("link", name="Typed under", exact=True).click()
    reader.is_live()
    path = re.search(r"/posts/\d+/", reader.page.url)[0]
    field = reader.page.get_by_label("Your comment")
    field.fill("Half a")

    author.sends(f"{path}comments/", body="Somebody else.")
    expect(reader.page.locator(".arrived")).to_have_text("1 new comment", use_inner_text=True)
    reader.sends(f"{path}edit/", title="Typed over", book_author="X", body="Y.", version="1")
    reader.sees("Typed over")
    reader.page.keyboard.type(" thought")

    expect(field).to_be_focused()
    expect(field).to_have_value("Half a thought")


def test_back_keeps_its_place_and_moves_no_focus(visitor, author):
    for number in range(6):
        author.writes(f"Long list {number}", body="A line. " * 80)
    reader = visitor().signs_up("wanderer").reads()
    reader.page.evaluate("scrollTo(0, 900)")
    reader.page.goto("/posts/new/")
    reader.fills("On the way")
    reader.page.get_by_role("button", name="Post it").click()
    expect(reader.page.locator("h1")).to_be_focused()
    assert reader.page.evaluate("scrollY") < 200

    reader.page.go_back()
    expect(reader.page.get_by_label("Title of the book")).to_be_visible()
    expect(reader.page.locator("h1")).not_to_be_focused()
    reader.page.go_back()

    reader.is_live()
    expect(reader.page.locator("h1")).not_to_be_focused()
    assert reader.page.evaluate("scrollY") > 700
