"""A minute on BookShelf, for somebody who watches: the sample authors post, comment and like."""

import hashlib
import uuid
from collections.abc import Callable, Iterator
from random import Random

from bookshelf.log import Change
from posts.models import Comment, Post
from posts.models.post_queryset import PostQuerySet
from posts.seeding.samples import Authors, Row, post_of, read

POSTS = 4
"""Posts in one demo."""

LIKED = 6
"""Of how many of the newest posts some are liked."""

MARK = int.from_bytes(hashlib.sha256(b"bookshelf demo").digest()[:8]) << 64
"""The upper half of the `submission` of what a demo posts: so it is known again."""

Step = tuple[str, Callable[[], Change | None]]
"""What to say of it, and what to do."""


def written() -> PostQuerySet[Post]:
    """Return what demos have posted, as far as it is on pages."""
    ours = (uuid.UUID(int=MARK), uuid.UUID(int=MARK + (1 << 64) - 1))
    return Post.objects.visible().filter(submission__range=ours)


def choose() -> list[Row]:
    """Return the posts of a demo: what is on pages from an earlier one only when all of it is."""
    known = list(written().values_list("title", flat=True))
    return sorted(read("demo")["posts"], key=lambda row: known.count(row["title"]))[:POSTS]


def count(rows: list[Row]) -> int:
    """Return how many `steps` there are of these posts."""
    return sum(2 + 2 * len(row["comments"]) for row in rows)


def steps(rows: list[Row], authors: Authors, random: Random) -> Iterator[Step]:
    """Yield what the authors do, one thing after the other: posts, and to each comments and likes.

    What a step is about is stored by the steps before it.
    """
    for row in rows:
        yield from _post_and_talk(row, authors, random)


def _post_and_talk(row: Row, authors: Authors, random: Random) -> Iterator[Step]:
    author = authors[row["author"]]
    post = post_of(row, author, submission=uuid.UUID(int=MARK + random.getrandbits(64)))
    yield f"{author.name} posts “{post.title}”", lambda: post.publish(row["tags"])
    yield _like(post, authors, random)
    opening: Comment | None = None
    for said in row["comments"]:
        comment = Comment(
            post=post,
            # Unsaved when its author may not comment there.
            parent=opening if said.get("reply") and opening and opening.pk else None,
            author=authors[said["author"]],
            body=said["body"],
        )
        opening = opening if comment.parent else comment
        yield f"{comment.author.name} comments on “{post.title}”", comment.publish
        newest = list(Post.objects.visible().newest_first()[:LIKED])
        yield _like(random.choice(newest or [post]), authors, random)


def _like(post: Post, authors: Authors, random: Random) -> Step:
    """Return a like of somebody who does not like the post yet; the end of one if all do."""
    others = [each for each in authors.values() if each.pk != post.author_id]
    liking = {user.pk for user in post.likers}
    new = [each for each in others if each.pk not in liking]
    who = random.choice(new or others)
    verb = "likes" if new else "likes no more"
    return f"{who.name} {verb} “{post.title}”", lambda: post.like(who, bool(new))
