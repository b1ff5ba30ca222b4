"""The server is away: the page says so where one looks, and keeps what was typed.

The words are in the browser's cache. WebKit that is driven by a test has none, like a private
window of Safari's, and says nothing there (docs/htmx.md).
"""

import pytest

pytestmark = pytest.mark.parametrize("browser", ["chromium", "firefox"], indirect=True)


HAS_WORDS = """() => performance.getEntriesByType("resource").some(
    each => each.name.endsWith("/unsent/") && each.responseEnd)"""


def test_a_lost_connection_is_in_sight_wherever_one_reads(visit, site):
    reader = visit(quiet=False)
    reader.scroll_to(1500)
    site.kill()
    try:
        reader.wait_until(lambda: "reconnecting" in reader.text("#conn"), "reconnecting")
        assert reader.is_in_view("#conn")
    finally:
        site.start()


@pytest.mark.parametrize(
    ("path", "press"),
    [
        ("room", ".post-foot .heart"),
        ("room", "#comment-form button"),
        ("/posts/new/", "#post-form button"),
    ],
    ids=["like", "comment", "post"],
)
def test_what_cannot_be_sent_says_so_and_keeps_what_was_typed(
    visit, site, author, join, path, press
):
    if path == "room":
        path = f"/posts/{author.writes('Unreachable')}/"
    talker = visit(path, member=join(), quiet=False)
    field = next(each for each in ("#comment-form-body", "[name=body]") if talker.count(each))
    talker.fill(field, "Typed before")
    talker.wait_until(lambda: talker.evaluate(HAS_WORDS), "the words at hand")
    site.kill()
    try:
        talker.click(press)
        talker.wait_until(
            lambda: any(
                talker.evaluate(
                    "() => [...document.querySelectorAll('[role=alert]')].filter("
                    "each => each.innerText.trim() && each.checkVisibility())"
                    ".map(each => each.getBoundingClientRect()).map("
                    "box => box.y < innerHeight && box.bottom > 0)"
                )
            ),
            "words in sight about it",
            timeout=5,
        )
        assert talker.value(field) == "Typed before"
    finally:
        site.start()
