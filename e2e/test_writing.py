"""Stories of writing, with and without JavaScript, by mouse, thumb and keyboard."""

import re

import pytest
from playwright.sync_api import expect


def test_a_mistake_is_explained_and_nothing_typed_is_lost(author):
    author.goes_to("/posts/new/")
    author.fills("", body="A long and careful review.")

    author.page.get_by_role("button", name="Post it").click()

    expect(author.page.get_by_text("Which book is it?")).to_be_visible()
    expect(author.page.get_by_label("Your review")).to_have_value("A long and careful review.")
    author.page.get_by_label("Title of the book").fill("Lady Susan")
    author.page.get_by_role("button", name="Post it").click()
    author.sees("Lady Susan")


def test_a_double_click_posts_once(author):
    author.goes_to("/posts/new/")
    author.fills("Clicked twice")

    author.page.get_by_role("button", name="Post it").dblclick()

    author.sees("Clicked twice")
    author.reads()
    assert author.titles.count("Clicked twice") == 1


@pytest.mark.parametrize("scripts", [True, False])
def test_two_tabs_that_edit_at_once_overwrite_nothing(visitor, scripts):
    author = visitor(java_script_enabled=scripts).signs_up(f"hasty{scripts:d}")
    author.posts(f"Edited twice {scripts}", body="As it was.")
    author.title(f"Edited twice {scripts}").get_by_role("link").click()
    author.page.get_by_role("link", name="Edit", exact=True).click()
    expect(author.page.get_by_role("button", name="Save")).to_be_visible()
    first, second = author.page, author.context.new_page()
    second.goto(first.url)

    first.get_by_label("Your review").fill("The first to save.")
    first.get_by_role("button", name="Save").click()
    expect(first.get_by_text("The first to save.")).to_be_visible()
    second.get_by_label("Your review").fill("The second to save.")
    second.get_by_role("button", name="Save").click()

    expect(second.get_by_label("Your review")).to_have_value("The second to save.")
    expect(second.get_by_text("The first to save.")).to_be_visible()
    second.get_by_label("Your review").fill("Both.")
    second.get_by_role("button", name="Save").click()
    expect(second.get_by_text("Both.")).to_be_visible()

    second.get_by_role("link", name=re.compile("edited")).click()
    expect(second.locator("ins", has_text="Both.")).to_be_visible()
    expect(second.locator("del", has_text="As it was.")).to_be_visible()


def test_removing_by_a_double_click_ends_on_the_list(author):
    author.posts("Removed twice")
    author.title("Removed twice").get_by_role("link").click()
    author.page.get_by_text("Remove", exact=True).click()
    author.page.get_by_role("button", name="Remove this post").dblclick()

    expect(author.page.get_by_role("button", name="Undo")).to_be_visible()
    expect(author.page).to_have_url(re.compile(r"/\?removed=\d+$"))
    author.does_not_see("Removed twice")


def test_what_was_typed_survives_a_first_answer_that_was_lost(visitor):
    # What Chromium notes of the lost answer is expected.
    author = visitor(quiet=False).signs_up("patient")
    author.goes_to("/posts/new/")
    author.fills("Sent twice", body="The first text.")
    # The server gets the first one; its answer does not arrive.
    author.page.route("**/posts/new/", lambda route: (route.fetch(max_redirects=0), route.abort()))
    with author.page.expect_event("requestfailed"):
        author.page.get_by_role("button", name="Post it").click()
    author.page.unroute_all()
    author.page.get_by_label("Your review").fill("The better text.")
    author.page.get_by_role("button", name="Post it").click()
    author.page.get_by_role("button", name="Replace what you posted").click()

    author.sees("Sent twice")
    expect(author.page.get_by_text("The better text.")).to_be_visible()
    assert author.titles.count("Sent twice") == 1


def test_a_rating_is_chosen_by_keyboard(author):
    author.goes_to("/posts/new/")
    author.fills("Rated by keyboard")
    author.page.locator("[name=rating][value='4.0']").focus()
    author.page.keyboard.press("ArrowRight")
    author.page.get_by_role("button", name="Post it").press("Enter")

    card = author.page.locator("#posts article").first
    expect(card.get_by_text("4.5 out of 5 stars")).to_be_visible()


def test_the_first_stop_of_the_keyboard_skips_to_the_books(visitor):
    reader = visitor().reads()
    reader.page.keyboard.press("Tab")

    expect(reader.page.get_by_role("link", name="Skip to the books")).to_be_focused()


def test_without_javascript_one_reads_and_posts(visitor):
    someone = visitor(java_script_enabled=False).signs_up_by_hand("plain")
    someone.posts_by_hand("Without a script", tags="plain", body="Forms and links.")
    someone.title("Without a script").get_by_role("link").click()
    someone.page.get_by_role("link", name="Edit", exact=True).click()
    someone.page.get_by_label("Title of the book").fill("")
    someone.page.get_by_role("button", name="Save").click()
    expect(someone.page.get_by_text("Which book is it?")).to_be_visible()
    someone.page.get_by_label("Title of the book").fill("Still without a script")
    someone.page.get_by_role("button", name="Save").click()
    someone.sees("Still without a script")

    someone.page.get_by_text("Remove", exact=True).click()
    someone.page.get_by_role("button", name="Remove this post").click()
    someone.does_not_see("Still without a script")

    someone.page.get_by_role("button", name="Your account").click()
    someone.page.get_by_role("button", name="Sign out").click()
    expect(someone.page.get_by_role("link", name="Sign in", exact=True)).to_be_visible()


def test_no_page_is_wider_than_the_screen(author):
    author.posts("Donaudampfschifffahrtsgesellschaftskapitän " * 3, body="x" * 300)
    author.page.locator("#posts h2 a").first.click()
    expect(author.page).to_have_url(re.compile(r"/posts/\d+/[^/]+/$"))

    wide = []
    for path in (
        "/",
        author.page.url,
        "/posts/new/",
        "/accounts/email/",
        "/accounts/settings/",
        "/accounts/logout/",
        "/search/",
    ):
        author.goes_to(path)
        for width in (320, 390, 1440):
            author.page.set_viewport_size({"width": width, "height": 800})
            shown = author.page.evaluate("document.documentElement.scrollWidth")
            wide += [(path, width, shown)] if shown > width else []
    assert wide == []


def test_the_help_is_open_beside_what_is_being_written(author):
    author.goes_to("/posts/new/")
    author.page.get_by_label("Your review").fill("How does one hide the end?")

    with author.context.expect_page() as opened:
        author.page.get_by_role("link", name="How, with examples").click()

    spoiler = opened.value.locator(".spoiler").first
    expect(spoiler).to_have_js_property("open", False)
    spoiler.get_by_text("Spoiler").click()
    expect(spoiler).to_have_js_property("open", True)
    expect(spoiler).to_contain_text("it was the butler")
    expect(author.page.get_by_label("Your review")).to_have_value("How does one hide the end?")
