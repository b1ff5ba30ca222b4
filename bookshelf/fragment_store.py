"""Fragments of pages that this process has in memory (posts/pages/kept_fragments.py)."""

from collections import OrderedDict
from collections.abc import Hashable
from hashlib import blake2b
from sys import getsizeof
from threading import Lock

MOST_BYTES = 32 * 1024 * 1024
"""Of a process, for all fragments; about 6,000 cards."""

State = tuple[Hashable, ...]
"""All that a fragment is drawn from: plain values."""

AN_ENTRY = 300
"""Bytes that an entry takes beside its text, about."""


class FragmentStore:
    """Fragments by what they were drawn from; those that were not used for longest go first."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.size = 0
        """Bytes that all of it takes, about."""
        self._most = most_bytes
        self._texts: OrderedDict[bytes, str] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._texts)

    def get(self, state: State) -> str | None:
        key = digest(state)
        with self._lock:
            text = self._texts.get(key)
            if text is not None:
                self._texts.move_to_end(key)
            return text

    def put(self, state: State, text: str) -> None:
        key = digest(state)
        with self._lock:
            if key in self._texts:
                return
            self._texts[key] = text
            self.size += size_of(text)
            while self.size > self._most:
                _, gone = self._texts.popitem(last=False)
                self.size -= size_of(gone)

    def clear(self) -> None:
        with self._lock:
            self._texts.clear()
            self.size = 0


def digest(state: State) -> bytes:
    """Return what stands for a state: values that differ are written differently (`repr`)."""
    return blake2b(repr(state).encode(), digest_size=20).digest()


def size_of(text: str) -> int:
    return getsizeof(text) + AN_ENTRY


STORE = FragmentStore()
