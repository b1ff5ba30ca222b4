"""A story of the bell: what somebody said is opened, and the other open page follows."""

import os
import re

from playwright.sync_api import expect


def test_opening_a_notification_leads_there_and_the_bell_of_other_pages_follows(author, visitor):
    author.posts("Middlemarch", author="George Eliot")
    author.title("Middlemarch").first.get_by_role("link").click()
    expect(author.page).to_have_url(re.compile(r"/posts/\d+/middlemarch/$"))
    author.is_live()
    room, name = author.page.url, author.page.locator(".nav-name").inner_text()
    friend = visitor().signs_up(f"{name}-friend").reads(room)
    friend.page.get_by_label("Your comment").fill("Skip the prelude.")
    friend.page.get_by_role("button", name="Say it").click()
    bell = author.page.locator(".bell-count")
    expect(bell).to_contain_text("1")
    elsewhere = author.page.context.new_page()
    elsewhere.goto(author.page.url)
    expect(elsewhere.locator(".bell-count")).to_contain_text("1")

    author.goes_to("/notifications/")
    notice = author.page.get_by_role("button", name="commented on")
    if folder := os.environ.get("SHOTS"):
        for width in (1280, 390):
            for scheme in ("light", "dark"):
                author.page.set_viewport_size({"width": width, "height": 700})
                author.page.emulate_media(color_scheme=scheme)
                author.page.screenshot(path=f"{folder}/notifications-{width}-{scheme}.png")
    notice.focus()
    author.page.keyboard.press("Enter")

    expect(author.page.get_by_text("Skip the prelude.")).to_be_in_viewport()
    assert author.page.url.partition("#")[0] == room
    expect(author.page.locator(".bell-count")).to_have_count(0)
    expect(elsewhere.locator(".bell-count")).to_have_count(0)
