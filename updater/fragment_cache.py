"""The fragment cache: objects and their rendered frames, until the next change of them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from bookshelf.counters import COUNTERS
from bookshelf.live_objects import LiveObject, Topics
from bookshelf.log import Cursor
from updater.reduce import Key

CACHED = 500
"""Objects whose fragments are kept."""


class FragmentCache:
    """Fetches and renders each object once for all readers. Used by one thread at a time."""

    def __init__(self) -> None:
        self._objects: dict[Key, tuple[int, Any]] = {}
        self._rendered: dict[Key, dict[str, str]] = {}
        self._emptied_at = 0
        """The last change of something that stands within fragments of other objects."""

    def fetch(self, touched: Iterable[LiveObject]) -> None:
        """Have these objects at hand, as they are after the changes that touched them or later."""
        newest: dict[Key, int] = {}
        for item in touched:
            newest[item.key] = max(item.cursor.seq, newest.get(item.key, 0))
        # Who needs an older change of such an object has missed the newer one as well.
        part_of_others = max(
            (seq for (live_object, _), seq in newest.items() if live_object.is_part_of_others),
            default=0,
        )
        if part_of_others > self._emptied_at or len(self._objects) + len(newest) > CACHED:
            self._emptied_at = max(part_of_others, self._emptied_at)
            self._objects.clear()
            self._rendered.clear()
        missing: dict[type[LiveObject], list[int]] = defaultdict(list)
        for (live_object, object_id), seq in newest.items():
            if self._objects.get((live_object, object_id), (0,))[0] < seq:
                missing[live_object].append(object_id)
            else:
                for template in live_object.volatile:
                    self._rendered[live_object, object_id].pop(template, None)
        for live_object, ids in missing.items():
            found = live_object.fetch(ids)
            for object_id in ids:
                key = (live_object, object_id)
                self._objects[key] = (newest[key], found.get(object_id))
                self._rendered[key] = {}

    def fragments(
        self, touched: Iterable[LiveObject], topics: Topics
    ) -> Iterator[tuple[str, Cursor]]:
        """Render what a page of these topics is sent about objects that were fetched.

        Each fragment comes with the place in the log after the last change that it covers.
        """
        for item in touched:
            found = self._objects[item.key][1]
            template = item.frame(topics, found is not None)
            if template is None:
                continue
            rendered = self._rendered[item.key]
            if template not in rendered:
                COUNTERS.renderings += 1
                rendered[template] = item.draw(template, item.id, found)
            yield rendered[template], item.cursor
