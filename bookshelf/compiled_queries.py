"""Small queries that every page makes: written with the ORM, compiled once, then run again.

Building and compiling a query takes three times as long as a database needs to find a few rows by
their ids. What is compiled is kept for each number of values, rounded up; the rest is filled up
with the last one.
"""

from collections.abc import Callable, Sequence
from itertools import chain, count
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet

SIZES = (1, 5, 20, 60, 200, 600, 2_000)
"""How many values a compiled query has for each of its lists."""

Rows = list[tuple[Any, ...]]
M = TypeVar("M", bound=Model)


FIRST_PLACE = 7_355_608_000_000_000
"""This number, and those that follow, stand for the values while a query is compiled."""


class CompiledQuery:
    """A query of rows of values, whose filters take lists of integers or of words.

    The values are those of the database's driver: ask for numbers, texts and what is NULL. Integers
    have 64 bits; the ORM, which looks at each, finds nothing by larger ones.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]]) -> None:
        """Take what makes the query of as many lists as `rows` will be called with."""
        self._build = build
        self._compiled: dict[tuple[Any, ...], tuple[str, list[tuple[int | None, Any]]]] = {}

    def rows(self, *lists: Sequence[int | str]) -> Rows:
        """Run the query with these lists, none of them empty. One query."""
        with connection.cursor() as cursor:
            cursor.execute(*self._statement(lists))
            found: Rows = cursor.fetchall()
        return found

    def instances(self, model: type[M], path: str, *lists: Sequence[int | str]) -> list[M]:
        """Run a query of the `columns_of` a model, and return what it finds as its instances.

        What it asks for beside these columns becomes attributes, as the database's driver has it.
        """
        names = dict(zip(columns_of(model, path), columns_of(model), strict=True))
        return list(model._default_manager.raw(*self._statement(lists), translations=names))

    def _statement(self, lists: Sequence[Sequence[int | str]]) -> tuple[str, list[Any]]:
        filled = [fill(values) for values in lists]
        sizes = tuple(map(len, filled))
        key = (connection.vendor, *sizes)
        if key not in self._compiled:
            self._compiled[key] = self._compile(sizes)
        sql, places = self._compiled[key]
        values = list(chain.from_iterable(filled))
        return sql, [given if place is None else values[place] for place, given in places]

    def _compile(self, sizes: tuple[int, ...]) -> tuple[str, list[tuple[int | None, Any]]]:
        numbers = count(FIRST_PLACE)
        query = self._build(*([next(numbers) for _ in range(size)] for size in sizes)).query
        sql, parameters = query.sql_with_params()
        # By then they are whatever the fields of the filters have made of them.
        places = {str(FIRST_PLACE + place): place for place in range(sum(sizes))}
        return sql, [(places.get(str(each)), each) for each in parameters]


def columns_of(model: type[Model], path: str = "") -> list[str]:
    """Return what `values_list` calls the columns of a model to which `path` leads: `user__`."""
    return [path + field.attname for field in model._meta.concrete_fields]


def fill(values: Sequence[int | str]) -> list[int | str]:
    """Return the values, and the last one again up to one of SIZES."""
    size = next((each for each in SIZES if each >= len(values)), len(values))
    return [*values, *[values[-1]] * (size - len(values))]
