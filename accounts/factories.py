"""Users for tests."""

import factory

from accounts.models import User


class UserFactory(factory.django.DjangoModelFactory):
    """A user without a password: tests sign in with `client.force_login(user)`."""

    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"reader{n}")
    name = factory.Faker("name")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")
    password = "!"  # noqa: S105
