"""What to do with a form that comes again under the same `submission`.

The id is given to a form when it is drawn, and a browser's Back shows the same drawing again. So
the id alone does not tell the second of two clicks from another text: the text does.
"""

import uuid
from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING

from bookshelf.log import Change
from posts.models.cover import KEEP, Cover, Keep
from posts.models.revision import Revision
from posts.models.tag import Tag

if TYPE_CHECKING:
    from posts.models.post import Post


class Choice(StrEnum):
    """What the author chose when asked: the name of the button."""

    UNKNOWN = ""
    REPLACE = "replace"
    ANOTHER = "another"


class SameBookAgain(Exception):
    """The form has become `post` before, and now has another text about the same book."""

    def __init__(self, post: "Post") -> None:
        self.post = post


def next_submission(submission: uuid.UUID, author_id: int, *texts: object) -> uuid.UUID:
    """Return the id of what is sent with these texts when `submission` is taken.

    The same for the same texts, so that the second of two clicks is still found to be one.
    """
    return uuid.uuid5(submission, "\0".join(map(str, (author_id, *texts))))


def publish_again(
    post: "Post",
    tags: Iterable[str] = (),
    *,
    cover: Cover | Keep | None = KEEP,
    choice: Choice = Choice.UNKNOWN,
    version: int | None = None,
) -> Change | None:
    """Do what is meant by a form whose `submission` has become a post before.

    The same text is the second of two clicks: return None. Another book is a post of its own. For
    another text about the same book this raises SameBookAgain until the author has chosen; the
    text then replaces the earlier post, if that still has the `version` that its author saw.
    """
    tags = list(tags)
    while True:
        earlier = _earlier(post)
        if any(is_same(post, each, tags, cover) for each in earlier):
            return None
        same_book = [each for each in earlier if each.book_key == post.own_book_key]
        if same_book and choice != Choice.ANOTHER:
            return _replace(post, same_book[-1], tags, cover, choice, version)
        try:
            return post.publish(tags, cover=cover)
        except post.AlreadyPublished:
            # Another request with this text has overtaken this one.
            continue


def _earlier(post: "Post") -> list["Post"]:
    """Return the author's posts of this form, oldest first; give `post` an id that is free."""
    found = []
    posts = type(post).objects.with_details()
    while earlier := posts.filter(submission=post.submission).first():
        if earlier.author_id == post.author_id and not earlier.removed_at:
            found.append(earlier)
        texts = [post.texts[name] for name in sorted(post.texts)]
        post.submission = next_submission(post.submission, post.author_id, *texts)
    return found


def _replace(
    post: "Post",
    earlier: "Post",
    tags: list[str],
    cover: Cover | Keep | None,
    choice: Choice,
    version: int | None,
) -> Change | None:
    if choice == Choice.UNKNOWN:
        if cover is KEEP and Revision.objects.filter(post=earlier, **post.texts).exists():
            # It was posted like this, and edited since: the history has it.
            return None
        raise SameBookAgain(earlier)
    if version != earlier.version:
        raise SameBookAgain(earlier)
    for name, value in post.texts.items():
        setattr(earlier, name, value)
    try:
        return earlier.revise(tags, editor=post.author, cover=cover)
    except earlier.Conflict:
        earlier.refresh_from_db()
        raise SameBookAgain(earlier) from None


def is_same(post: "Post", other: "Post", tags: Iterable[str], cover: Cover | Keep | None) -> bool:
    """Return whether storing `post`, with these tags and cover, would leave `other` as it is."""
    if post.texts != other.texts:
        return False
    if {tag.slug for tag in Tag.objects.named(tags)} != {tag.slug for tag in other.tags.all()}:
        return False
    if cover is KEEP:
        return True
    present: Cover | None = getattr(other, "cover", None)
    if cover is None or present is None:
        return cover is present
    return isinstance(cover, Cover) and present.is_same_picture(cover)
