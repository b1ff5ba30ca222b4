"""Users for tests."""

from factory.declarations import LazyAttribute, Sequence
from factory.django import DjangoModelFactory
from factory.faker import Faker

from accounts.models import User


class UserFactory(DjangoModelFactory[User]):
    """A user without a password: tests sign in with `client.force_login(user)`."""

    class Meta:
        model = User

    username = Sequence(lambda n: f"reader{n}")
    name = Faker("name")
    email = LazyAttribute(lambda user: f"{user.username}@example.com")
    password = "!"  # noqa: S105
