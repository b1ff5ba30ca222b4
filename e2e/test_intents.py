"""Stories of guests who press a button, sign in, and go on with what they wanted."""

import re

import pytest
from playwright.sync_api import expect

from e2e.conftest import PASSWORD


@pytest.mark.parametrize("scripts", [True, False])
def test_a_guest_likes_signs_in_and_is_offered_to_like(visitor, author, scripts):
    title = f"Liked by a guest {scripts}"
    author.posts(title)
    name = f"visiting{scripts:d}"
    visitor().signs_up(name)
    guest = visitor(java_script_enabled=scripts).goes_to("/")
    guest.title(title).get_by_role("link").click()
    expect(guest.page).to_have_url(re.compile(r"/posts/\d+/"))
    if scripts:
        guest.is_live()
    guest.page.get_by_label("Your comment").fill("Half a thou")
    guest.page.locator(".post-foot .heart").click()

    guest.page.locator("[name=login]").fill(name)
    guest.page.locator("[name=password]").fill(PASSWORD)
    guest.page.locator("main form button").last.click()
    button = guest.page.locator("#offer button")
    expect(button).to_be_focused()
    if scripts:
        expect(guest.page.get_by_label("Your comment")).to_have_value("Half a thou")
    expect(guest.page.locator(".post-foot .heart")).to_have_attribute("aria-pressed", "false")
    button.press("Enter")

    expect(guest.page.locator(".post-foot .heart")).to_have_attribute("aria-pressed", "true")
    expect(guest.page.locator("#offer")).to_have_count(0)
    if scripts:
        expect(guest.page.get_by_label("Your comment")).to_have_value("Half a thou")


def test_after_signing_out_back_shows_no_page_of_the_last_reader(visitor):
    reader = visitor().signs_up("shared").goes_to("/drafts/")
    expect(reader.page.get_by_role("heading", name="Your drafts")).to_be_visible()
    reader.goes_to("/accounts/logout/")
    reader.page.locator("main form button").last.click()
    expect(reader.page.get_by_role("link", name="Sign in", exact=True)).to_be_visible()

    # Two steps at once: the first of them leads on by itself.
    reader.page.evaluate("history.go(-2)")

    expect(reader.page.get_by_role("heading", name="Your drafts")).to_have_count(0)
    expect(reader.page.locator("[name=login]")).to_be_visible()


@pytest.mark.parametrize("signed_in", [False, True])
def test_an_empty_comment_form_is_in_nobodys_way(visitor, author, signed_in):
    """The heart sends the comment form along; that the form is empty is no reason not to."""
    title = f"Liked from its room {signed_in}"
    author.posts(title)
    reader = visitor().signs_up("room_liker") if signed_in else visitor()
    reader.goes_to("/")
    reader.title(title).get_by_role("link").click()

    reader.page.get_by_role("button", name="Like", exact=True).click()

    if signed_in:
        expect(reader.page.get_by_role("button", name="Like", exact=True)).to_have_attribute(
            "aria-pressed", "true"
        )
    else:
        expect(reader.page).to_have_url(re.compile("/accounts/login/"))
