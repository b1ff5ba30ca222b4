"""Promise 1, for any interleaving: every open page ends up as a fresh load of it would be.

A stateful property test over the real log, the real stream, the real views and templates. The
event loop and the stream's thread are stepped by hand, so that a commit, a page load, a connect
or a disconnect can fall between any two steps of a reading.
"""

import asyncio
import os
from concurrent.futures import Executor, Future

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from accounts.factories import UserFactory
from accounts.models import User
from posts.factories import published
from posts.log import Change, ChangeCounter, Cursor
from posts.models import Comment, Like, Post, Revision
from updater.reader import Reader
from updater.stream import UpdateStream
from updater.tests.page import Page

PATHS = ["/", "/", "/key/", "/tags/novel/", "/readers/ana/", "/posts/{post}/"]
TAGS = [(), ("novel",), ("essay",), ("novel", "essay")]


class SteppedThread(Executor):
    """Runs a job in two steps when told to: the work itself, and the news of its end."""

    def __init__(self) -> None:
        self.jobs: list[tuple[Future, object]] = []
        self.done: list[tuple[Future, object]] = []

    def submit(self, work, /, *args, **kwargs) -> Future:
        future: Future = Future()
        self.jobs.append((future, lambda: work(*args, **kwargs)))
        return future

    def work(self) -> None:
        future, job = self.jobs.pop(0)
        try:
            outcome = (future.set_result, job())
        except Exception as error:
            outcome = (future.set_exception, error)
        self.done.append(outcome)

    def report(self) -> None:
        tell, outcome = self.done.pop(0)
        tell(outcome)


class Tab:
    """A browser tab: a page, and a connection that may be slow or gone."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.page: Page | None = None
        self.loading: str | None = None
        self.drawn_before: str | None = None
        self.reader: Reader | None = None
        self.drained: asyncio.Event | None = None

    def connect(self, stream: UpdateStream) -> None:
        drained = asyncio.Event()
        drained.set()

        async def send(event) -> None:
            await drained.wait()
            # What was on its way when the connection broke is lost.
            if self.reader is reader:
                self.page.apply(event["text"])

        reader = Reader(send, self.page.topics)
        self.reader, self.drained = reader, drained
        stream.join(reader, Cursor.parse(self.page.cursor))

    def disconnect(self, stream: UpdateStream) -> None:
        stream.leave(self.reader)
        self.reader = None


class Convergence(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.loop = asyncio.new_event_loop()
        self.thread = SteppedThread()
        self.stream = self.on_loop(self._make_stream)
        self.reading: asyncio.Task | None = None
        self.ana = UserFactory(username="ana")
        self.ben = UserFactory(username="ben")
        first, _ = published(author=self.ana, tags=("novel",))
        self.dump = self._dump()
        self.tabs = [
            Tab("/"),
            Tab("/tags/novel/"),
            Tab("/readers/ana/"),
            Tab("/key/"),
            Tab(f"/posts/{first.pk}/"),
        ]
        for tab in self.tabs:
            self._load(tab)
            self.on_loop(lambda tab=tab: tab.connect(self.stream))
        self.read_to_the_end()

    def _make_stream(self) -> UpdateStream:
        return UpdateStream(executor=self.thread)

    def on_loop(self, call):
        async def run():
            result = call()
            for _ in range(5):
                await asyncio.sleep(0)
            return result

        return self.loop.run_until_complete(run())

    def turn(self) -> None:
        self.on_loop(lambda: None)

    # --- Writers. None of them rings: a ring is a rule of its own, so that it can be lost.

    @rule(ana=st.booleans(), tags=st.sampled_from(TAGS))
    def post(self, ana, tags):
        published(author=self.ana if ana else self.ben, tags=tags)

    @precondition(lambda self: Post.objects.visible().exists())
    @rule(data=st.data(), tags=st.sampled_from(TAGS))
    def edit(self, data, tags):
        post = Post.objects.get(pk=data.draw(st.sampled_from(self._visible())))
        post.body += " And another thing."
        post.revise(tags)

    @precondition(lambda self: Post.objects.visible().exists())
    @rule(data=st.data())
    def remove(self, data):
        Post.objects.get(pk=data.draw(st.sampled_from(self._visible()))).remove()

    @precondition(lambda self: Post.objects.exclude(removed_at=None).exists())
    @rule(data=st.data())
    def undo_a_removal(self, data):
        removed = Post.objects.exclude(removed_at=None).order_by("pk")
        data.draw(st.sampled_from(list(removed))).restore()

    @precondition(lambda self: Post.objects.visible().exists())
    @rule(data=st.data(), pinned=st.booleans())
    def pin(self, data, pinned):
        post = Post.objects.get(pk=data.draw(st.sampled_from(self._visible())))
        post.pin() if pinned else post.unpin()

    @precondition(lambda self: Post.objects.visible().exists())
    @rule(data=st.data(), key=st.booleans())
    def mark(self, data, key):
        Post.objects.get(pk=data.draw(st.sampled_from(self._visible()))).mark(key=key)

    @precondition(lambda self: Post.objects.visible().exists())
    @rule(data=st.data(), by_ana=st.booleans(), liked=st.booleans())
    def like(self, data, by_ana, liked):
        post = Post.objects.get(pk=data.draw(st.sampled_from(self._visible())))
        post.like(self.ana if by_ana else self.ben, liked)

    @precondition(lambda self: Post.objects.visible().exists())
    @rule(data=st.data(), reply=st.booleans())
    def comment(self, data, reply):
        comments = self._comments().opening()
        if reply and comments:
            parent = data.draw(st.sampled_from(list(comments)))
            post = parent.post
        else:
            parent, post = None, Post.objects.get(pk=data.draw(st.sampled_from(self._visible())))
        Comment(post=post, parent=parent, author=self.ben, body="Indeed.").publish()

    @precondition(lambda self: self._comments().exists())
    @rule(data=st.data(), how=st.sampled_from(["revise", "remove", "remove", "like"]))
    def go_on_about_a_comment(self, data, how):
        comment = data.draw(st.sampled_from(list(self._comments())))
        if how == "revise":
            comment.revise(comment.body + " And another thing.")
        elif how == "remove":
            comment.remove()
        else:
            comment.like(self.ana, True)

    @rule(ana=st.booleans(), name=st.sampled_from(["", "Ana Blum", "A. B.", "Ana"]))
    def rename(self, ana, name):
        user = User.objects.get(pk=(self.ana if ana else self.ben).pk)
        user.name = name
        user.save(update_fields=["name"])

    @staticmethod
    def _comments():
        there = Comment.objects.visible().filter(post__removed_at=None)
        return there.select_related("post").order_by("pk")

    def _visible(self) -> list[int]:
        return list(Post.objects.visible().values_list("pk", flat=True).order_by("pk"))

    # --- The doorbell and the look every two seconds

    @rule(times=st.integers(1, 2))
    def ring(self, times):
        for _ in range(times):
            self.on_loop(self.stream.wake)

    @precondition(lambda self: self.reading is None and self.stream._wake.is_set())
    @rule()
    def begin_reading(self):
        self.reading = self.on_loop(lambda: asyncio.ensure_future(self.stream.read()))

    @precondition(lambda self: self.thread.jobs)
    @rule()
    def work(self):
        self.thread.work()

    @precondition(lambda self: self.thread.done)
    @rule()
    def report(self):
        self.on_loop(self.thread.report)
        self._look_whether_it_is_over()

    def _look_whether_it_is_over(self) -> None:
        if self.reading.done():
            assert self.reading.result(), "the log could not be read"
            self.reading = None

    @rule()
    def read_to_the_end(self):
        if self.reading is None:
            self.on_loop(self.stream.wake)
            self.begin_reading()
        while self.reading is not None:
            while self.thread.jobs:
                self.thread.work()
            if self.thread.done:
                self.report()
            else:
                # Between two slices of handing out.
                self.turn()
                self._look_whether_it_is_over()

    # --- Readers

    @precondition(lambda self: len(self.tabs) < 7)
    @rule(data=st.data(), path=st.sampled_from(PATHS))
    def open_tab(self, data, path):
        posts = Post.objects.values_list("pk", flat=True).order_by("pk")
        self.tabs.append(Tab(path.format(post=data.draw(st.sampled_from(list(posts))))))

    @rule(data=st.data())
    def load_begins(self, data):
        tab = data.draw(st.sampled_from(self.tabs))
        if tab.reader:
            self.on_loop(lambda: tab.disconnect(self.stream))
        tab.page, tab.loading = None, str(Change.objects.cursor())

    @precondition(lambda self: any(tab.loading for tab in self.tabs))
    @rule(data=st.data())
    def load_ends(self, data):
        tab = data.draw(st.sampled_from([tab for tab in self.tabs if tab.loading]))
        self._load(tab)

    def _load(self, tab) -> None:
        response = Client().get(tab.path, follow=True)
        if response.status_code == 404:
            # Its post was never written in the history that was restored.
            self.tabs.remove(tab)
            return
        page = Page(response.content.decode())
        if tab.loading:
            # The cursor was read when loading began, the posts just now.
            tab.drawn_before = tab.loading if tab.loading != page.cursor else None
            page.cursor = tab.loading
        tab.page, tab.loading = page, None

    @precondition(lambda self: any(tab.page and not tab.reader for tab in self.tabs))
    @rule(data=st.data())
    def connect(self, data):
        tab = data.draw(st.sampled_from([t for t in self.tabs if t.page and not t.reader]))
        self.on_loop(lambda: tab.connect(self.stream))

    @precondition(lambda self: any(tab.reader for tab in self.tabs))
    @rule(data=st.data())
    def disconnect(self, data):
        tab = data.draw(st.sampled_from([tab for tab in self.tabs if tab.reader]))
        self.on_loop(lambda: tab.disconnect(self.stream))

    @precondition(lambda self: any(tab.reader for tab in self.tabs))
    @rule(data=st.data())
    def stall(self, data):
        tab = data.draw(st.sampled_from([tab for tab in self.tabs if tab.reader]))
        tab.drained.clear()

    @precondition(lambda self: any(t.reader and not t.drained.is_set() for t in self.tabs))
    @rule()
    def drain(self):
        for tab in self.tabs:
            if tab.reader:
                self.on_loop(tab.drained.set)

    # --- What else may happen

    @rule()
    def prune(self):
        newest = Change.objects.newest()
        Change.objects.exclude(pk=newest.pk).delete()

    @rule()
    def back_up(self):
        self.dump = self._dump()

    @rule()
    def restore(self):
        # Outside the promise: a page whose posts are newer than its cursor, because something
        # was committed while it was drawn, and which that very instant's restore undoes.
        for tab in self.tabs:
            if tab.loading or (tab.page and tab.page.cursor == tab.drawn_before):
                if tab.reader:
                    self.on_loop(lambda tab=tab: tab.disconnect(self.stream))
                tab.page = tab.loading = None
        for model in (Like, Comment, Post.tags.through, Revision, Post, Change, ChangeCounter):
            model.objects.all().delete()
        rows_of_all, users = self.dump
        for rows in rows_of_all:
            type(rows[0]).objects.bulk_create(rows) if rows else None
        User.objects.bulk_update(users, ["name"])

    @staticmethod
    def _dump():
        models = (ChangeCounter, Change, Post, Revision, Post.tags.through, Comment, Like)
        return [list(model.objects.all()) for model in models], list(User.objects.all())

    # --- The end: everything comes back, and the dust settles.

    def settle(self) -> None:
        for tab in self.tabs:
            if tab.reader:
                self.on_loop(tab.drained.set)
        for tab in tuple(self.tabs):
            if tab.page is None:
                self._load(tab)
        for tab in self.tabs:
            if tab.reader is None:
                self.on_loop(lambda tab=tab: tab.connect(self.stream))
        for _ in range(4):
            self.read_to_the_end()
            for tab in [tab for tab in self.tabs if tab.page.was_reset]:
                self.on_loop(lambda tab=tab: tab.disconnect(self.stream))
                self._load(tab)
                if tab in self.tabs:
                    self.on_loop(lambda tab=tab: tab.connect(self.stream))

    def teardown(self) -> None:
        try:
            self.settle()
            for tab in self.tabs:
                fresh = Page(Client().get(tab.path, follow=True).content.decode())
                assert tab.page.removed == fresh.removed, tab.path
                assert tab.page.heading == fresh.heading, tab.path
                assert tab.page.posts == fresh.posts, tab.path
                assert tab.page.pinned == fresh.pinned, tab.path
                assert tab.page.counts == fresh.counts, tab.path
                assert tab.page.comments == fresh.comments, tab.path
        finally:
            if self.reading is not None:
                self.reading.cancel()
                self.turn()
            self.loop.close()
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)


@pytest.mark.django_db
def test_every_page_ends_up_as_a_fresh_load(monkeypatch):
    # A page that is open shows what it showed and what came since: more than a fresh first page.
    monkeypatch.setattr("posts.pages.PAGE_SIZE", 10_000)
    thorough = bool(os.environ.get("THOROUGH"))
    run_state_machine_as_test(
        Convergence,
        settings=settings(
            max_examples=1000 if thorough else 60,
            stateful_step_count=60 if thorough else 30,
            # Shrinking a failure takes minutes; THOROUGH=1 does.
            phases=list(Phase) if thorough else [Phase.explicit, Phase.reuse, Phase.generate],
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
