"""Drafts of posts: kept on the server while their authors type, for them alone."""

import uuid
from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, models, transaction
from django.urls import reverse
from django.utils import timezone

from bookshelf.ids import parse_id
from posts.models.cover import Cover
from posts.models.post import Post
from posts.models.resubmission import next_submission

KEPT_FOR = timedelta(days=90)
"""How long a draft that nobody touches is kept."""

MOST_DRAFTS = 50
"""How many drafts of one author are kept at once."""

LATE_FOR = timedelta(seconds=30)
"""How long nothing more is kept of a form that was sent: what was typed before may arrive late.
Longer than such a request may take (form.html). After that it was typed after Back."""

MARKED_FOR = timedelta(days=1)
"""How long the mark of a sent form stays."""

LINE, TEXT = 1_000, 40_000
"""The longest line and text that are kept, in characters: more than a post may have, as the author
may still cut them down."""

TYPED = ("title", "book_author", "rating", "body", "tags", "remove_cover", "version")


class DraftQuerySet(models.QuerySet["Draft"]):
    def owned_by(self, user: AbstractBaseUser) -> Self:
        """The drafts of this author that have not become a post."""
        return self.filter(author_id=user.pk, finished_at=None)

    def newest_first(self) -> Self:
        return self.order_by("-kept_at", "-pk")

    def of(self, post: Post | None) -> Self:
        """Drafts of edits of this post; of new posts for None."""
        return self.filter(post=post)

    def at(self, revision_ref: str) -> Self:
        """The draft with this `revision_ref`, unless it has been typed on since."""
        before, _, after = revision_ref.partition(".")
        pk, edition = parse_id(before), parse_id(after)
        if pk is None or edition is None:
            return self.none()
        return self.filter(pk=pk, edition=edition)

    def keep(
        self,
        author: AbstractBaseUser,
        submission: uuid.UUID,
        *,
        continues: str = "",
        post: Post | None = None,
        cover: Cover | None = None,
        **typed: Any,
    ) -> None:
        """Keep what was typed into the form with this `submission`.

        Takes one UPDATE, except for the first time. Each form that is drawn has a draft of its own,
        so two tabs never overwrite each other. A form that `continues` a draft (its `revision_ref`
        when the form was drawn) takes it over, unless another tab has typed on in it: then the form
        begins a draft of its own.

        Without a `cover` the draft keeps its present one: what a pause in typing sends may arrive
        after what a button sent with a picture.

        Raises Finished when that form has just been sent, TooMany when the author has too many
        drafts.
        """
        mine = self.owned_by(author)
        # Keeping the same texts again is no new edition. A late request from a pause in typing may
        # follow the button that drew another form, which must still continue this draft.
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
            # It exists after all: begun by a request that overtook this one, or finished.
            if mine.filter(submission=submission).update(**typed):
                return
            marks = self.filter(author_id=author.pk, submission=submission)
            old = marks.filter(finished_at__lt=timezone.now() - LATE_FOR)
            if not old.update(finished_at=None, post=post, **typed):
                raise Draft.Finished from None

    def set_aside(
        self,
        author: AbstractBaseUser,
        submission: uuid.UUID,
        *,
        continues: str = "",
        post: Post | None = None,
        cover: Cover | None = None,
        **typed: Any,
    ) -> "Draft":
        """Keep what the button "Keep as draft" sends, and return the draft.

        The form is then done with: its author goes on in another one. What comes from it again,
        after Back, is a draft of its own; the same text, from the second of two clicks, is not.
        Raises TooMany.
        """
        own = next_submission(submission, author.pk, post and post.pk, *typed.values())
        mine, kept = self.owned_by(author), typed | {"post": post, "cover": cover}
        if not mine.filter(submission=own).exists():
            try:
                self.keep(author, submission, continues=continues, **kept)
            except Draft.Finished:
                # Sent or set aside before, with another text.
                self.keep(author, own, **kept)
            else:
                with transaction.atomic():
                    mine.filter(submission=submission).update(submission=own)
                    self.finish(author, submission)
        return mine.get(submission=own)

    def finish(
        self, author: AbstractBaseUser, submission: uuid.UUID | None, continues: str = ""
    ) -> None:
        """Delete the draft of a form that has been posted or saved.

        Its row stays for a day as a mark: what was typed last may arrive after the form itself.
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
            self.filter(author_id=author.pk, finished_at__lt=now - MARKED_FOR).delete()

    def stale(self) -> Self:
        """Drafts and marks that nobody needs."""
        now = timezone.now()
        return self.filter(
            models.Q(kept_at__lt=now - KEPT_FOR) | models.Q(finished_at__lt=now - MARKED_FOR)
        )


class Draft(models.Model):
    """A form that is being filled in: each field as it was typed, valid or not."""

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts"
    )
    # The id of the form that it was typed into (posts.forms.PostForm).
    submission = models.UUIDField()
    # The post that is edited, and the version that it had; None for a new post.
    post = models.ForeignKey(
        Post, on_delete=models.CASCADE, related_name="drafts", null=True, blank=True
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
    # Counts how often the texts have changed.
    edition = models.PositiveIntegerField(default=1)
    kept_at = models.DateTimeField()
    # Set when the form has been sent. The texts are then empty.
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
        """Return the address of the form with this draft in it."""
        path = reverse("posts:edit", args=[self.post_id]) if self.post_id else None
        return f"{path or reverse('posts:create')}?draft={self.pk}"

    @property
    def revision_ref(self) -> str:
        """Which draft this is, and how far it has been typed: `<id>.<edition>`."""
        return f"{self.pk}.{self.edition}"

    @property
    def typed(self) -> dict[str, Any]:
        """The initial values for the form."""
        return {name: getattr(self, name) for name in TYPED}
