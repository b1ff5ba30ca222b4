"""Posts for tests."""

from typing import Any

from factory.declarations import Sequence, SubFactory
from factory.django import DjangoModelFactory
from factory.faker import Faker

from accounts.factories import UserFactory
from bookshelf.log import Change
from posts.models import Comment, Post


class PostFactory(DjangoModelFactory[Post]):
    """An unsaved post is `PostFactory.build(author=…)`; `published()` stores one as a view does."""

    class Meta:
        model = Post

    author = SubFactory(UserFactory)
    title = Sequence(lambda n: f"The Book of {n}")
    book_author = Faker("name")
    body = Faker("paragraph")


def published(tags: tuple[str, ...] = (), **fields: Any) -> tuple[Post, Change]:
    """Publish a post with these fields; return it and the change that says so."""
    if "author" not in fields:
        fields["author"] = UserFactory.create()
    post = PostFactory.build(**fields)
    return post, post.publish(tags)


def commented(post: Post, body: str = "Indeed.", **fields: Any) -> Comment:
    """Publish a comment on a post, as a view does; return it."""
    if "author" not in fields:
        fields["author"] = UserFactory.create()
    comment = Comment(post=post, body=body, **fields)
    comment.publish()
    return comment
