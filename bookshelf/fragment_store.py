"""Fragments of pages that this process has in memory (posts/pages/kept_fragments.py)."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock

MOST_BYTES = 32 * 1024 * 1024
"""Of a process, for all fragments; about 6,000 cards."""

State = tuple[Hashable, ...]


class FragmentStore:
    """Fragments by what they were drawn from; those that were not used for longest go first."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.size = 0
        """Bytes, about: of the texts, and of what they are kept by."""
        self._most = most_bytes
        self._texts: OrderedDict[State, tuple[str, int]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._texts)

    def get(self, key: State) -> str | None:
        with self._lock:
            found = self._texts.get(key)
            if found is None:
                return None
            self._texts.move_to_end(key)
            return found[0]

    def put(self, key: State, text: str, size: int) -> None:
        with self._lock:
            if key in self._texts:
                return
            self._texts[key] = (text, size)
            self.size += size
            while self.size > self._most:
                _, (_, gone) = self._texts.popitem(last=False)
                self.size -= gone

    def clear(self) -> None:
        with self._lock:
            self._texts.clear()
            self.size = 0


STORE = FragmentStore()
