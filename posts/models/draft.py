"""What somebody was typing when they stopped: kept on the server, for its author alone."""

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, models, transaction
from django.urls import reverse
from django.utils import timezone

from posts.models.cover import Cover

if TYPE_CHECKING:
    from posts.models.post import Post

KEPT_FOR = timedelta(days=90)
"""How long a draft that nobody touches is kept."""

MOST_DRAFTS = 50
"""How many drafts of one author are kept at once."""

LATE_FOR = timedelta(days=1)
"""How long it is known that a form has been sent, so that nothing is kept of it any more."""

LINE, TEXT = 1_000, 40_000
"""The longest line and text that are kept, in characters: more than a post may have, since what is
half-typed may still be cut down."""

TYPED = ("title", "book_author", "rating", "body", "tags", "remove_cover", "version")


class DraftQuerySet(models.QuerySet["Draft"]):
    def owned_by(self, user: AbstractBaseUser) -> Self:
        """The drafts of this author that have not become a post."""
        return self.filter(author_id=user.pk, finished_at=None)

    def newest_first(self) -> Self:
        return self.order_by("-kept_at", "-pk")

    def of(self, post: "Post | None") -> Self:
        """Drafts of edits of this post; of new posts for None."""
        return self.filter(post=post)

    def at(self, place: str) -> Self:
        """The draft of this `Draft.place`, unless somebody has typed on in it since."""
        pk, _, edition = place.partition(".")
        if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in (pk, edition)):
            return self.none()
        return self.filter(pk=pk, edition=edition)

    def keep(
        self,
        author: AbstractBaseUser,
        submission: uuid.UUID,
        *,
        continues: str = "",
        post: "Post | None" = None,
        cover: Cover | None = None,
        **typed: Any,
    ) -> None:
        """Keep what was typed into the drawing of the form that bears this `submission`.

        One UPDATE, but for the first time. Each drawing has a draft of its own, so two tabs never
        overwrite each other. One that `continues` a draft takes it over (its `place` when the form
        was drawn), unless another tab has typed on in it: then it begins one of its own.

        Without a `cover` the one that is there stays: a pause in typing may be heard of after the
        button that sent a picture along.

        Raises Finished when that form has been sent, TooMany when there is no room for another.
        """
        mine = self.owned_by(author)
        # What is kept twice the same is no step on: a pause may also be heard of when the button
        # has led to another drawing, which then still continues this one.
        step = models.F("edition") + 1
        edition = models.Case(models.When(**typed, then=models.F("edition")), default=step)
        typed |= {"kept_at": timezone.now(), "edition": edition}
        typed |= {"cover": cover} if cover else {}
        if mine.filter(submission=submission).update(**typed):
            return
        try:
            with transaction.atomic():
                if mine.at(continues).of(post).update(submission=submission, **typed):
                    return
                if mine.count() >= MOST_DRAFTS:
                    raise Draft.TooMany
                new = typed | {"edition": 1, "post": post, "submission": submission}
                self.create(author_id=author.pk, **new)
        except IntegrityError:
            # It is there after all: finished, or begun by a request that overtook this one.
            if not mine.filter(submission=submission).update(**typed):
                raise Draft.Finished from None

    def finish(
        self, author: AbstractBaseUser, submission: uuid.UUID | None, continues: str = ""
    ) -> None:
        """Let the draft of a form go that has been posted or saved, for good.

        A mark stays for a day: what was typed last may arrive after the form itself.
        """
        if submission is None:
            return
        now = timezone.now()
        mark = Draft(author_id=author.pk, submission=submission, finished_at=now, kept_at=now)
        with transaction.atomic():
            self.bulk_create(
                [mark],
                update_conflicts=True,
                unique_fields=["author", "submission"],
                update_fields=["finished_at", "cover", *TYPED],
            )
            self.owned_by(author).at(continues).delete()
            self.filter(author_id=author.pk, finished_at__lt=now - LATE_FOR).delete()

    def stale(self) -> Self:
        """What nobody will need any more."""
        now = timezone.now()
        return self.filter(
            models.Q(kept_at__lt=now - KEPT_FOR) | models.Q(finished_at__lt=now - LATE_FOR)
        )


class Draft(models.Model):
    """A form half-way: each field as it was typed, right or wrong."""

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts"
    )
    # Which drawing of the form it was typed into (posts.forms.PostForm).
    submission = models.UUIDField()
    # What is edited, and the version that this was begun on; None for a new post.
    post = models.ForeignKey(
        "posts.Post", on_delete=models.CASCADE, related_name="drafts", null=True, blank=True
    )
    version = models.PositiveIntegerField(null=True, blank=True)
    title = models.CharField(max_length=LINE, blank=True)
    book_author = models.CharField(max_length=LINE, blank=True)
    rating = models.CharField(max_length=20, blank=True)
    body = models.TextField(max_length=TEXT, blank=True)
    tags = models.CharField(max_length=LINE, blank=True)
    cover = models.ForeignKey(
        Cover, on_delete=models.SET_NULL, related_name="drafts", null=True, blank=True
    )
    remove_cover = models.BooleanField(default=False)
    # Counts the steps in which it was typed.
    edition = models.PositiveIntegerField(default=1)
    kept_at = models.DateTimeField()
    # Set when the form has been sent; the texts are gone by then.
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = DraftQuerySet.as_manager()

    class Finished(Exception):
        """This form has been sent."""

    class TooMany(Exception):
        """The author has MOST_DRAFTS drafts already."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["author", "submission"], name="one_draft_for_each_drawing"
            ),
        ]
        indexes = [models.Index(fields=["kept_at"], name="draft_by_age")]

    def __str__(self) -> str:
        return f"draft {self.pk}"

    def get_absolute_url(self) -> str:
        """The form with this draft in it."""
        path = reverse("posts:edit", args=[self.post_id]) if self.post_id else None
        return f"{path or reverse('posts:create')}?draft={self.pk}"

    @property
    def place(self) -> str:
        """Which draft this is, and how far it was typed."""
        return f"{self.pk}.{self.edition}"

    @property
    def typed(self) -> dict[str, Any]:
        """What to fill the form with."""
        return {name: getattr(self, name) for name in TYPED}
