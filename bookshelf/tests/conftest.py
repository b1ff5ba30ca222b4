"""The world that the tests of a module walk about in."""

from collections.abc import Iterator
from copy import deepcopy

import pytest
from django.db import transaction

from bookshelf.tests.post_views import World


@pytest.fixture(scope="module")
def standing_world(request, django_db_setup, django_db_blocker) -> Iterator[World]:
    """The module's world: a `World`, or what its WORLD says.

    It is made once, in a transaction in which those of the tests are savepoints. A test that
    commits would wait for it, and belongs into another module.
    """
    items = [item for item in request.session.items if item.path == request.path]
    marks = [mark for item in items for mark in item.iter_markers("django_db")]
    assert not any(mark.kwargs.get("transaction") for mark in marks), "here is a test that commits"
    with django_db_blocker.unblock():
        outer = transaction.atomic()
        outer.__enter__()
        world = getattr(request.module, "WORLD", World)()
    yield world
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        outer.__exit__(None, None, None)


@pytest.fixture
def world(standing_world, db, settings, tmp_path) -> World:
    """The world of the module, as it was made."""
    settings.MEDIA_ROOT = tmp_path
    # It may be older than five minutes.
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 3_600
    return deepcopy(standing_world)
