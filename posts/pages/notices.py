"""What the entries of the list of notifications and of mails stand for: who, and how often."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db.models import Count, Sum
from django.utils.translation import gettext, ngettext

from posts.models import Notification
from posts.models.notification import NotificationQuerySet

SAME = ("kind", "post", "on_comment", "is_read")


class Gathered(NamedTuple):
    """The notifications of one entry."""

    rows: int
    things: int
    """How many likes, comments or mentions."""
    actors: int
    """How many did the last of each row."""
    comments: int
    """How many comments they are about."""

    @property
    def and_others(self) -> str:
        """What follows the name of who did it last: words for how many others there are."""
        others = self.actors - 1
        if self.things > self.rows:
            # Likes, of which a row has counted several.
            others = self.things - 1
            if self.rows > 1:
                # Nobody knows how many of them like more than one comment.
                return " " + gettext("and others")
        if not others:
            return ""
        return " " + ngettext("and %(n)s other", "and %(n)s others", others) % {"n": others}

    @property
    def times(self) -> int:
        """How often the only one did it; 1 where there are others."""
        return 1 if self.and_others else self.things


def gather(latest: Sequence[Notification], among: NotificationQuerySet) -> None:
    """Set `gathered` of these, one user's `entries()`: what there is of each among these rows.

    One query; none when nothing is to be gathered.
    """
    posts = {each.post_id for each in latest if each.action_id is None}
    same = among.current().with_entry().filter(action=None, post__in=posts).order_by()
    numbers = same.values(*SAME).annotate(
        rows=Count("pk"),
        things=Sum("count"),
        actors=Count("actor", distinct=True),
        comments=Count("comment", distinct=True),
    )
    found = {tuple(row[name] for name in SAME): row for row in numbers} if posts else {}
    for each in latest:
        key = (each.kind, each.post_id, each.comment_id is not None, each.read_at is not None)
        if each.action_id is None and key in found:
            each.gathered = Gathered(*(found[key][name] for name in Gathered._fields))
