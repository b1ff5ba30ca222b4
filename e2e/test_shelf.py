"""Stories of a reader's reading list, and of finding others who read the same book."""

import re

import pytest
from playwright.sync_api import expect

from e2e.conftest import PASSWORD


def control(reader, title: str):
    """The control of the reading list under a post."""
    return reader.page.locator("article", has=reader.title(title)).locator("details.shelve")


def shelf_of(reader, part: str):
    return reader.page.get_by_role("region", name=part, exact=True).get_by_role("heading", level=3)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_reader_keeps_a_book_moves_it_and_takes_it_off(visitor, author, scripts):
    title = f"Kept {scripts}"
    author.writes(title)
    reader = visitor(java_script_enabled=scripts).signs_up(f"keeper{scripts:d}").goes_to("/")

    control(reader, title).locator("summary").click()
    control(reader, title).get_by_role("button", name="Want to read").click()
    expect(control(reader, title).locator("summary")).to_contain_text("Want to read")
    expect(control(reader, title).get_by_role("button", name="Reading")).to_be_hidden()

    reader.page.get_by_role("link", name="Reading list", exact=True).click()
    expect(shelf_of(reader, "Want to read")).to_have_text([title])
    reader.page.get_by_label(f"Move {title}").click()
    reader.page.get_by_role("button", name="Reading", exact=True).click()
    expect(shelf_of(reader, "Reading")).to_have_text([title])

    reader.page.get_by_label(f"Move {title}").click()
    reader.page.get_by_role("button", name="Take off my reading list").click()
    expect(reader.page.get_by_text("Nothing here yet")).to_be_visible()
    reader.page.get_by_role("button", name="Put it back").click()
    expect(shelf_of(reader, "Reading")).to_have_text([title])


def test_saving_stays_on_the_page_and_keeps_the_focus(visitor, author):
    author.writes("Saved in place")
    reader = visitor().signs_up("stayer").reads()
    summary = control(reader, "Saved in place").locator("summary")

    summary.press("Enter")
    control(reader, "Saved in place").get_by_role("button", name="Read", exact=True).press("Enter")

    expect(summary).to_have_text("On your reading list: Read")
    expect(summary).to_be_focused()
    reader.has_not_reloaded()


def test_a_post_that_arrives_can_be_kept_and_an_edit_leaves_the_mark_alone(visitor, author):
    reader = visitor().signs_up("prompt").reads()
    author.writes("Just arrived")
    reader.sees("Just arrived")

    control(reader, "Just arrived").locator("summary").click()
    control(reader, "Just arrived").get_by_role("button", name="Reading").click()
    expect(control(reader, "Just arrived").locator("summary")).to_contain_text("Reading")

    author.goes_to("/").title("Just arrived").get_by_role("link").click()
    author.page.get_by_role("link", name="Edit", exact=True).click()
    author.page.get_by_label("Title of the book").fill("Arrived a while ago")
    author.page.get_by_role("button", name="Save").click()
    reader.sees("Arrived a while ago")
    expect(control(reader, "Arrived a while ago").locator("summary")).to_contain_text("Reading")
    reader.has_not_reloaded()
    reader.goes_to("/shelf/")
    expect(shelf_of(reader, "Reading")).to_have_text(["Arrived a while ago"])


@pytest.mark.parametrize("scripts", [True, False])
def test_a_guest_is_led_to_sign_in_and_back_to_the_same_page(visitor, author, scripts):
    author.writes(f"For guests {scripts}", tags=f"guests{scripts}")
    visitor().signs_up(f"guest{scripts:d}")
    guest = visitor(java_script_enabled=scripts).goes_to(f"/tags/guests{scripts}/".lower())

    control(guest, f"For guests {scripts}").locator("summary").click()
    control(guest, f"For guests {scripts}").get_by_role("button", name="Want to read").click()
    guest.page.locator("[name=login]").fill(f"guest{scripts:d}")
    guest.page.locator("[name=password]").fill(PASSWORD)
    guest.page.locator("main form button").last.click()

    expect(guest.page).to_have_url(re.compile(f"/tags/guests{scripts}/".lower()))
    control(guest, f"For guests {scripts}").locator("summary").click()
    control(guest, f"For guests {scripts}").get_by_role("button", name="Want to read").click()
    expect(control(guest, f"For guests {scripts}").locator("summary")).to_contain_text("Want")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_shelf_is_shown_to_everybody_only_when_its_reader_wants_it(visitor, author, scripts):
    name = f"shower{scripts:d}"
    author.writes(f"Shown {scripts}")
    reader = visitor(java_script_enabled=scripts).signs_up(name).goes_to("/")
    control(reader, f"Shown {scripts}").locator("summary").click()
    control(reader, f"Shown {scripts}").get_by_role("button", name="Read", exact=True).click()
    expect(control(reader, f"Shown {scripts}").locator("summary")).to_contain_text("Read")
    guest = visitor(quiet=False)
    assert guest.page.goto(f"/readers/{name}/shelf/").status == 404

    reader.goes_to("/shelf/")
    reader.page.get_by_role("button", name="Show it to everybody").click()
    expect(reader.page.get_by_role("button", name="Make it private")).to_be_visible()
    assert guest.page.goto(f"/readers/{name}/shelf/").status == 200
    expect(shelf_of(guest, "Read")).to_have_text([f"Shown {scripts}"])

    reader.page.get_by_role("button", name="Make it private").click()
    expect(reader.page.get_by_role("button", name="Show it to everybody")).to_be_visible()
    assert guest.page.goto(f"/readers/{name}/shelf/").status == 404


@pytest.mark.parametrize("scripts", [True, False])
def test_posts_of_the_same_book_lead_to_each_other(visitor, author, scripts):
    title = f"Read by two {scripts}"
    author.writes(title, author="Jane Austen")
    other = visitor().signs_up(f"other{scripts:d}")
    other.writes(title.upper(), author="jane  austen", body="Another view.")

    reader = visitor(java_script_enabled=scripts).goes_to("/")
    reader.title(title).get_by_role("link").click()
    also = reader.page.get_by_role("complementary", name="Also read by")
    also.get_by_role("link", name=f"other{scripts:d}").click()
    reader.sees(title.upper())
    reader.page.get_by_role("link", name="The page of this book").click()

    expect(reader.page.locator("#posts h2")).to_have_text([title.upper(), title])


def test_the_page_of_a_book_follows_edits_and_removals(visitor, author):
    author.writes("Followed", body="As it was.").posts("Followed", body="Second.")
    author.title("Followed").first.get_by_role("link").click()
    author.page.get_by_role("link", name="The page of this book").click()
    expect(author.page).to_have_url(re.compile(r"/books/\w+/$"))
    reader = visitor().reads(author.page.url)
    assert len(reader.titles) == 2

    author.title("Followed").nth(1).get_by_role("link").click()
    author.page.get_by_role("link", name="Edit", exact=True).click()
    author.page.get_by_label("Your review").fill("As it is now.")
    author.page.get_by_role("button", name="Save").click()
    expect(reader.page.get_by_text("As it is now.")).to_be_visible()
    author.page.get_by_text("Remove", exact=True).click()
    author.page.get_by_role("button", name="Remove this post").click()

    expect(reader.page.locator("#posts h2")).to_have_count(1)
    reader.has_not_reloaded()


def test_the_shelf_is_not_wider_than_the_screen(visitor, author):
    author.writes("Donaudampfschifffahrtsgesellschaftskapitän " * 4, author="W" * 150)
    summary = author.page.locator("details.shelve > summary").first
    for width in (320, 390, 1440):
        author.page.set_viewport_size({"width": width, "height": 800})
        author.goes_to("/")
        summary.click()
        assert author.page.evaluate("document.documentElement.scrollWidth") <= width
    author.page.get_by_role("button", name="Reading", exact=True).first.click()
    expect(summary).to_contain_text("Reading")
    for width in (320, 390, 1440):
        author.page.set_viewport_size({"width": width, "height": 800})
        author.goes_to("/shelf/")
        author.page.locator("details.shelve > summary").first.click()
        assert author.page.evaluate("document.documentElement.scrollWidth") <= width
