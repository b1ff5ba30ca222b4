"""Posts for tests."""

import factory

from accounts.factories import UserFactory
from posts.log import Change
from posts.models import Comment, Post


class PostFactory(factory.django.DjangoModelFactory):
    """An unsaved post is `PostFactory.build(author=…)`; `published()` stores one as a view does."""

    class Meta:
        model = Post

    author = factory.SubFactory(UserFactory)
    title = factory.Sequence(lambda n: f"The Book of {n}")
    book_author = factory.Faker("name")
    body = factory.Faker("paragraph")


def published(tags: tuple[str, ...] = (), **fields: object) -> tuple[Post, Change]:
    """Publish a post with these fields; return it and the change that says so."""
    if "author" not in fields:
        fields["author"] = UserFactory()
    post = PostFactory.build(**fields)
    return post, post.publish(tags)


def said(post: Post, body: str = "Indeed.", **fields: object) -> Comment:
    """Publish a comment on a post, as a view does; return it."""
    if "author" not in fields:
        fields["author"] = UserFactory()
    comment = Comment(post=post, body=body, **fields)
    comment.publish()
    return comment
