"""Stories of people who try to break out of a text, and of those who read it meanwhile."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from bookshelf import characters
from posts.tests.payloads import PAYLOADS

KNOWN = re.compile(
    r"/(static/.*|ws/update_notice/|changes/reconnecting/|unsent/|posts/\d+/[^/]*/?|posts/\d+/edit/)?"
)
"""Where a page that shows a post may turn to."""


class Watch:
    """What a page does on its own: dialogs, requests, windows."""

    def __init__(self, page: Page, server_url: str) -> None:
        self.host = urlsplit(server_url).netloc
        self.seen: list[str] = []
        page.on("dialog", self._dialog)
        page.on("request", lambda request: self._request(request.url))
        page.on("websocket", lambda socket: self._request(socket.url))
        page.on("popup", lambda popup: self.seen.append(f"a window: {popup.url}"))

    def _dialog(self, dialog) -> None:
        self.seen.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.netloc != self.host or not KNOWN.fullmatch(parts.path):
            self.seen.append(f"a request: {url}")


def one_line(text: str) -> str:
    return " ".join(characters.one_line(text).split())


def handfuls() -> list[list[str]]:
    """Return the payloads in as few groups as fit into titles."""
    groups: list[list[str]] = [[]]
    for payload in PAYLOADS:
        if len(one_line(" ".join([*groups[-1], payload]))) > 200:
            groups.append([])
        groups[-1].append(payload)
    return groups


def as_a_post(payloads: list[str]) -> dict[str, str]:
    """Return a form in which these are every field."""
    line = one_line(" ".join(payloads))
    text = line.replace(",", " ")
    tags = [text[start : start + 40] for start in range(0, len(text), 40)[:8]]
    return {
        "title": line,
        "book_author": line,
        "body": "\n\n".join(payloads),
        # What has no letter or digit is refused, with a sentence.
        "tags": ",".join(tag for tag in tags if any(map(str.isalnum, tag))),
    }


def test_payloads_arrive_as_words_and_do_nothing(visitor, server, author):
    author.posts("The first of all")
    readers = lists, room = visitor(), visitor()
    watches = [Watch(each.page, server.url) for each in readers]
    lists.reads()
    lists.title("The first of all").get_by_role("link").click()
    expect(lists.page).to_have_url(re.compile(r"/posts/\d+/"))
    first = lists.page.url
    lists.reads()
    room.reads(first)

    # They arrive one after the other on an open list, and at once on an open page of a post.
    sent = [as_a_post(payloads) for payloads in handfuls()]
    for fields in sent:
        author.sends("/posts/new/", **fields)
    edit = re.search(r"/posts/\d+/", first)[0] + "edit/"
    together = {"title": "All of them", "book_author": "Many", "body": "\n\n".join(PAYLOADS)}
    author.sends(edit, **together)
    talk = re.search(r"/posts/\d+/", first)[0] + "comments/"
    for fields in sent:
        author.sends(talk, body=fields["body"])

    room.sees("All of them")
    expect(room.page.locator("#comments > .comment")).to_have_count(len(sent))
    lists.sees("All of them")
    expect(lists.page.locator("#posts article")).to_have_count(len(sent) + 1)
    for reader in readers:
        reader.has_not_reloaded()
    titles = [title.strip() for title in lists.page.locator("#posts h2").all_text_contents()]
    assert titles == [*(fields["title"] for fields in reversed(sent)), "All of them"]
    assert dangerous(lists.page) == dangerous(room.page) == 0

    # And they are read, each on a page of its own, loaded and opened.
    addresses = lists.page.locator("#posts h2 a").evaluate_all("links => links.map(a => a.href)")
    for address in addresses:
        room.page.goto(address, wait_until="domcontentloaded")
        assert dangerous(room.page) == 0
        for spoiler in room.page.locator(".review > .para > .spoiler").all():
            spoiler.locator("summary").click()
    expect(room.page.locator("#conn")).to_contain_text("live")

    assert [watch.seen for watch in watches] == [[], []]
    assert [reader.complaints for reader in readers] == [[], []]


WITHIN = ".review, .card-excerpt"
DANGEROUS = (
    f":is({WITHIN}) :is(script, style, img, svg, iframe, form, input, template, meta, base),"
    "#main article :is(script, style, iframe, object, embed, form, template, base, meta, link)"
    ":not(.post-foot *),"
    f":is({WITHIN}) :is([style], [onerror], [onload], [onclick], [hx-get], [data-hx-get]),"
    f":is({WITHIN}) a[href]:not([href^='http'], [href^='mailto:'])"
)
"""What no author may bring onto a page."""


def dangerous(page: Page) -> int:
    """Count what no author may bring onto a page."""
    return page.locator(DANGEROUS).count()


def test_a_payload_that_works_would_have_been_noticed(visitor, server, author):
    author.posts("Holds still")
    guest = visitor(quiet=False)
    watch = Watch(guest.page, server.url)
    guest.reads()

    with guest.page.expect_request(re.compile("/feed.json")):
        # Counted at once: a frame may draw the card anew.
        found = guest.page.locator(".card").first.evaluate(
            """(card, dangerous) => {
                card.innerHTML = '<p class="card-excerpt"><img src="https://evil.example/x">'
                    + '<i hx-get="/feed.json" hx-trigger="load" hx-swap="none"></i></p>';
                const found = document.querySelectorAll(dangerous).length;
                htmx.process(card);
                alert(1);
                return found;
            }""",
            DANGEROUS,
        )

    assert found == 2
    assert {"a dialog: 1", f"a request: {server.url}/feed.json"} <= set(watch.seen)
    assert any("Content Security Policy" in text for text in guest.complaints)


def test_a_spoiler_opens_by_mouse_and_by_keyboard(visitor, author):
    author.sends(
        "/posts/new/",
        title="Who did it",
        book_author="A. C.",
        body="It was ||the doctor||.\n\n:::spoiler And why\nFor money.\n:::",
    )
    reader = visitor().reads()
    excerpt = reader.page.locator(".post", has=reader.title("Who did it")).locator(".card-excerpt")
    expect(excerpt).to_have_text("It was [spoiler]. [spoiler]")

    reader.title("Who did it").get_by_role("link").click()
    review, reason = reader.page.locator(".review"), reader.page.get_by_text("For money.")
    expect(reader.page.get_by_text("And why")).to_be_visible()
    expect(reason).to_be_hidden()
    expect(review).not_to_contain_text("the doctor", use_inner_text=True)

    reader.page.get_by_text("Spoiler", exact=True).click()
    expect(review).to_contain_text("the doctor", use_inner_text=True)
    expect(reason).to_be_hidden()
    reader.page.keyboard.press("Tab")
    reader.page.keyboard.press("Enter")

    expect(reason).to_be_visible()


def test_without_javascript_a_spoiler_opens_too(visitor, author):
    author.sends("/posts/new/", title="Still", book_author="A", body="||hidden||")
    reader = visitor(java_script_enabled=False).goes_to("/")
    reader.title("Still").get_by_role("link").click()

    reader.page.get_by_text("Spoiler", exact=True).click()

    expect(reader.page.locator(".spoiler")).to_have_attribute("open", "")
