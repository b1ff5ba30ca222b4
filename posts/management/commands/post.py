"""Post, edit and remove from a terminal, or from another program."""

import argparse
import sys
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from bookshelf.doorbell import announce
from posts.forms import PostForm
from posts.models import Post

FIELDS = {
    "title": "title",
    "author": "book_author",
    "rating": "rating",
    "tags": "tags",
}
"""What may stand in the head of a text, and the form's field for it."""


class Command(BaseCommand):
    help = (
        "Post a book for the user --by, from files or standard input; or edit or remove a post. "
        "A text begins with lines such as “Title: Emma”, “Author: Jane Austen”, “Rating: 4.5” and "
        "“Tags: novel, village”; after an empty line follows the review, in Markdown. Pages that "
        "are open show it at once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("texts", nargs="*", type=argparse.FileType(encoding="utf-8"))
        parser.add_argument("--by", metavar="USERNAME", help="whose post it is, or who edits")
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--edit", metavar="ID", type=int, help="replace what this post says")
        which.add_argument("--remove", metavar="ID", type=int, help="take this post off every page")

    def handle(self, *args: Any, **options: Any) -> None:
        texts: list[TextIO] = options["texts"]
        if options["remove"]:
            if texts:
                raise CommandError("With --remove no text is taken.")
            self._remove(options["remove"])
            return
        writer = next(iter(User.objects.named([options["by"] or ""])), None)
        if writer is None or not writer.is_active:
            raise CommandError(f"There is no user {options['by']!r}: name one with --by.")
        if options["edit"] and len(texts) > 1:
            raise CommandError("With --edit one text is taken.")
        for text in texts or [sys.stdin]:
            fields = fields_of(text.read(), text.name)
            if options["edit"]:
                self._edit(options["edit"], writer, fields, text.name)
            else:
                self._post(writer, fields, text.name)

    def _post(self, writer: User, fields: dict[str, str], name: str) -> None:
        form = checked(PostForm(fields, writer=writer), name)
        post = form.save(commit=False)
        post.author = writer
        announce(post.publish(form.cleaned_data["tags"]))
        self.stdout.write(f"Posted {post}: {post.get_absolute_url()}")

    def _edit(self, pk: int, writer: User, fields: dict[str, str], name: str) -> None:
        post = Post.objects.visible().editable_by(writer).filter(pk=pk).first()
        if post is None:
            raise CommandError(f"There is no post {pk} that {writer.username} may edit.")
        form = checked(PostForm(fields, instance=post, writer=writer), name)
        announce(form.save(commit=False).revise(form.cleaned_data["tags"], editor=writer))
        self.stdout.write(f"Edited {post}: {post.get_absolute_url()}")

    def _remove(self, pk: int) -> None:
        post = Post.objects.visible().filter(pk=pk).first()
        if post is None:
            raise CommandError(f"There is no post {pk}.")
        announce(post.remove())
        self.stdout.write(f"Removed {post}. Until {post.undo_until:%H:%M} UTC it can be put back.")


def fields_of(text: str, name: str) -> dict[str, str]:
    """Return the form's fields from a text with a head. Raises CommandError."""
    head, _, body = text.replace("\r\n", "\n").partition("\n\n")
    fields = {"body": body.strip()}
    for line in head.strip().split("\n"):
        key, colon, value = line.partition(":")
        field = FIELDS.get(key.strip().lower())
        if not colon or field is None:
            known = ", ".join(f"{each.capitalize()}:" for each in FIELDS)
            raise CommandError(f"{name}: the head has the lines {known} not {line!r}.")
        fields[field] = value.strip()
    return fields


def checked(form: PostForm, name: str) -> PostForm:
    """Return the form when it is valid; raises CommandError with all that is wrong."""
    if not form.is_valid():
        wrong = "; ".join(
            f"{field}: {' '.join(map(str, errors))}" for field, errors in form.errors.items()
        )
        raise CommandError(f"{name} was not taken. {wrong}")
    return form
