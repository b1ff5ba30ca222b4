"""Standing users, for every test."""

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from accounts.factories import UserFactory
from accounts.models import User


def pytest_configure() -> None:
    """Have passwords checked quickly: by design it takes most of a second."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is about the database that this run is not on."""

    def belongs(item: pytest.Item) -> bool:
        mark = item.get_closest_marker("only_on")
        return mark is None or mark.args == (connection.vendor,)

    config.hook.pytest_deselected(items=[item for item in items if not belongs(item)])
    items[:] = filter(belongs, items)


@pytest.fixture
def ana(db: None) -> User:
    """An author."""
    return UserFactory(username="ana", name="Ana")


@pytest.fixture
def ben(db: None) -> User:
    """Another author, who may not touch what is Ana's."""
    return UserFactory(username="ben", name="Ben")


@pytest.fixture
def as_ana(ana: User) -> Client:
    """Ana's browser."""
    client = Client()
    client.force_login(ana)
    return client


@pytest.fixture
def as_ben(ben: User) -> Client:
    """Ben's browser."""
    client = Client()
    client.force_login(ben)
    return client
