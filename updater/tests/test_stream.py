"""The stream, with the real channel layer: from a commit to the pages that are open."""

import asyncio
import time

import pytest
from channels.layers import get_channel_layer
from django.db import connection
from django.test import Client

from bookshelf.doorbell import GROUP, announce
from bookshelf.live_objects import LiveObject
from bookshelf.log import Change
from posts.factories import published
from posts.models import Post
from updater import shared_stream
from updater.stream import DEBOUNCE
from updater.tests.conftest import opened
from updater.tests.running import in_thread, settled

pytestmark = pytest.mark.django_db(transaction=True)


def post_announced(**fields) -> Post:
    post, change = published(**fields)
    announce(change)
    return post


def edit_announced(post: Post, tags=None, **fields) -> None:
    for name, value in fields.items():
        setattr(post, name, value)
    announce(post.revise(tags))


def remove_announced(post: Post) -> None:
    announce(post.remove())


async def test_a_new_post_appears_on_every_open_page_that_lists_it():
    await in_thread(post_announced, title="Emma", tags=("novel",))
    async with opened() as first, opened() as second, opened("/tags/novel/") as third:
        await in_thread(post_announced, title="Dune", tags=("novel",))

        for page in (first, second, third):
            await page.sees("Dune")
            assert page.titles == ["Dune", "Emma"]


async def test_a_page_after_its_frames_is_what_a_fresh_load_is():
    await in_thread(post_announced, title="Emma")
    async with opened() as page:
        post = await in_thread(post_announced, title="Dune")
        await page.sees("Dune")
        await in_thread(edit_announced, post, title="Dune, again")
        await page.sees("Dune, again")

        async with opened() as fresh:
            assert page.posts == fresh.posts
            assert page.cursor == fresh.cursor


async def test_an_edit_patches_and_a_removal_deletes():
    post = await in_thread(post_announced, title="Emma")
    async with opened() as page, opened(f"/posts/{post.pk}/") as room:
        await in_thread(edit_announced, post, title="Emma, revised")
        await page.sees("Emma, revised")
        await room.sees("Emma, revised")
        assert 'hx-upsert hx-target="#posts"' not in "".join(page.frames + room.frames)

        await in_thread(remove_announced, post)
        await page.until(lambda page: page.titles == [])
        await room.until(lambda room: room.removed)


async def test_a_removal_that_is_undone_brings_the_post_back_to_its_place():
    first = await in_thread(post_announced, title="Emma")
    await in_thread(post_announced, title="Dune")
    async with opened() as page, opened(f"/posts/{first.pk}/") as room:
        await in_thread(remove_announced, first)
        await page.until(lambda page: page.titles == ["Dune"])
        await room.until(lambda room: room.removed)

        await in_thread(lambda: announce(first.restore()))
        await page.sees("Emma")
        await room.sees("Emma")
        assert page.titles == ["Dune", "Emma"]
        assert not room.removed


async def test_what_is_put_back_below_the_end_of_a_page_is_not_on_it(monkeypatch):
    monkeypatch.setattr("posts.pages.pagination.PAGE_SIZE", 2)
    posts = [await in_thread(post_announced, title=f"Book {number}") for number in range(5)]
    await in_thread(remove_announced, posts[0])
    await in_thread(remove_announced, posts[3])
    async with opened() as page:
        assert len(page.posts) == 2

        await in_thread(lambda: announce(posts[0].restore()))
        await in_thread(lambda: announce(posts[3].restore()))
        await page.until(lambda page: len(page.seen) == 2)

        assert [id for id, _ in page.posts] == [f"post-{posts[n].pk}" for n in (4, 3, 2)]


async def test_a_page_of_a_tag_receives_only_its_own():
    await in_thread(post_announced, title="Emma", tags=("novel",))
    await in_thread(post_announced, title="Walden", tags=("essay",))
    async with opened("/tags/novel/") as novels:
        await in_thread(post_announced, title="Of Studies", tags=("essay",))
        await in_thread(post_announced, title="Dune", tags=("novel",))

        await novels.sees("Dune")
        assert novels.titles == ["Dune", "Emma"]


async def test_a_post_that_gets_or_loses_a_tag_enters_or_leaves_its_page():
    emma = await in_thread(post_announced, title="Emma", tags=("novel",))
    async with opened("/tags/novel/") as novels:
        await in_thread(edit_announced, emma, tags=["essay"])
        await novels.until(lambda page: page.titles == [])

        await in_thread(edit_announced, emma, tags=["essay", "novel"])
        await novels.sees("Emma")


async def test_an_older_page_is_patched_but_gets_nothing_new():
    old = await in_thread(post_announced, title="Old")
    newer = await in_thread(post_announced, title="Newer")
    async with opened(f"/?before={newer.pk}") as page:
        await in_thread(post_announced, title="Newest")
        await in_thread(edit_announced, old, title="Old, edited")

        await page.sees("Old, edited")
        assert page.titles == ["Old, edited"]


async def test_a_returning_reader_receives_what_it_missed_and_nothing_twice():
    keeper = opened()
    async with keeper as other, opened() as page:
        await in_thread(post_announced, title="Before")
        await page.sees("Before")
        await page.disconnect()

        post = await in_thread(post_announced, title="Missed")
        await in_thread(post_announced, title="Removed meanwhile")
        await in_thread(remove_announced, await in_thread(Post.objects.newest_first().first))
        await in_thread(edit_announced, post, title="Missed, edited")
        await other.sees("Missed, edited")
        await page.connect()

        await page.sees("Missed, edited")
        assert page.titles == ["Missed, edited", "Before"]
        assert len(page.seen) == len(set(page.seen))


async def test_a_page_that_is_up_to_date_joins_without_a_query(monkeypatch):
    await in_thread(post_announced, title="Emma")
    async with opened() as first:
        log_reader = shared_stream.current()._log_reader
        read, asked = log_reader.read, []
        monkeypatch.setattr(log_reader, "read", lambda *args: asked.extend(args[1]) or read(*args))
        async with opened() as second:
            assert second.status == "live"
            assert asked == []

            await second.disconnect()
            await in_thread(post_announced, title="Dune")
            await first.sees("Dune")
            await second.connect()
            await second.sees("Dune")
            assert len(asked) == 1


async def test_one_post_costs_a_process_three_queries_and_one_rendering(monkeypatch):
    drawn = []
    draw = LiveObject.draw.__func__
    monkeypatch.setattr(
        LiveObject,
        "draw",
        classmethod(lambda *args: drawn.append(args) or draw(*args)),
    )
    async with opened() as first, opened() as second, opened() as third:
        stream = shared_stream.current()
        queries = []

        def count(execute, sql, *args):
            queries.append(sql)
            return execute(sql, *args)

        # Installed in the stream's own thread, for its own connection.
        await stream._in_thread(lambda: connection.execute_wrappers.append(count))
        await in_thread(post_announced, title="Dune", tags=("novel",))
        for page in (first, second, third):
            await page.sees("Dune")

        looks = [sql for sql in queries if "bookshelf_change" in sql]
        assert len(queries) - len(looks) == 2
        assert len(drawn) == 1


async def test_many_changes_of_a_post_at_once_are_one_patch():
    post = await in_thread(post_announced, title="Emma")
    async with opened() as page:
        before, start = len(page.frames), time.monotonic()

        def edit_often() -> None:
            for number in range(50):
                post.title = f"Emma {number}"
                post.revise()
            announce(Change.objects.newest())

        await in_thread(edit_often)
        await page.sees("Emma 49")

        # One for each reading of the log, however long the edits take here.
        readings = 2 + (time.monotonic() - start) / DEBOUNCE
        assert len(page.frames) - before <= min(readings, 49)


async def test_the_cursor_moves_even_for_pages_that_nothing_concerns(monkeypatch):
    monkeypatch.setattr("updater.log_reader.SPAN", 8)
    post = await in_thread(post_announced, title="Emma")
    async with opened(f"/posts/{post.pk}/") as room:
        start = room.cursor
        for number in range(8):
            await in_thread(post_announced, title=f"Other {number}")
            await asyncio.sleep(0.11)

        await room.until(lambda page: page.cursor != start)
        assert room.titles == ["Emma"]


async def test_the_stream_is_the_groups_only_member_and_ends_with_its_last_reader():
    layer = get_channel_layer()
    async with opened(), opened(), opened():
        assert shared_stream.current() is not None
        if hasattr(layer, "groups"):
            await settled()
            members = layer.groups.get(GROUP) or next(iter(layer.groups.values()))
            assert len(members) == 1
    await settled()

    assert shared_stream.current() is None


async def test_a_page_may_come_from_a_boosted_link_while_a_post_is_made():
    """The cursor is read before the posts: what falls in between comes again, in place."""
    await in_thread(post_announced, title="Emma")
    async with opened() as page:
        early = page.cursor
        await in_thread(post_announced, title="Dune")
        text = (await in_thread(Client().get, "/")).content.decode()
        async with opened() as fresh:
            fresh.cursor = early
            await fresh.disconnect()
            await fresh.connect()
            await fresh.until(lambda page: page.cursor != early)

            assert fresh.titles == ["Dune", "Emma"]
            assert "Dune" in text
