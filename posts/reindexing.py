"""Writing documents to search again, after a change of the analysis."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from django.db import connection, models, transaction
from django.db.migrations.loader import MigrationLoader
from tqdm import tqdm

from posts.models import Post, SearchDocument
from posts.models.post_queryset import PostQuerySet
from posts.search.analysis import VERSION, searchable
from posts.search.document import document_of
from posts.seeding import bulk

BATCH = 200
"""How many posts are read at once, and written in one transaction."""

MANY = 10_000
"""From so many on, PostgreSQL's index is built afterwards, if there are no documents yet."""


def after_migrate(**kwargs: Any) -> None:
    """Write what `migrate` has left to be written: run when it is done.

    Flushing a database sends the same signal, without a plan.
    """
    if kwargs.get("plan") is not None and all_is_migrated():
        reindex(outdated(), quiet=kwargs["verbosity"] < 1)


def all_is_migrated() -> bool:
    """Whether the tables are those that the models of today want."""
    loader = MigrationLoader(connection)
    return all(leaf in loader.applied_migrations for leaf in loader.graph.leaf_nodes("posts"))


def outdated() -> "PostQuerySet[Post]":
    """Return the visible posts without a document of the present analysis."""
    current = SearchDocument.objects.filter(post=models.OuterRef("pk"), version=VERSION)
    return Post.objects.visible().filter(~models.Exists(current))


def reindex(posts: "PostQuerySet[Post]", *, quiet: bool = False) -> int:
    """Write the documents of these posts, oldest first; return how many.

    The memory it takes is that of a BATCH. When interrupted, what is `outdated` is still to do.
    """
    total = posts.count()
    if not total:
        return 0
    with ExitStack() as stack, tqdm(total=total, unit=" posts", disable=quiet) as progress:
        progress.set_description("indexing posts for search")
        from_nothing = total >= MANY and not SearchDocument.objects.exists()
        stack.enter_context(bulk.search_index_put_off(really=from_nothing))
        stack.callback(progress.set_description, "building the index for search")
        for count in write_documents(posts):
            progress.update(count)
    if total >= MANY and not connection.in_atomic_block:
        bulk.settle()
    return total


def write_documents(posts: "PostQuerySet[Post]") -> Iterator[int]:
    """Write the documents of these posts, and yield the size of each batch when it is stored."""
    last = 0
    while batch := list(posts.filter(pk__gt=last).order_by("pk").prefetch_related("tags")[:BATCH]):
        last = batch[-1].pk
        rows = {post.pk: row_of(post) for post in batch}
        versions = {post.pk: post.version for post in batch}
        with transaction.atomic():
            # What was edited or removed meanwhile has been seen to by the verb.
            locked = Post.objects.visible().select_for_update().filter(pk__in=rows)
            same = [
                pk for pk, version in locked.values_list("pk", "version") if version == versions[pk]
            ]
            SearchDocument.objects.filter(pk__in=same).delete()
            bulk.insert(SearchDocument, (rows[pk] for pk in same))
        yield len(batch)


def row_of(post: Post) -> bulk.Row:
    tags = [tag.name for tag in post.tags.all()]
    body = searchable(post.body)
    return {"post_id": post.pk, **document_of(post.title, post.book_author, body, tags)}
