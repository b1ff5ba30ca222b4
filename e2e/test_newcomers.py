"""Stories of somebody who comes for the first time: what is this, does it live, may I join?"""

import sys

from playwright.sync_api import expect

from e2e.conftest import PASSWORD


def test_a_guest_reads_what_this_is_and_joins_from_there(visitor):
    guest = visitor().reads("/")
    page, welcome = guest.page, guest.page.locator(".welcome").first
    expect(welcome).to_contain_text("a live blog about books")
    expect(welcome).to_be_in_viewport()

    welcome.get_by_role("link", name="Join").click()
    expect(page.get_by_text("get back in when you forget your password")).to_be_visible()
    page.get_by_label("Username").fill("newcomer")
    for field in ("password1", "password2"):
        page.locator(f"[name={field}]").fill(PASSWORD)
    page.locator("main form button").last.click()

    expect(page.locator(".messages")).to_have_text("Welcome, newcomer.")
    expect(page.get_by_text("a live blog about books")).to_have_count(0)


def test_who_comes_to_an_empty_site_presses_its_button_and_is_asked_to_sign_in(visitor):
    guest = visitor().goes_to("/key/")
    expect(guest.page.get_by_text("No key posts yet.")).to_be_visible()
    expect(guest.page.get_by_role("link", name="Post a book")).to_have_count(0)
    guest.goes_to("/")
    guest.page.get_by_role("link", name="Post a book").click()

    expect(guest.page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_demo_is_seen_on_pages_that_are_open(visitor, server):
    """From a process of its own, through the log."""
    guest = visitor().reads("/")

    server.run_beforehand([sys.executable, "manage.py", "demo", "--seconds", "2", "--force"])

    expect(guest.page.locator("#posts article")).to_have_count(4)
    expect(guest.page.locator("#posts")).to_contain_text("2 comments")
    expect(guest.page.locator("#posts")).to_contain_text("like")
    guest.has_not_reloaded()
    guest.sees_what_a_fresh_load_shows()
    server.run_beforehand([sys.executable, "manage.py", "demo", "--remove", "--force"])
    expect(guest.page.locator("#posts article")).to_have_count(0)


def test_four_who_say_something_ring_once_and_are_one_entry(visitor, author):
    author.posts("Middlemarch", author="George Eliot").title("Middlemarch").get_by_role(
        "link"
    ).click()
    author.is_live()
    room = author.page.url
    path = room.removeprefix(author.base_url).rpartition("/")[0].rpartition("/")[0]
    friends = [visitor().signs_up(f"friend{number}") for number in range(4)]

    for friend in friends:
        friend.sends(f"{path}/comments/", body="Well said.")

    expect(author.page.locator(".comment")).to_have_count(4)
    expect(author.page.locator("#bell .bell-count")).to_contain_text("1")
    elsewhere = author.page.context.new_page()
    elsewhere.goto("/notifications/")
    expect(
        elsewhere.get_by_role("button", name="friend3 and 3 others commented on")
    ).to_be_visible()
    expect(elsewhere.locator("#conn")).to_contain_text("live")

    author.sends(f"{path}/delete/")

    for page in (author.page, elsewhere):
        expect(page.locator("#bell .bell-count")).to_have_count(0)
