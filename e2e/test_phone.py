"""What a phone has to load, and that nothing moves under the eyes of who reads.

Times are noise here: `python -m e2e.phone` measures them (docs/scale.md).
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import expect

from e2e.phone import Load, phone
from e2e.server import PRODUCTION, DaphneServer, daphne_server

MOST_BYTES = 60_000
"""Of the front page, with all that it loads but covers, as they are sent."""

# Every second of the newest posts gets a picture, of several shapes.
PICTURES = """
from posts.models import Cover, Post
from posts.tests.pictures import picture, prepared
for number, post in enumerate(Post.objects.order_by("-pk")[:20:2]):
    shape = [(300, 450), (400, 400), (900, 300)][number % 3]
    post.revise(cover=Cover.keep_pending(prepared(picture(shape)), post.author))
"""
ARRIVES = """
from accounts.models import User
from posts.factories import PostFactory
from posts.models import Cover
from posts.tests.pictures import picture, prepared
author = User.objects.get(username="theo")
post = PostFactory.build(author=author, title="Late, and long", body="Word. " * 300)
post.publish(["late"], cover=Cover.keep_pending(prepared(picture()), author))
"""


@pytest.fixture(scope="module")
def server(folder) -> Iterator[DaphneServer]:
    """BookShelf outside DEBUG, with a first shelf."""
    env = PRODUCTION | {"STATIC_ROOT": str(folder / "static")}
    with daphne_server(folder, env=env) as running:
        manages(running, "sampleshelf")
        manages(running, "shell", "-v0", "-c", PICTURES)
        yield running


def manages(server: DaphneServer, *command: str) -> None:
    server.run_beforehand([sys.executable, "manage.py", *command])


@pytest.fixture
def opens(browser, server) -> Iterator[Callable[..., Load]]:
    """Open a page on a phone, and be connected."""
    with ExitStack() as phones:

        def opens(path: str, *, slow: bool = False) -> Load:
            load = phones.enter_context(phone(browser, slow=slow, base_url=server.url))
            return load.opens(path)

        yield opens


def is_live(load: Load) -> None:
    expect(load.page.locator("#conn")).to_contain_text("live")


def reads_to_the_end(load: Load) -> None:
    """Scroll, so that pictures come when they are wanted, and wait for them."""
    for image in load.page.locator("main img").all():
        image.scroll_into_view_if_needed()
        expect(image).to_have_js_property("complete", True)


def test_the_front_page_is_light(opens):
    load = opens("/")
    is_live(load)

    kinds = load.bytes_by_kind()
    assert kinds["Covers"] > 0
    assert sum(kinds.values()) - kinds["Covers"] < MOST_BYTES, kinds
    assert [kind for kind in load.kinds.values() if kind == "Stylesheet"] == ["Stylesheet"]


@pytest.mark.parametrize(
    "path", ["/", "/posts/41/", "/posts/1/", "/readers/theo/", "/search/?q=the", "/accounts/login/"]
)
def test_nothing_moves_while_a_page_and_its_pictures_load(opens, path):
    load = opens(path, slow=True)
    if load.page.locator("#live").count():
        is_live(load)
    reads_to_the_end(load)

    assert (load.shift, load.shifted) == (0, [])


def test_nothing_moves_while_posts_arrive_for_who_is_reading(opens, server):
    load = opens("/")
    is_live(load)
    load.page.locator("#posts > article").nth(3).scroll_into_view_if_needed()
    load.page.mouse.wheel(0, 200)

    manages(server, "shell", "-v0", "-c", ARRIVES)

    late = load.page.get_by_role("heading", name="Late, and long")
    expect(late).to_be_visible()
    expect(load.page.locator(".ribbon")).to_be_visible()
    assert (load.shift, load.shifted) == (0, [])
