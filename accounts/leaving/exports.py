"""Download everything of mine: a ZIP of all that somebody gave this site, written as it is sent.

Apps register what is theirs (a module `export` of the app is imported when the site starts): parts,
which become a file of JSON each, and files. Rows are read in batches and never held all at once,
however many there are. Whatever refers to a user is in a part, or left out for a stated reason
(`LEFT_OUT`); a test walks over all models.
"""

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext

from accounts.languages import in_language_of
from accounts.models import User

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

AT_ONCE = 500
"""Rows that are read in one query."""

CHUNK = 64 * 1024
"""Bytes after which a step ends; it also does after AT_ONCE rows."""

LEFT_OUT: dict[str, str] = {
    "accounts.TakenName.user": "follows from the names in profile.json",
    "accounts.Block.blocked": "whom others have blocked is theirs to know",
    "accounts.User_groups.user": "in profile.json, as `groups`",
    "accounts.User_user_permissions.user": "what staff may do, given by the site",
    "admin.LogEntry.user": "what staff did is in the records of the site",
}
"""References to a user that are in no part, each with the reason."""

Row = dict[str, Any]
Rows = Callable[[User], Iterator[Row]]
Files = Callable[[User], Iterator[tuple[str, bytes]]]
M = TypeVar("M", bound=models.Model)


class Part(NamedTuple):
    """A file of JSON in the archive."""

    name: str
    about: "StrOrPromise"
    """A sentence for the archive's README."""
    covers: tuple[str, ...]
    """The references to a user ("app.Model.field") whose rows it has."""
    rows: Rows


_parts: list[Part] = []
_files: list[tuple["StrOrPromise", Files]] = []


def part(name: str, about: "StrOrPromise", *covers: str) -> Callable[[Rows], Rows]:
    """Have the archive contain `<name>.json`: a list of what a function gives. A decorator."""

    def register(rows: Rows) -> Rows:
        _parts.append(Part(name, about, covers, rows))
        return rows

    return register


def files(about: "StrOrPromise") -> Callable[[Files], Files]:
    """Have the archive contain files: pairs of their names and what is in them. A decorator."""

    def register(each: Files) -> Files:
        _files.append((about, each))
        return each

    return register


def leaves_out(reference: str, reason: str) -> None:
    """Have rows that refer to a user ("app.Model.field") be in no part."""
    LEFT_OUT[reference] = reason


def covered() -> set[str]:
    """Return the references to a user whose rows the archive has."""
    return {reference for each in _parts for reference in each.covers}


def in_batches(rows: "models.QuerySet[M]") -> Iterator[M]:
    """Go through all of these rows by their keys, a query for AT_ONCE of them."""
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:AT_ONCE]):
        yield from batch
        last = batch[-1].pk


def archive(user: User) -> Iterator[bytes]:
    """Write the archive of an account, a chunk for each step; some are empty.

    So whoever sends it can stop between two steps, none of which takes long.
    """
    # Now, and not when it is sent: then the request, and its language, are gone.
    return _chunks(user, _readme(user))


def _chunks(user: User, readme: str) -> Iterator[bytes]:
    out = _Outlet()
    with ZipFile(out, "w", ZIP_DEFLATED) as archived:  # type: ignore[call-overload]  # write only
        archived.writestr(_entry("README.md"), readme)
        for each in _parts:
            with archived.open(_entry(f"{each.name}.json"), "w") as entry:
                before = b"[\n"
                for number, row in enumerate(each.rows(user), 1):
                    entry.write(before + _json(row))
                    before = b",\n"
                    if out.waiting >= CHUNK or not number % AT_ONCE:
                        yield out.take()
                entry.write(b"\n]\n" if before == b",\n" else b"[]\n")
        for _, those in _files:
            for number, (name, data) in enumerate(those(user), 1):
                # Pictures are compressed already.
                how = ZIP_STORED if name.endswith(".webp") else ZIP_DEFLATED
                archived.writestr(_entry(name, how), data)
                if out.waiting >= CHUNK or not number % AT_ONCE:
                    yield out.take()
    yield out.take()


class _Outlet:
    """What a ZipFile writes to, when it cannot go back: holds what has not been sent yet."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self.waiting = 0

    def write(self, data: bytes) -> int:
        self._chunks.append(bytes(data))
        self.waiting += len(data)
        return len(data)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        data = b"".join(self._chunks)
        self._chunks.clear()
        self.waiting = 0
        return data


def _entry(name: str, compression: int = ZIP_DEFLATED) -> ZipInfo:
    entry = ZipInfo(name, timezone.now().timetuple()[:6])
    entry.compress_type = compression
    entry.external_attr = 0o644 << 16
    return entry


def _json(row: Row) -> bytes:
    return json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1).encode()


def _readme(user: User) -> str:
    with in_language_of(user):
        lines = [
            gettext("# What %(name)s gave BookShelf") % {"name": user.username},
            "",
            gettext(
                "Made on %(day)s at %(time)s UTC. Times are in UTC (ISO 8601), texts are\n"
                "UTF-8, and what you wrote is Markdown as you typed it. Each file of JSON is a "
                "list."
            )
            % {"day": f"{timezone.now():%Y-%m-%d}", "time": f"{timezone.now():%H:%M}"},
            "",
            *(f"- `{each.name}.json`: {each.about}" for each in _parts),
            *(f"- {about}" for about, _ in _files),
            "",
            gettext(
                "Not in here is what others wrote or chose, such as comments on your posts and who "
                "follows\nyou, and your password, of which only a hash is stored."
            ),
            "",
        ]
        return "\n".join(lines)
