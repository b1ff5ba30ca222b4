"""What an edit changed, word by word."""

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import accumulate, pairwise
from typing import NamedTuple

from django.contrib.auth.models import AbstractBaseUser
from rapidfuzz.distance import LCSseq

from posts.content.markdown import to_text
from posts.models import Post, Revision
from posts.pages.pagination import Page, cut_page

MOST_WORDS = 10_000
"""A longer text is shown as replaced as a whole. Two of this length take 15 ms and 13 MB: the
library compares 64 words at a time, so the square is out of the way up to here."""

MOST_PIECES = 1_000
"""With more pieces the text is shown as replaced as a whole: nobody could read the changes."""

MOST_EDITS = 20
MOST_CHARACTERS = 30_000
"""A page of the history ends at so many edits, or when the reviews in it are as long as this."""


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
    """The one that it led to."""
    before: int
    """The one before it, which its author may take out of the history."""
    editor: AbstractBaseUser | None
    at: datetime
    title: list[Piece]
    book_author: list[Piece]
    body: list[Piece]


def history_of(post: Post, before: int | None = None) -> Page[Edit]:
    """Return a page of the edits of a post, the latest first.

    Begins below the edit that led to version `before`. Three queries at most, however many edits
    there are.
    """
    revisions = post.revisions.select_related("editor")
    latest: Post | Revision = post
    if before is not None:
        # The first edit on this page led to the texts that the last one on the page above replaced.
        latest = post.revisions.filter(version__gte=before - 1).last() or post
        revisions = revisions.older_than(before)
    versions = [latest, *revisions[: MOST_EDITS + 1]]
    changes = list(pairwise(versions))
    page = cut_page(changes, _fitting(versions), before, key=lambda change: change[1].version + 1)
    return Page([edit_between(old, new) for new, old in page.rows], page.before, page.older)


def _fitting(versions: list[Post | Revision]) -> int:
    """Return how many edits a page has that begins with these versions: one at least."""
    totals = list(accumulate(len(version.body) for version in versions))[1:]
    return min(MOST_EDITS, max(1, sum(total <= MOST_CHARACTERS for total in totals)))


def edit_between(before: Revision, after: Post | Revision) -> Edit:
    """Return the edit that made `after` of `before`."""
    return Edit(
        before.version + 1,
        before.version,
        before.editor,
        before.edited_at,
        compare(before.title, after.title),
        compare(before.book_author, after.book_author),
        compare(to_text(before.body), to_text(after.body)),
    )


def compare(before: str, after: str) -> list[Piece]:
    """Return pieces: those kept and taken out make `before`, those kept and put in `after`."""
    if before == after:
        return [Piece("kept", after)]
    old, new = (re.findall(r"\S+\s*|\s+", text) for text in (before, after))
    if max(len(old), len(new)) <= MOST_WORDS:
        pieces = list(joined(pieces_of(old, new)))
        if len(pieces) <= MOST_PIECES:
            return pieces
    return [Piece(what, text) for what, text in (("out", before), ("in", after)) if text]


def pieces_of(old: list[str], new: list[str]) -> Iterator[Piece]:
    """Yield what two lists of words have in common, in order, and what is between."""
    # Numbers: it compares hashes, and words could have the same.
    numbers: dict[str, int] = {}
    coded = [[numbers.setdefault(word, len(numbers)) for word in words] for words in (old, new)]
    for step in LCSseq.opcodes(*coded):
        came = "".join(new[step.dest_start : step.dest_end])
        if step.tag == "equal":
            yield Piece("kept", came)
        else:
            yield Piece("out", "".join(old[step.src_start : step.src_end]))
            yield Piece("in", came)


def joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Yield pieces so that between two that were kept at most one went out and one came in."""
    changed = {"out": "", "in": ""}
    for piece in pieces:
        if piece.what != "kept":
            changed[piece.what] += piece.text
            continue
        yield from (Piece(what, text) for what, text in changed.items() if text)
        changed = {"out": "", "in": ""}
        yield piece
    yield from (Piece(what, text) for what, text in changed.items() if text)
