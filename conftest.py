"""Standing users, for every test."""

import gc
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.signals import setting_changed
from django.db import connection
from django.dispatch import receiver
from django.test import Client, TransactionTestCase

from accounts.factories import UserFactory
from accounts.models import User
from bookshelf.plain_values import TRANSLATED
from bookshelf.tests.emptying import empty_tables
from bookshelf.tests.process_memory import forget, forget_texts

DATABASE = {"db", "transactional_db", "django_db_reset_sequences", "django_db_serialized_rollback"}

ONCE = {"posts", "accounts", "bookshelf"}
"""Apps whose tests run once when they ask no database."""


def pytest_configure() -> None:
    """Have passwords checked quickly (by design it takes most of a second), and pages alike."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # What is compared are English words; see `languages`.
    settings.LANGUAGES = [("en", TRANSLATED["en"])]
    # Pages are measured without the note, once in a quarter of an hour, that a session is used.
    settings.MIDDLEWARE = [each for each in settings.MIDDLEWARE if "LastSeen" not in each]
    if connection.vendor == "sqlite":
        # Nobody needs this database after a power cut.
        connection.settings_dict["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
    TransactionTestCase._fixture_teardown = empty_tables


def pytest_collection_finish() -> None:
    """Have the garbage collector leave alone what was imported and collected: it stays."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is about the database that this run is not on.

    A test that asks no database runs once, on SQLite; but for the live engine's, and the cache's,
    which Redis is for.
    """

    def belongs(item: pytest.Item) -> bool:
        mark = item.get_closest_marker("only_on")
        if mark is not None:
            return bool(mark.args == (connection.vendor,))
        if connection.vendor == "sqlite" or item.path.parts[-3] not in {
            "posts",
            "accounts",
            "bookshelf",
        }:
            return True
        if item.path.name == "test_cache.py":
            return True
        fixtures = getattr(item, "fixturenames", ())
        return item.get_closest_marker("django_db") is not None or not DATABASE.isdisjoint(fixtures)

    config.hook.pytest_deselected(items=[item for item in items if not belongs(item)])
    items[:] = filter(belongs, items)


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """Have a process that has counted no requests and mails, keeps no pages, and misses nothing."""
    forget()


@receiver(setting_changed)
def _languages_changed(setting: str, **kwargs: Any) -> None:
    if setting == "LANGUAGES":
        forget_texts()


@pytest.fixture
def languages(settings: Any) -> None:
    """All languages, as on a site where nothing else is set."""
    settings.LANGUAGES = list(TRANSLATED.items())


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


@pytest.fixture
def mod(db: None) -> User:
    """A moderator, who has written nothing."""
    user = UserFactory(username="mod")
    user.groups.add(Group.objects.get(name="Moderators"))
    return user


@pytest.fixture
def as_mod(mod: User) -> Client:
    """A moderator's browser."""
    client = Client()
    client.force_login(mod)
    return client
