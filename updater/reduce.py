"""Many changes to one action for each object: what a page has to do to be as if freshly loaded."""

from collections.abc import Iterable

from bookshelf.live_objects import LiveObject, touched_by
from bookshelf.log import Change

Key = tuple[type[LiveObject], int]


def reduce(changes: Iterable[Change]) -> list[LiveObject]:
    """Gather the changes of each object, in the order in which they were last touched."""
    touched: dict[Key, LiveObject] = {}
    for change in changes:
        for live_object, object_id in touched_by(change):
            # Taken out and put back: the last one touched stands last.
            item = touched.pop((live_object, object_id), None) or live_object(object_id, change)
            item.add(change)
            touched[item.key] = item
    return list(touched.values())
