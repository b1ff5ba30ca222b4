"""A database that is away: 503, in words, and soon."""

import time

import pytest
from django.db import OperationalError, connection
from django.test import Client
from psycopg.errors import DeadlockDetected

from bookshelf.database import set_query_timeout
from bookshelf.outages import database_outage

WORDS = "We cannot reach our books just now"

pytestmark = pytest.mark.django_db


def out_of_reach(execute, sql, *args):
    raise OperationalError("server closed the connection unexpectedly")


class Failing:
    """Middleware that needs the database and does not get it."""

    def __init__(self, get_response):
        pass

    def __call__(self, request):
        raise OperationalError("server closed the connection unexpectedly")


@pytest.mark.parametrize("path", ["/", "/search/?q=x", "/changes/?topic=posts&cursor=a.1"])
def test_a_request_without_database_gets_a_page_that_says_so(path):
    with connection.execute_wrapper(out_of_reach):
        response = Client().get(path)

    assert response.status_code == 503
    assert WORDS in response.text
    assert response["Retry-After"] == "5"
    assert response["Cache-Control"] == "private, no-store"
    assert "default-src 'none'" in response["Content-Security-Policy"]


def test_a_post_without_database_says_so(as_ana, ana):
    fields = {"title": "Emma", "book_author": "Jane Austen", "body": "Twice."}
    with connection.execute_wrapper(out_of_reach):
        response = as_ana.post("/posts/new/", fields)

    assert response.status_code == 503
    assert not ana.posts.exists()


def test_the_same_is_said_wherever_the_database_was_wanted(settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.Failing"]

    response = Client(raise_request_exception=False).get("/")

    assert response.status_code == 503
    assert WORDS in response.text


def test_a_deadlock_is_no_outage(as_ana, ana, caplog):
    def meet(execute, sql, *args):
        if sql.startswith("INSERT INTO"):
            raise OperationalError from DeadlockDetected()
        return execute(sql, *args)

    fields = {"title": "Emma", "book_author": "Jane Austen", "body": "Twice."}
    with connection.execute_wrapper(meet):
        response = as_ana.post("/posts/new/", fields)

    assert response.status_code == 503
    assert [each.message for each in caplog.records if each.name.startswith("bookshelf")] == [
        "deadlock path=/posts/new/"
    ]
    assert not database_outage.is_ongoing


def test_other_errors_are_still_ours(settings, monkeypatch):
    def break_down(*args, **options):
        raise RuntimeError

    monkeypatch.setattr("posts.views.lists.read_listing", break_down)

    assert Client(raise_request_exception=False).get("/").status_code == 500


@pytest.mark.only_on("postgresql")
@pytest.mark.django_db(transaction=True)
def test_a_database_that_does_not_answer_is_given_up_and_the_next_query_takes_another():
    set_query_timeout(0.1)
    try:
        began = time.monotonic()
        with (
            pytest.raises(OperationalError, match="no answer within"),
            connection.cursor() as cursor,
        ):
            cursor.execute("SELECT pg_sleep(0.8)")
        assert time.monotonic() - began < 0.8
        connection.close()

        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            assert cursor.fetchone() == (1,)
    finally:
        set_query_timeout(None)
