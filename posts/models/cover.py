"""The picture of a post's cover. The storage keeps the files, a row their names."""

import logging
from datetime import timedelta
from enum import Enum
from typing import Final, Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone

from bookshelf.pictures import files
from bookshelf.pictures.files import COVER, WITHDRAWN_COVER, PreparedPicture, new_token

logger = logging.getLogger(__name__)

PENDING_FOR = timedelta(days=1)
"""How long a picture waits for the form that it was sent with."""

PENDING_EACH = 5
"""How many pictures of one person may wait at once; beyond that the oldest are discarded."""

UNDO_FOR = timedelta(days=1)
"""How long the picture of a removed post is kept: longer than a removal can be undone."""


class Keep(Enum):
    KEEP = "keep"


KEEP: Final = Keep.KEEP
"""As a cover: leave the present one."""


class CoverQuerySet(models.QuerySet["Cover"]):
    def owned_by(self, user: AbstractBaseUser) -> Self:
        return self.filter(owner_id=user.pk)

    def pending(self) -> Self:
        """Covers that are not on a post yet."""
        return self.filter(post=None)

    def in_no_draft(self) -> Self:
        """Covers that no draft refers to."""
        return self.filter(drafts=None)

    def stale(self) -> Self:
        """Covers that nobody needs."""
        now = timezone.now()
        waiting = models.Q(post=None, drafts=None, created_at__lt=now - PENDING_FOR)
        final = models.Q(post__taken_down__in=["", "removed"])
        return self.filter(waiting | final & models.Q(post__removed_at__lt=now - UNDO_FOR))

    def in_the_wrong_place(self) -> Self:
        """Covers whose files are public although their post is removed, or the other way round."""
        public = models.Q(is_withdrawn=False, post__removed_at__isnull=False)
        return self.filter(public | models.Q(is_withdrawn=True, post__removed_at=None))

    def settle(self) -> int:
        """Move the files of those that are in the wrong place. Return how many were moved.

        A storage that cannot be reached is logged: `prunecovers` settles it later.
        """
        moved = 0
        for cover in self.in_the_wrong_place():
            try:
                moved += cover.move(withdrawn=not cover.is_withdrawn)
            except Exception:
                # Each kind of storage has errors of its own.
                logger.exception("the files of %s could not be moved", cover)
        return moved

    def settle_on_commit(self) -> None:
        """Settle these when the transaction that removes their posts has been committed."""
        transaction.on_commit(lambda: self.all().settle(), robust=True)

    def discard(self) -> int:
        """Delete these covers, and on commit their files. Return how many were deleted."""
        with transaction.atomic():
            gone = list(self.select_for_update(of=("self",)))
            Cover.objects.filter(pk__in=[cover.pk for cover in gone]).delete()
            for cover in gone:
                cover.discard_files_on_commit()
        return len(gone)


class Cover(models.Model):
    """A picture in a few widths, on a post or (`post` is None) waiting for one."""

    # Names the files. Anybody who knows it can look at them, so it cannot be guessed.
    token = models.CharField(max_length=32, unique=True, default=new_token, editable=False)
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
    # Its post is removed: the files have names that nobody was told, in a folder that is not served
    # to everybody (posts.views.media).
    is_withdrawn = models.BooleanField(default=False, db_default=False, editable=False)

    objects = CoverQuerySet.as_manager()

    def __str__(self) -> str:
        return f"cover {self.token}"

    @classmethod
    def keep_pending(cls, prepared: PreparedPicture, owner: AbstractBaseUser) -> "Cover":
        """Store a picture for a post that its owner is about to write."""
        cover = cls.objects.create(
            widths=list(prepared.files),
            width=prepared.width,
            height=prepared.height,
            owner_id=owner.pk,
        )
        # After the row: `prunecovers` finds by it what a failure in between leaves behind.
        files.store(prepared, cover.token)
        waiting = cls.objects.owned_by(owner).pending().in_no_draft().order_by("-pk")
        too_many = list(waiting.values_list("pk", flat=True)[PENDING_EACH:])
        cls.objects.pending().filter(pk__in=too_many).discard()
        return cover

    def attach(self, post_id: int, owner_id: int) -> None:
        """Put this pending cover on a post, in the place of its present one.

        Call it in the transaction of the verb that changes the post. Leaves everything as it is
        when the cover is no longer pending: it has been pruned, or is on a post.
        """
        pending = Cover.objects.select_for_update().pending().filter(pk=self.pk).first()
        if pending is None:
            return
        Cover.objects.filter(post=post_id).discard()
        pending.post_id = post_id
        pending.owner_id = owner_id
        pending.save(update_fields=["post", "owner"])

    def is_same_picture(self, other: "Cover") -> bool:
        """Return whether two uploads were of the same picture. Reads a file of each."""
        if self.pk == other.pk:
            return True
        if (self.widths, self.width, self.height) != (other.widths, other.width, other.height):
            return False
        try:
            mine, theirs = (_read(cover.largest_file) for cover in (self, other))
        except OSError:
            return False
        return mine == theirs

    @property
    def largest_file(self) -> str:
        """The name of the file of the largest width in the storage."""
        return self.file_name(max(self.widths))

    def discard_files_on_commit(self) -> None:
        names = self.file_names
        transaction.on_commit(lambda: files.discard(names))

    def move(self, *, withdrawn: bool) -> bool:
        """Give the files names that nobody knows, in the folder for the public or the other one.

        So no address that was public before leads to them. The files are copied first: whatever
        fails half way, one of both is complete, and `prunecovers` deletes the other. Return whether
        they were moved; raises what the storage raises.
        """
        moved = Cover(token=new_token(), widths=self.widths, is_withdrawn=withdrawn)
        for before, after in zip(self.file_names, moved.file_names, strict=True):
            files.copy(before, after)
        with transaction.atomic():
            stored = Cover.objects.filter(pk=self.pk, token=self.token)
            done = bool(stored.update(token=moved.token, is_withdrawn=withdrawn))
            (self if done else moved).discard_files_on_commit()
        if done:
            self.token, self.is_withdrawn = moved.token, withdrawn
        return done

    def file_name(self, width: int) -> str:
        return files.file_name(self.token, width, WITHDRAWN_COVER if self.is_withdrawn else COVER)

    @property
    def file_names(self) -> list[str]:
        return [self.file_name(width) for width in self.widths]

    def url(self, width: int) -> str:
        """Return the address of the file of one of the `widths`."""
        if self.is_withdrawn:
            return reverse("posts:withdrawn_cover", args=[self.file_name(width)])
        return default_storage.url(self.file_name(width))

    @property
    def src(self) -> str:
        """The address for browsers without srcset: of the file that suits a list."""
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


def _read(name: str) -> bytes:
    with default_storage.open(name) as file:
        data: bytes = file.read()
    return data
