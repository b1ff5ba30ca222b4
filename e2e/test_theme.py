"""Light or dark, and the way out: what everybody finds on every page."""

import re

import pytest
from playwright.sync_api import expect

PAPER = {"light": "rgb(250, 246, 239)", "dark": "rgb(23, 21, 19)"}


def looks(page, theme: str) -> None:
    expect(page.locator("body")).to_have_css("background-color", PAPER[theme])


def test_a_guest_chooses_dark_while_writing_and_it_stays(author, visitor):
    author.posts("Read at night").title("Read at night").first.get_by_role("link").click()
    expect(author.page).to_have_url(re.compile("/read-at-night/"))
    guest = visitor(color_scheme="light").reads(author.page.url)
    guest.page.get_by_label("Your comment").fill("Half typed")
    looks(guest.page, "light")

    with guest.page.expect_response("**/accounts/theme/"):
        guest.page.get_by_label("Dark").check()

    looks(guest.page, "dark")
    guest.has_not_reloaded()
    expect(guest.page.get_by_label("Your comment")).to_have_value("Half typed")
    guest.goes_to("/")
    looks(guest.page, "dark")
    # Nobody else's page is.
    looks(visitor(color_scheme="light").goes_to("/").page, "light")

    with guest.page.expect_response("**/accounts/theme/"):
        guest.page.get_by_label("System").check()
    looks(guest.goes_to("/search/").page, "light")


def test_without_javascript_a_button_does_it(visitor):
    guest = visitor(java_script_enabled=False, color_scheme="dark").goes_to("/search/?q=emma")
    looks(guest.page, "dark")

    guest.page.get_by_label("Light").check()
    guest.page.get_by_role("button", name="Set").click()

    expect(guest.page).to_have_url(re.compile(r"/search/\?q=emma$"))
    looks(guest.page, "light")
    expect(guest.page.get_by_label("Light")).to_be_checked()


@pytest.mark.parametrize("width", [320, 390, 1440])
def test_who_looks_for_the_way_out_finds_it_under_their_name(author, width):
    page = author.goes_to("/").page
    page.set_viewport_size({"width": width, "height": 800})
    account = page.get_by_role("button", name="Your account")
    menu = page.locator("#account-menu")
    expect(menu).to_be_hidden()

    account.click()
    expect(menu.get_by_role("link", name="Settings")).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    account.click()
    menu.get_by_role("button", name="Sign out").click()

    expect(page.get_by_role("link", name="Sign in", exact=True).first).to_be_visible()
