"""What moderators do to a post: take it down, put it back, close its room, redact it."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from bookshelf.log import Change, record
from posts.content.slugs import address_of
from posts.log import Kind
from posts.models.cover import Cover
from posts.models.likeable import TakenDown, author_is_present
from posts.models.notification import Notification
from posts.models.review import TEXTS
from posts.models.revision import Revision
from posts.models.tag import Tag
from posts.search.analysis import searchable
from posts.search.document import SearchDocument

Enter = Callable[[], Iterable[int]]
"""Stores the entry of what a moderator does, and returns the ids of those notified."""

MARK = "█████"
"""Stands for what was cut out. It means nothing in Markdown, and search does not find it."""

REDACTABLE = ("title", "book_author", "body")
"""The texts of a post out of which something can be cut."""


class Redaction(NamedTuple):
    """What to cut out of a post, or of a comment: for good."""

    passage: str = ""
    """Wherever it stands, in each version."""
    parts: frozenset[str] = frozenset()
    """Whole texts (of REDACTABLE), "cover", "tags" and "history"."""

    def cut(self, name: str, text: str) -> str:
        """Return the text of this name without what is cut out."""
        if name in self.parts:
            return MARK
        return text.replace(self.passage, MARK) if self.passage else text


class ModeratedPost:
    """The part of a post that moderators deal with; `self` is a Post.

    No model: with one more base that is one, mypy's plugin for Django does not come to an end.

    `enter` of its verbs stores why, in the same transaction, and returns the ids of those notified.
    """

    def take_down(self, how: TakenDown, enter: Enter) -> Change:
        """Take this post off every page, so that its author cannot put it back."""
        post: Any = self
        with transaction.atomic():
            stored = self._stored()
            post.removed_at = stored.removed_at or timezone.now()
            post.taken_down, post.removed_by_author = how, stored.was_removed_by_author
            post.save(update_fields=["removed_at", "taken_down", "removed_by_author"])
            return self._record_removal(enter())

    def put_back(self, enter: Enter) -> Change:
        """Undo `take_down`. What its author had removed before stays removed. Raises Gone."""
        post: Any = self
        search_text = searchable(post.body)
        with transaction.atomic():
            is_present = author_is_present(post)
            stored = self._stored()
            if not is_present or stored.taken_down in (TakenDown.NOT, TakenDown.PURGED):
                raise post.Gone
            search_text = self._as_stored(stored, search_text)
            post.taken_down, post.removed_at = TakenDown.NOT, stored.removed_at
            notified = enter()
            if stored.removed_by_author:
                post.save(update_fields=["taken_down"])
                return self._record_removal(notified)
            return self._record_return(notified, search_text)

    def close_room(self, closed: bool, enter: Enter) -> Change | None:
        """Let nobody comment on this post any more, or again; return None when it is so already."""
        post: Any = self
        with transaction.atomic():
            if (self._stored().closed_at is not None) == closed:
                return None
            post.closed_at = timezone.now() if closed else None
            post.save(update_fields=["closed_at"])
            return record(
                Kind.ROOM_CLOSED if closed else Kind.ROOM_OPENED,
                post_id=post.pk,
                author_id=post.author_id,
                users=enter(),
            )

    def redact(self, redaction: Redaction, enter: Enter) -> Change:
        """Cut something out of the post, its history, and whatever else has its texts: for good."""
        post: Any = self
        with transaction.atomic():
            # A write first: it locks the row. An edit of the version before is then a conflict.
            type(post)._default_manager.filter(pk=post.pk).update(version=F("version") + 1)
            stored = self._stored()
            before = stored.lists()
            titles = self._redact_history(redaction)
            for name in REDACTABLE:
                setattr(self, name, redaction.cut(name, getattr(stored, name)))
            if post.title == MARK:
                # Posts with one title are of one book.
                post.title = f"{MARK} {post.pk}"
            is_renamed = titles or post._names() != stored._names()
            if is_renamed:
                post.slug = address_of(post.title)
                self._rename_on_shelves()
            post.edited_at = timezone.now()
            post.save(update_fields=[*TEXTS, "book_key", "slug", "edited_at"])
            if "cover" in redaction.parts:
                Cover.objects.filter(post=post.pk).discard()
            if "tags" in redaction.parts:
                self._drop_tags()
            notified = enter()
            is_visible = stored.removed_at is None
            kind = Kind.POST_EDITED if is_visible else Kind.POST_REMOVED
            text = searchable(post.body) if is_visible else None
            change: Change = post._record(kind, before, notified=notified, search_text=text)
            return change

    def forget(self, version: int | None = None) -> Change | None:
        """Take the text before an edit out of the history for good; without `version` all of it.

        Return None when it is not there.
        """
        post: Any = self
        with transaction.atomic():
            stored = self._stored()
            lists = stored.lists()
            revisions = self._revisions()
            if version is not None:
                revisions = revisions.filter(version=version)
            if not revisions.delete()[0]:
                return None
            # The address was made of the first title, and shelves keep the one of their day.
            post.slug = address_of(post.title)
            post.save(update_fields=["slug"])
            self._rename_on_shelves()
            change: Change = post._record(Kind.POST_EDITED, lists)
            return change

    # --- Steps

    def _as_stored(self, stored: Any, search_text: str) -> str:
        """Have the texts that are stored, which may have been redacted meanwhile."""
        post: Any = self
        if stored.version == getattr(self, "version", None):
            return search_text
        post.refresh_from_db()
        return searchable(post.body)

    def _stored(self) -> Any:
        post: Any = self
        # SQLite ignores select_for_update(); there a transaction holds the lock from its beginning.
        return type(post)._default_manager.select_for_update(no_key=True).get(pk=post.pk)

    def _revisions(self) -> models.QuerySet[Revision]:
        post: Any = self
        return Revision.objects.filter(post_id=post.pk)

    def _names(self) -> tuple[str, str]:
        post: Any = self
        return post.title, post.book_author

    def _redact_history(self, redaction: Redaction) -> bool:
        """Redact the versions before, and delete drafts; return whether a name was cut."""
        post: Any = self
        post.drafts.all().delete()
        if "history" in redaction.parts:
            return bool(self._revisions().delete()[0])
        renamed = False
        revisions = list(self._revisions())
        for revision in revisions:
            names = revision.title, revision.book_author
            for name in REDACTABLE:
                setattr(revision, name, redaction.cut(name, getattr(revision, name)))
            renamed |= names != (revision.title, revision.book_author)
        Revision.objects.bulk_update(revisions, REDACTABLE, batch_size=100)
        return renamed

    def _rename_on_shelves(self) -> None:
        """Have the shelves that it was saved to forget what it was called."""
        post: Any = self
        shelved, key = post.shelved_by.all(), post.own_book_key
        readers = shelved.model.objects.filter(book_key=key).exclude(post=post.pk)
        shelved.filter(reader__in=readers.values("reader")).delete()
        shelved.update(title=post.title, book_author=post.book_author, book_key=key)

    def _drop_tags(self) -> None:
        post: Any = self
        tags = list(post.tags.values_list("pk", flat=True))
        post.tags.clear()
        Tag.objects.filter(pk__in=tags, posts=None).delete()

    def _record_removal(self, notified: Iterable[int] = ()) -> Change:
        post: Any = self
        SearchDocument.objects.filter(post=post.pk).delete()
        Cover.objects.filter(post=post.pk).settle_on_commit()
        notified = {*notified, *Notification.objects.recount_about(posts=[post.pk])}
        change: Change = post._record(Kind.POST_REMOVED, post.lists(), notified=notified)
        return change

    def _record_return(self, notified: Iterable[int], search_text: str) -> Change:
        post: Any = self
        post.removed_at, post.removed_by_author = None, False
        post.save(update_fields=["removed_at", "taken_down", "removed_by_author"])
        # Before pages draw it.
        Cover.objects.filter(post=post.pk).settle()
        lists = post.lists()
        notified = {*notified, *Notification.objects.recount_about(posts=[post.pk])}
        change: Change = post._record(
            Kind.POST_RESTORED, lists, notified=notified, search_text=search_text
        )
        return change
