"""What a process keeps in its memory because making it anew takes time: bounded, and counted."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

STORES: "list[BoundedStore[Any, Any]]" = []
"""Those of this process that `/metrics` shows."""


class BoundedStore(Generic[K, V]):
    """Values by key, up to a number of bytes; those that were not used for longest go first."""

    def __init__(self, most_bytes: int, size_of: Callable[[V], int]) -> None:
        """Take the bytes that all of it may take, and how many a value takes, about."""
        self.size = 0
        """Bytes that all of it takes, about."""
        self.name = self.holds = ""
        self._most = most_bytes
        self._size_of = size_of
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._values)

    def shown_as(self, name: str, holds: str) -> "BoundedStore[K, V]":
        """Have `/metrics` show it: as bookshelf_<name>_entries and …_bytes."""
        self.name, self.holds = name, holds
        STORES.append(self)
        return self

    def get(self, key: K) -> V | None:
        with self._lock:
            value = self._values.get(key)
            if value is not None:
                self._values.move_to_end(key)
            return value

    def put(self, key: K, value: V) -> None:
        with self._lock:
            self._drop(key)
            self._values[key] = value
            self.size += self._size_of(value)
            while self.size > self._most:
                self._drop(next(iter(self._values)))

    def drop(self, key: K) -> None:
        with self._lock:
            self._drop(key)

    def clear(self) -> None:
        with self._lock:
            self._values.clear()
            self.size = 0

    def _drop(self, key: K) -> None:
        gone = self._values.pop(key, None)
        if gone is not None:
            self.size -= self._size_of(gone)
