"""Promise 1, for any interleaving: every open page ends up as a fresh load of it would be.

A stateful property test over the real log, the real stream, the real views and templates. The
event loop and the stream's thread are stepped by hand, so that a commit, a page load, a connect
or a disconnect can fall between any two steps of a reading.
"""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any
from unittest.mock import patch

import pytest
from django.db import transaction
from django.db.models import QuerySet
from django.test import Client
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.factories import UserFactory
from accounts.leaving.departures import leave
from accounts.models import User
from bookshelf.log import Change, ChangeCounter
from posts.factories import published
from posts.models import (
    Comment,
    Like,
    ModerationAction,
    Notification,
    Post,
    Revision,
)
from posts.models.moderated import Redaction
from posts.models.moderation import Verb
from posts.models.report import Reason
from posts.moderation.purge import Pointless
from posts.moderation.verbs import NOTHING, carry_out
from updater.stream import UpdateStream
from updater.tests.page import Page
from updater.tests.stepped import SteppedThread, Tab
from updater.tests.toy.models import Quote

PATHS = ["/", "/", "/key/", "/tags/novel/", "/readers/ana/", "/posts/{post}/", "/quotes/"]
DUMPED = (
    ChangeCounter,
    Change,
    Quote,
    Post,
    Revision,
    Post.tags.through,
    Comment,
    Like,
    ModerationAction,
)
"""Those that others point to come first."""

PARTS = 4
"""So many tests share the examples: several processes run them side by side."""

TAGS = [(), ("novel",), ("essay",), ("novel", "essay")]


def once_a_step(look: Callable[[Any], list[Any]]) -> Callable[[Any], list[Any]]:
    """Have what is in the database looked up once for a step: most preconditions ask the same."""

    @wraps(look)
    def found(self) -> list[Any]:
        if look not in self.found:
            self.found[look] = look(self)
        return self.found[look]

    return found


class Beginning:
    """What each example begins with: people, a post, and the pages of open tabs."""

    def __init__(self) -> None:
        self.ana = UserFactory(username="ana")
        self.ben = UserFactory(username="ben")
        self.admin = UserFactory(username="admin", is_superuser=True)
        first, _ = published(author=self.ana, tags=("novel",))
        lists = ["/", "/tags/novel/", "/readers/ana/", "/key/", "/quotes/"]
        self.texts = {path: text_of(path) for path in [*lists, f"/posts/{first.pk}/"]}


def text_of(path: str) -> str | None:
    """Return the page at this path; None where there is none."""
    response = Client().get(path, follow=True)
    return None if response.status_code == 404 else response.content.decode()


class Convergence(RuleBasedStateMachine):
    beginning: Beginning

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.loop = asyncio.new_event_loop()
        self.thread = SteppedThread()
        self.stream = self.on_loop(self._make_stream)
        self.reading: asyncio.Task | None = None
        self.ana, self.ben = self.beginning.ana, self.beginning.ben
        self.admin = self.beginning.admin
        self.found: dict[Callable[[Any], list[Any]], list[Any]] = {}
        self.dump = self._dump()
        self.is_settling, self.texts = False, {}
        self.tabs = [Tab(path) for path in self.beginning.texts]
        for tab in self.tabs:
            tab.page = Page(self.beginning.texts[tab.path])
            self.on_loop(lambda tab=tab: tab.connect(self.stream))
        self.read_to_the_end()

    @invariant()
    def look_again(self) -> None:
        """Forget what was looked up before this step."""
        self.found.clear()

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
        if author := self._present(self.ana if ana else self.ben):
            published(author=author, tags=tags)

    @staticmethod
    def _present(user) -> User | None:
        """Return the user; None for one who is banned, and so does nothing."""
        return User.objects.present().filter(pk=user.pk).first()

    @precondition(lambda self: self._visible())
    @rule(data=st.data(), tags=st.sampled_from(TAGS))
    def edit(self, data, tags):
        post = Post.objects.get(pk=data.draw(st.sampled_from(self._visible())))
        post.body += " And another thing."
        post.revise(tags)

    @precondition(lambda self: self._visible())
    @rule(data=st.data())
    def remove(self, data):
        Post.objects.get(pk=data.draw(st.sampled_from(self._visible()))).remove()

    @precondition(lambda self: self._removed())
    @rule(data=st.data())
    def undo_a_removal(self, data):
        with suppress(Post.TooLate):
            # Everything of its author may have been removed since.
            data.draw(st.sampled_from(self._removed())).restore()

    @precondition(lambda self: self._visible())
    @rule(data=st.data(), pinned=st.booleans())
    def pin(self, data, pinned):
        post = Post.objects.get(pk=data.draw(st.sampled_from(self._visible())))
        post.pin() if pinned else post.unpin()

    @precondition(lambda self: self._visible())
    @rule(data=st.data(), key=st.booleans())
    def mark(self, data, key):
        Post.objects.get(pk=data.draw(st.sampled_from(self._visible()))).mark(key=key)

    @precondition(lambda self: self._visible())
    @rule(data=st.data(), by_ana=st.booleans(), liked=st.booleans())
    def like(self, data, by_ana, liked):
        post = Post.objects.get(pk=data.draw(st.sampled_from(self._visible())))
        if user := self._present(self.ana if by_ana else self.ben):
            post.like(user, liked)

    @precondition(lambda self: self._visible())
    @rule(data=st.data(), reply=st.booleans())
    def comment(self, data, reply):
        comments = self._comments().opening()
        if reply and comments:
            parent = data.draw(st.sampled_from(list(comments)))
            post = parent.post
        else:
            parent, post = None, Post.objects.get(pk=data.draw(st.sampled_from(self._visible())))
        if author := self._present(self.ben):
            with suppress(Comment.RoomClosed):
                Comment(post=post, parent=parent, author=author, body="Indeed.").publish()

    @precondition(lambda self: self._said())
    @rule(data=st.data(), how=st.sampled_from(["revise", "remove", "remove", "like"]))
    def go_on_about_a_comment(self, data, how):
        comment = data.draw(st.sampled_from(self._said()))
        if how == "revise":
            comment.revise(comment.body + " And another thing.")
        elif how == "remove":
            comment.remove()
        else:
            if user := self._present(self.ana):
                comment.like(user, True)

    def _act(self, verb, target, redaction=NOTHING):
        action = ModerationAction.of(self.admin, verb, target, reason=Reason.OTHER)
        with suppress(Pointless, Post.Gone):
            carry_out(action, redaction)

    @precondition(lambda self: self._visible())
    @rule(data=st.data(), verb=st.sampled_from([Verb.HIDE, Verb.CLOSE, Verb.REOPEN, Verb.REDACT]))
    def moderate_a_post(self, data, verb):
        post = Post.objects.get(pk=data.draw(st.sampled_from(self._visible())))
        self._act(verb, post, Redaction("thing", frozenset({"title"})))

    @precondition(lambda self: self._said())
    @rule(data=st.data(), verb=st.sampled_from([Verb.HIDE, Verb.REDACT]))
    def moderate_a_comment(self, data, verb):
        comment = data.draw(st.sampled_from(self._said()))
        self._act(verb, comment, Redaction("ndee"))

    @precondition(lambda self: self._taken_down())
    @rule(data=st.data())
    def put_back_what_was_hidden(self, data):
        self._act(Verb.RESTORE, data.draw(st.sampled_from(self._taken_down())))

    @precondition(lambda self: self._authors())
    @rule(data=st.data(), limit=st.sampled_from([2_000, 2_000, 0]))
    def purge_a_person(self, data, limit):
        person = data.draw(st.sampled_from(self._authors()))
        with patch("posts.moderation.purge.MOST_IN_A_CHANGE", limit):
            self._act(Verb.PURGE, person)

    @once_a_step
    def _authors(self):
        shown = Post.objects.visible()
        return list(User.objects.present().filter(posts__in=shown).distinct().order_by("pk"))

    @precondition(lambda self: self._purged())
    @rule(data=st.data())
    def bring_back_what_was_purged(self, data):
        self._act(Verb.UNPURGE, data.draw(st.sampled_from(self._purged())))

    @once_a_step
    def _purged(self):
        return list(User.objects.exclude(purged_at=None).order_by("pk"))

    @once_a_step
    def _taken_down(self):
        return [
            *Post.objects.filter(taken_down="hidden").order_by("pk"),
            *Comment.objects.filter(taken_down="hidden").select_related("post").order_by("pk"),
        ]

    @rule(ana=st.booleans(), name=st.sampled_from(["", "Ana Blum", "A. B.", "Ana"]))
    def rename(self, ana, name):
        user = User.objects.get(pk=(self.ana if ana else self.ben).pk)
        user.name = name
        user.save(update_fields=["name"])

    @rule(keeps_texts=st.booleans(), posts=st.booleans())
    def somebody_writes_and_leaves(self, keeps_texts, posts):
        cleo = UserFactory()
        for post in Post.objects.visible().filter(closed_at=None).order_by("pk")[:2]:
            comment = Comment(post=post, author=cleo, body="In passing.")
            comment.publish()
            Comment(post=post, author=self.ben, body="So soon?", parent=comment).publish()
            post.like(cleo, True)
        if posts:
            published(author=cleo, tags=("novel",))
        leave(cleo, keeps_texts=keeps_texts)

    @rule(text=st.sampled_from(["Call me Ishmael.", "It was the best of times."]))
    def quote(self, text):
        Quote(text=text).publish()

    @precondition(lambda self: Quote.objects.exists())
    @rule(data=st.data(), again=st.booleans())
    def go_on_about_a_quote(self, data, again):
        quote = data.draw(st.sampled_from(list(Quote.objects.order_by("pk"))))
        if again:
            quote.text += " And so on."
            quote.publish()
        else:
            quote.remove()

    @staticmethod
    def _comments():
        visible = Comment.objects.visible().filter(post__removed_at=None)
        return visible.select_related("post").order_by("pk")

    @once_a_step
    def _said(self):
        return list(self._comments())

    @once_a_step
    def _removed(self):
        return list(Post.objects.removed_by_authors().exclude(body="").order_by("pk"))

    @once_a_step
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

    @precondition(lambda self: len(self.tabs) < 8)
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

    def _text(self, path: str) -> str | None:
        if not self.is_settling:
            return text_of(path)
        if path not in self.texts:
            self.texts[path] = text_of(path)
        return self.texts[path]

    def _load(self, tab) -> None:
        text = self._text(tab.path)
        if text is None:
            # Its post was never written in the history that was restored.
            self.tabs.remove(tab)
            return
        page = Page(text)
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
        QuerySet(Notification).delete()
        QuerySet(ModerationAction).delete()
        for model in (
            Like,
            Comment,
            Post.tags.through,
            Revision,
            Post,
            Quote,
            Change,
            ChangeCounter,
        ):
            model.objects.all().delete()
        rows_of_all, users = self.dump
        for rows in rows_of_all:
            type(rows[0]).objects.bulk_create(rows) if rows else None
        User.objects.bulk_update(users, ["name", "purged_at", "banned_at", "is_active"])

    @staticmethod
    def _dump():
        return [list(model.objects.all()) for model in DUMPED], list(User.objects.all())

    # --- The end: everything comes back, and the dust settles.

    def settle(self) -> None:
        # Nothing is written any more, so that each page is drawn once.
        self.is_settling = True
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
                text = self._text(tab.path)
                if text is None:
                    # A list that is no longer: its author, or all it had, was taken down.
                    assert tab.page.posts == [], tab.path
                    continue
                fresh = Page(text)
                assert tab.page.closed == fresh.closed, tab.path
                assert tab.page.removed == fresh.removed, tab.path
                assert tab.page.heading == fresh.heading, tab.path
                assert tab.page.posts == fresh.posts, tab.path
                assert tab.page.pinned == fresh.pinned, tab.path
                assert tab.page.counts == fresh.counts, tab.path
                assert tab.page.comments == fresh.comments, tab.path
                assert tab.page.quotes == fresh.quotes, tab.path
        finally:
            if self.reading is not None:
                self.reading.cancel()
                self.turn()
            self.loop.close()
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)


@pytest.mark.django_db
@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_ends_up_as_a_fresh_load(monkeypatch, quotes, part):
    # A page that is open shows what it showed and what came since: more than a fresh first page.
    monkeypatch.setattr("posts.pages.pagination.PAGE_SIZE", 10_000)
    thorough = bool(os.environ.get("THOROUGH"))
    Convergence.beginning = Beginning()
    run_state_machine_as_test(
        Convergence,
        settings=settings(
            max_examples=(1000 if thorough else 60) // PARTS,
            stateful_step_count=60 if thorough else 30,
            # Shrinking a failure takes minutes; THOROUGH=1 does.
            phases=list(Phase) if thorough else [Phase.explicit, Phase.reuse, Phase.generate],
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
