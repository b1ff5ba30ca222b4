"""No answer lands in the wrong place, and nothing typed is lost with it."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from e2e.conftest import Visitor

STATUSES = (400, 403, 404, 405, 410, 413, 429, 500, 502, 503)

FIND = """() => {
    const seen = new Set(), found = [];
    for (const element of document.querySelectorAll("a, form, [hx-get], [hx-post]")) {
        const attributes = ["hx-get", "hx-post", "hx-target", "action", "href", "hx-trigger"];
        const values = attributes.map(name => element.getAttribute(name));
        const places = element.closest("header, main, footer")?.tagName;
        const kind = [element.tagName, places, ...values].join(" ").replace(/[0-9]+/g, "0");
        const asks = element.hasAttribute("hx-get") || element.hasAttribute("hx-post");
        const plain = !asks && !element._htmx?.boosted;
        if (plain || seen.has(kind) || /load|every|ws|error/.test(values.at(-1) ?? "")) continue;
        seen.add(kind);
        element.dataset.walk = found.length;
        found.push(kind);
    }
    return found;
}"""
"""Mark an element of each kind that has htmx send something; what nobody presses is left out."""

PRESS = """element => {
    const find = form => form.elements.title ?? form.elements.body;
    const choices = ":not(:checked)[type=radio]";
    if (element.matches("[hx-trigger=change]")) element.querySelector(choices).click();
    else if (element.matches("form")) element.requestSubmit();
    else if (element.matches("a")) element.click();
    else {
        const field = element.matches("input") ? element : find(element.closest("form"));
        field.value += "x";
        field.dispatchEvent(new Event("input", {bubbles: true}));
    }
}"""

TYPED = """() => [...document.querySelectorAll("textarea, input:not([type=hidden])")]
    .map(field => [field.id, field.value])"""

NOT_OURS = (
    "<!doctype html><html><head><title>Oh</title></head><body><header class='site'></header>"
    "<main id='main'><h1>{sentence}</h1></main></body></html>"
)


@pytest.fixture
def room(visitor) -> Visitor:
    """The page of a post, of its author, with everything that a page may have."""
    author = visitor(quiet=False).signs_up(f"walker{next(numbers)}")
    author.posts("Walked over", tags="walk").title("Walked over").first.get_by_role("link").click()
    expect(author.page).to_have_url(re.compile(r"/posts/\d+/walked-over/"))
    path = re.search(r"/posts/\d+/", author.page.url)[0]
    author.sends(f"{path}comments/", body="Well.")
    author.sends("/posts/new/", title="Kept", book_author="Somebody", body="Kept.", keep="1")
    author.sends(re.sub(r"^/", "/shelf/", path), state="want")
    author.goes_to(path)
    author.path = path
    return author


numbers = iter(range(1, 1000))

PAGES = [
    "/", "{room}", "{room}edit/", "{room}comments/{comment}/reply/", "/search/?q=walked",
    "/posts/new/", "/notifications/", "/shelf/", "/drafts/", "/following/",
]  # fmt: skip


def nothing_is_lost(page: Page, typed: list) -> None:
    """Check that the page is the one that it was, with what was typed."""
    assert page.locator("header.site").count() == 1
    assert page.locator("#main").count() == 1
    assert page.locator("#main #trouble").count() == 1
    assert page.evaluate(TYPED) == typed


@pytest.mark.parametrize("where", PAGES)
def test_an_error_is_said_and_the_page_stays_whatever_was_pressed(room, where):
    page = room.page
    comment = re.search(r"comment-(\d+)", page.locator(".comment").first.get_attribute("id"))[1]
    room.goes_to(where.format(room=room.path, comment=comment))
    for field in page.locator("textarea, input[type=text]").all():
        field.fill("Half typed")
    kinds = page.evaluate(FIND)
    answers: dict[str, str | int] = {}

    def answer(route: Route) -> None:
        if "hx-request" in route.request.headers and "/changes/" not in route.request.url:
            body = NOT_OURS.format(sentence=answers["sentence"])
            route.fulfill(status=answers["status"], content_type="text/html", body=body)
        else:
            route.continue_()

    page.route("**/*", answer)
    for number, kind in enumerate(kinds):
        for status in STATUSES:
            answers |= {"status": status, "sentence": f"Sorry, {status} for {number}"}
            page.locator(f"[data-walk='{number}']").evaluate(PRESS)
            typed = page.evaluate(TYPED)
            said = page.locator("#trouble, [id$=-status]").get_by_text(answers["sentence"]).first
            expect(said, kind).to_be_visible()
            nothing_is_lost(page, typed)
    # The page for the room has at least these: the heart, the shelf, the comment, a reply.
    assert len(kinds) >= (4 if where == "{room}" else 0)


@pytest.mark.parametrize("selector", [".like", ".shelve form", ".comment-foot a[hx-get]"])
def test_a_redirect_to_sign_in_leads_there(room, selector):
    page = room.page
    page.route(
        "**/*",
        lambda route: (
            route.fulfill(status=302, headers={"Location": "/accounts/login/?next=/shelf/"})
            if "hx-request" in route.request.headers
            and not re.search("/changes/|/unsent/", route.request.url)
            and "/accounts/" not in route.request.url
            else route.continue_()
        ),
    )
    room.context.clear_cookies()

    page.locator(selector).first.evaluate(PRESS)

    expect(page).to_have_url(re.compile(r"/accounts/login/\?next=/shelf/"))
    expect(page.get_by_label("Password")).to_be_visible()
    assert page.locator("header.site").count() == 1


def test_an_answer_without_words_is_said_in_ours(room):
    page = room.page
    page.route("**/like/", lambda route: route.fulfill(status=502, body="Bad Gateway"))

    page.locator(".like .heart").first.click()

    expect(page.locator("#trouble:empty")).to_be_visible()
    words = page.locator("#trouble").evaluate("e => getComputedStyle(e, '::before').content")
    assert "did not go through" in words


def test_liking_what_was_removed_is_said_above(visitor):
    author = visitor().signs_up("remover").posts("Soon gone")
    reader = visitor(quiet=False).signs_up("late-liker").goes_to("/")
    page, card = reader.page, reader.page.locator(".post").first
    # The removal is on its way.
    page.locator("#live").evaluate("live => live.remove()")
    author.sends(card.locator(".like").get_attribute("action").replace("/like/", "/delete/"))

    card.locator(".heart").click()

    expect(page.locator("#trouble")).to_contain_text("not here")
    assert page.locator("header.site").count() == page.locator("#main").count() == 1


# --- The page of another login


def signs_in_elsewhere(someone, name: str) -> None:
    """Sign up in another tab, while the page stays open."""
    someone.signs_up(name)


@pytest.fixture
def path(author) -> str:
    """The path of a post."""
    author.posts("Talked about").title("Talked about").first.get_by_role("link").click()
    expect(author.page).to_have_url(re.compile("/talked-about/"))
    return re.search(r"/posts/\d+/", author.page.url)[0]


def test_a_comment_typed_before_signing_in_elsewhere_is_sent_the_second_time(visitor, path):
    guest = visitor(quiet=False).goes_to(path)
    page = guest.page
    page.get_by_label("Your comment").fill("Typed as a guest.")
    signs_in_elsewhere(guest, "late-talker")

    page.get_by_role("button", name="Sign in and say it").click()

    expect(page.locator("#trouble")).to_contain_text("another tab")
    expect(page.get_by_label("Your comment")).to_have_value("Typed as a guest.")
    page.get_by_role("button", name="Sign in and say it").click()
    expect(page.locator("#comments")).to_contain_text("Typed as a guest.")


def test_without_javascript_the_comment_comes_back_in_its_form(visitor, path):
    guest = visitor(java_script_enabled=False).goes_to(path)
    page = guest.page
    page.get_by_label("Your comment").fill("Typed without scripts.")
    signs_in_elsewhere(guest, "plain-talker")
    guest.quiet = False

    page.get_by_role("button", name="Sign in and say it").click()

    expect(page.get_by_role("alert").last).to_contain_text("another tab")
    expect(page.get_by_label("Your comment")).to_have_value("Typed without scripts.")
    page.get_by_role("button", name="Say it").click()
    expect(page.locator("#comments")).to_contain_text("Typed without scripts.")


def test_a_like_of_a_guest_who_signed_in_elsewhere_works_the_second_time(visitor, path):
    guest = visitor(quiet=False).goes_to(path)
    heart = guest.page.locator(".like .heart").first
    signs_in_elsewhere(guest, "late-lover")

    heart.click()
    expect(guest.page.locator("#trouble")).to_contain_text("another tab")
    assert guest.page.locator("header.site").count() == 1
    heart.click()

    expect(heart).to_have_attribute("aria-pressed", "true")


def test_a_review_stays_in_the_form_when_somebody_else_signs_in(visitor):
    author = visitor(quiet=False).signs_up("first-writer")
    author.goes_to("/posts/new/")
    author.fills("Written by two", body="A long review.")
    author.context.clear_cookies(name="sessionid")
    signs_in_elsewhere(author, "second-writer")

    author.page.get_by_role("button", name="Post it").click()

    expect(author.page.locator("#trouble")).to_contain_text("another tab")
    expect(author.page.get_by_label("Your review")).to_have_value("A long review.")
    author.page.get_by_role("button", name="Post it").click()
    author.sees("Written by two")


def test_of_two_forms_to_sign_in_the_second_comes_back_filled(visitor):
    visitor().signs_up("twice")
    reader = visitor(quiet=False).goes_to("/accounts/login/")
    reader.page.locator("[name=login]").fill("twice")
    reader.page.locator("[name=password]").fill("a very quiet room")
    signs_in_elsewhere(reader, "other")

    reader.page.locator("main form button").last.click()

    expect(reader.page.get_by_role("heading", level=1)).to_contain_text("another tab")
    expect(reader.page.locator("[name=login]")).to_have_value("twice")
    expect(reader.page.locator("[name=password]")).to_have_value("")
