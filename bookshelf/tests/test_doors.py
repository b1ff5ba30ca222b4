"""Every address of the site, for every kind of person: what the table says, and nothing else."""

from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from bookshelf.tests.door_table import TABLE, answer_for, door_of, doors
from bookshelf.tests.doors import (
    ADMIN_LOGIN,
    LOGIN,
    NOT_COUNTED,
    ROLES,
    DoorsWorld,
    Writes,
    addresses,
    answer_of,
    patterns,
    send,
)

# Of what the views decide, not of the database: one of the two is enough.
pytestmark = [pytest.mark.django_db, pytest.mark.only_on("sqlite")]

WORLD = DoorsWorld

REFUSALS = {LOGIN, ADMIN_LOGIN, 401, 403, 404, 405}


WRITTEN_WHEN_READ = {
    # allauth lists the address of an account that was made elsewhere, such as by createsuperuser.
    "account_email": {"account_emailaddress"},
}


# --- The table -----------------------------------------------------------------------------------


def test_the_table_names_every_address_and_no_other(world):
    keys = {address.key for address in addresses(world)}

    missing = sorted(key for key in keys if door_of(key) is None)
    assert missing == [], "say in bookshelf/tests/door_table.py who may"
    assert sorted(TABLE.keys() - keys) == []
    assert len(keys) > 90
    assert len(addresses(world)) == len(list(patterns()))


@pytest.mark.parametrize("role", ROLES)
def test_everybody_gets_what_the_table_says(world, role):
    wrong = []
    for address, door in doors(world):
        for method, row in (("get", door.get), ("post", door.post)):
            response, written = send(world, role, method, address)
            expected, answer = answer_for(row, role), answer_of(response)
            if answer != expected:
                wrong.append(f"{address.key}: {method} gets {answer}, the table says {expected}")
            if answer in REFUSALS and written:
                wrong.append(
                    f"{address.key}: {method} is refused ({answer}), but writes to {written}"
                )

    assert wrong == []


# --- Reading changes nothing ---------------------------------------------------------------------


def everything() -> dict[str, list[Any]]:
    """Return all rows of all tables."""
    return {
        model._meta.db_table: sorted(map(repr, model._base_manager.values_list()))
        for model in apps.get_models(include_auto_created=True)
        if model._meta.db_table in set(connection.introspection.table_names()) - NOT_COUNTED
    }


@pytest.mark.parametrize("role", ROLES)
def test_reading_changes_nothing_and_head_is_like_get(world, role):
    wrong, before = [], everything()
    client = world.client(role)
    for address, _ in doors(world):
        answers = {}
        for method in ("get", "head"):
            with connection.execute_wrapper(writes := Writes()):
                answers[method] = getattr(client, method)(address.path)
            if set(writes.tables) - WRITTEN_WHEN_READ.get(address.key, set()):
                wrong.append(f"{address.key}: {method} writes to {writes.tables}")
        if seen(answers["get"]) != seen(answers["head"]):
            wrong.append(
                f"{address.key}: HEAD is {seen(answers['head'])}, GET {seen(answers['get'])}"
            )
        if answers["head"].content:
            wrong.append(f"{address.key}: HEAD has a body")

    assert wrong == []
    after = everything()
    known = set().union(*WRITTEN_WHEN_READ.values())
    assert {name: rows for name, rows in after.items() if name not in known} == {
        name: rows for name, rows in before.items() if name not in known
    }


def seen(response: Any) -> tuple[Any, ...]:
    """Return what of an answer HEAD and GET have in common."""
    headers = ("Location", "Content-Type", "Cache-Control", "Vary")
    return response.status_code, *(response.get(name) for name in headers)


@pytest.mark.parametrize("method", ["put", "delete", "options", "trace"])
def test_no_other_method_changes_anything(world, method):
    for address, _ in doors(world):
        response, written = send(world, "author", method, address)

        assert (response.status_code < 500, written) == (True, []), address.key
