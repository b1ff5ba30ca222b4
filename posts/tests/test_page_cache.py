"""Pages that are kept are never older than what was committed before they were asked for."""

import asyncio
import gzip
import re
from operator import attrgetter

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.core.asgi import get_asgi_application
from django.db import connections
from django.test import Client

from accounts.factories import UserFactory
from bookshelf.bounded_store import BoundedStore
from bookshelf.log import ChangeQuerySet
from bookshelf.site_pages.page import SitePage
from posts.factories import commented, published
from posts.models import Post, Shelf, Tag
from posts.pages.page_cache import KEPT, AnonymousPageCache

pytestmark = pytest.mark.django_db(transaction=True)


class Site:
    """BookShelf over ASGI, with a count of the requests that Django has to answer."""

    def __init__(self) -> None:
        self.django = get_asgi_application()
        self.answered = 0
        self.before_sending = lambda: None
        self.headers = {}
        self.body = b""
        self.store = BoundedStore(1_000_000, attrgetter("size"))
        self.pages = AnonymousPageCache(self.count, self.store)

    async def count(self, scope, receive, send):
        self.answered += 1
        events = []

        async def keep(event):
            events.append(event)

        await self.django(scope, receive, keep)
        await in_thread(self.before_sending)
        for event in events:
            await send(event)

    async def get(self, path="/", query="", host="localhost", **headers):
        """Ask for a page; return its status and its text. `headers` and `body` are as sent."""
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "scheme": "http",
            "headers": [(b"host", host.encode())]
            + [(n.replace("_", "-").encode(), v.encode()) for n, v in headers.items()],
        }
        events = []

        async def receive():
            if events and not events[-1].get("more_body", True):
                return {"type": "http.disconnect"}
            if not hasattr(receive, "asked"):
                receive.asked = True
                return {"type": "http.request"}
            await asyncio.Event().wait()

        async def send(event):
            events.append(event)

        await self.pages(scope, receive, send)
        self.headers = dict(events[0]["headers"])
        self.body = b"".join(event.get("body", b"") for event in events[1:])
        if self.headers.get(b"Content-Encoding") == b"gzip":
            return events[0]["status"], gzip.decompress(self.body).decode()
        return events[0]["status"], self.body.decode()


async def in_thread(work, *args, **options):
    """Do it on another connection than the pages use, to its end."""

    def run():
        try:
            return work(*args, **options)
        finally:
            connections.close_all()

    return await sync_to_async(run, thread_sensitive=False)()


@pytest.fixture
async def site():
    await in_thread(published, title="The first", tags=["novel"])
    site = Site()
    yield site
    site.pages.close()


async def test_what_was_drawn_for_one_is_given_to_the_next(site):
    first = await site.get()
    second = await site.get()

    assert first == second
    assert "The first" in first[1]
    assert site.answered == 1


async def test_a_page_shows_what_was_committed_before_it_was_asked_for(site):
    await site.get()
    for number in range(3):
        post, _ = await in_thread(published, title=f"Book {number}")
        assert f"Book {number}" in (await site.get())[1]
    await in_thread(post.remove)

    assert "Book 2" not in (await site.get())[1]


async def test_what_is_committed_while_a_page_is_drawn_is_on_the_next(site):
    site.before_sending = lambda: published(title="In between")
    assert "In between" not in (await site.get())[1]
    site.before_sending = lambda: None

    assert "In between" in (await site.get())[1]


@pytest.mark.parametrize("of", ["author", "tag"])
async def test_a_new_name_shows_at_once_though_it_is_not_in_the_log(site, of):
    await site.get()
    model = get_user_model() if of == "author" else Tag
    await in_thread(model.objects.update, name="Another Name")

    assert "Another Name" in (await site.get())[1]


async def test_who_has_a_cookie_gets_a_page_of_their_own(site):
    await site.get()
    user = await in_thread(get_user_model().objects.get)
    client = Client()
    await in_thread(client.force_login, user)
    cookie = f"sessionid={client.cookies['sessionid'].value}"

    _, own = await site.get(cookie=cookie)
    _, public = await site.get()

    assert ">Write<" in own
    assert ">Write<" not in public
    assert site.answered == 2


async def test_a_page_is_compressed_once_for_all_who_take_it_and_for_nobody_else(site):
    _, text = await site.get(accept_encoding="gzip, br")
    compressed = site.body
    assert len(compressed) < len(text.encode()) / 2
    for takes in ("gzip", "br;q=1.0, GZIP;q=0.5", "deflate, gzip"):
        assert await site.get(accept_encoding=takes) == (200, text)
        # Drawn or compressed again, it would have other random bytes.
        assert site.body == compressed
    assert site.answered == 1

    for takes in ("identity", "gzip;q=0", "x-gzip", "br"):
        assert await site.get(accept_encoding=takes) == (200, text)
        assert b"Content-Encoding" not in site.headers
    assert site.answered == 2
    assert b"accept-encoding" in site.headers[b"Vary"].lower()


async def test_a_compressed_page_is_as_new_as_any(site):
    await site.get(accept_encoding="gzip")
    await in_thread(published, title="News")

    assert "News" in (await site.get(accept_encoding="gzip"))[1]


async def test_each_language_has_a_page_of_its_own(languages, site):
    asked = ("de", "es", "fr, de;q=0.5", "fr", None)
    pages = [(await site.get(**({"accept-language": each} if each else {})))[1] for each in asked]

    assert ['<html lang="de"' in page for page in pages] == [True, False, True, False, False]
    assert '<html lang="es"' in pages[1]
    assert pages[2] == pages[0]
    assert pages[3] == pages[4]
    assert site.answered == 3


async def test_each_theme_has_a_page_of_its_own(site):
    plain, dark, light = [
        (await site.get(**headers))[1]
        for headers in ({}, {"cookie": "theme=dark"}, {"cookie": "theme=light"})
    ]

    assert "data-theme" not in plain
    assert 'data-theme="dark"' in dark
    assert 'data-theme="light"' in light
    # Each is kept for the next guest of the same theme, and for nobody else.
    assert (await site.get())[1] == plain
    assert (await site.get(cookie="theme=dark"))[1] == dark
    assert site.answered == 3


@pytest.mark.parametrize(
    "cookie",
    ["theme=purple", "theme=", "theme=dark; sessionid=x", "sessionid=x; theme=dark", "a=b"],
)
async def test_with_any_other_cookie_nothing_is_kept(site, cookie):
    for _ in range(2):
        await site.get(cookie=cookie)

    assert site.answered == 2


async def test_a_page_that_a_form_asks_for_is_kept_for_nobody(site):
    # Its heading has the focus, in the page that htmx puts in place.
    form = {"hx-request": "true", "hx-boosted": "true"}
    _, swapped = await site.get(**form)
    _, loaded = await site.get()
    _, again = await site.get(**form)

    assert ["<h1 tabindex" in page for page in (swapped, loaded, again)] == [True, False, True]


async def test_pages_that_do_not_say_so_are_not_kept(site):
    for _ in range(2):
        await site.get("/accounts/login/")
        await site.get("/posts/new/")

    assert site.answered == 4


async def test_each_address_and_host_has_its_own(site):
    await site.get()
    (refused, _), (_, older) = await asyncio.gather(
        site.get(host="elsewhere.example"), site.get(query="before=1")
    )

    assert refused == 400
    assert "The first" not in older


async def test_after_a_change_a_page_is_drawn_once_for_all_who_ask(site):
    await site.get()
    await in_thread(published, title="News")

    pages = await asyncio.gather(*(site.get() for _ in range(20)))

    assert all("News" in text for _, text in pages)
    assert site.answered == 2


async def test_who_asks_while_an_older_page_is_drawn_sees_what_was_committed_since(site):
    late = None

    def post_and_ask():
        nonlocal late
        site.before_sending = lambda: None
        published(title="Since")
        late = asyncio.run_coroutine_threadsafe(site.get(), loop)

    loop = asyncio.get_running_loop()
    site.before_sending = post_and_ask
    await site.get()

    assert "Since" in (await asyncio.wrap_future(late))[1]


async def test_where_the_log_is_is_read_once_for_a_request(site, monkeypatch):
    await site.get()
    await in_thread(published, title="The second")
    places = []

    def cursor(self):
        places.append(read(self))
        return places[-1]

    read = ChangeQuerySet.cursor
    monkeypatch.setattr(ChangeQuerySet, "cursor", cursor)

    assert "The second" in (await site.get())[1]
    assert len(places) == 1
    assert str(places[0]) in (await site.get())[1]


async def test_a_database_that_cannot_be_asked_is_djangos_to_answer_for(site, monkeypatch):
    await site.get()
    monkeypatch.setattr("posts.pages.page_cache.are_current", None)

    assert (await site.get())[0] == 200
    assert site.answered == 2


async def test_an_empty_list_is_left_as_soon_as_there_is_a_post(site):
    for post in await in_thread(lambda: list(Post.objects.all())):
        await in_thread(post.remove)
    assert "No books here yet" in (await site.get())[1]
    await in_thread(published, title="The next")

    assert "The next" in (await site.get())[1]


async def test_a_page_of_the_site_is_linked_as_soon_as_it_has_a_text(site):
    about, _ = await in_thread(SitePage.objects.get_or_create, name="about", title="About")
    assert 'href="/about/"' not in (await site.get())[1]

    await in_thread(about.write, "We read.")

    assert 'href="/about/"' in (await site.get())[1]


def public_paths():
    """Return the addresses of pages that are the same for every guest, with something on each."""
    post = Post.objects.get()
    return [
        "/", "/tags/novel/", f"/readers/{post.author.username}/", "/key/",
        f"/books/{post.book_key}/", post.get_absolute_url(),
        "/feed/", "/feed.json", "/tags/novel/feed/", f"/readers/{post.author.username}/feed/",
    ]  # fmt: skip


async def test_every_page_that_is_the_same_for_all_is_drawn_once(site):
    paths = await in_thread(public_paths)
    first = [await site.get(path) for path in paths]
    again = [await site.get(path) for path in paths]

    assert [status for status, _ in first] == [200] * len(paths)
    assert again == first
    assert site.answered == len(paths)


async def test_no_other_page_takes_the_way_of_those(site):
    """Requests for one of them wait for each other while it is drawn."""
    post = await in_thread(Post.objects.get)
    others = [
        "/search/", "/posts/new/", f"/posts/{post.pk}/edit/", f"/posts/{post.pk}/history/",
        f"/posts/{post.pk}/likes/", f"/posts/{post.pk}/", "/accounts/login/", "/help/", "/shelf/",
        f"/readers/{post.author_id}/follow/", "/key/posts/1/",
        f"/posts/{post.pk}/comments/1/reply/",
    ]  # fmt: skip
    assert not [path for path in others if KEPT.fullmatch(path)]
    for path in others * 2:
        await site.get(path)

    assert site.answered == 2 * len(others)
    assert not len(site.store)


def without_cursor(answer):
    """Leave out where the page stands in the log, and what the time was."""
    status, text = answer
    own = r'(name="cursor" value=")[^"]*|(?<=id="clock" hidden>)<i [^>]*>'
    return status, re.sub(own, r"\1", text)


CHANGES = {
    "a comment": lambda post: commented(post, "News."),
    "an edit": lambda post: post.revise({"title": "News"}, editor=post.author),
    "a name": lambda post: get_user_model().objects.update(name="News"),
    "words about oneself": lambda post: get_user_model().objects.update(about="News."),
    "a picture": lambda post: get_user_model().objects.update(avatar="a" * 32),
    "a tag's name": lambda post: Tag.objects.update(name="News"),
    "a reading list": lambda post: Shelf.objects.show(post.author, True),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_every_page_shows_what_was_committed_before_it_was_asked_for(site, change):
    paths = await in_thread(public_paths)
    before = [await site.get(path) for path in paths]
    await in_thread(CHANGES[change], await in_thread(Post.objects.select_related("author").get))
    paths = await in_thread(public_paths)
    after = [await site.get(path) for path in paths]

    site.store.clear()
    drawn = [await site.get(path) for path in paths]
    # A page that a change has not touched stands where it stood before that.
    assert [without_cursor(page) for page in drawn] == [without_cursor(page) for page in after]
    assert after != before


async def test_a_feed_reader_that_has_the_newest_version_is_told_so_without_drawing_it(site):
    _, feed = await site.get("/feed/")
    tag = site.headers[b"ETag"].decode()
    for path_tag in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        assert await site.get("/feed/", if_none_match=path_tag) == (304, "")
    headers = {name.lower(): value for name, value in site.headers.items()}
    assert headers[b"etag"].decode() == tag
    assert b"no-cache" in headers[b"cache-control"]
    assert b"content-length" not in headers
    assert b"accept-encoding" in headers[b"vary"].lower()
    assert await site.get("/feed/", if_none_match='"other"') == (200, feed)
    assert site.answered == 1

    await in_thread(published, title="News")

    status, newer = await site.get("/feed/", if_none_match=tag)
    assert status == 200
    assert "News" in newer


async def test_the_first_who_asks_whether_a_feed_is_new_has_it_kept_for_the_next(site):
    await site.get("/feed/")
    tag = site.headers[b"ETag"].decode()
    site.store.clear()

    assert await site.get("/feed/", if_none_match=tag) == (304, "")
    assert (await site.get("/feed/"))[0] == 200
    assert site.answered == 2


async def test_a_compressed_feed_has_a_version_as_well(site):
    await site.get("/feed/", accept_encoding="gzip")
    tag = site.headers[b"ETag"].decode()

    assert tag.startswith("W/")
    assert await site.get("/feed/", accept_encoding="gzip", if_none_match=tag) == (304, "")


async def test_the_token_of_an_earlier_form_makes_no_guest_another_reader(site):
    await site.get()
    one, another = ("csrftoken=" + letter * 32 for letter in "ab")
    for cookie in (one, f"{one}; theme=dark", f"theme=dark; {another}"):
        await site.get(cookie=cookie)

    assert site.answered == 2


async def test_what_htmx_asks_for_in_place_of_a_part_is_neither_kept_nor_taken_from_it(site):
    await site.get(**{"hx-request": "true", "hx-request-type": "partial"})
    assert b"HX-Redirect" in site.headers
    await site.get()
    assert b"HX-Redirect" not in site.headers
    await site.get(**{"hx-request": "true"})
    assert b"HX-Redirect" in site.headers
    assert site.answered == 3

    # A page that reloads itself asks for all of it.
    await site.get(**{"hx-request": "true", "hx-request-type": "full"})
    assert site.answered == 3


async def test_pages_that_are_kept_take_no_more_than_the_bound(site):
    site.store._most = 100_000
    for number in range(40):
        await site.get(query=f"before={number + 1}")

    assert 2 < len(site.store) < 40
    kept = site.store._values.values()
    assert site.store.size == sum(page.size for page in kept) <= 100_000
    assert all(page.size > sum(map(len, page.bodies)) for page in kept)


@pytest.mark.parametrize("of_it", [True, False])
async def test_likes_and_comments_of_other_posts_leave_a_page_as_it_is(site, of_it):
    post = await in_thread(Post.objects.get)
    other, _ = await in_thread(published, title="Another")
    path = post.get_absolute_url()
    await site.get(path)
    await site.get("/feed/")
    answered = site.answered

    def happens():
        touched = post if of_it else other
        touched.like(UserFactory(), True)
        commented(touched, "News.")

    await in_thread(happens)

    _, after = await site.get(path)
    assert ("News." in after) == of_it
    assert site.answered == answered + of_it
    # A feed shows neither.
    await site.get("/feed/")
    assert site.answered == answered + of_it
    # The list has the numbers of both.
    assert "1 comment" in (await site.get())[1]


async def test_any_other_change_since_has_a_page_drawn_again(site):
    post = await in_thread(Post.objects.get)
    _, older = await site.get("/", query="before=1")
    await in_thread(post.like, await in_thread(UserFactory), True)
    assert (await site.get("/", query="before=1"))[1] == older
    assert site.answered == 1

    await in_thread(published, title="Between")
    await in_thread(post.like, await in_thread(UserFactory), True)

    assert without_cursor(await site.get("/", query="before=1")) == without_cursor((200, older))
    assert site.answered == 2
