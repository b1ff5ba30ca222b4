"""Standing users, for every test."""

import pytest
from django.test import Client

from accounts.factories import UserFactory
from accounts.models import User


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
