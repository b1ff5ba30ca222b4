"""The picture of a post's cover. The files are the storage's; a row knows their names."""

from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, Final, Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.utils import timezone

from posts import covers
from posts.covers import PreparedCover

if TYPE_CHECKING:
    from posts.models.post import Post

PENDING_FOR = timedelta(days=1)
"""How long a picture waits for the form that it was sent with."""

PENDING_EACH = 5
"""How many pictures of one person may wait at once; the oldest give way."""

UNDO_FOR = timedelta(days=1)
"""How long the picture of a removed post is kept: longer than a removal can be undone."""


class Keep(Enum):
    KEEP = "keep"


KEEP: Final = Keep.KEEP
"""As a cover: leave the one that is there."""


class CoverQuerySet(models.QuerySet["Cover"]):
    def owned_by(self, user: AbstractBaseUser) -> Self:
        return self.filter(owner_id=user.pk)

    def pending(self) -> Self:
        """Covers that are not on a post yet."""
        return self.filter(post=None)

    def in_no_draft(self) -> Self:
        """Covers that no draft waits with."""
        return self.filter(drafts=None)

    def stale(self) -> Self:
        """Covers that nobody will need any more."""
        now = timezone.now()
        waiting = models.Q(post=None, drafts=None, created_at__lt=now - PENDING_FOR)
        return self.filter(waiting | models.Q(post__removed_at__lt=now - UNDO_FOR))

    def discard(self) -> int:
        """Delete these covers, and on commit their files. Return how many there were."""
        with transaction.atomic():
            gone = list(self.select_for_update(of=("self",)))
            Cover.objects.filter(pk__in=[cover.pk for cover in gone]).delete()
            for cover in gone:
                cover.discard_files_on_commit()
        return len(gone)


class Cover(models.Model):
    """A picture in a few widths, on a post or (`post` is None) waiting for one."""

    # Names the files. Whoever has it can look at them, so it cannot be guessed.
    token = models.CharField(max_length=32, unique=True, default=covers.new_token, editable=False)
    widths = models.JSONField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    post = models.OneToOneField(
        "posts.Post", on_delete=models.CASCADE, related_name="cover", null=True, blank=True
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="covers"
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects = CoverQuerySet.as_manager()

    def __str__(self) -> str:
        return f"cover {self.token}"

    @classmethod
    def keep_pending(cls, prepared: PreparedCover, owner: AbstractBaseUser) -> Self:
        """Store a picture for a post that its owner is about to write."""
        cover = cls.objects.create(
            widths=list(prepared.files),
            width=prepared.width,
            height=prepared.height,
            owner_id=owner.pk,
        )
        # After the row: what fails in between is found and pruned by it.
        covers.store(prepared, cover.token)
        waiting = cls.objects.owned_by(owner).pending().in_no_draft().order_by("-pk")
        too_many = list(waiting.values_list("pk", flat=True)[PENDING_EACH:])
        cls.objects.pending().filter(pk__in=too_many).discard()
        return cover

    def attach(self, post: "Post") -> None:
        """Put this pending cover on a post, in the place of its present one.

        Belongs into the transaction of the verb that changes the post. One that waits no longer
        (pruned, or on a post by now) leaves everything as it is.
        """
        waiting = Cover.objects.select_for_update().pending().filter(pk=self.pk).first()
        if waiting is None:
            return
        Cover.objects.filter(post=post).discard()
        waiting.post = post
        waiting.owner_id = post.author_id
        waiting.save(update_fields=["post", "owner"])

    def discard_files_on_commit(self) -> None:
        token, widths = self.token, self.widths
        transaction.on_commit(lambda: covers.discard(token, widths))

    def url(self, width: int) -> str:
        """Return the address of the file of one of the `widths`."""
        return default_storage.url(covers.file_name(self.token, width))

    @property
    def src(self) -> str:
        """For what does not know srcset: the file that suits a list."""
        return self.url(next((width for width in self.widths if width >= 192), self.width))

    @property
    def srcset(self) -> str:
        return ", ".join(f"{self.url(width)} {width}w" for width in self.widths)

    @property
    def sizes_on_list(self) -> str:
        """How wide the picture is drawn on a list (see --cover in bookshelf.css)."""
        return f"(min-width: 44rem) {self._drawn(96)}px, {self._drawn(64)}px"

    @property
    def sizes_on_page(self) -> str:
        """How wide the picture is drawn on a post's own page (see --room-cover in posts.css)."""
        return f"(min-width: 68rem) {self._drawn(220)}px, {self._drawn(160)}px"

    def _drawn(self, box: int) -> int:
        # The box is 2:3; what is wider than that fills it by its height, and is cut at the sides.
        return max(box, round(box * 1.5 * self.width / self.height))
