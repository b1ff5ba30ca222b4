"""The site's one stylesheet, joined from the files that it is written in.

A page waits for each stylesheet before it shows a word, so it links one. `collectstatic` finds it
here like any other file. In DEBUG it is joined again whenever it is asked for, so that an edit
shows at the next load.
"""

import re
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory

from django.conf import settings
from django.contrib.staticfiles.finders import BaseStorageFinder
from django.core.files.storage import FileSystemStorage

NAME = "style.css"

PARTS = (
    "bookshelf.css",
    "site.css",
    "clock.css",
    "buttons.css",
    "forms.css",
    "security.css",
    "covers.css",
    "posts.css",
    "review.css",
    "arrivals.css",
    "talk.css",
    "notices.css",
    "history.css",
    "search.css",
    "drafts.css",
    "presence.css",
    "shelf.css",
    "marks.css",
    "profile.css",
    "welcome.css",
)
"""The files of static/ that it consists of, in order: of two equal rules the later one wins."""

COMMENT = re.compile(r"\s*/\*.*?\*/", re.DOTALL)
"""A fifth of what would be sent is for those who read the parts."""


def joined() -> str:
    """Return the stylesheet."""
    texts = [(settings.BASE_DIR / "static" / part).read_text() for part in PARTS]
    return "".join(COMMENT.sub("", text) for text in texts).strip() + "\n"


# Of this process, and gone with it; not of a storage: two requests that come first make one each.
_folder = TemporaryDirectory(prefix="bookshelf-stylesheet-")


class StylesheetStorage(FileSystemStorage):
    """A folder of this process with the stylesheet in it, written when it is looked for."""

    def __init__(self) -> None:
        super().__init__(_folder.name)

    def exists(self, name: str) -> bool:
        if name == NAME:
            self._write()
        return super().exists(name)

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        self._write()
        return super().listdir(path)

    def _write(self) -> None:
        """Write the stylesheet, unless this is what is there: then browsers may keep theirs."""
        file, text = Path(self.path(NAME)), joined()
        if file.exists() and file.read_text() == text:
            return
        # Another thread may be sending the one that is there.
        with NamedTemporaryFile("w", dir=_folder.name, delete=False) as new:
            new.write(text)
        Path(new.name).replace(file)


class StylesheetFinder(BaseStorageFinder):
    """Has `collectstatic`, and WhiteNoise in DEBUG, find the stylesheet."""

    def __init__(self) -> None:
        super().__init__(StylesheetStorage())
