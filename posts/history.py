"""What an edit changed, word by word."""

import re
from datetime import datetime
from difflib import SequenceMatcher
from typing import NamedTuple

from django.contrib.auth.models import AbstractBaseUser

from posts.markdown import to_text
from posts.models import Post, Revision

MOST_WORDS = 2_000
"""Above this a text is shown as replaced as a whole: comparing costs the square of it."""


class Piece(NamedTuple):
    """A run of words that an edit kept, took out or put in."""

    what: str
    """"kept", "out" or "in"."""
    text: str


class Edit(NamedTuple):
    """One edit, and what it did to title, author of the book and review.

    The review is compared as plain text, in which spoilers stay hidden.
    """

    version: int
    editor: AbstractBaseUser | None
    at: datetime
    title: list[Piece]
    book_author: list[Piece]
    body: list[Piece]


def history_of(post: Post) -> list[Edit]:
    """Return the edits of a post, the latest first. One query."""
    after: Post | Revision = post
    edits = []
    for before in post.revisions.select_related("editor"):
        edits.append(
            Edit(
                before.version + 1,
                before.editor,
                before.edited_at,
                compare(before.title, after.title),
                compare(before.book_author, after.book_author),
                compare(to_text(before.body), to_text(after.body)),
            )
        )
        after = before
    return edits


def compare(before: str, after: str) -> list[Piece]:
    """Return pieces: those kept and taken out make `before`, those kept and put in `after`."""
    if before == after:
        return [Piece("kept", after)]
    old, new = (re.findall(r"\S+\s*|\s+", text) for text in (before, after))
    if max(len(old), len(new)) > MOST_WORDS:
        return [Piece("out", before), Piece("in", after)]
    pieces = []
    for how, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if how == "equal":
            pieces.append(Piece("kept", "".join(new[k:m])))
            continue
        pieces += [Piece("out", "".join(old[i:j]))] if j > i else []
        pieces += [Piece("in", "".join(new[k:m]))] if m > k else []
    return pieces
