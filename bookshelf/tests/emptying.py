"""Emptying the database after a test that commits: what Django does, in a tenth of the time."""

from functools import cache

from django.db import connection, transaction
from django.test import TransactionTestCase

SAME_FOR_ALL = {"django_content_type", "auth_permission"}
"""Tables that `migrate` fills, always alike."""


@cache
def statements() -> list[str]:
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    names = sorted(connection.ops.quote_name(each) for each in {*tables} - SAME_FOR_ALL)
    return [f"DELETE FROM {name}" for name in names]


def empty_tables(case: TransactionTestCase) -> None:
    """Take the place of `TransactionTestCase._fixture_teardown`.

    Django truncates every table, for which PostgreSQL makes the files of all tables and indexes
    again. Then it fills those of SAME_FOR_ALL again; here they stay.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("; ".join(statements()))
        else:
            for each in statements():
                cursor.execute(each)
