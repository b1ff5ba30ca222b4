"""Queries that are compiled once find what the ORM finds, for any number of values."""

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.db.models import Value
from django.forms.models import model_to_dict
from django.test.utils import CaptureQueriesContext

from accounts.factories import UserFactory
from accounts.models import User
from bookshelf.compiled_queries import SIZES, CompiledQuery, columns_of, fill

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> list[User]:
    return [UserFactory(username=f"reader-{n}", name=f"100 % {n}") for n in range(30)]


def query() -> CompiledQuery:
    users = User.objects.order_by()
    return CompiledQuery(
        lambda ids, names: (
            users.filter(pk__in=ids)
            .values_list(Value("by id"), "pk", "name")
            .union(
                users.filter(username__in=names).values_list(Value("by name"), "pk", "name"),
                all=True,
            )
        )
    )


@pytest.mark.parametrize("number", [1, 2, 5, 6, 30])
def test_each_number_of_values_finds_its_rows(people, number):
    some, others = people[:number], people[-number:]

    found = query().rows([user.pk for user in some], [user.username for user in others])

    assert sorted(found) == sorted(
        [("by id", user.pk, user.name) for user in some]
        + [("by name", user.pk, user.name) for user in others]
    )


def test_it_is_compiled_once_for_each_size_and_asks_once(people, monkeypatch):
    compiled = query()
    compiled.rows([people[0].pk] * 6, ["nobody"])
    monkeypatch.setattr(compiled, "_build", None)

    with CaptureQueriesContext(connection) as queries:
        rows = compiled.rows([user.pk for user in people[:20]], ["reader-21"])

    assert len(rows) == 21
    assert len(queries) == 1


def test_whole_rows_are_found_as_instances(people):
    of_users = CompiledQuery(
        lambda ids: EmailAddress.objects.filter(user__in=ids).values_list(
            *columns_of(User, "user__")
        )
    )
    EmailAddress.objects.create(user=people[3], email="reader@example.com")

    [found] = of_users.instances(User, "user__", [user.pk for user in people])

    assert model_to_dict(found) == model_to_dict(User.objects.get(pk=people[3].pk))


def test_what_is_asked_for_is_never_part_of_the_query(people):
    assert query().rows([0], ["') OR 1=1 --", "%s"]) == []


def test_values_are_filled_up_with_the_last_one():
    assert fill([7]) == [7]
    assert fill([7, 8]) == [7, 8, 8, 8, 8]
    assert len(fill(list(range(2_000)))) == SIZES[-1]
    assert len(fill(list(range(2_001)))) == 2_001
