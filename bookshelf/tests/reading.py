"""Which fields of a form the application looks at."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.http import QueryDict

ONE = ("__getitem__", "__contains__", "get", "getlist", "pop", "setdefault")
ALL = ("__copy__", "__deepcopy__", "copy", "dict", "items", "lists", "urlencode", "values")


@contextmanager
def names_read() -> Iterator[set[str]]:
    """Yield the names of the fields that are looked at meanwhile, of queries and of forms."""
    names: set[str] = set()

    def noting(method: str) -> Callable[..., Any]:
        original = getattr(QueryDict, method)

        def note(data: QueryDict, *arguments: Any, **keywords: Any) -> Any:
            # It can be changed while it is made of what was sent.
            if not data._mutable:
                names.update([arguments[0]] if method in ONE else dict.keys(data))
            return original(data, *arguments, **keywords)

        return note

    with patch.multiple(QueryDict, **{method: noting(method) for method in (*ONE, *ALL)}):
        yield names
