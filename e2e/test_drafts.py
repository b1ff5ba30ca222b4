"""Stories of writing half-way: what is typed is kept, shown as it will stand, and found again."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, Route, expect

from e2e.test_covers import chooses, picture
from e2e.test_payloads import Watch, dangerous
from posts.tests.payloads import PAYLOADS


def status(page: Page):
    return page.locator("#draft-status")


def is_kept(page: Page) -> None:
    expect(status(page)).to_contain_text(re.compile(r"^Draft kept at \d\d:\d\d UTC$"))


def preview(page: Page):
    return page.get_by_role("region", name="Preview")


def types(page: Page, label: str, text: str) -> None:
    """Type into a field, pause, and see it kept."""
    keeps = re.compile(r"/drafts/keep/")
    with page.expect_response(keeps) as answer:
        page.get_by_label(label).press_sequentially(text)
    # It may have been the answer to an earlier pause.
    while text not in (answer.value.request.post_data_json or {}).values():
        with page.expect_response(keeps) as answer:
            pass


def opens_draft(someone, title: str) -> None:
    someone.page.get_by_role("link", name=f"Continue {title}", exact=True).click()
    expect(someone.page.get_by_label("Title of the book")).to_have_value(title)


def test_what_is_typed_is_shown_as_it_will_stand_and_kept(author):
    author.goes_to("/posts/new/")
    page = author.page
    expect(preview(page)).to_be_hidden()

    types(page, "Title of the book", "Middlemarch")
    # The first field that is left is saved once more: no later request is still on its way below.
    with page.expect_response("**/drafts/keep/"):
        page.keyboard.press("Tab")
    types(page, "Your review", "It is *long*, and ||she marries him||.")

    is_kept(page)
    expect(preview(page).get_by_text("Middlemarch").last).to_be_visible()
    expect(preview(page).locator("em")).to_have_text("long")
    expect(preview(page).locator(".review")).not_to_contain_text("marries", use_inner_text=True)
    expect(page.get_by_label("Your review")).to_be_focused()

    preview(page).get_by_text("Spoiler", exact=True).click()
    page.locator("[name=rating][value='4.5']").check(force=True)
    expect(preview(page).get_by_text("4.5 out of 5 stars")).to_be_visible()
    expect(preview(page).locator(".spoiler")).to_have_attribute("open", "")
    expect(page.locator("[name=rating]:checked")).to_have_value("4.5")


def test_a_tab_that_was_closed_leaves_its_text_behind(author):
    author.goes_to("/posts/new/")
    author.fills("Left alone", author="Nobody", body="Half a rev", tags="half, way")
    author.page.locator("[name=rating][value='2.5']").check(force=True)
    is_kept(author.page)
    expect(preview(author.page).get_by_text("2.5 out of 5 stars")).to_be_visible()
    author.page.close()

    author.page = author.context.new_page()
    author.goes_to("/")
    author.page.get_by_role("link", name="Write", exact=True).click()
    opens_draft(author, "Left alone")
    expect(author.page.get_by_label("Your review")).to_have_value("Half a rev")
    expect(author.page.get_by_label("Tags")).to_have_value("half, way")
    expect(author.page.locator("[name=rating]:checked")).to_have_value("2.5")

    author.page.get_by_label("Your review").press_sequentially("iew.")
    author.page.get_by_role("button", name="Post it").click()
    author.sees("Left alone")
    author.goes_to("/drafts/")
    expect(author.page.get_by_text("No drafts.")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_draft_is_kept_by_a_button_with_its_picture(visitor, scripts):
    title = f"Kept by hand {scripts}"
    someone = visitor(java_script_enabled=scripts).signs_up(f"drafter{scripts:d}")
    someone.goes_to("/posts/new/")
    someone.page.get_by_label("Title of the book").fill(title)
    chooses(someone, picture("teal"))
    someone.page.get_by_role("button", name="Keep as draft").click()

    expect(someone.page.get_by_text("This picture is kept with the form")).to_be_visible()
    expect(someone.page.get_by_text("Draft kept at").first).to_be_visible()
    someone.goes_to("/drafts/")
    opens_draft(someone, title)
    someone.page.get_by_label("Author of the book").fill("A.")
    someone.page.get_by_label("Your review").fill("Done.")
    someone.page.get_by_role("button", name="Post it").click()

    someone.sees(title)
    expect(someone.page.locator("#posts article img").first).to_be_visible()
    someone.goes_to("/posts/new/")
    expect(someone.page.get_by_role("complementary", name="Your drafts")).to_have_count(0)


def test_without_javascript_a_button_shows_how_it_will_stand(visitor):
    someone = visitor(java_script_enabled=False).signs_up("previewer")
    someone.goes_to("/posts/new/")
    page = someone.page
    page.get_by_label("Title of the book").fill("Seen before")
    page.get_by_label("Your review").fill("So *very* ||sad||.")
    page.get_by_label("Tags").fill("sad, sea")
    chooses(someone, picture("olive"))
    page.get_by_role("button", name="Preview", exact=True).click()

    expect(preview(page).locator("em")).to_have_text("very")
    expect(preview(page).locator("img")).to_be_visible()
    expect(preview(page).get_by_text("sad", exact=True).first).to_be_visible()
    expect(page.get_by_text("Who wrote the book?")).to_have_count(0)
    expect(page.get_by_label("Tags")).to_have_value("sad, sea")
    page.get_by_label("Author of the book").fill("A.")
    page.get_by_role("button", name="Post it").click()
    someone.sees("Seen before")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_draft_is_discarded_after_a_question(visitor, scripts):
    someone = visitor(java_script_enabled=scripts).signs_up(f"discarder{scripts:d}")
    someone.goes_to("/posts/new/")
    someone.page.get_by_label("Title of the book").fill("Not to be")
    someone.page.get_by_role("button", name="Keep as draft").click()
    expect(someone.page.get_by_text("Draft kept at").first).to_be_visible()
    someone.goes_to("/posts/new/")

    someone.page.get_by_text("Discard Not to be", exact=True).click()
    someone.page.get_by_role("button", name="Discard this draft").click()

    expect(someone.page.get_by_text("No drafts.")).to_be_visible()


def test_an_edit_is_kept_and_still_overwrites_nothing(author):
    author.posts("Edited half-way", body="As it was.")
    author.title("Edited half-way").get_by_role("link").click()
    author.page.get_by_role("link", name="Edit", exact=True).click()
    expect(preview(author.page)).to_contain_text("As it was.")
    author.page.wait_for_load_state()
    edit = author.page.url
    author.page.get_by_label("Your review").fill("As I left it.")
    is_kept(author.page)
    expect(preview(author.page)).to_contain_text("As I left it.")

    other = author.context.new_page()
    other.goto(edit)
    expect(other.get_by_label("Your review")).to_have_value("As it was.")
    other.get_by_label("Author of the book").fill("Another Hand")
    other.get_by_role("button", name="Save").click()
    expect(other.get_by_role("link", name="Edit", exact=True)).to_be_visible()

    author.goes_to(edit)
    author.page.get_by_role("link", name="Continue Edited half-way").click()
    expect(author.page.get_by_label("Your review")).to_have_value("As I left it.")
    author.page.get_by_role("button", name="Save").click()
    expect(author.page.get_by_text("another version was saved")).to_be_visible()
    expect(author.page.get_by_label("Your review")).to_have_value("As I left it.")
    author.page.get_by_role("button", name="Save").click()
    expect(author.page.locator(".room .review")).to_have_text("As I left it.")
    author.goes_to("/drafts/")
    expect(author.page.get_by_text("No drafts.")).to_be_visible()


@contextmanager
def scripts_come_late(page: Page) -> Iterator[None]:
    """Hold back the scripts of the pages that are opened within, and let them come at the end."""
    held: list[Route] = []
    page.route("**/*.js", lambda route: held.append(route))
    yield
    for route in held:
        route.continue_()
    page.wait_for_load_state()
    page.unroute_all()


def test_what_was_typed_before_the_scripts_had_come_is_kept_once_its_field_is_left(author):
    page = author.page
    with scripts_come_late(page):
        page.goto("/posts/new/", wait_until="commit")
        page.get_by_label("Your review").fill("Sooner than the scripts.")
    page.keyboard.press("Tab")
    is_kept(page)


def test_typing_on_after_a_mistake_is_kept_too(author):
    author.goes_to("/posts/new/")
    author.fills("", body="Without a title.")
    author.page.get_by_role("button", name="Post it").click()
    expect(author.page.get_by_text("Which book is it?")).to_be_visible()

    author.page.get_by_label("Title of the book").fill("Found its title")
    is_kept(author.page)
    author.page.get_by_role("button", name="Post it").click()

    author.sees("Found its title")
    author.goes_to("/drafts/")
    expect(author.page.get_by_text("No drafts.")).to_be_visible()


def test_a_save_that_is_still_on_its_way_when_the_form_is_sent_brings_nothing_back(author):
    author.goes_to("/posts/new/")
    held = []
    author.page.route("**/drafts/keep/", lambda route: held.append(route))
    with author.page.expect_request("**/drafts/keep/"):
        author.fills("Sent at once")
    author.page.get_by_role("button", name="Post it").click()
    author.sees("Sent at once")

    answer = held[0].fetch()

    assert answer.status == 422
    author.page.unroute_all()
    author.goes_to("/drafts/")
    expect(author.page.get_by_text("No drafts.")).to_be_visible()


def test_while_typing_no_picture_travels(author):
    author.goes_to("/posts/new/")
    with author.page.expect_request("**/drafts/keep/") as request:
        chooses(author, picture("maroon"))
        author.page.get_by_label("Title of the book").fill("Heavy")

    assert "urlencoded" in request.value.headers["content-type"]
    assert len(request.value.post_data) < 2_000


def test_a_server_that_is_in_trouble_is_told_at_the_form(visitor):
    author = visitor(quiet=False).signs_up("troubled")
    author.goes_to("/posts/new/")
    author.page.route(
        "**/drafts/keep/",
        lambda route: route.fulfill(status=502, content_type="text/html", body="<h1>Bad</h1>"),
    )
    author.page.get_by_label("Title of the book").fill("Unkept")

    expect(status(author.page)).to_have_text("Bad")
    expect(author.page.get_by_label("Title of the book")).to_have_value("Unkept")
    author.page.unroute_all()
    author.page.get_by_label("Your review").fill("Kept after all.")
    is_kept(author.page)


def test_payloads_are_words_in_the_preview_and_in_the_list_of_drafts(author, server):
    author.goes_to("/posts/new/")
    page, watch = author.page, Watch(author.page, server.url)
    title = page.get_by_label("Title of the book")
    for payload in PAYLOADS[::9]:
        line = " ".join(payload.split())
        title.fill(line)
        expect(preview(page).locator(".preview-title")).to_have_text(line, use_inner_text=False)

    page.get_by_label("Your review").fill("\n\n".join([*PAYLOADS, "The last word."]))
    expect(preview(page).locator(".review")).to_contain_text("The last word.")
    is_kept(page)
    assert dangerous(page) == 0
    author.goes_to("/drafts/")
    expect(page.locator(".draft-title")).to_have_text(line)
    author.goes_to("/posts/new/")
    page.locator(".draft a").first.click()
    expect(title).to_have_value(line)

    own = re.compile(r"/(drafts/(keep/)?|posts/new/(\?draft=\d+)?)$")
    assert [each for each in watch.seen if not own.search(each)] == []


@pytest.mark.parametrize("scripts", [True, False])
def test_a_feed_leaves_out_what_a_spoiler_says(visitor, scripts):
    author = visitor(java_script_enabled=scripts).signs_up(f"feeder{scripts:d}")
    author.posts(f"In the feed {scripts}", body="It was ||the doctor||.")

    address = author.page.locator("link[type='application/atom+xml']").get_attribute("href")
    text = author.page.request.get(address).text()

    assert f"In the feed {scripts}" in text
    assert "[spoiler]" in text
    assert "the doctor" not in text
